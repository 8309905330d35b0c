/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "load.h"
#include "many.h"
#include "proc.h"

/* Many connections, each of which does the handshake, has one message echoed, and closes. */
void
load_connections(const struct load *l)
{
	struct many m;
	uint64_t cpu, start, end, opened;

	many_make(&m, l, l->count, NULL);
	cpu = proc_cpu(l->relay);
	start = bench_now();
	if (l->hold) {
		many_open(&m, l->concurrency, 1);
		opened = bench_now();
		many_close(&m);
	} else {
		many_open(&m, l->concurrency, 0);
		opened = bench_now();
	}
	end = bench_now();
	cpu = proc_cpu(l->relay) - cpu;
	load_sort(m.open_us, m.opened);
	load_print("conn_s", (double)m.opened * 1e9 / (double)(end - start));
	load_print("open_ms", (double)(opened - start) / 1e6);
	load_print("p50_us", load_percentile(m.open_us, m.opened, 0.5));
	load_print("p99_us", load_percentile(m.open_us, m.opened, 0.99));
	if (l->relay != 0)
		load_print("cpu_us", (double)cpu / 1e3 / l->count);
	load_print("failures", l->count - m.opened);
	many_free(&m);
	if (m.opened != l->count)
		bench_die("%u connections of %u failed: %s", l->count - m.opened, l->count,
		    m.why);
}

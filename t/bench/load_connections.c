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

/* Many connections: each shakes hands, has one message echoed, and closes. */
void
load_connections(const struct load *c)
{
	struct many m;
	uint64_t cpu, start, end, opened;

	many_make(&m, c, c->number, NULL);
	cpu = proc_cpu(c->relay);
	start = bench_now();
	if (c->hold) {
		many_open(&m, c->together, 1);
		opened = bench_now();
		many_close(&m);
	} else {
		many_open(&m, c->together, 0);
		opened = bench_now();
	}
	end = bench_now();
	cpu = proc_cpu(c->relay) - cpu;
	load_sort(m.us, m.opened);
	load_print("conn_s", (double)m.opened * 1e9 / (double)(end - start));
	load_print("open_ms", (double)(opened - start) / 1e6);
	load_print("p50_us", load_part(m.us, m.opened, 0.5));
	load_print("p99_us", load_part(m.us, m.opened, 0.99));
	if (c->relay != 0)
		load_print("cpu_us", (double)cpu / 1e3 / c->number);
	load_print("failures", c->number - m.opened);
	many_free(&m);
	if (m.opened != c->number)
		bench_die("%u connections of %u failed: %s", c->number - m.opened, c->number,
		    m.why);
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "load.h"
#include "many.h"
#include "proc.h"
#include "testdata.h"

#define CONCURRENCY	32	/* connections that are being opened at the same time */
#define ROUND_TRIPS	2000
#define CONNECTIONS	200
#define SETTLE_SECONDS		3	/* seconds without traffic before memory is measured */

/*
 * Measures the service for one more client: the time of round trips, and of connections that are
 * opened one after the other.  The texts are the names of the three results.
 */
static void
measure_one_more(const struct load *l, const char *rtt_p50, const char *rtt_p99,
    const char *connection)
{
	double *us = bench_alloc(ROUND_TRIPS, sizeof(*us));
	struct many m;

	load_measure_rtt(l, us, ROUND_TRIPS);
	load_print(rtt_p50, load_percentile(us, ROUND_TRIPS, 0.5));
	load_print(rtt_p99, load_percentile(us, ROUND_TRIPS, 0.99));
	many_make(&m, l, CONNECTIONS, NULL);
	many_open(&m, 1, 0);
	if (m.opened != CONNECTIONS)
		bench_die("one more connection failed: %s", m.why);
	load_sort(m.open_us, m.opened);
	load_print(connection, load_percentile(m.open_us, m.opened, 0.5));
	many_free(&m);
	free(us);
}

static void
measure_memory(const struct load *l, uint64_t available)
{
	uint64_t now;
	struct proc_memory m;

	(void)sleep(SETTLE_SECONDS);
	now = proc_available();
	/*
	 * The difference includes the relay, its memory in the kernel, and both ends of each
	 * connection.
	 */
	load_print("available_KiB", ((double)available - (double)now) / l->count);
	if (l->relay == 0)
		return;
	proc_memory(l->relay, &m);
	load_print("pss_KiB", (double)m.pss / l->count);
	if (m.processes == 0)
		return;
	load_print("processes", m.processes);
	load_print("dirty_KiB", (double)m.dirty / m.processes);
	load_print("dirty_most_KiB", (double)m.dirty_max);
}

/*
 * Answers pings for l->seconds, and measures the processor time of the relay.  No other data may
 * arrive.
 */
static void
answer_pings(const struct load *l, struct many *m)
{
	struct pollfd *set = bench_alloc(m->count, sizeof(*set));
	uint64_t start = bench_now(), until = start + l->seconds * UINT64_C(1000000000), now;
	uint64_t cpu = proc_cpu(l->relay);
	const uint8_t *data;
	unsigned i, pings = 0;

	for (i = 0; i < m->count; i++) {
		set[i].fd = m->links[i].fd;
		set[i].events = POLLIN;
	}
	while ((now = bench_now()) < until) {
		if (poll(set, m->count, (int)((until - now) / 1000000) + 1) == -1 && errno != EINTR)
			bench_die("poll: %s", strerror(errno));
		for (i = 0; i < m->count; i++) {
			if (set[i].revents == 0)
				continue;
			if (link_read(&m->links[i]) <= 0 ||
			    link_payload(&m->links[i], &data) != 0 || m->links[i].closed)
				bench_die("data, a close frame or an error on an idle connection");
			pings++;
		}
	}
	now = bench_now();
	load_print("pings_s", (double)pings * 1e9 / (double)(now - start));
	load_print("ping_cpu_percent",
	    (double)(proc_cpu(l->relay) - cpu) * 100 / (double)(now - start));
	free(set);
}

static void
unpark(const struct load *l)
{
	struct link link;

	link_open(&link, l->port, l->raw);
	link_command(&link, "!unpark\n");
	link_expect(&link, TESTDATA_OK, TESTDATA_OK_SIZE);
	link_close(&link);
}

/* Many connections without traffic.  Each must still echo a message before it is closed. */
void
load_idle(const struct load *l)
{
	uint64_t available, start;
	struct many m;

	measure_one_more(l, "empty_p50_us", "empty_p99_us", "empty_conn_us");
	many_make(&m, l, l->count, "!park\n");
	available = proc_available();
	start = bench_now();
	many_open(&m, CONCURRENCY, 1);
	load_print("open_s", (double)(bench_now() - start) / 1e9);
	load_print("failures", l->count - m.opened);
	if (m.opened != l->count)
		bench_die("%u connections of %u failed: %s", l->count - m.opened, l->count,
		    m.why);
	measure_memory(l, available);
	measure_one_more(l, "p50_us", "p99_us", "conn_us");
	load_sort(m.open_us, m.opened);
	load_print("open_p99_us", load_percentile(m.open_us, m.opened, 0.99));
	if (l->seconds > 0)
		answer_pings(l, &m);
	unpark(l);
	many_check(&m);
	many_close(&m);
	many_free(&m);
}

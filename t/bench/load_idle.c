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
#include "tape.h"

#define TOGETHER	32	/* connections that are being opened at once */
#define ROUND_TRIPS	2000
#define CONNECTIONS	200
#define REST		3	/* seconds of silence before memory is measured */

/* What one more client gets: round trips, and connections one after the other. */
static void
measure_one_more(const struct load *c, const char *rtt, const char *rtt_late,
    const char *connection)
{
	double *us = bench_memory(ROUND_TRIPS, sizeof(*us));
	struct many m;

	load_measure_rtt(c, us, ROUND_TRIPS);
	load_print(rtt, load_part(us, ROUND_TRIPS, 0.5));
	load_print(rtt_late, load_part(us, ROUND_TRIPS, 0.99));
	many_make(&m, c, CONNECTIONS, NULL);
	many_open(&m, 1, 0);
	if (m.opened != CONNECTIONS)
		bench_die("one more connection failed: %s", m.why);
	load_sort(m.us, m.opened);
	load_print(connection, load_part(m.us, m.opened, 0.5));
	many_free(&m);
	free(us);
}

static void
measure_memory(const struct load *c, uint64_t available)
{
	uint64_t now;
	struct proc_memory m;

	(void)sleep(REST);
	now = proc_available();
	/* All told: the relay, its kernel memory, and both ends of each connection. */
	load_print("available_KiB", ((double)available - (double)now) / c->number);
	if (c->relay == 0)
		return;
	proc_memory(c->relay, &m);
	load_print("pss_KiB", (double)m.pss / c->number);
	if (m.processes == 0)
		return;
	load_print("processes", m.processes);
	load_print("dirty_KiB", (double)m.dirty / m.processes);
	load_print("dirty_most_KiB", (double)m.dirty_most);
}

/* Reads what comes, which should be pings, until a time; what that costs the relay. */
static void
answer_pings(const struct load *c, struct many *m)
{
	struct pollfd *set = bench_memory(m->count, sizeof(*set));
	uint64_t start = bench_now(), until = start + c->seconds * UINT64_C(1000000000), now;
	uint64_t cpu = proc_cpu(c->relay);
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
			if (link_fill(&m->links[i]) <= 0 ||
			    link_piece(&m->links[i], &data) != 0 || m->links[i].closed)
				bench_die("an idle connection is not as it should be");
			pings++;
		}
	}
	now = bench_now();
	load_print("pings_s", (double)pings * 1e9 / (double)(now - start));
	load_print("ping_cpu_percent",
	    (double)(proc_cpu(c->relay) - cpu) * 100 / (double)(now - start));
	free(set);
}

static void
unpark(const struct load *c)
{
	struct link l;

	link_open(&l, c->port, c->raw);
	link_command(&l, "!unpark\n");
	link_expect(&l, TAPE_OK, TAPE_OK_SIZE);
	link_close(&l);
}

/* Many connections on which nothing happens; they are used once more before they are closed. */
void
load_idle(const struct load *c)
{
	uint64_t available, start;
	struct many m;

	measure_one_more(c, "empty_p50_us", "empty_p99_us", "empty_conn_us");
	many_make(&m, c, c->number, "!park\n");
	available = proc_available();
	start = bench_now();
	many_open(&m, TOGETHER, 1);
	load_print("open_s", (double)(bench_now() - start) / 1e9);
	load_print("failures", c->number - m.opened);
	if (m.opened != c->number)
		bench_die("%u connections of %u failed: %s", c->number - m.opened, c->number,
		    m.why);
	measure_memory(c, available);
	measure_one_more(c, "p50_us", "p99_us", "conn_us");
	load_sort(m.us, m.opened);
	load_print("open_p99_us", load_part(m.us, m.opened, 0.99));
	if (c->seconds > 0)
		answer_pings(c, &m);
	unpark(c);
	many_check(&m);
	many_close(&m);
	many_free(&m);
}

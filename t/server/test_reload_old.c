/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Workers of earlier generations: their sessions go on until they end by themselves,
 * drain-timeout ends, or the master is killed.
 */

#include "config.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/churn.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/proc.h"
#include "lib/server.h"
#include "test_reload.h"

#define PIDS	1024

static struct server s;

#define GENERATIONS	6

/* Opens one session in each of GENERATIONS generations. Returns the number of workers. */
static unsigned
open_generations(struct client *c, pid_t *pids)
{
	unsigned i;

	server_start(&s, "start-workers = 2\n");
	for (i = 0; i < GENERATIONS; i++) {
		if (i > 0)
			server_reload(&s, i);
		server_open(&s, &c[i]);
	}
	return harness_children(s.h.pid, pids, PIDS);
}

static void
expect_all_gone(const pid_t *pids, unsigned n)
{
	while (n > 0)
		harness_expect_gone(pids[--n], 1000);
}

START_TEST(many_generations)
{
	struct client c[GENERATIONS];
	pid_t pids[PIDS];
	unsigned i;

	open_generations(c, pids);
	/* The sessions of the middle generations end first. */
	for (i = 0; i < GENERATIONS; i++)
		client_echo_finish(&c[(i + GENERATIONS / 2) % GENERATIONS]);
	server_reload(&s, 0);
	server_use(&s);
	server_stop(&s);
}
END_TEST

/* TERM and QUIT apply to the workers of all generations. */
START_TEST(many_generations_stop)
{
	struct client c[GENERATIONS];
	pid_t pids[PIDS];
	unsigned i, n = open_generations(c, pids);
	uint64_t begun = expect_now();

	harness_signal(&s.h, _i == 0 ? SIGTERM : SIGQUIT);
	harness_log(&s.h, _i == 0 ? "stopping" : "draining", EXPECT_MS);
	for (i = 0; i < GENERATIONS; i++) {
		if (_i == 0)
			client_expect_end(&c[i], 1001);
		else
			client_echo_finish(&c[i]);
	}
	ck_assert_int_eq(harness_wait(&s.h, EXPECT_MS), 0);
	expect_elapsed(begun, 0, 2000);
	expect_all_gone(pids, n);
	harness_clean(&s.h);
	harness_stop(&s.echo);
}
END_TEST

/*
 * After the master is killed, the workers of all generations exit, and another server can listen
 * on the port immediately.
 */
START_TEST(many_generations_and_no_master)
{
	struct client c[GENERATIONS];
	const char *args[] = { s.conf, NULL };
	char listening[64];
	struct harness next;
	pid_t pids[PIDS];
	unsigned i, n = open_generations(c, pids);
	uint64_t begun = expect_now();

	harness_signal(&s.h, SIGKILL);
	ck_assert_int_eq(harness_wait(&s.h, EXPECT_MS), 128 + SIGKILL);
	for (i = 0; i < GENERATIONS; i++)
		client_expect_end(&c[i], 1001);
	expect_elapsed(begun, 0, 1000);
	expect_all_gone(pids, n);
	snprintf(s.listen, sizeof(s.listen), "127.0.0.1:%d", s.h.port);
	server_write(&s, "start-workers = 2\n");
	harness_spawn(&next, args, NULL);
	snprintf(listening, sizeof(listening), "listening on 127.0.0.1:%d", s.h.port);
	harness_log(&next, listening, EXPECT_MS);
	server_use(&s);
	harness_stop(&next);
	harness_clean(&s.h);
	harness_stop(&s.echo);
}
END_TEST

/* -- drain-timeout -- */

#define DRAIN_MS	600
#define DRAINED		20

/*
 * When drain-timeout is over, the sessions are closed one after the other, over a quarter of that
 * time.
 */
START_TEST(drain_timeout)
{
	struct client c[DRAINED], new;
	struct pollfd p[DRAINED];
	uint64_t begun, first = 0, last = 0;
	unsigned i, left = DRAINED;

	server_start(&s, "drain-timeout = %dms\n", DRAIN_MS);
	for (i = 0; i < DRAINED; i++)
		server_open(&s, &c[i]);
	/* For the old workers, drain-timeout of the old configuration applies. */
	server_write(&s, "drain-timeout = 0\n");
	begun = expect_now();
	server_reload(&s, DRAINED);
	server_open(&s, &new);
	for (i = 0; i < DRAINED; i++) {
		p[i].fd = c[i].fd;
		p[i].events = POLLIN;
	}
	while (left > 0) {
		ck_assert_int_gt(poll(p, DRAINED, expect_stretch(EXPECT_MS)), 0);
		last = expect_now();
		first = first == 0 ? last : first;
		for (i = 0; i < DRAINED; i++) {
			if (p[i].fd == -1 || p[i].revents == 0)
				continue;
			client_expect_end(&c[i], 1001);
			p[i].fd = -1;
			left--;
		}
	}
	expect_elapsed(begun, DRAIN_MS, DRAIN_MS + DRAIN_MS / 4);
	ck_assert_uint_ge(first - begun, DRAIN_MS);
	ck_assert_msg(last - first >= DRAIN_MS / 4 / 3, "all within %llu ms",
	    (unsigned long long)(last - first));
	harness_log_times(&s.h, "reason=\"the server is restarting or shutting down\"", DRAINED,
	    EXPECT_MS);
	client_echo_finish(&new);
	server_stop(&s);
}
END_TEST

/* -- old workers and the new master -- */

START_TEST(an_old_worker_is_killed)
{
	struct client c[3];
	char line[64];
	pid_t old;

	server_start(&s, "start-workers = 1\nmin-spare = 1\nmax-spare = 1\n");
	server_open(&s, &c[0]);
	old = server_busy_worker(&s);
	server_open(&s, &c[1]);
	server_reload(&s, 2);
	server_open(&s, &c[2]);
	s.h.deaths = 1;
	ck_assert_int_eq(kill(old, SIGKILL), 0);
	snprintf(line, sizeof(line), "worker %ld was ended by signal 9", (long)old);
	harness_log(&s.h, line, EXPECT_MS);
	harness_expect_gone(old, EXPECT_MS);
	client_end(&c[0]);
	client_echo_finish(&c[1]);
	client_echo_finish(&c[2]);
	harness_expect_workers(&s.h, 1, 1);
	server_stop(&s);
}
END_TEST

/*
 * Old sessions count towards max-workers. A server with max-workers sessions refuses clients, and
 * does not use the processor meanwhile.
 */
START_TEST(fewer_workers)
{
	struct client c[6], new;
	long before;
	unsigned i;

	server_start(&s, "start-workers = 6\nmin-spare = 1\nmax-spare = 6\nmax-workers = 6\n");
	for (i = 0; i < COUNTOF(c); i++)
		server_open(&s, &c[i]);
	/* Free either the first slots or the last ones. */
	for (i = 0; i < 3; i++)
		client_echo_finish(&c[_i == 0 ? i : i + 3]);
	server_write(&s, "start-workers = 1\nmin-spare = 1\nmax-spare = 1\nmax-workers = 3\n");
	server_reload(&s, 3);
	before = harness_cpu(&s.h);
	client_expect_refusal(s.h.port, NULL, 503, NULL);
	client_connect(&new, s.h.port);
	/* The test measures the processor time while nothing happens. */
	poll(NULL, 0, 500);
	client_end(&new);
	ck_assert_int_lt(harness_cpu(&s.h) - before, expect_stretch(100));
	for (i = 0; i < 3; i++)
		client_echo_finish(&c[_i == 0 ? i + 3 : i]);
	harness_expect_workers(&s.h, 1, 1);
	server_use(&s);
	server_stop(&s);
}
END_TEST

/* A master that is stopped with SIGSTOP when HUP is sent reloads after SIGCONT. */
START_TEST(a_stopped_master)
{
	struct client c[2];

	server_start(&s, "start-workers = 4\n");
	harness_expect_workers(&s.h, 4, 4);
	server_open(&s, &c[0]);
	harness_signal(&s.h, SIGSTOP);
	harness_signal(&s.h, SIGHUP);
	client_echo(&c[0]);
	server_open(&s, &c[1]);
	ck_assert_uint_eq(harness_log_count(&s.h, "reload:"), 0);
	harness_signal(&s.h, SIGCONT);
	harness_log(&s.h, "reload: executing the program again", EXPECT_MS);
	harness_log_times(&s.h, "listening on", 2, EXPECT_MS);
	client_echo_finish(&c[0]);
	client_echo_finish(&c[1]);
	server_use(&s);
	server_stop(&s);
}
END_TEST

void
reload_old_cases(Suite *suite)
{
	TCase *tc = harness_case(suite, "old", 60);

	tcase_add_test(tc, many_generations);
	tcase_add_loop_test(tc, many_generations_stop, 0, 2);
	tcase_add_test(tc, many_generations_and_no_master);
	tcase_add_test(tc, drain_timeout);
	tcase_add_test(tc, an_old_worker_is_killed);
	tcase_add_loop_test(tc, fewer_workers, 0, 2);
	tcase_add_test(tc, a_stopped_master);
}

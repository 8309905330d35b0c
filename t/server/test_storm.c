/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Thousands of signals to the master and to workers while data is sent: each signal has its
 * documented effect or none, and no byte is lost.
 */

#include "config.h"

#include <sys/wait.h>

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/churn.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/pattern.h"
#include "lib/proc.h"
#include "lib/server.h"

#define STORM_MS	2000
#define FULL_MS		60000
#define CHUNK		20000
#define SESSIONS	4
#define PIDS		64

static struct server s;
static pid_t pids[PIDS];
static unsigned pids_count;

static const int harmless[] = {
	SIGCHLD, SIGUSR1, SIGPIPE, SIGUSR2, SIGWINCH, SIGALRM, SIGCONT, SIGURG
};
static const int with_reload[] = {
	SIGHUP, SIGCHLD, SIGUSR1, SIGUSR2, SIGWINCH, SIGALRM, SIGPIPE
};

/*
 * Forks a process that sends a signal to the master and to each worker every millisecond, in turn
 * from the list, until the process is killed.
 */
static pid_t
storm(const int *signals, unsigned n)
{
	unsigned i = 0, j;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	for (;;) {
		(void)kill(s.h.pid, signals[i % n]);
		for (j = 0; j < pids_count; j++)
			(void)kill(pids[j], signals[(i + j) % n]);
		i++;
		poll(NULL, 0, 1);
	}
}

/*
 * Sends data in both directions for ms milliseconds. Returns the number of bytes in each session.
 */
static uint64_t
exchange(struct client *c, unsigned n, int ms)
{
	static uint8_t data[CHUNK];
	uint64_t until = expect_now() + (uint64_t)ms, at = 0;
	unsigned i;

	while (expect_now() < until) {
		pattern_fill(data, sizeof(data), at, 1);
		for (i = 0; i < n; i++)
			client_binary(&c[i], data, sizeof(data));
		for (i = 0; i < n; i++)
			client_expect_pattern(&c[i], at, sizeof(data), 1);
		at += sizeof(data);
	}
	return at;
}

/*
 * Stores the workers to which signals are sent. They must exist until the storm is over, or other
 * processes could get their pids.
 */
static void
find_workers(int sessions_only)
{
	pid_t all[PIDS];
	unsigned n = harness_children(s.h.pid, all, PIDS), i;

	ck_assert_uint_le(n, PIDS);
	for (pids_count = i = 0; i < n; i++)
		if (!sessions_only || proc_has_session(all[i]))
			pids[pids_count++] = all[i];
}

static void
run(const int *signals, unsigned n, int reload)
{
	int ms = expect_full() ? FULL_MS : STORM_MS;
	struct client c[SESSIONS];
	struct churn_result sum;
	struct churn loops;
	unsigned i;
	uint64_t bytes;
	pid_t pid, first;

	if (!proc_is_available() || getenv("VALGRIND_PROGRAM") != NULL) {
		expect_skip("/proc is needed, and no valgrind");
		return;
	}
	/* With these limits no worker is retired during the storm. */
	server_start(&s, "start-workers = 1\nmin-spare = 1\nmax-spare = 8\n"
	    "max-connections-per-worker = 0\nping = 0\nlog = %s\n", harness_scratch("messages"));
	harness_expect_workers(&s.h, 1, 1);
	first = s.h.pid;
	for (i = 0; i < SESSIONS; i++)
		server_open(&s, &c[i]);
	find_workers(reload);
	ck_assert_uint_ge(pids_count, SESSIONS);
	churn_start(&loops, 1, s.h.port, 0);
	pid = storm(signals, n);
	ck_assert_int_gt(pid, 0);
	bytes = exchange(c, SESSIONS, ms);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	sum = churn_end_well(&loops);
	ck_assert_uint_gt(sum.good, 0);
	for (i = 0; i < SESSIONS; i++)
		client_echo_finish(&c[i]);
	ck_assert_int_eq(kill(first, 0), 0);
	expect_figure("P10%s: %d ms: %u sessions, %llu bytes each way in each, none lost; 0 of %lu "
	    "others failed", reload ? ", HUP too" : "", ms, SESSIONS, (unsigned long long)bytes,
	    sum.good);
	server_stop(&s);
}

START_TEST(signals_that_do_nothing)
{
	run(harmless, COUNTOF(harmless), 0);
}
END_TEST

START_TEST(signals_with_reload)
{
	run(with_reload, COUNTOF(with_reload), 1);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("storm");
	TCase *tc = harness_case(suite, "storm", expect_full() ? 300 : 60);

	tcase_add_test(tc, signals_that_do_nothing);
	tcase_add_test(tc, signals_with_reload);
	return suite;
}

#include "lib/check_main.h"

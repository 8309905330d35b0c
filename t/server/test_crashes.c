/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Workers are killed while many clients connect, first single workers, then all workers
 * repeatedly. Clients of other workers must not notice, and soon after the killing the server
 * must work normally.
 */

#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/churn.h"
#include "lib/expect.h"
#include "lib/modules.h"
#include "lib/proc.h"
#include "lib/server.h"
#include "lib/sock.h"
#include "status/scoreboard.h"

#define PIDS		1024
#define LOOK_MS		1	/* ms between two checks of the state of a worker */

static struct server s;
static struct scoreboard board;

/* Starts a server, and maps its status file. */
static void
start(const char *settings)
{
	char path[600];
	const char *why = NULL;

	snprintf(path, sizeof(path), "%s", harness_scratch("status"));
	server_start(&s, "status-file = %s\n%s", path, settings);
	if (scoreboard_open(&board, path, &why) == -1)
		expect_fail("%s: %s", path, why);
	s.h.deaths = 1;
}

static void
stop(void)
{
	scoreboard_destroy(&board);
	server_stop(&s);
}

/* -- workers -- */

static pid_t
pid_of(unsigned slot)
{
	return (pid_t)atomic_load(&board.slot[slot].pid);
}

/*
 * Returns the pid of the worker that serves a client, found by the client's address in the status
 * file.
 */
static pid_t
worker_of(const struct client *c)
{
	struct sockaddr_in a;
	socklen_t size = sizeof(a);
	char name[64];
	unsigned slot;

	ck_assert_int_eq(getsockname(c->fd, (struct sockaddr *)&a, &size), 0);
	snprintf(name, sizeof(name), "127.0.0.1:%d", ntohs(a.sin_port));
	for (slot = 0; slot < board.slots; slot++)
		if (scoreboard_get(&board, slot) == SCOREBOARD_OPEN &&
		    strcmp(board.slot[slot].client, name) == 0)
			return pid_of(slot);
	expect_fail("no worker serves %s", name);
}

/* Stops a process with SIGSTOP. Returns 1, or 0 if the process has exited. */
static int
hold(pid_t pid)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	int state = 0;

	if (pid <= 1 || kill(pid, SIGSTOP) == -1)
		return 0;
	while (expect_left(deadline) > 0 && (state = proc_state(pid)) != 'T' && state != 0 &&
	    state != 'Z')
		poll(NULL, 0, LOOK_MS);
	return state == 'T';
}

/*
 * Stops an idle worker, so that it accepts no client before the test kills it, and returns its
 * pid. If used is 1, takes a worker that has served a client.
 */
static pid_t
catch_idle(int used)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	unsigned slot = 0;
	pid_t pid;

	for (;;) {
		slot = (slot + 1) % board.slots;
		pid = pid_of(slot);
		if (scoreboard_get(&board, slot) == SCOREBOARD_IDLE &&
		    (!used || atomic_load(&board.slot[slot].served) > 0) && hold(pid)) {
			/* If the listener is its only socket, the worker has no client. */
			if (scoreboard_get(&board, slot) == SCOREBOARD_IDLE &&
			    proc_count(pid, "socket:") == 1)
				return pid;
			(void)kill(pid, SIGCONT);
		}
		if (expect_left(deadline) == 0)
			expect_fail("no worker is idle");
		if (slot == 0)
			poll(NULL, 0, LOOK_MS);
	}
}

/*
 * Kills a worker. Returns the time until the master has reaped it, in ms; fails if that is more
 * than 200.
 */
static unsigned long
kill_worker(pid_t pid)
{
	uint64_t begun = expect_now(), deadline = expect_deadline(EXPECT_MS);

	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	while (kill(pid, 0) == 0)
		if (!expect_again(deadline))
			expect_fail("worker %ld is not reaped", (long)pid);
	expect_within(begun, 200);
	return (unsigned long)(expect_now() - begun);
}

/* -- one by one -- */

#define HELD		20
#define LOOPS		4
#define RATE		50	/* sessions a second of each client process */
#define KILLS		6	/* number of idle workers killed; half as many busy ones */
#define FULL_KILLS	100

static unsigned long
most(unsigned long a, unsigned long b)
{
	return a > b ? a : b;
}

START_TEST(killed_among_many)
{
	unsigned kills = expect_full() ? FULL_KILLS : KILLS, busy, i;
	static struct client held[HELD];
	struct churn_result sum;
	struct churn loops;
	unsigned long worst = 0;

	start("max-spare = 16\n");
	for (i = 0; i < HELD; i++)
		server_open(&s, &held[i]);
	churn_start(&loops, LOOPS, s.h.port, RATE);
	for (i = busy = 0; i < kills; i++) {
		worst = most(worst, kill_worker(catch_idle(0)));
		if (i % 2 == 0 && busy < HELD / 2) {
			worst = most(worst, kill_worker(worker_of(&held[busy])));
			sock_expect_gone(held[busy].fd, EXPECT_MS);
			client_end(&held[busy++]);
		}
		churn_expect_more(&loops, 10);
	}
	sum = churn_end_well(&loops);
	for (i = busy; i < HELD; i++)
		client_echo_finish(&held[i]);
	expect_figure("P1: %u idle and %u busy workers killed: 0 of %lu sessions failed, 0 of %u "
	    "others lost, reaped after %lu ms at most, slowest handshake %lu ms", kills, busy,
	    sum.good, HELD - busy, worst, sum.worst);
	stop();
}
END_TEST

#define SPARES		4
#define REPLACED_MS	100

/*
 * Lets each worker serve a client: after the exit of an unused worker the master would wait
 * before it forks another one.
 */
static void
use_all(void)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	struct client c;
	unsigned slot, used;

	do {
		server_open(&s, &c);
		client_echo_finish(&c);
		for (slot = used = 0; slot < board.slots; slot++)
			used += scoreboard_get(&board, slot) == SCOREBOARD_IDLE &&
			    atomic_load(&board.slot[slot].served) > 0;
		if (expect_left(deadline) == 0)
			expect_fail("%u workers have had a client", used);
	} while (used < SPARES);
}

static void
expect_spares(void)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	unsigned count[SCOREBOARD_STATES];

	for (;;) {
		scoreboard_count(&board, board.slots, count);
		if (count[SCOREBOARD_IDLE] == SPARES)
			return;
		if (!expect_again(deadline))
			expect_fail("%u idle workers", count[SCOREBOARD_IDLE]);
	}
}

START_TEST(a_spare_is_replaced)
{
	unsigned kills = expect_full() ? FULL_KILLS : KILLS, i;
	unsigned long worst = 0;
	uint64_t begun;

	start("start-workers = 4\nmin-spare = 4\nmax-spare = 4\n");
	for (i = 0; i < kills; i++) {
		/* The pool may be one idle worker short after the sessions of use_all(). */
		use_all();
		expect_spares();
		begun = expect_now();
		(void)kill_worker(catch_idle(1));
		expect_spares();
		expect_within(begun, REPLACED_MS);
		worst = most(worst, (unsigned long)(expect_now() - begun));
	}
	expect_figure("P1: %u spares replaced, each within %lu ms", kills, worst);
	stop();
}
END_TEST

/* -- all workers, repeatedly -- */

#define CRASH_MS	4000
#define FULL_CRASH_MS	60000
#define KILL_PAUSE	100	/* ms */
#define WORKERS		8	/* number of workers at the start */
#define BACK_MS		10000	/* ms; within this time a client is served again */

/* Runs one session, which fails after BACK_MS. Returns its duration in ms. */
static unsigned long
served_after(int port)
{
	uint64_t begun = expect_now();
	struct client c;

	client_connect(&c, port);
	c.ms = 3 * EXPECT_MS;
	client_request(&c, NULL);
	client_answer(&c);
	client_expect_accepted(&c, REQUEST_KEY, NULL);
	client_finish(&c);
	expect_within(begun, BACK_MS);
	return (unsigned long)(expect_now() - begun);
}

/* Kills all workers. Appends the new ones to known, which has n pids, and returns their number. */
static unsigned
kill_all(pid_t *known, unsigned n)
{
	pid_t pids[PIDS];
	unsigned all = harness_children(s.h.pid, pids, PIDS), i, fresh = 0;

	while (all-- > 0) {
		ck_assert(kill(pids[all], SIGKILL) == 0 || errno == ESRCH);
		for (i = 0; i < n + fresh && known[i] != pids[all]; i++)
			;
		if (i == n + fresh && i < PIDS) {
			known[i] = pids[all];
			fresh++;
		}
	}
	return fresh;
}

START_TEST(all_are_killed)
{
	int ms = expect_full() ? FULL_CRASH_MS : CRASH_MS;
	static pid_t known[PIDS];
	unsigned forked = 0, lines;
	uint64_t begun, next;
	unsigned long after;
	long cpu;

	server_start(&s, "max-workers = 16\n");
	s.h.deaths = 1;
	cpu = harness_cpu_of(s.h.pid);
	begun = next = expect_now();
	while (expect_now() < begun + (uint64_t)ms) {
		forked += kill_all(known, forked);
		next += KILL_PAUSE;
		if (expect_now() < next)
			poll(NULL, 0, (int)(next - expect_now()));
	}
	cpu = harness_cpu_of(s.h.pid) - cpu;
	lines = harness_log_count(&s.h, " warn: ");
	after = served_after(s.h.port);
	expect_figure("P3: all workers killed every %d ms for %d ms: %u forked, %ld ms of the "
	    "master's CPU, %u log lines, a client served %lu ms after it", KILL_PAUSE, ms, forked,
	    cpu, lines, after);
	/*
	 * At least the workers of the start were forked, and then one after each pause of the
	 * master.
	 */
	ck_assert_uint_ge(forked, WORKERS);
	ck_assert_uint_le(forked, WORKERS + 4 + (unsigned)ms / 4000);
	ck_assert_uint_le(lines, 1 + (unsigned)ms / 10000);
	ck_assert_int_le(cpu, expect_stretch(ms / 100 + (expect_full() ? 0 : 100)));
	ck_assert_uint_eq(harness_log_count(&s.h, " error: "), 0);
	server_stop(&s);
}
END_TEST

/* A module crashes in each new worker as long as the file exists that WS_WHILE names. */
START_TEST(a_module_that_crashes)
{
	int ms = expect_full() ? FULL_CRASH_MS : CRASH_MS, port, listener = sock_listen(&port);
	unsigned n, crashed, lines;
	unsigned long after;
	pid_t pids[PIDS];
	struct harness h;
	FILE *f;
	long cpu;

	modules_begin("backend_test", NULL);
	modules_set_start("worker_init:abort");
	ck_assert_int_eq(setenv("WS_WHILE", modules_path("while"), 1), 0);
	modules_start(&h, port, NULL);
	h.deaths = 1;
	modules_expect_traced("worker_init", WORKERS);
	cpu = harness_cpu_of(h.pid);
	f = fopen(modules_path("while"), "w");
	ck_assert(f != NULL && fclose(f) == 0);
	/* Kill the present workers, so that the master forks new ones. */
	for (n = harness_children(h.pid, pids, PIDS); n > 0; )
		ck_assert(kill(pids[--n], SIGKILL) == 0 || errno == ESRCH);
	harness_log(&h, "crashed (signal 6) in worker_init()", EXPECT_MS);
	/* For ms milliseconds the module crashes in each new worker. */
	poll(NULL, 0, ms);
	cpu = harness_cpu_of(h.pid) - cpu;
	crashed = harness_log_count(&h, "crashed (signal 6) in worker_init()");
	lines = harness_log_count(&h, " warn: ");
	ck_assert_int_eq(unlink(modules_path("while")), 0);
	after = served_after(h.port);
	expect_figure("P3: a module crashes in each worker for %d ms: %u workers forked, %ld ms of "
	    "the master's CPU, %u log lines of its own, a client served %lu ms after it", ms,
	    crashed, cpu, lines, after);
	ck_assert_uint_le(crashed, WORKERS + 4 + (unsigned)expect_stretch(ms) / 4000);
	ck_assert_uint_le(lines, 2 + (unsigned)expect_stretch(ms) / 10000);
	ck_assert_int_le(cpu, expect_stretch(ms / 100 + (expect_full() ? 0 : 100)));
	harness_stop(&h);
	sock_close(&listener);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("crashes");
	TCase *tc = harness_case(suite, "one", expect_full() ? 300 : 60);

	if (proc_is_available()) {
		tcase_add_test(tc, killed_among_many);
		tcase_add_test(tc, a_spare_is_replaced);
	} else {
		expect_skip("without /proc idle workers cannot be found");
	}
	tc = harness_case(suite, "all", expect_full() ? 120 : 60);
	tcase_add_test(tc, all_are_killed);
	tcase_add_test(tc, a_module_that_crashes);
	return suite;
}

#include "lib/check_main.h"

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A master that is killed, or stopped for a while: the effect on its workers and on the next
 * master.
 */

#include "config.h"

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/churn.h"
#include "lib/expect.h"
#include "lib/proc.h"
#include "lib/server.h"
#include "lib/sock.h"

#define PIDS		128
#define LOOK_MS		5

static struct server s;

/* -- a killed master -- */

#define ANSWERING	5
#define WORKERS		20
#define PROMPT_MS	1000	/* ms until idle workers have exited and the next master listens */
#define ORPHAN_MS	11000	/* ms until busy workers have exited, whatever clients do */

/* Sends bytes to the echo peer until all buffers are full, because the client does not read. */
static void
stall(struct client *c)
{
	static const uint8_t zeros[65536], mask[4];
	uint8_t header[CLIENT_HEADER];

	client_send(c, header, client_header(header, CLIENT_FIN | CLIENT_BINARY, 64,
	    UINT64_C(1) << 40, mask));
	while (sock_writable(c->fd, 100))
		(void)sock_write_now(c->fd, zeros, sizeof(zeros));
}

/*
 * Copies the idle ones of n workers to idle: the workers with the fewest descriptors. Returns
 * their number.
 */
static unsigned
idle_ones(const pid_t *pids, unsigned n, pid_t *idle)
{
	unsigned i, have[PIDS], least = PIDS, count = 0;

	for (i = 0; i < n; i++) {
		have[i] = proc_descriptors(pids[i]);
		least = have[i] < least ? have[i] : least;
	}
	for (i = 0; i < n; i++)
		if (have[i] == least)
			idle[count++] = pids[i];
	return count;
}

static void
expect_all_gone(const pid_t *pids, unsigned n, int ms)
{
	while (n > 0)
		harness_expect_gone(pids[--n], ms);
}

/*
 * Starts another master on the same port while workers are still closing the sessions of the
 * killed master.
 */
static void
start_next(struct harness *next, uint64_t begun, unsigned long *listening)
{
	const char *args[] = { s.conf, NULL };
	char text[64];
	int fd;

	/* Busy workers may close the listening socket a moment after the master's exit. */
	while ((fd = sock_try("127.0.0.1", s.h.port)) != -1) {
		sock_close(&fd);
		expect_within(begun, PROMPT_MS);
	}
	snprintf(s.listen, sizeof(s.listen), "127.0.0.1:%d", s.h.port);
	server_write(&s, "start-workers = 2\n");
	harness_spawn(next, args, NULL);
	snprintf(text, sizeof(text), "listening on 127.0.0.1:%d", s.h.port);
	harness_log(next, text, EXPECT_MS);
	*listening = (unsigned long)(expect_now() - begun);
	expect_within(begun, PROMPT_MS);
}

START_TEST(killed)
{
	struct client c[ANSWERING], silent, stalled, new;
	unsigned long listening, idle_gone;
	pid_t pids[PIDS], idle[PIDS];
	unsigned n, idle_count, i;
	struct harness next;
	uint64_t begun;

	server_start(&s, "start-workers = %d\nmin-spare = 2\nclose-timeout = 10m\n"
	    "stall-timeout = 1d\nping = 0\n", WORKERS);
	harness_expect_workers(&s.h, WORKERS, WORKERS);
	for (i = 0; i < ANSWERING; i++)
		server_open(&s, &c[i]);
	server_open(&s, &silent);
	client_open_with(&stalled, s.h.port, 4096, NULL);
	stall(&stalled);
	n = harness_children(s.h.pid, pids, PIDS);
	ck_assert_uint_ge(n, WORKERS);
	idle_count = idle_ones(pids, n, idle);
	ck_assert_uint_ge(idle_count, 2);
	ck_assert_uint_le(idle_count, n - ANSWERING - 2);
	begun = expect_now();
	harness_signal(&s.h, SIGKILL);
	ck_assert_int_eq(harness_wait(&s.h, EXPECT_MS), 128 + SIGKILL);
	expect_all_gone(idle, idle_count, PROMPT_MS);
	idle_gone = (unsigned long)(expect_now() - begun);
	expect_within(begun, PROMPT_MS);
	start_next(&next, begun, &listening);
	client_open(&new, s.h.port, "/");
	client_echo_finish(&new);
	for (i = 0; i < ANSWERING; i++)
		client_expect_end(&c[i], 1001);
	client_expect_close(&silent, 1001);
	expect_all_gone(pids, n, ORPHAN_MS);
	expect_within(begun, ORPHAN_MS);
	expect_figure("P2: master killed: %u idle workers gone after %lu ms, %d clients notified, "
	    "the next listens after %lu ms, no worker left after %lu ms", idle_count, idle_gone,
	    ANSWERING + 1, listening, (unsigned long)(expect_now() - begun));
	client_end(&silent);
	client_end(&stalled);
	harness_stop(&next);
	harness_clean(&s.h);
	harness_stop(&s.echo);
}
END_TEST

/* -- a stopped master -- */

#define STOPPED_MS	1000
#define FULL_MS		60000
#define SPARES		4
#define RATE		20	/* sessions a second while the master is stopped */
#define BACK_MS		1000	/* ms until the continued master forks again */

/*
 * While the master is stopped, sessions go on, and idle workers serve new clients; when no worker
 * is idle, clients wait.
 */
START_TEST(stopped)
{
	int ms = expect_full() ? FULL_MS : STOPPED_MS;
	struct client held[2], spare[SPARES], late;
	struct churn_result sum;
	struct churn loops;
	uint64_t begun;
	unsigned i;

	server_start(&s, "start-workers = 6\nmin-spare = 4\nmax-spare = 6\n"
	    "max-connections-per-worker = 0\n");
	harness_expect_workers(&s.h, 6, 6);
	server_open(&s, &held[0]);
	server_open(&s, &held[1]);
	harness_expect_workers(&s.h, 6, 6);
	harness_signal(&s.h, SIGSTOP);
	churn_start(&loops, 1, s.h.port, RATE);
	begun = expect_now();
	/* While the master is stopped, sessions go on. */
	while (expect_now() < begun + (uint64_t)ms) {
		client_echo(&held[0]);
		client_echo(&held[1]);
		poll(NULL, 0, 100);
	}
	sum = churn_end_well(&loops);
	ck_assert_uint_gt(sum.good, 0);
	for (i = 0; i < SPARES; i++)
		server_open(&s, &spare[i]);
	client_connect(&late, s.h.port);
	client_request(&late, NULL);
	ck_assert(client_is_silent(&late, 200));
	begun = expect_now();
	harness_signal(&s.h, SIGCONT);
	client_answer(&late);
	expect_figure("P11: master stopped for %d ms: 0 of %lu sessions failed, a client that "
	    "waited was served %lu ms after it went on", ms, sum.good,
	    (unsigned long)(expect_now() - begun));
	expect_within(begun, BACK_MS);
	client_expect_accepted(&late, REQUEST_KEY, NULL);
	client_echo_finish(&late);
	for (i = 0; i < SPARES; i++)
		client_echo_finish(&spare[i]);
	client_echo_finish(&held[0]);
	client_echo_finish(&held[1]);
	server_stop(&s);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("master");
	TCase *tc = harness_case(suite, "killed", 60);

	if (proc_is_available() && getenv("VALGRIND_PROGRAM") == NULL)
		tcase_add_test(tc, killed);
	else
		expect_skip("/proc is needed, and no valgrind");
	tc = harness_case(suite, "stopped", expect_full() ? 120 : 60);
	tcase_add_test(tc, stopped);
	return suite;
}

#include "lib/check_main.h"

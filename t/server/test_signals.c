/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * How the server ends after signals and after its master is killed: what its clients receive, and
 * that no process is left.
 */

#include "config.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/sock.h"
#include "lib/testpool.h"

#define PIDS		1024
#define STOP_MS		10000	/* ms; upper bound of a stop, whatever clients do */

static struct harness h, echo;
static pid_t pids[PIDS];
static unsigned pids_count;

static void
start(const char *setting)
{
	harness_echo(&echo, NULL);
	harness_bridge(&h, echo.port, "-o", setting, NULL);
}

/* Opens n clients, uses their sessions, and stores the pids of the workers. */
static void
open_clients(struct client *c, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		client_open(&c[i], h.port, "/");
		client_echo(&c[i]);
	}
	pids_count = harness_children(h.pid, pids, PIDS);
}

static void
expect_all_closed(struct client *c, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		client_expect_end(&c[i], 1001);
}

/* Returns 1 if the port can be bound: then no process listens on it. */
static int
port_is_free(void)
{
	struct sockaddr_in a;
	int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0), bound;

	memset(&a, 0, sizeof(a));
	a.sin_family = AF_INET;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons((uint16_t)h.port);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	bound = bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, 1) == 0;
	close(fd);
	return bound;
}

/* Waits until the port is free: the system may have given the port to another test for a moment. */
static void
expect_port_free(void)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);

	while (!port_is_free())
		if (!expect_again(deadline))
			expect_fail("port %d is still taken", h.port);
}

/* Waits until the server does not listen any more; sessions may go on. */
static void
expect_closed(void)
{
	uint64_t begun = expect_now(), deadline = expect_deadline(EXPECT_MS);

	while (!sock_is_refused(h.port))
		if (!expect_again(deadline))
			expect_fail("still listening");
	expect_elapsed(begun, 0, 2000);
}

static void
expect_all_gone(int ms)
{
	while (pids_count > 0)
		harness_expect_gone(pids[--pids_count], ms);
}

/*
 * Checks that the master exits with status 0 within `most` ms, and that no process and no
 * listener is left.
 */
static void
expect_stop(uint64_t begun, int most)
{
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS + STOP_MS), 0);
	expect_elapsed(begun, 0, most);
	expect_all_gone(1000);
	expect_port_free();
	harness_clean(&h);
}

/* -- TERM -- */

#define SESSIONS	100

static const int stops[] = { SIGTERM, SIGINT };

START_TEST(everybody_is_told)
{
	static struct client c[SESSIONS];
	uint64_t begun;

	start("ping=0");
	open_clients(c, SESSIONS);
	begun = expect_now();
	harness_signal(&h, stops[_i]);
	expect_all_closed(c, SESSIONS);
	expect_stop(begun, 2000);
	harness_stop(&echo);
}
END_TEST

START_TEST(nobody_is_there)
{
	uint64_t begun;

	start("ping=0");
	pids_count = harness_children(h.pid, pids, PIDS);
	begun = expect_now();
	harness_signal(&h, SIGTERM);
	expect_stop(begun, 500);
	harness_stop(&echo);
}
END_TEST

/* A client that does not answer the close frame delays the stop only for a limited time. */
START_TEST(a_silent_client_is_not_waited_for)
{
	struct client c[2];
	uint64_t begun;

	start("close-timeout=10m");
	open_clients(c, 2);
	begun = expect_now();
	harness_signal(&h, SIGTERM);
	client_expect_close(&c[0], 1001);
	expect_stop(begun, STOP_MS);
	client_end(&c[0]);
	client_end(&c[1]);
	harness_stop(&echo);
}
END_TEST

/* A second signal shortens the time for which a silent client can delay the stop. */
START_TEST(a_second_signal_hurries)
{
	struct client c[2];
	uint64_t begun;

	start("close-timeout=10m");
	open_clients(c, 2);
	harness_signal(&h, SIGTERM);
	client_expect_close(&c[0], 1001);
	client_expect_close(&c[1], 1001);
	begun = expect_now();
	harness_signal(&h, stops[_i]);
	expect_stop(begun, 2000);
	client_end(&c[0]);
	client_end(&c[1]);
	harness_stop(&echo);
}
END_TEST

START_TEST(term_during_the_handshake)
{
	struct client c[3];
	uint64_t begun;
	unsigned i;

	start("handshake-timeout=60s");
	open_clients(c, 1);
	for (i = 1; i < COUNTOF(c); i++)
		client_connect(&c[i], h.port);
	client_send(&c[1], "GET / HTT", 9);
	/* c[1] and c[2] are accepted; when c[0] has closed, only their handshakes are left. */
	client_finish(&c[0]);
	harness_log(&h, "closed client", EXPECT_MS);
	begun = expect_now();
	harness_signal(&h, SIGTERM);
	client_answer(&c[1]);
	client_expect_refused(&c[1], 503);
	client_end(&c[1]);
	/* A client that has not begun its request gets a 503 or end of file. */
	sock_expect_gone(c[2].fd, EXPECT_MS);
	client_end(&c[2]);
	expect_stop(begun, 3000);
	harness_stop(&echo);
}
END_TEST

#define QUEUE	64

/*
 * After a refusal the server waits at most a second for the client to close, so a client that
 * stays connected does not delay the stop for long.
 */
START_TEST(a_refused_client_is_not_waited_for)
{
	struct client c[2];
	uint64_t begun;

	start("close-timeout=60s");
	client_connect(&c[0], h.port);
	client_send(&c[0], "GET / HTT", 9);
	/* Connections are accepted in order: when c[1] is served, c[0] has a worker too. */
	open_clients(&c[1], 1);
	client_finish(&c[1]);
	begun = expect_now();
	harness_signal(&h, SIGTERM);
	client_answer(&c[0]);
	client_expect_refused(&c[0], 503);
	expect_stop(begun, 6000);
	client_end(&c[0]);
	harness_stop(&echo);
}
END_TEST

START_TEST(term_during_the_connect)
{
	int port, fds[QUEUE], silent = sock_listen_with(&port, 1, 0, 0);
	unsigned n = sock_fill(silent, fds, QUEUE);
	struct client c;
	uint64_t begun;

	harness_bridge(&h, port, "-o", "connect-timeout=60s", NULL);
	client_connect(&c, h.port);
	client_request(&c, NULL);
	/*
	 * Connections are accepted in order: when this second client has its answer, the first
	 * client has a worker too.
	 */
	client_expect_refusal(h.port, &(struct request){ .method = "POST" }, 405, NULL);
	ck_assert(client_is_silent(&c, 100));
	begun = expect_now();
	harness_signal(&h, SIGTERM);
	client_answer(&c);
	client_expect_refused(&c, 503);
	client_end(&c);
	expect_stop(begun, 2000);
	while (n > 0)
		close(fds[--n]);
	sock_close(&silent);
}
END_TEST

/* No data that was sent before the stop, or before the client receives the close frame, is lost. */
START_TEST(data_before_the_stop_arrives)
{
	int port, listener = sock_listen(&port), peer;
	struct client c;
	uint64_t begun;

	harness_bridge(&h, port, NULL);
	client_open(&c, h.port, "/");
	peer = sock_accept(listener, EXPECT_MS);
	client_binary(&c, "for the peer", 12);
	sock_expect(peer, "for the peer", 12, EXPECT_MS);
	sock_write(peer, "for the client", 14, EXPECT_MS);
	client_expect_text(&c, "for the client");
	begun = expect_now();
	harness_signal(&h, SIGTERM);
	client_expect_close(&c, 1001);
	/* The client may send this text before it has read the close frame. */
	client_text(&c, "the last word");
	client_close(&c, 1001, NULL);
	client_expect_eof(&c);
	client_end(&c);
	sock_expect(peer, "the last word", 13, EXPECT_MS);
	sock_expect_end(peer, EXPECT_MS);
	sock_close(&peer);
	expect_stop(begun, 2000);
	sock_close(&listener);
}
END_TEST

/* -- QUIT -- */

START_TEST(quit_lets_sessions_end)
{
	struct client c[3];
	uint64_t begun;
	unsigned i, round;

	start("ping=0");
	open_clients(c, 3);
	harness_signal(&h, SIGQUIT);
	expect_closed();
	harness_expect_workers(&h, 3, 3);
	for (round = 0; round < 3; round++)
		for (i = 0; i < 3; i++)
			client_echo(&c[i]);
	client_finish(&c[0]);
	harness_expect_workers(&h, 2, 2);
	client_echo(&c[1]);
	client_finish(&c[1]);
	begun = expect_now();
	client_finish(&c[2]);
	expect_stop(begun, 1000);
	harness_stop(&echo);
}
END_TEST

START_TEST(quit_without_sessions)
{
	uint64_t begun;

	start("ping=0");
	pids_count = harness_children(h.pid, pids, PIDS);
	begun = expect_now();
	harness_signal(&h, SIGQUIT);
	expect_stop(begun, 500);
	harness_stop(&echo);
}
END_TEST

START_TEST(quit_then_term)
{
	struct client c[3];
	uint64_t begun;

	start("ping=0");
	open_clients(c, 3);
	harness_signal(&h, SIGQUIT);
	expect_closed();
	client_echo(&c[0]);
	begun = expect_now();
	harness_signal(&h, SIGTERM);
	expect_all_closed(c, 3);
	expect_stop(begun, 2000);
	harness_stop(&echo);
}
END_TEST

START_TEST(drain_timeout)
{
	struct client c[3];
	uint64_t begun;

	start("drain-timeout=400ms");
	open_clients(c, 3);
	begun = expect_now();
	harness_signal(&h, SIGQUIT);
	expect_all_closed(c, 3);
	expect_elapsed(begun, 400, 1000);
	expect_closed();
	expect_stop(begun, 2000);
	harness_stop(&echo);
}
END_TEST

/* -- the master is killed -- */

/* The server has only idle workers: all of them exit within a second after the master. */
START_TEST(master_killed_without_sessions)
{
	uint64_t begun;

	start("start-workers=20");
	harness_expect_workers(&h, 20, 20);
	pids_count = harness_children(h.pid, pids, PIDS);
	begun = expect_now();
	harness_signal(&h, SIGKILL);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 128 + SIGKILL);
	expect_all_gone(1000);
	expect_elapsed(begun, 0, 1000);
	expect_port_free();
	harness_clean(&h);
	harness_stop(&echo);
}
END_TEST

/* ^C at a terminal sends SIGINT to the whole process group. */
START_TEST(interrupt_of_the_group)
{
	int port, listener = sock_listen(&port), peer;
	struct client c;
	uint64_t begun;

	ck_assert_int_eq(setpgid(0, 0) == 0 || getpgrp() == getpid(), 1);
	harness_bridge(&h, port, NULL);
	client_open(&c, h.port, "/");
	peer = sock_accept(listener, EXPECT_MS);
	pids_count = harness_children(h.pid, pids, PIDS);
	ck_assert(signal(SIGINT, SIG_IGN) != SIG_ERR);
	begun = expect_now();
	ck_assert_int_eq(kill(0, SIGINT), 0);
	client_expect_end(&c, 1001);
	sock_expect_end(peer, EXPECT_MS);
	sock_close(&peer);
	expect_stop(begun, 2000);
	sock_close(&listener);
}
END_TEST

/*
 * Signals that are ignored in the process which starts the server have their usual effect in the
 * server.
 */
START_TEST(inherited_signals)
{
	struct client c[2];
	uint64_t begun;

	harness_wrap("trap '' TERM INT QUIT CHLD HUP", "", "");
	start("ping=0");
	harness_unwrap();
	open_clients(c, 2);
	ck_assert_int_eq(kill(pids[0], SIGKILL), 0);
	harness_log(&h, "was ended by signal 9", EXPECT_MS);
	begun = expect_now();
	harness_signal(&h, _i == 0 ? SIGTERM : SIGINT);
	harness_log(&h, "stopping", EXPECT_MS);
	client_end(&c[0]);
	client_end(&c[1]);
	expect_stop(begun, STOP_MS);
	harness_stop(&echo);
}
END_TEST

/* -- workers -- */

START_TEST(term_of_one_worker)
{
	pid_t known[4] = { 0 };
	struct client c[3];
	unsigned i;

	harness_echo(&echo, NULL);
	harness_bridge(&h, echo.port, "-o", "start-workers=1", "-o", "min-spare=1", "-o",
	    "max-spare=1", NULL);
	for (i = 0; i < 3; i++) {
		known[i] = testpool_newest(&h, known, i);
		open_clients(&c[i], 1);
	}
	known[3] = testpool_newest(&h, known, 3);
	ck_assert_int_eq(kill(known[1], SIGTERM), 0);
	client_expect_end(&c[1], 1001);
	harness_expect_gone(known[1], EXPECT_MS);
	client_echo(&c[0]);
	client_echo(&c[2]);
	/* An idle worker exits immediately after TERM, and is replaced. */
	ck_assert_int_eq(kill(known[3], SIGTERM), 0);
	harness_expect_gone(known[3], EXPECT_MS);
	client_open(&c[1], h.port, "/");
	for (i = 0; i < 3; i++) {
		client_echo(&c[i]);
		client_finish(&c[i]);
	}
	ck_assert_uint_eq(harness_log_count(&h, "warn:"), 0);
	harness_stop(&h);
	harness_stop(&echo);
}
END_TEST

/* An idle worker exits after TERM whether or not it holds the accept lock. */
START_TEST(term_of_idle_workers)
{
	unsigned i;

	start("start-workers=8");
	harness_expect_workers(&h, 8, 8);
	pids_count = harness_children(h.pid, pids, PIDS);
	for (i = 0; i < pids_count; i++)
		ck_assert_int_eq(kill(pids[i], SIGTERM), 0);
	expect_all_gone(2000);
	harness_stop(&h);
	harness_stop(&echo);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("signals");
	TCase *tc = harness_case(s, "term", 60);

	tcase_add_loop_test(tc, everybody_is_told, 0, (int)COUNTOF(stops));
	tcase_add_test(tc, nobody_is_there);
	tcase_add_test(tc, a_silent_client_is_not_waited_for);
	tcase_add_loop_test(tc, a_second_signal_hurries, 0, (int)COUNTOF(stops));
	tcase_add_test(tc, term_during_the_handshake);
	tcase_add_test(tc, a_refused_client_is_not_waited_for);
	tcase_add_test(tc, term_during_the_connect);
	tcase_add_test(tc, data_before_the_stop_arrives);
	tcase_add_loop_test(tc, inherited_signals, 0, 2);
	tcase_add_test(tc, interrupt_of_the_group);

	tc = harness_case(s, "quit", 60);
	tcase_add_test(tc, quit_lets_sessions_end);
	tcase_add_test(tc, quit_without_sessions);
	tcase_add_test(tc, quit_then_term);
	tcase_add_test(tc, drain_timeout);

	tc = harness_case(s, "processes", 60);
	tcase_add_test(tc, master_killed_without_sessions);
	tcase_add_test(tc, term_of_one_worker);
	tcase_add_test(tc, term_of_idle_workers);
	return s;
}

#include "lib/check_main.h"

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A stop with very many sessions, some of them in the middle of a message: every client that
 * reads gets a close frame, every peer gets the end of its connection, and no process and no file
 * is left.
 */

#include "config.h"

#include <sys/resource.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/expect.h"
#include "lib/server.h"
#include "lib/sock.h"

#define SESSIONS	100
#define FULL_SESSIONS	1000
#define PIDS		1100
#define REFUSED_MS	100	/* ms; after this time connections are refused */
#define STOP_MS		10000	/* ms; upper bound of a stop */
#define HURRY_MS	1000	/* ms; upper bound from a second signal to the exit */
#define SOME_BYTES	65536

static struct server s;
static char pid_file[600], status_file[600], path[600];

static struct session {
	struct client	client;
	int		peer;
	enum { IDLE, CUT, STALLED } kind;
} session[FULL_SESSIONS];

static unsigned sessions;

static int
make_room(void)
{
	struct rlimit limit;

	sessions = expect_full() ? FULL_SESSIONS : SESSIONS;
	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 0;
	if (limit.rlim_cur < 2 * sessions + 100) {
		limit.rlim_cur = 2 * sessions + 100;
		return limit.rlim_cur <= limit.rlim_max &&
		    setrlimit(RLIMIT_NOFILE, &limit) == 0;
	}
	return 1;
}

/* Sends half of a frame; the other half is never sent. */
static void
send_half(struct session *one)
{
	static const char text[] = "a message that is never whole";
	uint8_t frame[CLIENT_HEADER + sizeof(text)];
	size_t len = client_frame(&one->client, frame, CLIENT_FIN | CLIENT_TEXT, text,
	    sizeof(text));

	client_send(&one->client, frame, len / 2);
}

/*
 * Lets the peer write until all buffers from the peer to the client, which does not read, are
 * full.
 */
static void
stall(struct session *one)
{
	static const uint8_t zeros[SOME_BYTES];

	while (sock_writable(one->peer, 100))
		(void)sock_write_now(one->peer, zeros, sizeof(zeros));
}

static void
open_all(int listener)
{
	struct session *one;
	unsigned i;

	for (i = 0; i < sessions; i++) {
		one = &session[i];
		one->kind = i % 50 == 7 ? STALLED : i % 2 == 0 ? CUT : IDLE;
		client_open_with(&one->client, s.h.port, one->kind == STALLED ? 4096 : 0,
		    NULL);
		one->peer = sock_accept(listener, EXPECT_MS);
		if (one->kind == CUT)
			send_half(one);
		else if (one->kind == STALLED)
			stall(one);
	}
}

static unsigned long
refused_after(uint64_t begun)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);

	while (!sock_is_refused(s.h.port))
		if (!expect_again(deadline))
			expect_fail("still listening");
	expect_within(begun, REFUSED_MS);
	return (unsigned long)(expect_now() - begun);
}

/*
 * Expects a close frame at every client that reads. If answer is 1, idle clients answer it;
 * clients in the middle of a message cannot. Returns the number of close frames.
 */
static unsigned
expect_closes(int answer)
{
	unsigned i, closed = 0;

	for (i = 0; i < sessions; i++) {
		if (session[i].kind == STALLED)
			continue;
		client_expect_close(&session[i].client, 1001);
		closed++;
		if (session[i].kind == IDLE && answer) {
			client_close(&session[i].client, 1001, NULL);
			client_expect_eof(&session[i].client);
		}
	}
	return closed;
}

/* Every peer's connection must have ended, in stalled sessions possibly with a reset. */
static void
expect_peers_gone(void)
{
	unsigned i;

	for (i = 0; i < sessions; i++) {
		sock_expect_gone(session[i].peer, EXPECT_MS);
		sock_close(&session[i].peer);
		client_end(&session[i].client);
	}
}

static void
expect_nothing_left(const pid_t *pids, unsigned n)
{
	while (n > 0)
		harness_expect_gone(pids[--n], 1000);
	ck_assert_int_eq(access(pid_file, F_OK), -1);
	ck_assert_int_eq(access(status_file, F_OK), -1);
	ck_assert_int_eq(access(path, F_OK), -1);
}

/* In the second run no client answers, and the master gets a second signal. */
START_TEST(very_many)
{
	int port, listener = sock_listen(&port), hurry = _i == 1;
	static pid_t pids[PIDS];
	unsigned long refused, over;
	uint64_t begun;
	unsigned n, closed;

	if (!make_room()) {
		expect_skip("not enough descriptors");
		return;
	}
	snprintf(pid_file, sizeof(pid_file), "%s", harness_scratch("pid"));
	snprintf(status_file, sizeof(status_file), "%s", harness_scratch("status"));
	snprintf(path, sizeof(path), "%s", harness_scratch("socket"));
	server_prepare(&s);
	snprintf(s.listen, sizeof(s.listen), "127.0.0.1, unix://%s", path);
	s.peer = port;
	server_write(&s, "pid-file = %s\nstatus-file = %s\nmax-workers = %u\nclose-timeout = 10m\n"
	    "stall-timeout = 1d\nping = 0\n", pid_file, status_file, sessions + 50);
	server_run(&s);
	open_all(listener);
	n = harness_children(s.h.pid, pids, PIDS);
	ck_assert_uint_ge(n, sessions);
	begun = expect_now();
	harness_signal(&s.h, SIGTERM);
	refused = refused_after(begun);
	closed = expect_closes(!hurry);
	if (hurry) {
		begun = expect_now();
		harness_signal(&s.h, SIGINT);
	}
	ck_assert_int_eq(harness_wait(&s.h, 2 * EXPECT_MS), 0);
	over = (unsigned long)(expect_now() - begun);
	expect_within(begun, hurry ? HURRY_MS : STOP_MS + 1000);
	expect_peers_gone();
	expect_nothing_left(pids, n);
	expect_figure("P5%s: %u sessions: new connects refused after %lu ms, %u got a close "
	    "frame, all over after %lu ms", hurry ? ", second signal" : "", sessions, refused, closed, over);
	harness_clean(&s.h);
	harness_stop(&s.echo);
	sock_close(&listener);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("stop");
	TCase *tc = harness_case(suite, "stop", expect_full() ? 300 : 60);

	tcase_add_loop_test(tc, very_many, 0, 2);
	return suite;
}

#include "lib/check_main.h"

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Workers are killed in every state: the other workers and the master go on. */

#include "config.h"

#include <sys/socket.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/sock.h"
#include "lib/testpool.h"

#define PIDS		1024

static struct harness h, echo;

static void
stop(void)
{
	harness_stop(&h);
	harness_stop(&echo);
}

/* -- killed workers -- */

enum { IDLE, HANDSHAKE, CONNECTING, OPEN, CLOSING, REFUSED, STATES };

static const char *const state_names[] = {
	"idle", "handshake", "connecting", "open", "closing", "refused"
};

#define QUEUE	64

struct queue {
	int		listener, port;
	int		fds[QUEUE];
	unsigned	n;
};

/* Fills the backlog of the peer's listening socket, so that a connection to it hangs. */
static void
fill_queue(struct queue *q)
{
	ck_assert_int_eq(listen(q->listener, 1), 0);
	q->n = sock_fill(q->listener, q->fds, QUEUE);
}

static void
empty_queue(struct queue *q)
{
	while (q->n > 0)
		close(q->fds[--q->n]);
	ck_assert_int_eq(listen(q->listener, 128), 0);
}

/* Opens a client, and finds the client's connection to the peer by the bytes that arrive on it. */
static void
open_pair(struct queue *q, struct client *c, int *peer)
{
	char word[4];

	testpool_open(&h, c);
	client_text(c, "here");
	for (;;) {
		*peer = sock_accept(q->listener, EXPECT_MS);
		if (sock_read(*peer, word, sizeof(word), EXPECT_MS) == sizeof(word))
			break;
		sock_close(peer);
	}
	ck_assert_int_eq(memcmp(word, "here", 4), 0);
}

/* Brings the only idle worker into the given state. */
static void
enter(int state, struct queue *q, struct client *c)
{
	struct request good = { 0 }, bad = { .method = "POST" };
	int peer;

	if (state == IDLE)
		return;
	if (state == CONNECTING)
		fill_queue(q);
	if (state == OPEN || state == CLOSING) {
		open_pair(q, c, &peer);
		if (state == CLOSING) {
			sock_close(&peer);
			client_expect_close(c, 1000);
		}
		return;
	}
	client_connect(c, h.port);
	if (state == HANDSHAKE)
		client_send(c, "GET / HTTP/1.1\r\nHos", 19);
	else
		client_request(c, state == REFUSED ? &bad : &good);
	if (state == REFUSED)
		client_answer(c);
}

/* A worker that is killed, in any state, ends only its own client's connection, and is replaced. */
START_TEST(killed)
{
	struct queue q = { .n = 0 };
	struct client other, c = { .fd = -1 };
	pid_t known[3] = { 0 };
	int peer;
	char line[80];

	expect_context("%s", state_names[_i]);
	q.listener = sock_listen(&q.port);
	harness_bridge(&h, q.port, HARNESS_ONE_WORKER, "-o", "close-timeout=60s", "-o",
	    "handshake-timeout=60s", "-o", "connect-timeout=60s", NULL);
	known[0] = testpool_newest(&h, known, 0);
	open_pair(&q, &other, &peer);
	known[1] = testpool_newest(&h, known, 1);
	enter(_i, &q, &c);
	if (_i != IDLE)
		known[2] = testpool_newest(&h, known, 2);
	h.deaths = 1;
	ck_assert_int_eq(kill(known[1], SIGKILL), 0);
	snprintf(line, sizeof(line), "worker %ld was ended by signal 9", (long)known[1]);
	harness_log(&h, line, EXPECT_MS);
	if (c.fd != -1) {
		sock_expect_gone(c.fd, EXPECT_MS);
		client_end(&c);
	}
	if (_i == IDLE)
		known[2] = testpool_newest(&h, known, 2);
	harness_expect_gone(known[1], EXPECT_MS);
	testpool_expect_no_zombies(&h);
	harness_expect_workers(&h, 2, 2);
	empty_queue(&q);

	client_text(&other, "still there?");
	sock_expect(peer, "still there?", 12, EXPECT_MS);
	sock_write(peer, "yes", 3, EXPECT_MS);
	client_expect_text(&other, "yes");
	client_finish(&other);
	sock_close(&peer);
	open_pair(&q, &c, &peer);
	client_finish(&c);
	sock_close(&peer);
	sock_close(&q.listener);
	harness_stop(&h);
}
END_TEST

/* When busy workers are killed, the master forks new workers without a pause. */
START_TEST(killed_busy_again_and_again)
{
	pid_t known[30] = { 0 };
	struct client c;
	uint64_t begun;
	unsigned i;

	testpool_start(&h, &echo, 1, 1, 1, 10, NULL);
	h.deaths = 1;
	begun = expect_now();
	for (i = 0; i < 30; i++) {
		known[i] = testpool_newest(&h, known, i);
		client_open(&c, h.port, "/");
		client_echo(&c);
		ck_assert_int_eq(kill(known[i], SIGKILL), 0);
		sock_expect_gone(c.fd, EXPECT_MS);
		client_end(&c);
	}
	expect_elapsed(begun, 0, 5000);
	harness_expect_workers(&h, 1, 1);
	testpool_expect_no_zombies(&h);
	stop();
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("deaths");
	TCase *tc = harness_case(s, "killed", 60);

	tcase_add_loop_test(tc, killed, 0, STATES);
	tcase_add_test(tc, killed_busy_again_and_again);
	return s;
}

#include "lib/check_main.h"

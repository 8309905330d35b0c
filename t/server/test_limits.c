/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Limits of a connection with one side that is slow, silent or sends without end: the connection
 * is not closed before its deadline, and is closed at its deadline. The limits of the server are
 * tested in test_limits_server.c.
 */

#include "config.h"

#include <sys/socket.h>

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/client.h"
#include "lib/datagram.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/pair.h"
#include "lib/pump.h"
#include "lib/sock.h"
#include "lib/testpool.h"
#include "test_limits.h"

#define MIB		((size_t)1 << 20)
#define LOOK_MS		5	/* ms between two steps of a slow client or peer */

static struct pair t;

/* Returns a setting "name=TIME" with a number of milliseconds, stretched. */
static const char *
setting(const char *name, int ms)
{
	static char text[4][64];
	static unsigned turn;
	char *out = text[turn++ % 4];

	snprintf(out, sizeof(text[0]), "%s=%dms", name, expect_stretch(ms));
	return out;
}

/* -- a peer that stops reading -- */

#define BURST	2000	/* datagrams; more than any system queues */

/*
 * Writes BURST messages to out, followed by a close frame if with_close is 1. Returns the length.
 */
static size_t
burst(struct client *c, uint8_t *out, int with_close)
{
	size_t len = 0;
	unsigned i;

	for (i = 0; i < BURST; i++)
		len += client_frame(c, out + len, CLIENT_FIN | CLIENT_BINARY, "datagram", 8);
	if (with_close)
		len += client_frame(c, out + len, CLIENT_FIN | CLIENT_CLOSE, "\x03\xe8", 2);
	return len;
}

/*
 * The peer does not read its datagrams. The client sends its close frame after the messages (_i
 * is 1), or as the answer to the server's close frame. In both cases the session ends long before
 * close-timeout.
 */
START_TEST(a_datagram_peer_that_stops_reading)
{
	static uint8_t frames[BURST * (CLIENT_HEADER + 8) + 64];
	const char *path = harness_scratch("peer");
	int peer = sock_unix_datagram(path);
	char name[300], directory[300];
	struct harness h;
	struct client c;
	uint64_t begin;

	snprintf(name, sizeof(name), "unix-dgram://%s", path);
	snprintf(directory, sizeof(directory), "socket-directory=%.*s",
	    (int)(strrchr(path, '/') - path), path);
	harness_bridge_to(&h, name, "-o", directory, "-o", "stall-timeout=300ms",
	    "-o", "close-timeout=60s", HARNESS_ONE_WORKER,
	    "-o", "max-workers=1", NULL);
	client_open(&c, h.port, "/");
	begin = expect_now();
	client_send(&c, frames, burst(&c, frames, _i));
	client_expect_close(&c, 1011);
	expect_elapsed(begin, 300, 300);
	if (_i == 0)
		client_close(&c, 1011, NULL);
	client_expect_eof(&c);
	client_end(&c);
	harness_log(&h, " code=1011 by=server ", EXPECT_MS);
	testpool_open(&h, &c);
	client_finish(&c);
	harness_stop(&h);
	sock_close(&peer);
}
END_TEST

/* -- a client that pauses -- */

#define EURO		"\xe2\x82\xac"
#define EURO_TOTAL	(3 * ((uint64_t)12 * MIB / 3))
#define PAUSE_MS	120	/* ms; longer than the framing holds back a cut character */
#define FULL_MS		1000	/* ms; if the peer cannot write for so long, all buffers are full */
#define PAUSE_EVERY	(2 * MIB)

/*
 * Fills all buffers from the peer to the client, which does not read. Returns the number of
 * bytes.
 */
static uint64_t
write_euros(void)
{
	static char euros[3 * 8192 + 3];
	uint64_t sent = 0, left;
	ssize_t n;
	size_t i;

	for (i = 0; i < sizeof(euros); i += 3)
		memcpy(euros + i, EURO, 3);
	while (sent < EURO_TOTAL && sock_writable(t.peer, FULL_MS)) {
		left = EURO_TOTAL - sent;
		n = sock_write_now(t.peer, euros + sent % 3,
		    (size_t)(left < 3 * 8192 ? left : 3 * 8192));
		ck_assert_int_ne(n, SOCK_RESET);
		sent += n > 0 ? (uint64_t)n : 0;
	}
	return sent;
}

/*
 * The client reads len bytes, with pauses. The bytes must arrive as text up to the last whole
 * character.
 */
static void
expect_euros(uint64_t len)
{
	uint64_t at = 0, pause = PAUSE_EVERY;
	struct client_message m;
	size_t i;

	for (; at < len; at += m.len) {
		client_read(&t.c, &m);
		/*
		 * If len ends inside a character, the first bytes of this character are sent as
		 * binary, because the other bytes do not follow in time.
		 */
		if (m.opcode != CLIENT_TEXT && (m.opcode != CLIENT_BINARY || at + m.len != len ||
		    len % 3 == 0 || m.len >= 3))
			expect_fail("opcode %d, %zu bytes at %llu of %llu", m.opcode, m.len,
			    (unsigned long long)at, (unsigned long long)len);
		for (i = 0; i < m.len; i++)
			if (m.data[i] != (uint8_t)EURO[(at + i) % 3])
				expect_fail("wrong byte at %llu", (unsigned long long)(at + i));
		if (at + m.len >= pause) {
			poll(NULL, 0, PAUSE_MS);
			pause += PAUSE_EVERY;
		}
	}
	ck_assert_uint_eq(at, len);
}

/*
 * While the client does not read, the server does not read from the peer. The framing must not
 * take this pause for a pause of the peer.
 */
START_TEST(text_for_a_client_that_pauses_stays_text)
{
	uint64_t sent;

	pair_start(&t, "-c", "framing=auto", NULL);
	pair_open_with(&t, 16384);
	sent = write_euros();
	ck_assert_uint_gt(sent, PAUSE_EVERY);
	expect_euros(sent);
	pair_close(&t);
	pair_stop(&t);
}
END_TEST

/* -- a slow client -- */

#define SLOW_MS		2000
#define SLOW_PAUSE_MS	30	/* ms between two messages */

static void
feed_peer(void)
{
	static const uint8_t zeros[65536];

	while (sock_write_now(t.peer, zeros, sizeof(zeros)) > 0)
		;
}

/* A client can answer a ping only after it has read all data that was sent before the ping. */
START_TEST(a_slow_client_that_answers_is_not_cut)
{
	struct client_message m;
	uint64_t until;
	unsigned pings = 0;

	pair_start(&t, "-c", "framing=binary", "-o", setting("ping", 200), "-o",
	    setting("pong-timeout", 300), NULL);
	pair_open_with(&t, 4096);
	until = expect_deadline(SLOW_MS);
	while (pings < 2 || expect_left(until) > 0) {
		feed_peer();
		client_read(&t.c, &m);
		if (m.opcode == CLIENT_PING) {
			pings++;
			client_send_frame(&t.c, CLIENT_FIN | CLIENT_PONG, m.data, m.len);
		} else if (m.opcode != CLIENT_BINARY) {
			expect_fail("opcode %d, code %u", m.opcode, m.code);
		}
		poll(NULL, 0, SLOW_PAUSE_MS);
	}
	client_finish_late(&t.c);
	harness_log(&t.h, " code=1000 by=client ", EXPECT_MS);
	pair_stop(&t);
}
END_TEST

#define BATCH		(12 * MIB)
#define BATCH_PACE	(4 * MIB / 1000)	/* bytes that the client reads per millisecond */
#define BATCH_SLOW	(8 * MIB)		/* bytes that the client reads at this pace */

/*
 * For longer than idle-timeout neither side sends anything, but earlier data is still on its way
 * to the client.
 */
START_TEST(a_big_message_on_its_way_is_not_idleness)
{
	char *line = malloc(BATCH);
	struct client_message m;
	uint64_t begin, due;

	ck_assert_ptr_nonnull(line);
	memset(line, 'x', BATCH - 1);
	line[BATCH - 1] = '\n';
	pair_start(&t, "-c", "framing=newline", "-c", "framing-config=lf", "-o", "ping=0", "-o",
	    setting("idle-timeout", 1000), NULL);
	pair_open_with(&t, 16384);
	sock_write(t.peer, line, BATCH, EXPECT_MS);
	begin = expect_now();
	do {
		due = (expect_now() - begin) * BATCH_PACE / (unsigned)expect_stretch(1);
		client_need(&t.c, due < BATCH_SLOW ? (size_t)due : BATCH_SLOW, "the message");
		poll(NULL, 0, LOOK_MS);
	} while (due < BATCH_SLOW);
	client_read(&t.c, &m);
	ck_assert_int_eq(m.opcode, CLIENT_TEXT);
	ck_assert_uint_eq(m.len, BATCH);
	ck_assert_int_eq(memcmp(m.data, line, BATCH), 0);
	/* The session goes on: after the message no close frame arrives. */
	pair_ping(&t);
	pair_close(&t);
	pair_stop(&t);
	free(line);
}
END_TEST

/* -- after end of file from the peer -- */

static void
open_half_closed(void)
{
	pair_open(&t);
	shutdown(t.peer, SHUT_WR);
	client_expect_close(&t.c, 1000);
}

/* After the server's close frame, a client that keeps sending may finish its upload. */
START_TEST(an_upload_goes_on_after_the_close_frame)
{
	uint64_t begin, until;

	/*
	 * stall-timeout, the limit of the whole upload, must not end first, however much
	 * deadlines are stretched.
	 */
	pair_start(&t, "-o", setting("close-timeout", 2000), "-o", "stall-timeout=1h", NULL);
	open_half_closed();
	begin = expect_now();
	until = expect_deadline(2400);
	while (expect_left(until) > 0) {
		client_binary(&t.c, "upload", 6);
		sock_expect(t.peer, "upload", 6, EXPECT_MS);
		poll(NULL, 0, LOOK_MS);
	}
	ck_assert_uint_gt(expect_now() - begin, (uint64_t)expect_stretch(2000));
	client_text(&t.c, "the last");
	client_close(&t.c, 1000, NULL);
	sock_expect(t.peer, "the last", 8, EXPECT_MS);
	sock_expect_end(t.peer, EXPECT_MS);
	client_expect_eof(&t.c);
	client_end(&t.c);
	harness_log(&t.h, " code=1000 by=peer ", EXPECT_MS);
	pair_stop(&t);
}
END_TEST

/*
 * Sends until the connection is closed, which must happen between `least` and `most` ms after
 * begin.
 */
static void
upload_for_ever(uint64_t begin, int least, int most)
{
	static const uint8_t zeros[4096];
	uint8_t frame[CLIENT_HEADER + sizeof(zeros)], taken[65536];
	uint64_t deadline = expect_deadline(EXPECT_MS);
	size_t len = client_frame(&t.c, frame, CLIENT_FIN | CLIENT_BINARY, zeros, sizeof(zeros));
	ssize_t n = SOCK_AGAIN;

	while (n != 0 && client_try_send(&t.c, frame, len) == 0) {
		while ((n = sock_read_now(t.peer, taken, sizeof(taken))) > 0)
			;
		if (expect_left(deadline) == 0)
			expect_fail("an upload that never ends is not cut");
		poll(NULL, 0, 1);
	}
	if (n != 0)
		sock_expect_gone(t.peer, EXPECT_MS);
	expect_elapsed(begin, least, most);
	while (client_try_send(&t.c, frame, len) == 0) {
		if (expect_left(deadline) == 0)
			expect_fail("the client is not cut");
		poll(NULL, 0, 1);
	}
}

START_TEST(an_upload_does_not_go_on_for_ever)
{
	uint64_t begin;

	pair_start(&t, "-o", "stall-timeout=700ms", "-o", "close-timeout=500ms", NULL);
	begin = expect_now();
	open_half_closed();
	upload_for_ever(begin, 500, 700);
	client_end(&t.c);
	harness_log(&t.h, " code=1000 by=peer ", EXPECT_MS);
	pair_stop(&t);
}
END_TEST

/* -- a message that is not completed -- */

#define GOES_ON_MS	200	/* ms; stall-timeout of these tests */

/* Starts a bridge whose peer receives datagrams, or whose framing needs the length of a message. */
static void
start_collecting(struct harness *h, struct datagram_peer *remote, int is_datagram)
{
	char peer[64];
	int port;

	memset(remote, 0, sizeof(*remote));
	remote->fd = is_datagram ? sock_udp(&port) : sock_listen(&port);
	snprintf(peer, sizeof(peer), "%s://127.0.0.1:%d", is_datagram ? "udp" : "tcp", port);
	harness_bridge_to(h, peer, "-c", is_datagram ? "framing=auto" : "framing=length",
	    "-o", setting("stall-timeout", GOES_ON_MS), "-o", "ping=0", "-o", "close-timeout=60s",
	    NULL);
}

/* The last bytes that the client sends of a message; what follows are pings and empty frames. */
static void
begin_message(struct client *c, int how)
{
	uint8_t header[CLIENT_HEADER], mask[4] = { 1, 2, 3, 4 };

	switch (how) {
	case 0:		/* a first frame */
		client_send_frame(c, CLIENT_TEXT, "begun", 5);
		break;
	case 1:		/* an empty first frame */
		client_send_frame(c, CLIENT_BINARY, "", 0);
		break;
	case 2:		/* a whole message, then a part of the next one */
		client_send_frame(c, CLIENT_FIN | CLIENT_TEXT, "whole", 5);
		client_send_frame(c, CLIENT_TEXT, "begun", 5);
		client_send_frame(c, CLIENT_CONTINUATION, "and continued", 13);
		break;
	default:	/* a header, and no byte of the payload */
		client_send(c, header, client_header(header, CLIENT_BINARY, 0, 1000, mask));
		break;
	}
}

/* Pings, which are answered, and empty frames do not prolong the time of a message. */
static void
ping_until_closed(struct client *c, int with_empty_frames)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	struct client_message m;

	do {
		if (expect_left(deadline) == 0)
			expect_fail("the message may last for ever");
		if (with_empty_frames)
			client_send_frame(c, CLIENT_CONTINUATION, "", 0);
		client_ping(c, "still here");
		client_read(c, &m);
		poll(NULL, 0, 5);
	} while (m.opcode == CLIENT_PONG);
	ck_assert_int_eq(m.opcode, CLIENT_CLOSE);
	ck_assert_uint_eq(m.code, 1008);
}

START_TEST(a_message_is_not_completed)
{
	/* A stream peer gets the bytes of a message in one frame as they arrive. */
	int is_datagram = _i < 4, how = _i % 4, peer = -1;
	struct datagram_peer remote;
	struct harness h;
	struct client c;
	uint64_t begin;

	expect_context("datagrams %d, message %d", is_datagram, how);
	start_collecting(&h, &remote, is_datagram);
	client_open(&c, h.port, "/");
	if (!is_datagram)
		peer = sock_accept(remote.fd, EXPECT_MS);
	/* The time does not begin with the connection. */
	ck_assert(client_is_silent(&c, GOES_ON_MS + 50));
	begin = expect_now();
	begin_message(&c, how);
	if (how == 3)
		client_expect_close(&c, 1008);
	else
		ping_until_closed(&c, how != 2);
	expect_elapsed(begin, GOES_ON_MS - 1, EXPECT_MS);
	client_close(&c, 1008, NULL);
	/* The header without payload makes the close frame a part of its message. */
	if (how == 3)
		shutdown(c.fd, SHUT_WR);
	client_expect_eof(&c);
	client_end(&c);
	sock_close(&peer);
	harness_log(&h, " code=1008 by=server ", EXPECT_MS);
	harness_log(&h, "a message was begun and not completed", EXPECT_MS);
	harness_stop(&h);
	sock_close(&remote.fd);
}
END_TEST

/* Each byte of a message prolongs its time, and a message for a stream peer may take any time. */
START_TEST(a_message_takes_its_time)
{
	struct datagram_peer remote;
	uint64_t begin, until;
	struct harness h;
	struct client c;
	size_t len = 0;

	if (_i == 0) {
		memset(&remote, 0, sizeof(remote));
		start_collecting(&h, &remote, 1);
		client_open(&c, h.port, "/");
		client_send_frame(&c, CLIENT_TEXT, "", 0);
		begin = expect_now();
		until = expect_deadline(3 * GOES_ON_MS);
		for (len = 0; expect_left(until) > 0; len++) {
			client_send_frame(&c, CLIENT_CONTINUATION, "x", 1);
			client_ping(&c, "");
			client_expect(&c, CLIENT_PONG, "", 0);
			poll(NULL, 0, 5);
		}
		ck_assert_uint_gt(expect_now() - begin, GOES_ON_MS);
		client_send_frame(&c, CLIENT_CONTINUATION | CLIENT_FIN, "", 0);
		ck_assert(sock_readable(remote.fd, EXPECT_MS));
		client_finish(&c);
		harness_stop(&h);
		sock_close(&remote.fd);
		return;
	}
	pair_start(&t, "-o", setting("stall-timeout", GOES_ON_MS), "-o", "ping=0", "-c",
	    _i == 1 ? "framing=auto" : "framing=line", NULL);
	pair_open(&t);
	client_send_frame(&t.c, CLIENT_TEXT, "begun", 5);
	sock_expect(t.peer, "begun", 5, EXPECT_MS);
	ck_assert(client_is_silent(&t.c, 2 * GOES_ON_MS));
	client_send_frame(&t.c, CLIENT_CONTINUATION | CLIENT_FIN, "!", 1);
	sock_expect(t.peer, "!\n", _i == 1 ? 1 : 2, EXPECT_MS);
	pair_close(&t);
	pair_stop(&t);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("limits");
	TCase *tc = harness_case(s, "slow sides", 60);

	tcase_add_loop_test(tc, a_datagram_peer_that_stops_reading, 0, 2);
	tcase_add_loop_test(tc, a_message_is_not_completed, 0, 7);
	tcase_add_loop_test(tc, a_message_takes_its_time, 0, 3);
	tcase_add_test(tc, text_for_a_client_that_pauses_stays_text);
	tcase_add_test(tc, a_slow_client_that_answers_is_not_cut);
	tcase_add_test(tc, a_big_message_on_its_way_is_not_idleness);
	tcase_add_test(tc, an_upload_goes_on_after_the_close_frame);
	tcase_add_test(tc, an_upload_does_not_go_on_for_ever);
	test_limits_server(s);
	return s;
}

#include "lib/check_main.h"

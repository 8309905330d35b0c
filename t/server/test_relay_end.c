/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Ends of connections: whichever side closes first, and in whatever way, the bytes that were sent
 * before arrive, and each side gets the right close code.
 */

#include "config.h"

#include <sys/socket.h>

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/pair.h"
#include "lib/pattern.h"
#include "lib/pump.h"
#include "lib/sock.h"
#include "test_relay.h"

#define MIB		((size_t)1 << 20)

static struct pair t;

/* -- the peer closes -- */

START_TEST(a_peer_that_sends_and_closes_at_once)
{
	struct request r = { .target = "/short" };
	size_t len;
	int i;

	pair_start(&t, NULL);
	for (i = 0; i < 1000; i++) {
		len = (size_t)i * 37 % 20000;
		expect_context("time %d, %zu bytes", i, len);
		client_connect(&t.c, t.h.port);
		client_request(&t.c, &r);
		t.peer = sock_accept(t.listener, EXPECT_MS);
		sock_write_pattern(t.peer, 0, len, PUMP_DOWN, EXPECT_MS);
		sock_close(&t.peer);
		client_answer(&t.c);
		client_expect_accepted(&t.c, REQUEST_KEY, NULL);
		client_expect_pattern(&t.c, 0, len, PUMP_DOWN);
		client_expect_end(&t.c, 1000);
	}
	harness_log_times(&t.h, " code=1000 by=peer ", 1000, EXPECT_MS);
	pair_stop(&t);
}
END_TEST

/*
 * The client reads late and slowly, and has sent bytes that the server has not read. If the
 * server closed the client's socket then, the system would send a reset and discard the last
 * bytes for the client.
 */
START_TEST(the_last_bytes_reach_a_slow_client)
{
	static uint8_t noise[5000];
	int i;

	pair_start(&t, NULL);
	for (i = 0; i < 20; i++) {
		expect_context("time %d", i);
		pair_open_with(&t, 4096);
		client_binary(&t.c, noise, sizeof(noise));
		sock_write_pattern(t.peer, 0, 150004, PUMP_DOWN, EXPECT_MS);
		shutdown(t.peer, SHUT_WR);
		client_binary(&t.c, noise, sizeof(noise));
		client_expect_pattern(&t.c, 0, 150004, PUMP_DOWN);
		client_binary(&t.c, noise, sizeof(noise));
		client_expect_end(&t.c, 1000);
		sock_expect(t.peer, noise, sizeof(noise), EXPECT_MS);
		sock_expect(t.peer, noise, sizeof(noise), EXPECT_MS);
		sock_expect(t.peer, noise, sizeof(noise), EXPECT_MS);
		sock_expect_end(t.peer, EXPECT_MS);
	}
	pair_stop(&t);
}
END_TEST

/*
 * WebSocket has no half-close. Nevertheless the client's data is passed on until the client has
 * answered the close frame.
 */
START_TEST(after_the_end_of_the_peer_the_client_may_still_send)
{
	pair_start(&t, NULL);
	pair_open(&t);
	sock_write(t.peer, "bye", 3, EXPECT_MS);
	shutdown(t.peer, SHUT_WR);
	client_expect_text(&t.c, "bye");
	client_expect_close(&t.c, 1000);
	client_text(&t.c, "one more ");
	client_send_frame(&t.c, CLIENT_TEXT, "and an", 6);
	client_send_frame(&t.c, CLIENT_FIN, "other", 5);
	sock_expect(t.peer, "one more and another", 20, EXPECT_MS);
	client_close(&t.c, 1000, NULL);
	client_expect_eof(&t.c);
	client_end(&t.c);
	sock_expect_end(t.peer, EXPECT_MS);
	harness_log(&t.h, " code=1000 by=peer in=20/2 out=3/1 ", EXPECT_MS);
	pair_stop(&t);
}
END_TEST

/*
 * At end of file from the peer, the bytes that the framing still holds are sent as a last
 * message.
 */
START_TEST(an_unfinished_line_of_the_peer_is_sent_at_its_end)
{
	pair_start(&t, "-c", "framing=newline", "-c", "framing-config=crlf", NULL);
	pair_open(&t);
	sock_write(t.peer, "line\r\nrest\r", 11, EXPECT_MS);
	client_expect_text(&t.c, "line\r\n");
	sock_close(&t.peer);
	client_expect_text(&t.c, "rest\r");
	client_expect_end(&t.c, 1000);
	pair_stop(&t);
}
END_TEST

START_TEST(a_peer_that_resets)
{
	pair_start(&t, NULL);
	pair_open(&t);
	sock_write(t.peer, "before", 6, EXPECT_MS);
	client_expect_text(&t.c, "before");
	sock_reset(t.peer);
	t.peer = -1;
	client_expect_end(&t.c, 1011);
	harness_log(&t.h, " code=1011 by=peer ", EXPECT_MS);
	pair_stop(&t);
}
END_TEST

/* The peer's connection is reset while the client is sending. */
START_TEST(a_peer_that_resets_while_it_is_sent_to)
{
	static uint8_t data[65536];
	struct client_message m;
	int i;

	pair_start(&t, NULL);
	for (i = 0; i < 20; i++) {
		expect_context("time %d", i);
		pair_open(&t);
		client_binary(&t.c, data, sizeof(data));
		sock_reset(t.peer);
		t.peer = -1;
		client_binary(&t.c, data, sizeof(data));
		client_binary(&t.c, data, sizeof(data));
		client_read(&t.c, &m);
		ck_assert_int_eq(m.opcode, CLIENT_CLOSE);
		ck_assert_uint_eq(m.code, 1011);
		client_close(&t.c, 1011, NULL);
		client_expect_eof(&t.c);
		client_end(&t.c);
	}
	pair_stop(&t);
}
END_TEST

/* -- the client closes -- */

START_TEST(a_client_that_sends_and_closes_at_once)
{
	uint8_t *frames = malloc(MIB + 4096), *payload = malloc(MIB);
	size_t len;
	int i;

	ck_assert(frames != NULL && payload != NULL);
	pattern_fill(payload, MIB, 0, PUMP_UP);
	pair_start(&t, NULL);
	for (i = 0; i < 20; i++) {
		expect_context("time %d", i);
		pair_open(&t);
		len = client_frame(&t.c, frames, CLIENT_FIN | CLIENT_BINARY, payload, MIB);
		len += client_frame(&t.c, frames + len, CLIENT_FIN | CLIENT_CLOSE, "\x03\xe8", 2);
		client_send(&t.c, frames, len);
		sock_expect_pattern(t.peer, 0, MIB, PUMP_UP, EXPECT_MS);
		sock_expect_end(t.peer, EXPECT_MS);
		client_expect_close(&t.c, 1000);
		client_expect_eof(&t.c);
		client_end(&t.c);
		sock_close(&t.peer);
	}
	harness_log_times(&t.h, " code=1000 by=client in=1048576/1 ", 20, EXPECT_MS);
	free(frames);
	free(payload);
	pair_stop(&t);
}
END_TEST

START_TEST(both_send_and_close_at_once)
{
	static uint8_t payload[20000];
	struct client_message m;
	uint64_t got;
	int i;

	pattern_fill(payload, sizeof(payload), 0, PUMP_UP);
	pair_start(&t, NULL);
	for (i = 0; i < 100; i++) {
		expect_context("time %d", i);
		pair_open(&t);
		sock_write_pattern(t.peer, 0, 20000, PUMP_DOWN, EXPECT_MS);
		client_binary(&t.c, payload, sizeof(payload));
		if (i % 2 == 0)
			shutdown(t.peer, SHUT_WR);
		client_close(&t.c, 1000, NULL);
		if (i % 2 != 0)
			shutdown(t.peer, SHUT_WR);
		sock_expect_pattern(t.peer, 0, sizeof(payload), PUMP_UP, EXPECT_MS);
		sock_expect_end(t.peer, EXPECT_MS);
		/*
		 * The server need not send all data to a client that has sent a close frame, but
		 * any data that arrives must be in order.
		 */
		client_read(&t.c, &m);
		for (got = 0; m.opcode != CLIENT_CLOSE; got += m.len, client_read(&t.c, &m))
			ck_assert_uint_eq(pattern_check(m.data, m.len, got, PUMP_DOWN), m.len);
		ck_assert_uint_eq(m.code, 1000);
		client_expect_eof(&t.c);
		client_end(&t.c);
	}
	pair_stop(&t);
}
END_TEST

START_TEST(a_client_that_vanishes)
{
	static uint8_t payload[100000];
	int i;

	pattern_fill(payload, sizeof(payload), 0, PUMP_UP);
	pair_start(&t, NULL);
	for (i = 0; i < 20; i++) {
		expect_context("time %d", i);
		pair_open(&t);
		client_binary(&t.c, payload, sizeof(payload));
		if (i % 2 == 0) {
			client_end(&t.c);
			sock_expect_pattern(t.peer, 0, sizeof(payload), PUMP_UP, EXPECT_MS);
		} else {
			/*
			 * Wait until the peer has the data: a reset may discard bytes that the
			 * server has not read yet.
			 */
			sock_expect_pattern(t.peer, 0, sizeof(payload), PUMP_UP, EXPECT_MS);
			client_drop(&t.c);
		}
		sock_expect_end(t.peer, EXPECT_MS);
		sock_close(&t.peer);
	}
	harness_log_times(&t.h, " code=1006 by=client in=100000/1 ", 20, EXPECT_MS);
	pair_stop(&t);
}
END_TEST

/*
 * The client disconnects in the middle of a frame and of a message, while much data is queued for
 * it.
 */
START_TEST(a_client_that_vanishes_in_the_middle)
{
	static const uint8_t mask[4];
	uint8_t frame[CLIENT_HEADER + 5];
	struct pump p;
	size_t n;
	int i;

	pair_start(&t, NULL);
	for (i = 0; i < 10; i++) {
		expect_context("time %d", i);
		pair_open(&t);
		n = client_header(frame, CLIENT_TEXT, 0, 1000, mask);
		memcpy(frame + n, "begun", 5);
		client_send(&t.c, frame, n + 5);
		sock_expect(t.peer, "begun", 5, EXPECT_MS);
		pump_init(&p, &t.c, t.peer, 0, 64 * MIB);
		p.client_reads = 0;
		ck_assert(!pump_until_quiet(&p, 50));
		pump_free(&p);
		if (i % 2 == 0)
			client_end(&t.c);
		else
			client_drop(&t.c);
		sock_expect_gone(t.peer, EXPECT_MS);
		sock_close(&t.peer);
	}
	harness_log_times(&t.h, " code=1006 by=client in=5/0 ", 10, EXPECT_MS);
	pair_stop(&t);
}
END_TEST

/*
 * A peer that answers each piece with eight times as many bytes, and reads the next piece only
 * when the server has read the whole answer. The client closes immediately after its data. To
 * deliver the rest of this data, the server must go on reading the answers.
 */
struct talker {
	size_t	got, owed;	/* bytes read; bytes still to be written */
	int	ended;
};

static void
talk(struct talker *k, short events, size_t total)
{
	static uint8_t bytes[65536];
	ssize_t n;

	if (k->owed > 0 && (events & ~POLLIN) != 0) {
		n = sock_write_now(t.peer, bytes,
		    k->owed < sizeof(bytes) ? k->owed : sizeof(bytes));
		k->owed -= n > 0 ? (size_t)n : 0;
		/* After the client has closed, no answer is needed. */
		if (n == SOCK_RESET)
			k->owed = 0;
	} else if (k->owed == 0 && (events & ~POLLOUT) != 0) {
		n = sock_read_now(t.peer, bytes, 4096);
		if (n == SOCK_RESET)
			expect_fail("reset after %zu of %zu bytes", k->got, total);
		k->ended = n == 0;
		if (n <= 0)
			return;
		ck_assert_uint_eq(pattern_check(bytes, (size_t)n, k->got, PUMP_UP), (size_t)n);
		k->got += (size_t)n;
		k->owed = 8 * (size_t)n;
	}
}

/* The client sends the len bytes of frames and reads everything, while talk() plays the peer. */
static void
talk_to_the_end(const uint8_t *frames, size_t len, size_t total)
{
	static uint8_t away[65536];
	struct talker k = { .got = 0 };
	struct pollfd f[2];
	size_t at = 0;
	ssize_t n = 1;

	while (!k.ended) {
		f[0].fd = n != 0 ? t.c.fd : -1;
		f[0].events = at < len ? POLLIN | POLLOUT : POLLIN;
		f[1].fd = t.peer;
		f[1].events = k.owed > 0 ? POLLOUT : POLLIN;
		f[0].revents = 0;
		if (poll(f, 2, expect_stretch(EXPECT_MS)) <= 0)
			expect_fail("stuck: the peer got %zu of %zu bytes and has %zu to write",
			    k.got, total, k.owed);
		if ((f[0].revents & POLLOUT) != 0 &&
		    (n = sock_write_now(t.c.fd, frames + at, len - at)) > 0)
			at += (size_t)n;
		if ((f[0].revents & ~POLLOUT) != 0)
			n = sock_read_now(t.c.fd, away, sizeof(away));
		if (f[1].revents != 0)
			talk(&k, f[1].revents, total);
	}
	ck_assert_uint_eq(k.got, total);
}

START_TEST(a_peer_that_writes_before_it_reads_gets_everything)
{
	size_t total = 8 * MIB, len;
	uint8_t *payload = malloc(total), *frames = malloc(total + 64);
	int i;

	ck_assert(payload != NULL && frames != NULL);
	pattern_fill(payload, total, 0, PUMP_UP);
	pair_start_with(&t, 4096, 0, NULL);
	for (i = 0; i < 5; i++) {
		expect_context("time %d", i);
		pair_open(&t);
		len = client_frame(&t.c, frames, CLIENT_FIN | CLIENT_BINARY, payload, total);
		len += client_frame(&t.c, frames + len, CLIENT_FIN | CLIENT_CLOSE, "\x03\xe8", 2);
		talk_to_the_end(frames, len, total);
		client_end(&t.c);
	}
	free(payload);
	free(frames);
	pair_stop(&t);
}
END_TEST

/*
 * The client closes and does not read the data that is queued for it. The peer must get end of
 * file before that data is sent.
 */
START_TEST(a_close_reaches_the_peer_though_the_client_does_not_read)
{
	struct pump p;

	pair_start(&t, NULL);
	pair_open_with(&t, 4096);
	pump_init(&p, &t.c, t.peer, 0, 64 * MIB);
	p.client_reads = 0;
	ck_assert(!pump_until_quiet(&p, 200));
	pump_free(&p);
	client_text(&t.c, "the last words");
	client_close(&t.c, 1000, NULL);
	sock_expect(t.peer, "the last words", 14, EXPECT_MS);
	sock_expect_end(t.peer, EXPECT_MS);
	client_end(&t.c);
	pair_stop(&t);
}
END_TEST

/* -- no peer -- */

START_TEST(a_peer_that_refuses)
{
	struct request r = { .target = "/refused" };
	struct harness h;
	int port, fd = sock_reserve(&port);

	harness_bridge(&h, port, NULL);
	client_expect_refusal(h.port, &r, 502, NULL);
	harness_log(&h, " path=\"/refused\" status=502 ", EXPECT_MS);
	harness_stop(&h);
	sock_close(&fd);
}
END_TEST

START_TEST(a_peer_that_does_not_answer)
{
	struct request r = { .target = "/timeout" };
	struct harness h;
	struct client c;
	uint64_t begin;
	unsigned n;
	int port, fd = sock_listen_with(&port, 0, 0, 0), fill[64];

	n = sock_fill(fd, fill, COUNTOF(fill));
	harness_bridge(&h, port, "-o", "connect-timeout=400ms", NULL);
	client_connect(&c, h.port);
	begin = expect_now();
	client_request(&c, &r);
	client_answer(&c);
	expect_elapsed(begin, 400, 400);
	client_expect_refused(&c, 504);
	client_end(&c);
	harness_log(&h, " path=\"/timeout\" status=504 ", EXPECT_MS);
	harness_stop(&h);
	while (n > 0)
		sock_close(&fill[--n]);
	sock_close(&fd);
}
END_TEST

void
test_relay_end(Suite *s)
{
	TCase *tc = harness_case(s, "ends", 60);

	tcase_add_test(tc, a_peer_that_sends_and_closes_at_once);
	tcase_add_test(tc, the_last_bytes_reach_a_slow_client);
	tcase_add_test(tc, after_the_end_of_the_peer_the_client_may_still_send);
	tcase_add_test(tc, an_unfinished_line_of_the_peer_is_sent_at_its_end);
	tcase_add_test(tc, a_peer_that_resets);
	tcase_add_test(tc, a_peer_that_resets_while_it_is_sent_to);
	tcase_add_test(tc, a_client_that_sends_and_closes_at_once);
	tcase_add_test(tc, both_send_and_close_at_once);
	tcase_add_test(tc, a_client_that_vanishes);
	tcase_add_test(tc, a_client_that_vanishes_in_the_middle);
	tcase_add_test(tc, a_peer_that_writes_before_it_reads_gets_everything);
	tcase_add_test(tc, a_close_reaches_the_peer_though_the_client_does_not_read);

	tc = harness_case(s, "no peer", 60);
	tcase_add_test(tc, a_peer_that_refuses);
	tcase_add_test(tc, a_peer_that_does_not_answer);
}

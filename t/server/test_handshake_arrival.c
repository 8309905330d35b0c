/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * How the bytes of a request arrive: cut in any place, late, with more bytes after them, or
 * incomplete.
 */

#include "config.h"

#include <check.h>
#include <string.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/pair.h"
#include "lib/sock.h"
#include "test_handshake.h"

#define BATCH		16	/* connections that are open together */

/* All required fields of a request except Host. */
#define FIELDS \
	"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" \
	"Sec-WebSocket-Key: " REQUEST_KEY "\r\n"

static struct pair t;

/*
 * Sends the same text on n connections, cut at offset `from` on the first, at from + 1 on the
 * second, and so on.
 */
static void
split(const char *text, size_t len, size_t from, size_t n)
{
	struct client c[BATCH];
	int peer[BATCH];
	size_t i;

	for (i = 0; i < n; i++) {
		client_connect(&c[i], t.h.port);
		client_send(&c[i], text, from + i);
	}
	for (i = 0; i < n; i++)
		client_send(&c[i], text + from + i, len - from - i);
	for (i = 0; i < n; i++) {
		peer[i] = sock_accept(t.listener, EXPECT_MS);
		sock_expect(peer[i], "first", 5, EXPECT_MS);
		sock_write(peer[i], "answer", 6, EXPECT_MS);
	}
	for (i = 0; i < n; i++) {
		expect_context("cut at %zu of %zu", from + i, len);
		client_answer(&c[i]);
		client_expect_accepted(&c[i], REQUEST_KEY, NULL);
		client_expect_text(&c[i], "answer");
		client_finish(&c[i]);
	}
	for (i = 0; i < n; i++) {
		sock_expect_end(peer[i], EXPECT_MS);
		sock_close(&peer[i]);
	}
}

START_TEST(request_and_first_frame_cut_anywhere)
{
	static char text[REQUEST_SIZE];
	static const uint8_t mask[4] = { 0x12, 0x34, 0x56, 0x0a };
	struct request r = { .target = "/cut", .extra = "A: b\r\n" };
	size_t len, at, n;
	uint8_t *payload;

	pair_start(&t, NULL);
	len = request_format(text, &r);
	len += client_header((uint8_t *)text + len, CLIENT_FIN | CLIENT_TEXT, 0, 5, mask);
	payload = (uint8_t *)text + len;
	memcpy(payload, "first", 5);
	client_mask(payload, 5, mask, 0);
	len += 5;
	for (at = 0; at <= len; at += n) {
		n = len + 1 - at < BATCH ? len + 1 - at : BATCH;
		split(text, len, at, n);
	}
	pair_stop(&t);
}
END_TEST

/* Fails unless the request is accepted. Closes the client and the connection to the peer. */
static void
expect_accepted(struct client *c, int peer)
{
	client_answer(c);
	client_expect_accepted(c, REQUEST_KEY, NULL);
	client_finish(c);
	sock_expect_end(peer, EXPECT_MS);
	sock_close(&peer);
}

START_TEST(request_and_first_frame_byte_by_byte)
{
	static char text[REQUEST_SIZE];
	struct request r = { .target = "/bytes" };
	struct client c;
	size_t len;
	int peer;

	pair_start(&t, NULL);
	client_connect(&c, t.h.port);
	len = request_format(text, &r);
	len += client_frame(&c, (uint8_t *)text + len, CLIENT_FIN | CLIENT_TEXT, "first", 5);
	client_send_cut(&c, text, len, 1);
	peer = sock_accept(t.listener, EXPECT_MS);
	sock_expect(peer, "first", 5, EXPECT_MS);
	expect_accepted(&c, peer);
	pair_stop(&t);
}
END_TEST

/*
 * The request is followed by more bytes than the buffer for the request can hold; no byte is
 * lost.
 */
START_TEST(many_frames_with_the_request)
{
	static uint8_t data[200000];
	static char text[REQUEST_SIZE];
	struct request r = { .target = "/many" };
	struct client c;
	size_t len, i;
	int peer;

	pair_start(&t, NULL);
	client_connect(&c, t.h.port);
	len = request_format(text, &r);
	client_send(&c, text, len);
	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 % 251);
	for (i = 0; i < sizeof(data); i += 1000)
		client_send_frame(&c, CLIENT_FIN | CLIENT_BINARY, data + i, 1000);
	peer = sock_accept(t.listener, EXPECT_MS);
	sock_expect(peer, data, sizeof(data), EXPECT_MS);
	expect_accepted(&c, peer);
	pair_stop(&t);
}
END_TEST

/* -- one request a connection -- */

START_TEST(a_second_request_is_never_answered)
{
	static char text[REQUEST_SIZE * 2];
	struct request good = { .target = "/one" }, bad = { .method = "POST" };
	struct client c;
	size_t len;
	int peer;

	pair_start(&t, NULL);
	expect_context("after a valid one");
	len = request_format(text, &good);
	len += request_format(text + len, &good);
	client_connect(&c, t.h.port);
	client_send(&c, text, len);
	client_answer(&c);
	client_expect_accepted(&c, REQUEST_KEY, NULL);
	/* The bytes "GE" are a frame with reserved bits. */
	client_expect_end(&c, 1002);
	peer = sock_accept(t.listener, EXPECT_MS);
	sock_expect_end(peer, EXPECT_MS);
	sock_close(&peer);

	expect_context("after an invalid one");
	len = request_format(text, &bad);
	len += request_format(text + len, &good);
	client_connect(&c, t.h.port);
	client_send(&c, text, len);
	client_answer(&c);
	client_expect_refused(&c, 405);
	client_end(&c);
	sock_expect_nobody(t.listener);
	pair_stop(&t);
}
END_TEST

START_TEST(a_refusal_arrives_whole_though_more_is_being_sent)
{
	static char body[200000];
	struct request r = { .method = "POST", .extra = "Content-Length: 200000\r\n" };
	struct client c;
	int i;

	pair_start(&t, NULL);
	memset(body, 'x', sizeof(body));
	for (i = 0; i < 20; i++) {
		client_connect_with(&c, t.h.port, i % 2 == 0 ? 0 : 2048);
		client_request(&c, &r);
		client_try_send(&c, body, sizeof(body));
		client_answer(&c);
		client_expect_refused(&c, 405);
		client_end(&c);
	}
	pair_stop(&t);
}
END_TEST

/* -- time -- */

START_TEST(a_slow_request_is_refused_at_its_deadline)
{
	static const struct {
		const char	*name, *text;
		int		 trickle;
	} rows[] = {
		{ "nothing is sent", "", 0 },
		{ "half a line", "GET / HT", 0 },
		{ "all but the last line end", "GET / HTTP/1.1\r\n" FIELDS "Host: a\r\n", 0 },
		{ "a byte every 20 ms", "GET / HTTP/1.1\r\nX: ", 20 },
	};
	struct client c;
	uint64_t begin;
	size_t i;

	pair_start(&t, "-o", "handshake-timeout=400ms", NULL);
	for (i = 0; i < COUNTOF(rows); i++) {
		expect_context("%s", rows[i].name);
		begin = expect_now();
		client_connect(&c, t.h.port);
		client_send(&c, rows[i].text, strlen(rows[i].text));
		while (rows[i].trickle > 0 && !sock_readable(c.fd, rows[i].trickle))
			client_send(&c, "x", 1);
		client_answer(&c);
		expect_elapsed(begin, 400, 400);
		client_expect_refused(&c, 408);
		client_end(&c);
	}
	sock_expect_nobody(t.listener);
	pair_stop(&t);
}
END_TEST

START_TEST(a_client_that_leaves_during_the_request_costs_nothing)
{
	struct client c;
	int i;

	pair_start(&t, NULL);
	for (i = 0; i < 40; i++) {
		client_connect(&c, t.h.port);
		client_send(&c, "GET / HTTP/1.1\r\nHost", (size_t)(i / 2));
		if (i % 2 == 0)
			client_end(&c);
		else
			client_drop(&c);
	}
	client_open(&c, t.h.port, "/after");
	test_handshake_use(&t, &c);
	sock_expect_nobody(t.listener);
	pair_stop(&t);
}
END_TEST

/* A client that sends a request and disconnects before the response. */
START_TEST(a_client_that_leaves_before_the_answer_ends_its_peer)
{
	struct request r = { .target = "/gone" };
	struct client c;
	int i, peer;

	pair_start(&t, NULL);
	for (i = 0; i < 20; i++) {
		client_connect(&c, t.h.port);
		client_request(&c, &r);
		peer = sock_accept(t.listener, EXPECT_MS);
		if (i % 2 == 0)
			client_end(&c);
		else
			client_drop(&c);
		sock_expect_gone(peer, EXPECT_MS);
		sock_close(&peer);
	}
	pair_stop(&t);
}
END_TEST

void
test_handshake_arrival(Suite *s)
{
	TCase *tc = harness_case(s, "arrival", 60);

	tcase_add_test(tc, request_and_first_frame_cut_anywhere);
	tcase_add_test(tc, request_and_first_frame_byte_by_byte);
	tcase_add_test(tc, many_frames_with_the_request);
	tcase_add_test(tc, a_second_request_is_never_answered);
	tcase_add_test(tc, a_refusal_arrives_whole_though_more_is_being_sent);
	tcase_add_test(tc, a_slow_request_is_refused_at_its_deadline);
	tcase_add_test(tc, a_client_that_leaves_during_the_request_costs_nothing);
	tcase_add_test(tc, a_client_that_leaves_before_the_answer_ends_its_peer);
}

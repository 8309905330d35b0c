/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The closing handshake, and pings: how the server detects a client that is silent or idle. */

#include "config.h"

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/pair.h"
#include "lib/sock.h"
#include "lib/unit.h"
#include "test_protocol.h"


static struct pair t;

/* The close code that the client sends, and the code in the server's answer. */
static const struct close_row {
	unsigned	 code, answer;
} close_rows[] = {
	{ CLIENT_NO_CODE, CLIENT_NO_CODE },
	{ 1000, 1000 }, { 1001, 1001 }, { 1002, 1002 }, { 1003, 1003 }, { 1007, 1007 },
	{ 1008, 1008 }, { 1009, 1009 }, { 1010, 1010 }, { 1011, 1011 }, { 1012, 1012 },
	{ 1013, 1013 }, { 1014, 1014 }, { 3000, 3000 }, { 3999, 3999 }, { 4000, 4000 },
	{ 4999, 4999 },
	{ 0, 1002 }, { 1, 1002 }, { 999, 1002 }, { 1004, 1002 }, { 1006, 1002 },
	{ 1015, 1002 }, { 1016, 1002 }, { 1100, 1002 }, { 2000, 1002 }, { 2999, 1002 },
	{ 5000, 1002 }, { 32768, 1002 }, { 65535, 1002 }
};

/* Reasons for close frames with code 1000, in hexadecimal, and the code in the server's answer. */
static const struct reason_row {
	const char	*name, *hex;
	unsigned	 answer;
} reason_rows[] = {
	{ "UTF-8", "c3bc62657220", 1000 },
	{ "four bytes", "f09f9880", 1000 },
	{ "NUL", "00", 1000 },
	{ "escape sequences", "1b5b324a0d0a", 1000 },
	{ "a continuation alone", "80", 1007 },
	{ "cut", "41c3", 1007 },
	{ "overlong", "c080", 1007 },
	{ "a surrogate", "eda080", 1007 },
	{ "Latin-1", "66fc72", 1007 },
};

START_TEST(close_codes)
{
	char line[64];
	size_t i;

	pair_start(&t, NULL);
	for (i = 0; i < COUNTOF(close_rows); i++) {
		expect_context("code %u", close_rows[i].code);
		harness_log_mark(&t.h);
		pair_open(&t);
		client_close(&t.c, close_rows[i].code, NULL);
		pair_expect_close(&t, close_rows[i].answer);
		snprintf(line, sizeof(line), " code=%u by=%s ", close_rows[i].answer,
		    close_rows[i].answer == close_rows[i].code ? "client" : "server");
		harness_log(&t.h, line, EXPECT_MS);
	}
	pair_stop(&t);
}
END_TEST

START_TEST(close_reasons)
{
	uint8_t payload[125] = { 0x03, 0xe8 };
	size_t i, n;

	pair_start(&t, NULL);
	for (i = 0; i < COUNTOF(reason_rows); i++) {
		expect_context("%s", reason_rows[i].name);
		pair_open(&t);
		n = unit_unhex(payload + 2, 123, reason_rows[i].hex);
		client_send_frame(&t.c, CLIENT_FIN | CLIENT_CLOSE, payload, 2 + n);
		pair_expect_close(&t, reason_rows[i].answer);
	}
	expect_context("123 bytes");
	pair_open(&t);
	memset(payload + 2, 'r', 123);
	client_send_frame(&t.c, CLIENT_FIN | CLIENT_CLOSE, payload, 125);
	pair_expect_close(&t, 1000);
	/* The bytes of a reason are escaped in the log. */
	harness_log_times(&t.h, " closed ", COUNTOF(reason_rows) + 1, EXPECT_MS);
	ck_assert_ptr_null(strchr(harness_log_text(&t.h), '\x1b'));
	pair_stop(&t);
}
END_TEST

START_TEST(nothing_behind_a_close_frame_counts)
{
	static uint8_t frames[200000];
	size_t n;
	int i;

	pair_start(&t, NULL);
	for (i = 0; i < 4; i++) {
		expect_context("variant %d", i);
		pair_open(&t);
		n = client_frame(&t.c, frames, CLIENT_FIN | CLIENT_CLOSE, "\x0f\xa0", 2);
		if (i == 0)
			n += client_frame(&t.c, frames + n, CLIENT_FIN | CLIENT_BINARY, "late", 4);
		else if (i == 1)
			n += client_frame(&t.c, frames + n, CLIENT_FIN | CLIENT_CLOSE,
			    "\x03\xe8", 2);
		else
			memset(frames + n, 0xff, sizeof(frames) - n);
		/*
		 * Variant 3 sends so many bytes that the server must go on reading before it
		 * closes: otherwise a reset would destroy the server's answer.
		 */
		client_send(&t.c, frames, i == 3 ? sizeof(frames) : i == 2 ? n + 20 : n);
		client_expect_close(&t.c, 4000);
		pair_expect_end(&t);
	}
	harness_log_times(&t.h, "code=4000 by=client in=0/0 ", 4, EXPECT_MS);
	pair_stop(&t);
}
END_TEST

START_TEST(a_close_inside_a_message_is_answered)
{
	pair_start(&t, NULL);
	pair_open(&t);
	client_send_frame(&t.c, CLIENT_TEXT, "begun", 5);
	sock_expect(t.peer, "begun", 5, EXPECT_MS);
	pair_close(&t);
	pair_stop(&t);
}
END_TEST

/* The peer closes, and the client does not answer the server's close frame. */
START_TEST(an_unanswered_close_has_a_deadline)
{
	uint64_t begin;

	pair_start(&t, "-o", "close-timeout=400ms", NULL);
	pair_open(&t);
	begin = expect_now();
	sock_close(&t.peer);
	client_expect_close(&t.c, 1000);
	client_expect_eof(&t.c);
	expect_elapsed(begin, 400, 400);
	client_end(&t.c);
	harness_log(&t.h, " by=peer ", EXPECT_MS);
	pair_stop(&t);
}
END_TEST

START_TEST(after_our_close_frame_nothing_else_is_sent)
{
	struct client_message m;

	pair_start(&t, "-o", "close-timeout=400ms", "-o", "ping=50ms", NULL);
	pair_open(&t);
	sock_close(&t.peer);
	do
		client_read(&t.c, &m);
	while (m.opcode == CLIENT_PING);
	ck_assert_int_eq(m.opcode, CLIENT_CLOSE);
	ck_assert_uint_eq(m.code, 1000);
	client_ping(&t.c, "no answer");
	client_expect_eof(&t.c);
	client_end(&t.c);
	pair_stop(&t);
}
END_TEST

/* -- pings -- */

/* `begin` is taken before the server can have started its timer, so no ping may be early. */
START_TEST(a_silent_client_is_pinged)
{
	struct client_message m;
	uint64_t begin = expect_now();
	int i;

	pair_start(&t, "-o", "ping=300ms", "-o", "pong-timeout=600ms", NULL);
	pair_open(&t);
	for (i = 0; i < 4; i++) {
		client_read(&t.c, &m);
		ck_assert_int_eq(m.opcode, CLIENT_PING);
		expect_elapsed(begin, 300, 600);
		begin = expect_now();
		client_send_frame(&t.c, CLIENT_FIN | CLIENT_PONG, m.data, m.len);
	}
	client_read(&t.c, &m);
	ck_assert_int_eq(m.opcode, CLIENT_PING);
	client_expect_close(&t.c, 1008);
	expect_elapsed(begin, 900, 900);
	pair_expect_end(&t);
	harness_log(&t.h, " code=1008 by=server ", EXPECT_MS);
	pair_stop(&t);
}
END_TEST

/* A client that has sent its close frame sends no more data, but may still answer a ping. */
START_TEST(a_late_pong_costs_no_reset)
{
	struct client_message m;

	pair_start(&t, "-o", "ping=100ms", NULL);
	pair_open(&t);
	client_read(&t.c, &m);
	ck_assert_int_eq(m.opcode, CLIENT_PING);
	client_close(&t.c, 1000, NULL);
	client_expect_close(&t.c, 1000);
	/* If the server answers the first pong with a reset, the write of the second pong fails. */
	poll(NULL, 0, 100);
	client_send_frame(&t.c, CLIENT_FIN | CLIENT_PONG, NULL, 0);
	poll(NULL, 0, 50);
	client_send_frame(&t.c, CLIENT_FIN | CLIENT_PONG, NULL, 0);
	pair_expect_end(&t);
	pair_stop(&t);
}
END_TEST

/* While a ping is unanswered, no other ping is sent, even if data is sent to the client. */
START_TEST(one_ping_at_a_time)
{
	struct client_message m;
	unsigned pings = 0, messages = 0;

	pair_start(&t, "-o", "ping=200ms", "-o", "pong-timeout=1s", NULL);
	pair_open(&t);
	do {
		sock_write(t.peer, "tick", 4, EXPECT_MS);
		client_read(&t.c, &m);
		pings += m.opcode == CLIENT_PING;
		messages += m.opcode == CLIENT_TEXT;
		poll(NULL, 0, 5);
	} while (m.opcode != CLIENT_CLOSE);
	ck_assert_uint_eq(m.code, 1008);
	ck_assert_uint_eq(pings, 1);
	ck_assert_uint_gt(messages, 10);
	client_end(&t.c);
	sock_close(&t.peer);
	pair_stop(&t);
}
END_TEST

/* After any byte from the client the server need not ping. */
START_TEST(a_talking_client_is_not_pinged)
{
	uint64_t until;

	pair_start(&t, "-o", "ping=2s", NULL);
	pair_open(&t);
	for (until = expect_now() + 2600; expect_now() < until; poll(NULL, 0, 20)) {
		client_text(&t.c, "x");
		sock_expect(t.peer, "x", 1, EXPECT_MS);
	}
	pair_ping(&t);
	pair_close(&t);
	pair_stop(&t);
}
END_TEST

START_TEST(no_ping_before_the_handshake_is_over)
{
	static char text[REQUEST_SIZE];
	struct request r = { .target = "/late" };
	struct client_message m;
	size_t len;

	pair_start(&t, "-o", "ping=100ms", "-o", "pong-timeout=10s", "-o",
	    "handshake-timeout=1h", NULL);
	client_connect(&t.c, t.h.port);
	len = request_format(text, &r);
	client_send(&t.c, text, len - 1);
	ck_assert(client_is_silent(&t.c, 600));
	client_send(&t.c, text + len - 1, 1);
	client_answer(&t.c);
	client_expect_accepted(&t.c, REQUEST_KEY, NULL);
	client_read(&t.c, &m);
	ck_assert_int_eq(m.opcode, CLIENT_PING);
	client_finish(&t.c);
	pair_stop(&t);
}
END_TEST

/* A server that waits for the time of the next ping must not use the processor. */
START_TEST(waiting_for_a_ping_costs_no_time)
{
	struct client_message m;
	long before, after;

	pair_start(&t, "-k", "1", NULL);
	pair_open(&t);
	before = harness_cpu(&t.h);
	client_read(&t.c, &m);
	ck_assert_int_eq(m.opcode, CLIENT_PING);
	after = harness_cpu(&t.h);
	if (before >= 0)
		ck_assert_int_lt(after - before, 400);
	pair_close(&t);
	pair_stop(&t);
}
END_TEST

START_TEST(an_idle_connection_ends)
{
	struct client_message m;
	uint64_t begin;

	pair_start(&t, "-o", "idle-timeout=600ms", "-o", "ping=100ms", NULL);
	pair_open(&t);
	poll(NULL, 0, 100);
	begin = expect_now();
	client_text(&t.c, "not yet");
	sock_expect(t.peer, "not yet", 7, EXPECT_MS);
	/* Pings and pongs do not count as data for idle-timeout. */
	for (client_read(&t.c, &m); m.opcode == CLIENT_PING; client_read(&t.c, &m))
		client_send_frame(&t.c, CLIENT_FIN | CLIENT_PONG, m.data, m.len);
	expect_elapsed(begin, 600, 600);
	ck_assert_int_eq(m.opcode, CLIENT_CLOSE);
	ck_assert_uint_eq(m.code, 1008);
	ck_assert_uint_gt(m.len, 0);
	client_close(&t.c, 1008, NULL);
	pair_expect_end(&t);
	pair_stop(&t);
}
END_TEST

void
test_protocol_close(Suite *s)
{
	TCase *tc = harness_case(s, "close", 60);

	tcase_add_test(tc, close_codes);
	tcase_add_test(tc, close_reasons);
	tcase_add_test(tc, nothing_behind_a_close_frame_counts);
	tcase_add_test(tc, a_close_inside_a_message_is_answered);
	tcase_add_test(tc, an_unanswered_close_has_a_deadline);
	tcase_add_test(tc, after_our_close_frame_nothing_else_is_sent);

	tc = harness_case(s, "pings", 60);
	tcase_add_test(tc, a_silent_client_is_pinged);
	tcase_add_test(tc, a_late_pong_costs_no_reset);
	tcase_add_test(tc, one_ping_at_a_time);
	tcase_add_test(tc, a_talking_client_is_not_pinged);
	tcase_add_test(tc, no_ping_before_the_handshake_is_over);
	tcase_add_test(tc, waiting_for_a_ping_costs_no_time);
	tcase_add_test(tc, an_idle_connection_ends);
}

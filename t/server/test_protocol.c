/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The framing protocol of RFC 6455 over real connections: the frames that a client may send, and
 * how the server answers each violation.
 */

#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/pair.h"
#include "lib/pump.h"
#include "lib/sock.h"
#include "lib/unit.h"
#include "test_protocol.h"
#include "test_protocol_rows.h"


static struct pair t;

/* -- the rules of a frame's header -- */

enum outcome { FAILS, DATA, ANSWERED, IGNORED, CLOSED };

struct cell {
	int	opcode, fin, rsv, masked, inside;
};

/* Returns the outcome that RFC 6455, sections 5.1 to 5.5, demands for the frame x. */
static enum outcome
outcome_of(const struct cell *x)
{
	if (x->rsv != 0 || !x->masked)
		return FAILS;
	if (x->opcode >= 8 && !x->fin)
		return FAILS;
	switch (x->opcode) {
	case CLIENT_CONTINUATION:
		return x->inside ? DATA : FAILS;
	case CLIENT_TEXT:
	case CLIENT_BINARY:
		return x->inside ? FAILS : DATA;
	case CLIENT_CLOSE:
		return CLOSED;
	case CLIENT_PING:
		return ANSWERED;
	case CLIENT_PONG:
		return IGNORED;
	default:
		return FAILS;
	}
}

static void
send_cell(const struct cell *x)
{
	static const uint8_t mask[4] = { 0x9a, 0x00, 0xff, 0x31 };
	uint8_t frame[CLIENT_HEADER + 2];
	size_t n;

	if (x->inside)
		client_send_frame(&t.c, CLIENT_TEXT, "a", 1);
	n = client_header(frame, (x->fin ? CLIENT_FIN : 0) | x->rsv << 4 | x->opcode, 0, 2,
	    x->masked ? mask : NULL);
	memcpy(frame + n, x->opcode == CLIENT_CLOSE ? "\x03\xe8" : "hi", 2);
	if (x->masked)
		client_mask(frame + n, 2, mask, 0);
	client_send(&t.c, frame, n + 2);
}

static void
try_cell(const struct cell *x)
{
	enum outcome outcome = outcome_of(x);

	expect_context("opcode %d fin %d rsv %d masked %d inside %d", x->opcode, x->fin, x->rsv,
	    x->masked, x->inside);
	pair_open(&t);
	send_cell(x);
	if (x->inside)
		sock_expect(t.peer, "a", 1, EXPECT_MS);
	switch (outcome) {
	case FAILS:
		pair_expect_close(&t, 1002);
		return;
	case CLOSED:
		t.c.closing = 1;
		pair_expect_close(&t, 1000);
		return;
	case DATA:
		sock_expect(t.peer, "hi", 2, EXPECT_MS);
		break;
	case ANSWERED:
		client_expect(&t.c, CLIENT_PONG, "hi", 2);
		break;
	case IGNORED:
		break;
	}
	pair_ping(&t);
	pair_close(&t);
}

/* Tries all kinds of frames without reserved bits, and every seventh of the other kinds. */
START_TEST(every_kind_of_frame)
{
	struct cell x;
	unsigned i;

	pair_start(&t, NULL);
	for (i = 0; i < 16 * 2 * 8 * 2 * 2; i++) {
		x.opcode = i % 16;
		x.fin = i / 16 % 2;
		x.masked = i / 32 % 2;
		x.inside = i / 64 % 2;
		x.rsv = (int)(i / 128);
		if (x.rsv == 0 || i % 7 == 0)
			try_cell(&x);
	}
	pair_stop(&t);
}
END_TEST

/* An invalid frame ends only the connection on which it was sent. */
START_TEST(bad_frames_cost_their_own_connection)
{
	struct client other;
	int other_peer;
	uint8_t bytes[64];
	size_t i, n;

	pair_start(&t, NULL);
	client_open(&other, t.h.port, "/other");
	other_peer = sock_accept(t.listener, EXPECT_MS);
	for (i = 0; i < COUNTOF(bad_frames); i++) {
		expect_context("%s", bad_frames[i].name);
		pair_open(&t);
		n = unit_unhex(bytes, sizeof(bytes), bad_frames[i].hex);
		client_send(&t.c, bytes, n);
		pair_expect_close(&t, 1002);
	}
	client_text(&other, "still here");
	sock_expect(other_peer, "still here", 10, EXPECT_MS);
	pair_finish(&other, &other_peer);
	ck_assert_uint_eq(harness_log_count(&t.h, "signal"), 0);
	pair_stop(&t);
}
END_TEST

/*
 * The payload of a frame reaches the peer before the frame is complete, and the client can
 * receive data meanwhile.
 */
START_TEST(a_frame_of_any_length_is_streamed)
{
	static const uint64_t lengths[] = { 65536, UINT64_C(1) << 32, INT64_MAX };
	static const uint8_t mask[4] = { 1, 2, 3, 4 };
	uint8_t frame[CLIENT_HEADER + 5];
	size_t i, n;

	pair_start(&t, NULL);
	for (i = 0; i < COUNTOF(lengths); i++) {
		expect_context("length %llu", (unsigned long long)lengths[i]);
		pair_open(&t);
		n = client_header(frame, CLIENT_FIN | CLIENT_BINARY, 0, lengths[i], mask);
		memcpy(frame + n, "piece", 5);
		client_mask(frame + n, 5, mask, 0);
		client_send(&t.c, frame, n + 5);
		sock_expect(t.peer, "piece", 5, EXPECT_MS);
		sock_write(t.peer, "back", 4, EXPECT_MS);
		client_expect_text(&t.c, "back");
		client_drop(&t.c);
		sock_expect_gone(t.peer, EXPECT_MS);
		sock_close(&t.peer);
	}
	harness_log_times(&t.h, "code=1006", COUNTOF(lengths), EXPECT_MS);
	pair_stop(&t);
}
END_TEST

/* -- lengths -- */

START_TEST(payloads_of_every_length_form)
{
	static const size_t lengths[] = { 0, 1, 2, 124, 125, 126, 127, 128, 1000, 16375, 16384,
	    65534, 65535, 65536, 65537 };
	static uint8_t data[65537];
	size_t i;

	pair_start(&t, NULL);
	pair_open(&t);
	memset(data, 'x', sizeof(data));
	for (i = 0; i < 2 * COUNTOF(lengths); i++) {
		expect_context("length %zu", lengths[i / 2]);
		client_send_frame(&t.c, CLIENT_FIN | (i % 2 == 0 ? CLIENT_TEXT : CLIENT_BINARY),
		    data, lengths[i / 2]);
		sock_expect(t.peer, data, lengths[i / 2], EXPECT_MS);
		sock_write(t.peer, data, lengths[i / 2], EXPECT_MS);
		client_expect_bytes(&t.c, data, lengths[i / 2]);
		pair_ping(&t);
	}
	pair_close(&t);
	pair_stop(&t);
}
END_TEST

START_TEST(a_frame_of_a_mebibyte_both_ways)
{
	struct pump p;

	pair_start(&t, NULL);
	pair_open(&t);
	pump_init(&p, &t.c, t.peer, 1 << 20, 1 << 20);
	p.frame = 1 << 20;
	pump_run(&p);
	pump_free(&p);
	pair_close(&t);
	pair_stop(&t);
}
END_TEST

/*
 * Each line that the peer sends becomes one message of the same length, with the shortest header,
 * which client_parse() checks.
 */
START_TEST(messages_of_every_length_form_from_the_peer)
{
	static const size_t lengths[] = { 1, 2, 124, 125, 126, 127, 65534, 65535, 65536, 65537,
	    1 << 20 };
	char *line = malloc(1 << 20);
	size_t i;

	ck_assert_ptr_nonnull(line);
	pair_start(&t, "-c", "framing=newline", "-c", "framing-config=lf", NULL);
	pair_open(&t);
	for (i = 0; i < COUNTOF(lengths); i++) {
		expect_context("length %zu", lengths[i]);
		memset(line, 'x', lengths[i]);
		line[lengths[i] - 1] = '\n';
		sock_write(t.peer, line, lengths[i], EXPECT_MS);
		client_expect(&t.c, CLIENT_TEXT, line, lengths[i]);
	}
	free(line);
	pair_close(&t);
	pair_stop(&t);
}
END_TEST

/* -- fragments -- */

START_TEST(fragments_with_control_frames_between)
{
	char ping[16];
	int i;

	pair_start(&t, NULL);
	pair_open(&t);
	client_send_frame(&t.c, CLIENT_TEXT, "0", 1);
	for (i = 1; i <= 50; i++) {
		snprintf(ping, sizeof(ping), "ping %d", i);
		client_ping(&t.c, ping);
		client_expect(&t.c, CLIENT_PONG, ping, strlen(ping));
		client_send_frame(&t.c, CLIENT_FIN | CLIENT_PONG, "unasked", 7);
		client_send_frame(&t.c, CLIENT_CONTINUATION, "", 0);
		client_send_frame(&t.c, i == 50 ? CLIENT_FIN : 0, "x", i % 2 == 0 ? 0 : 1);
	}
	sock_expect(t.peer, "0xxxxxxxxxxxxxxxxxxxxxxxxx", 26, EXPECT_MS);
	client_text(&t.c, "next");
	sock_expect(t.peer, "next", 4, EXPECT_MS);
	pair_close(&t);
	harness_log(&t.h, " in=30/2 out=0/0 ", EXPECT_MS);
	pair_stop(&t);
}
END_TEST

START_TEST(empty_messages_are_counted)
{
	pair_start(&t, NULL);
	pair_open(&t);
	client_text(&t.c, "");
	client_binary(&t.c, "", 0);
	pair_ping(&t);
	pair_close(&t);
	harness_log(&t.h, " in=0/2 out=0/0 ", EXPECT_MS);
	pair_stop(&t);
}
END_TEST

/*
 * Frames are cut at each byte. Between the two pieces another connection makes a round trip,
 * which makes sure that the server has read the first piece.
 */
START_TEST(frames_cut_anywhere)
{
	static const size_t lengths[] = { 3, 126, 65536 };
	static uint8_t frame[CLIENT_HEADER + 65536], data[65536];
	struct client other;
	size_t i, len, cut;
	int other_peer;

	pair_start(&t, NULL);
	client_open(&other, t.h.port, "/other");
	other_peer = sock_accept(t.listener, EXPECT_MS);
	pair_open(&t);
	memset(data, 'y', sizeof(data));
	for (i = 0; i < COUNTOF(lengths); i++) {
		len = client_frame(&t.c, frame, CLIENT_FIN | CLIENT_TEXT, data, lengths[i]);
		for (cut = 1; cut < len && cut < 150; cut++) {
			expect_context("length %zu cut at %zu", lengths[i], cut);
			client_send(&t.c, frame, cut);
			client_ping(&other, "between");
			client_expect(&other, CLIENT_PONG, "between", 7);
			client_send(&t.c, frame + cut, len - cut);
			sock_expect(t.peer, data, lengths[i], EXPECT_MS);
		}
		client_send_cut(&t.c, frame, len < 1000 ? len : 0, 1);
		sock_expect(t.peer, data, len < 1000 ? lengths[i] : 0, EXPECT_MS);
	}
	pair_close(&t);
	client_end(&other);
	sock_close(&other_peer);
	pair_stop(&t);
}
END_TEST

/* -- text -- */

START_TEST(text_must_be_utf8)
{
	const struct utf8_row *row;
	uint8_t bytes[64];
	size_t i, j, n;
	int last;

	pair_start(&t, NULL);
	for (i = 0; i < COUNTOF(utf8_rows); i++) {
		row = &utf8_rows[i];
		expect_context("%s", row->name);
		pair_open(&t);
		for (j = 0; row->fragments[j] != NULL; j++) {
			last = row->fragments[j + 1] == NULL;
			n = unit_unhex(bytes, sizeof(bytes), row->fragments[j]);
			client_send_frame(&t.c, (last ? CLIENT_FIN : 0) |
			    (j == 0 ? CLIENT_TEXT : CLIENT_CONTINUATION), bytes, n);
			if (row->good)
				sock_expect(t.peer, bytes, n, EXPECT_MS);
		}
		if (row->good) {
			pair_ping(&t);
			pair_close(&t);
		} else {
			client_expect_end(&t.c, 1007);
			sock_expect_gone(t.peer, EXPECT_MS);
			sock_close(&t.peer);
		}
	}
	pair_stop(&t);
}
END_TEST

/*
 * The server answers an invalid byte immediately: the client does not send the rest of the frame,
 * or of the message.
 */
START_TEST(bad_text_fails_at_its_first_bad_byte)
{
	static const uint8_t mask[4] = { 0xaa, 0x55, 0x00, 0x01 };
	uint8_t bytes[CLIENT_HEADER + 16];
	size_t i, n, len;

	pair_start(&t, NULL);
	for (i = 0; i < 2 * COUNTOF(utf8_hopeless); i++) {
		expect_context("%s, %d", utf8_hopeless[i / 2], (int)(i % 2));
		pair_open(&t);
		/*
		 * The invalid bytes are the first bytes of a long frame, or the whole first
		 * fragment of a message.
		 */
		len = unit_unhex(bytes + CLIENT_HEADER, 16, utf8_hopeless[i / 2]);
		n = client_header(bytes, CLIENT_TEXT, 0, i % 2 == 0 ? 100 : len, mask);
		memmove(bytes + n, bytes + CLIENT_HEADER, len);
		client_mask(bytes + n, len, mask, 0);
		client_send(&t.c, bytes, n + len);
		client_expect_end(&t.c, 1007);
		sock_expect_gone(t.peer, EXPECT_MS);
		sock_close(&t.peer);
	}
	pair_stop(&t);
}
END_TEST

START_TEST(binary_may_be_anything)
{
	uint8_t bytes[256];
	unsigned i;

	pair_start(&t, NULL);
	pair_open(&t);
	for (i = 0; i < 256; i++)
		bytes[i] = (uint8_t)(255 - i);
	client_binary(&t.c, bytes, sizeof(bytes));
	sock_expect(t.peer, bytes, sizeof(bytes), EXPECT_MS);
	pair_close(&t);
	pair_stop(&t);
}
END_TEST

START_TEST(a_character_may_be_cut_by_a_ping)
{
	pair_start(&t, NULL);
	pair_open(&t);
	client_send_frame(&t.c, CLIENT_TEXT, "\xe2\x82", 2);
	client_ping(&t.c, "\xff\xfe");
	client_expect(&t.c, CLIENT_PONG, "\xff\xfe", 2);
	client_send_frame(&t.c, CLIENT_FIN, "\xac", 1);
	sock_expect(t.peer, "\xe2\x82\xac", 3, EXPECT_MS);
	pair_close(&t);
	pair_stop(&t);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("protocol");
	TCase *tc = harness_case(s, "frames", 60);

	tcase_add_test(tc, every_kind_of_frame);
	tcase_add_test(tc, bad_frames_cost_their_own_connection);
	tcase_add_test(tc, a_frame_of_any_length_is_streamed);
	tcase_add_test(tc, payloads_of_every_length_form);
	tcase_add_test(tc, a_frame_of_a_mebibyte_both_ways);
	tcase_add_test(tc, messages_of_every_length_form_from_the_peer);
	tcase_add_test(tc, fragments_with_control_frames_between);
	tcase_add_test(tc, empty_messages_are_counted);
	tcase_add_test(tc, frames_cut_anywhere);

	tc = harness_case(s, "text", 60);
	tcase_add_test(tc, text_must_be_utf8);
	tcase_add_test(tc, bad_text_fails_at_its_first_bad_byte);
	tcase_add_test(tc, binary_may_be_anything);
	tcase_add_test(tc, a_character_may_be_cut_by_a_ping);

	test_protocol_close(s);
	test_protocol_flood(s);
	return s;
}

#include "lib/check_main.h"

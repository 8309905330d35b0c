/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Framings that wrap messages and unwrap them: every size and both types, whole and in fragments,
 * for streams and datagrams, with peers that are slow or close too early.
 */

#include "config.h"

#include <sys/socket.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/datagram.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/modules.h"
#include "lib/pattern.h"
#include "lib/pump.h"
#include "lib/sock.h"
#include "lib/unit.h"

#define MIB		((size_t)1024 * 1024)
#define AROUND		14	/* bytes that the framing envelope adds to a message */

static const size_t sizes[] = {
	0, 1, 2, 125, 126, 127, 2047, 2048, 2049, 4095, 4096, 16369, 16370, 16383, 16384, 16385,
	65521, 65522, 65535, 65536, 65537, 100000, 262144, 1048575, 1048576
};

static struct harness h, echo;
static struct client c;
static int listener, port, peer;
static uint8_t data[MIB + AROUND];

/* Fills out with letters, so that it is also valid text. */
static void
make(uint8_t *out, size_t len, unsigned seed)
{
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = (uint8_t)('a' + pattern_byte(i, seed) % 26);
}

static void
start(const char *framing, const char *setting)
{
	char option[64];

	listener = sock_listen(&port);
	modules_begin("framing_both", NULL);
	snprintf(option, sizeof(option), "framing=%s", framing);
	modules_start_internal(&h, port, "-c", option, "-o", setting, NULL);
}

static void
open_session(void)
{
	client_open(&c, h.port, "/");
	peer = sock_accept(listener, EXPECT_MS);
}

static void
finish(void)
{
	client_finish(&c);
	sock_expect_end(peer, EXPECT_MS);
	sock_close(&peer);
}

static void
stop(void)
{
	harness_stop(&h);
	sock_close(&listener);
}

/* -- bytes at the peer -- */

/*
 * Writes to out a message in the form in which the framing envelope wraps it; returns the length.
 */
static size_t
envelope(uint8_t *out, int opcode, const void *payload, size_t len)
{
	char head[16];

	snprintf(head, sizeof(head), "%c%010zu", opcode == CLIENT_TEXT ? 'T' : 'B', len);
	memcpy(out, head, 11);
	if (len > 0)
		memcpy(out + 11, payload, len);
	memcpy(out + 11 + len, "end", 3);
	return len + AROUND;
}

/* Sends a message in frames of `each` bytes, with empty frames and a ping between the frames. */
static void
send_in_frames(int opcode, const uint8_t *payload, size_t len, size_t each)
{
	size_t at, n;
	int first = opcode;

	client_send_frame(&c, first, NULL, 0);
	for (at = 0; at < len; at += n) {
		n = len - at < each ? len - at : each;
		client_send_frame(&c, CLIENT_CONTINUATION, payload + at, n);
	}
	client_ping(&c, "between");
	client_send_frame(&c, CLIENT_CONTINUATION, NULL, 0);
	client_send_frame(&c, CLIENT_FIN | CLIENT_CONTINUATION, NULL, 0);
}

START_TEST(bytes_at_the_peer)
{
	static uint8_t wanted[70000 + AROUND];
	int opcode = _i ? CLIENT_TEXT : CLIENT_BINARY;
	size_t i, n;

	start("envelope", "ping=0");
	open_session();
	make(data, sizeof(data), 1);
	for (i = 0; i < COUNTOF(sizes) && sizes[i] <= 70000; i++) {
		expect_context("type %d, %zu bytes", opcode, sizes[i]);
		n = envelope(wanted, opcode, data, sizes[i]);
		client_send_frame(&c, CLIENT_FIN | opcode, data, sizes[i]);
		sock_expect(peer, wanted, n, EXPECT_MS);
		send_in_frames(opcode, data, sizes[i], 1 + sizes[i] / 3);
		sock_expect(peer, wanted, n, EXPECT_MS);
		client_expect(&c, CLIENT_PONG, "between", 7);
		sock_write(peer, wanted, n, EXPECT_MS);
		client_expect(&c, opcode, data, sizes[i]);
	}
	finish();
	stop();
}
END_TEST

/*
 * A framing that needs the length gets the whole message; control frames between fragments are
 * not delayed.
 */
START_TEST(collected)
{
	start("envelope", "ping=0");
	open_session();
	client_send_frame(&c, CLIENT_TEXT, "one ", 4);
	client_send_frame(&c, CLIENT_CONTINUATION, "two ", 4);
	client_ping(&c, "done?");
	client_expect(&c, CLIENT_PONG, "done?", 5);
	ck_assert(!sock_readable(peer, 0));
	client_send_frame(&c, CLIENT_FIN | CLIENT_CONTINUATION, "three", 5);
	sock_expect(peer, "T0000000013one two threeend", 27, EXPECT_MS);
	/* Several small messages in one write; the second message has two frames. */
	client_send(&c,
	    "\x82\x81\0\0\0\0a" "\x02\x81\0\0\0\0b" "\x80\x81\0\0\0\0c" "\x81\x80\0\0\0\0", 27);
	sock_expect(peer, "B0000000001aend" "B0000000002bcend" "T0000000000end", 45, EXPECT_MS);
	finish();
	stop();
}
END_TEST

/* A framing that does not need the length passes the payload on as it arrives. */
START_TEST(streamed)
{
	start("stream", "max-message=200");
	open_session();
	client_send_frame(&c, CLIENT_TEXT, "one ", 4);
	sock_expect(peer, "<Tone ", 6, EXPECT_MS);
	client_send_frame(&c, CLIENT_CONTINUATION, "two", 3);
	sock_expect(peer, "two", 3, EXPECT_MS);
	client_send_frame(&c, CLIENT_FIN | CLIENT_CONTINUATION, NULL, 0);
	sock_expect(peer, ">", 1, EXPECT_MS);
	client_send_frame(&c, CLIENT_BINARY, NULL, 0);
	sock_expect(peer, "<B", 2, EXPECT_MS);
	client_send_frame(&c, CLIENT_FIN | CLIENT_CONTINUATION, "x", 1);
	sock_expect(peer, "x>", 2, EXPECT_MS);
	client_binary(&c, NULL, 0);
	sock_expect(peer, "<B>", 3, EXPECT_MS);
	/* The payload of an incomplete frame is passed on too. */
	client_send(&c, "\x81\x86\0\0\0\0abc", 9);
	sock_expect(peer, "<Tabc", 5, EXPECT_MS);
	client_send(&c, "def", 3);
	sock_expect(peer, "def>", 4, EXPECT_MS);
	/* max-message limits only messages that are collected before they are sent. */
	make(data, 60000, 1);
	send_in_frames(CLIENT_BINARY, data, 60000, 7000);
	sock_expect(peer, "<B", 2, EXPECT_MS);
	sock_expect(peer, data, 60000, EXPECT_MS);
	sock_expect(peer, ">", 1, EXPECT_MS);
	client_expect(&c, CLIENT_PONG, "between", 7);
	finish();
	stop();
}
END_TEST

/*
 * Fragments are collected up to max-message. A message in a single frame may be longer, because
 * its length is known from the header.
 */
START_TEST(collected_too_much)
{
	uint8_t wanted[3000 + AROUND];
	size_t n;

	start("envelope", "max-message=1000");
	open_session();
	make(data, 3000, 1);
	client_text(&c, "before");
	sock_expect(peer, "T0000000006beforeend", 20, EXPECT_MS);
	send_in_frames(CLIENT_BINARY, data, 1000, 400);
	n = envelope(wanted, CLIENT_BINARY, data, 1000);
	sock_expect(peer, wanted, n, EXPECT_MS);
	client_expect(&c, CLIENT_PONG, "between", 7);
	client_binary(&c, data, 3000);
	n = envelope(wanted, CLIENT_BINARY, data, 3000);
	sock_expect(peer, wanted, n, EXPECT_MS);
	client_send_frame(&c, CLIENT_BINARY, data, 1000);
	client_send_frame(&c, CLIENT_CONTINUATION, data, 1);
	client_expect_end(&c, 1009);
	sock_expect_end(peer, EXPECT_MS);
	sock_close(&peer);
	stop();
}
END_TEST

/* -- with an echo peer -- */

static void
start_echo(const char *delay)
{
	modules_begin("framing_both", NULL);
	harness_echo(&echo, delay == NULL ? NULL : "-d", delay, NULL);
	modules_start_internal(&h, echo.port, "-c", "framing=envelope", NULL);
	client_open(&c, h.port, "/");
}

static void
stop_echo(void)
{
	client_finish(&c);
	harness_stop(&h);
	harness_stop(&echo);
}

START_TEST(every_size_and_type)
{
	size_t i, frame;
	int type;

	start_echo(NULL);
	make(data, sizeof(data), 2);
	for (i = 0; i < COUNTOF(sizes); i++) {
		for (type = CLIENT_TEXT; type <= CLIENT_BINARY; type++) {
			expect_context("type %d, %zu bytes", type, sizes[i]);
			client_send_frame(&c, CLIENT_FIN | type, data, sizes[i]);
			client_expect(&c, type, data, sizes[i]);
			frame = sizes[i] < 10 ? 1 : sizes[i] / 7;
			send_in_frames(type, data, sizes[i], frame);
			client_expect(&c, CLIENT_PONG, "between", 7);
			client_expect(&c, type, data, sizes[i]);
		}
	}
	stop_echo();
}
END_TEST

/* Messages with a length of 0 to 5000 bytes. */
START_TEST(small_sizes)
{
	size_t n;

	start_echo(NULL);
	make(data, 5000, 3);
	for (n = 0; n < 5000; n += n < 300 ? 1 : 37) {
		expect_context("%zu bytes", n);
		client_binary(&c, data, n);
		client_send_frame(&c, CLIENT_TEXT, data, n / 2);
		client_send_frame(&c, CLIENT_FIN | CLIENT_CONTINUATION, data + n / 2, n - n / 2);
		client_expect(&c, CLIENT_BINARY, data, n);
		client_expect(&c, CLIENT_TEXT, data, n);
	}
	stop_echo();
}
END_TEST

#define BATCH	20

/* Many messages of very different sizes in one write, some of them in several frames. */
START_TEST(many_at_once)
{
	size_t len[BATCH], half;
	uint64_t state = 4;
	int round, i;

	start_echo(NULL);
	for (round = 0; round < 20; round++) {
		for (i = 0; i < BATCH; i++) {
			len[i] = unit_random_below(&state,
			    (size_t)1 << unit_random_below(&state, 15));
			make(data, len[i], (unsigned)i);
			half = len[i] / 3;
			if (i % 3 == 0) {
				client_send_frame(&c, CLIENT_TEXT, data, half);
				client_send_frame(&c, CLIENT_FIN | CLIENT_CONTINUATION, data + half,
				    len[i] - half);
			} else {
				client_send_frame(&c, CLIENT_FIN | (i % 3), data, len[i]);
			}
		}
		for (i = 0; i < BATCH; i++) {
			expect_context("round %d, message %d, %zu bytes", round, i, len[i]);
			make(data, len[i], (unsigned)i);
			client_expect(&c, i % 3 == 2 ? CLIENT_BINARY : CLIENT_TEXT, data, len[i]);
		}
	}
	stop_echo();
}
END_TEST

/* A peer or a client that reads slowly still receives all data. */
START_TEST(slow_ends)
{
	static const struct {
		const char	*delay;
		size_t		 frame, chunk, all;
	} rows[] = {
		{ "2", 16384, 65536, 4 * MIB }, { "2", 1000, 65536, MIB },
		{ "1", 65536, 65536, 4 * MIB }, { "1", 3000, 65536, 2 * MIB },
		{ NULL, 5000, 1000, 2 * MIB }, { NULL, 40000, 1000, MIB },
		{ NULL, 100, 300, MIB / 8 }, { NULL, 262144, 65536, 16 * MIB }
	};
	const size_t i = (size_t)_i;
	struct pump p;

	expect_context("row %d", _i);
	start_echo(rows[i].delay);
	pump_init(&p, &c, -1, rows[i].all, rows[i].all);
	p.frame = rows[i].frame;
	p.chunk = rows[i].chunk;
	pump_run(&p);
	ck_assert_uint_eq(p.messages, (rows[i].all + rows[i].frame - 1) / rows[i].frame);
	pump_free(&p);
	stop_echo();
}
END_TEST

/*
 * If the peer does not read, the server stops reading from the client, and the worker does not
 * grow.
 */
START_TEST(peer_that_takes_nothing)
{
	unsigned long before;
	struct pump p;

	start("envelope", "stall-timeout=60s");
	open_session();
	client_text(&c, "begin");
	sock_expect(peer, "T0000000005beginend", 19, EXPECT_MS);
	before = harness_memory(&h);
	pump_init(&p, &c, peer, 64 * MIB, 0);
	p.frame = 10000;
	p.peer_reads = 0;
	ck_assert(!pump_until_quiet(&p, 300));
	harness_expect_memory(&h, before, 1024);
	pump_free(&p);
	client_drop(&c);
	sock_expect_gone(peer, EXPECT_MS);
	sock_close(&peer);
	stop();
}
END_TEST

/* -- from the peer -- */

START_TEST(cut_anywhere)
{
	uint8_t line[100];
	size_t n, at;

	start("envelope", "ping=0");
	open_session();
	n = envelope(line, CLIENT_TEXT, "twenty-one bytes long", 21);
	n += envelope(line + n, CLIENT_BINARY, "", 0);
	for (at = 0; at <= n; at++) {
		expect_context("cut at %zu", at);
		sock_write(peer, line, at, EXPECT_MS);
		/* The pong proves that the server has read the first part. */
		client_ping(&c, "read?");
		if (at < 35) {
			client_expect(&c, CLIENT_PONG, "read?", 5);
			sock_write(peer, line + at, n - at, EXPECT_MS);
			client_expect_text(&c, "twenty-one bytes long");
			client_expect(&c, CLIENT_BINARY, "", 0);
		} else {
			struct client_message m;
			unsigned seen = 0;

			sock_write(peer, line + at, n - at, EXPECT_MS);
			for (; seen != 7; seen |= m.opcode == CLIENT_PONG ? 1u :
			    m.opcode == CLIENT_TEXT ? 2u : 4u)
				client_read(&c, &m);
		}
	}
	finish();
	stop();
}
END_TEST

START_TEST(batches)
{
	static uint8_t line[40000];
	char text[16];
	size_t n = 0;
	int i;

	start("envelope", "ping=0");
	open_session();
	for (i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "%d", i);
		n += envelope(line + n, i % 2 ? CLIENT_TEXT : CLIENT_BINARY, text, strlen(text));
	}
	sock_write(peer, line, n, EXPECT_MS);
	for (i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "%d", i);
		client_expect(&c, i % 2 ? CLIENT_TEXT : CLIENT_BINARY, text, strlen(text));
	}
	finish();
	harness_log(&h, "out=2890/1000", EXPECT_MS);
	stop();
}
END_TEST

/* max-message limits the message without the bytes that the framing removes. */
START_TEST(largest_message)
{
	static uint8_t line[20000];
	size_t n;

	start("envelope", "max-message=10000");
	make(data, 10001, 1);
	open_session();
	n = envelope(line, CLIENT_BINARY, data, 10000);
	sock_write(peer, line, n, EXPECT_MS);
	client_expect(&c, CLIENT_BINARY, data, 10000);
	n = envelope(line, CLIENT_BINARY, data, 10001);
	sock_write(peer, line, n, EXPECT_MS);
	client_expect_end(&c, 1009);
	sock_close(&peer);
	open_session();
	sock_write(peer, "B9999999999", 11, EXPECT_MS);
	sock_write(peer, data, 10000, EXPECT_MS);
	sock_write(peer, data, 5000, EXPECT_MS);
	client_expect_end(&c, 1009);
	sock_close(&peer);
	stop();
}
END_TEST

/*
 * When the peer closes within a message, the framing sends the incomplete bytes unchanged as a
 * last message; the framing exact ends the session with 1011.
 */
START_TEST(end_within_a_message)
{
	start("envelope", "ping=0");
	open_session();
	sock_write(peer, "T0000000002hiend" "T00000", 22, EXPECT_MS);
	sock_close(&peer);
	client_expect_text(&c, "hi");
	client_expect(&c, CLIENT_BINARY, "T00000", 6);
	client_expect_end(&c, 1000);
	stop();

	start("exact", "ping=0");
	open_session();
	sock_write(peer, "T0000000002hiend" "T00000", 22, EXPECT_MS);
	sock_close(&peer);
	client_expect_text(&c, "hi");
	client_expect_end(&c, 1011);
	harness_log(&h, "code=1011 by=server", EXPECT_MS);
	open_session();
	sock_write(peer, "T0000000002hiend", 16, EXPECT_MS);
	sock_close(&peer);
	client_expect_text(&c, "hi");
	client_expect_end(&c, 1000);
	open_session();
	sock_close(&peer);
	client_expect_end(&c, 1000);
	stop();
}
END_TEST

/* -- datagrams -- */

static void
start_datagrams(struct datagram_peer *remote, int unix_socket, const char *framing)
{
	const char *path = harness_scratch("peer");
	char host[400], option[64], setting[400];
	int udp_port;

	modules_begin("framing_both", "framing_test", NULL);
	memset(remote, 0, sizeof(*remote));
	if (unix_socket) {
		remote->fd = sock_unix_datagram(path);
		snprintf(host, sizeof(host), "host=unix-dgram://%s", path);
	} else {
		remote->fd = sock_udp(&udp_port);
		snprintf(host, sizeof(host), "host=udp://127.0.0.1:%d", udp_port);
	}
	snprintf(option, sizeof(option), "framing=%s", framing);
	snprintf(setting, sizeof(setting), "socket-directory=%s", modules_directory());
	modules_start_internal(&h, 1, "-c", host, "-c", option, "-o", setting, "-c",
	    "framing-config=wrap:refuse", NULL);
	client_open(&c, h.port, "/");
}

/* Each message is wrapped as one datagram. A datagram of the peer may contain several messages. */
START_TEST(datagrams)
{
	static const size_t lengths[] = { 0, 1, 100, 2049, 16384, 65507 - AROUND };
	static uint8_t line[70000];
	struct datagram_peer remote;
	size_t i, n;
	int type;

	start_datagrams(&remote, _i, "envelope");
	make(data, 65507, 1);
	for (i = 0; i < COUNTOF(lengths); i++) {
		for (type = CLIENT_TEXT; type <= CLIENT_BINARY; type++) {
			expect_context("%zu bytes", lengths[i]);
			n = envelope(line, type, data, lengths[i]);
			client_send_frame(&c, CLIENT_FIN | type, data, lengths[i]);
			datagram_expect(&remote, line, n);
			send_in_frames(type, data, lengths[i], 1 + lengths[i] / 2);
			client_expect(&c, CLIENT_PONG, "between", 7);
			datagram_expect(&remote, line, n);
			datagram_send(&remote, line, n);
			client_expect(&c, type, data, lengths[i]);
		}
	}
	datagram_send(&remote, "T0000000001aend" "B0000000000end" "T0000000001b", 41);
	client_expect_text(&c, "a");
	client_expect(&c, CLIENT_BINARY, "", 0);
	client_expect(&c, CLIENT_TEXT, "T0000000001b", 12);
	datagram_send(&remote, "T0000000001cend", 15);
	client_expect_text(&c, "c");
	client_finish(&c);
	harness_stop(&h);
	sock_close(&remote.fd);
}
END_TEST

/* A message that fits into a datagram, but not with the bytes that wrap() adds. */
START_TEST(datagram_too_large)
{
	struct datagram_peer remote;

	start_datagrams(&remote, 0, "envelope");
	make(data, 65507, 1);
	client_binary(&c, data, 65507 - AROUND + 1);
	client_expect_end(&c, 1009);
	ck_assert(!sock_readable(remote.fd, 0));
	harness_stop(&h);
	sock_close(&remote.fd);
}
END_TEST

/* A message that wrap() refuses is not sent. */
START_TEST(datagram_refused)
{
	struct datagram_peer remote;

	start_datagrams(&remote, _i, "test");
	client_text(&c, "yes");
	datagram_expect(&remote, "yes\n", 4);
	client_text(&c, "!");
	client_expect_end(&c, 1003);
	harness_log(&h, "in=4/2 out=0/0", EXPECT_MS);
	ck_assert(!sock_readable(remote.fd, 0));
	harness_stop(&h);
	sock_close(&remote.fd);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("modules_wrap");
	TCase *tc = harness_case(s, "line", 60);

	tcase_add_loop_test(tc, bytes_at_the_peer, 0, 2);
	tcase_add_test(tc, collected);
	tcase_add_test(tc, streamed);
	tcase_add_test(tc, collected_too_much);

	tc = harness_case(s, "echo", 60);
	tcase_add_test(tc, every_size_and_type);
	tcase_add_test(tc, small_sizes);
	tcase_add_test(tc, many_at_once);
	tcase_add_loop_test(tc, slow_ends, 0, 8);
	tcase_add_test(tc, peer_that_takes_nothing);

	tc = harness_case(s, "peer", 60);
	tcase_add_test(tc, cut_anywhere);
	tcase_add_test(tc, batches);
	tcase_add_test(tc, largest_message);
	tcase_add_test(tc, end_within_a_message);

	tc = harness_case(s, "datagrams", 60);
	tcase_add_loop_test(tc, datagrams, 0, 2);
	tcase_add_test(tc, datagram_too_large);
	tcase_add_loop_test(tc, datagram_refused, 0, 2);
	return s;
}

#include "lib/check_main.h"

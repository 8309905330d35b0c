/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Tests wrapping.h, and messages that pass through upstream.h. The bytes that arrive at the peer
 * must be equal to those of a simple model, for any sizes of reads and writes.
 */

#include "config.h"

#include <sys/socket.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "lib/unit.h"
#include "module/framer.h"
#include "session/upstream.h"
#include "session/wrapping.h"

#define MODEL	(8 * 1024 * 1024)

/* The bytes that must arrive at the peer, and the number of those that have arrived. */
static uint8_t *model;
static size_t model_len, seen;
static int ends[2];	/* both ends are non-blocking */

static void
open_ends(int type, int buffer)
{
	ck_assert_int_eq(socketpair(AF_UNIX, type, 0, ends), 0);
	ck_assert_int_eq(io_set_nonblocking(ends[0]), 0);
	ck_assert_int_eq(io_set_nonblocking(ends[1]), 0);
	if (buffer > 0)
		ck_assert_int_eq(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &buffer,
		    sizeof(buffer)), 0);
	if (model == NULL)
		model = malloc(MODEL);
	ck_assert_ptr_nonnull(model);
	model_len = seen = 0;
}

static void
close_ends(void)
{
	close(ends[0]);
	close(ends[1]);
}

static void
expect_later(const void *bytes, size_t len)
{
	unit_assert(len <= MODEL - model_len, "the model is full");
	if (len > 0)
		memcpy(model + model_len, bytes, len);
	model_len += len;
}

/*
 * Reads at most max bytes and compares them with the model. Returns 0 if no bytes were available.
 */
static int
read_some(size_t max)
{
	static uint8_t got[65536];
	ssize_t n = read(ends[1], got, max < sizeof(got) ? max : sizeof(got));

	if (n <= 0)
		return 0;
	unit_assert((size_t)n <= model_len - seen, "too many bytes after %zu", seen);
	unit_assert(memcmp(got, model + seen, (size_t)n) == 0, "wrong bytes from %zu on", seen);
	seen += (size_t)n;
	return 1;
}

/* -- wrapping alone -- */

static void
flush(struct wrapping *w, size_t each)
{
	ssize_t n;

	while (wrapping_pending(w)) {
		n = wrapping_write(w, ends[0]);
		if (n == IO_AGAIN)
			unit_assert(read_some(each), "nothing can be read or written");
		else
			unit_assert(n > 0, "%zd", n);
	}
	ck_assert(!wrapping_full(w));
	while (read_some(each))
		;
	ck_assert_uint_eq(seen, model_len);
}

static const uint8_t *
letters(size_t len)
{
	static uint8_t some[300000];
	static uint64_t state;
	size_t i;

	for (i = 0; i < len; i++)
		some[i] = (uint8_t)unit_random(&state);
	return some;
}

static void
around(struct wrapping *w, size_t len)
{
	const uint8_t *bytes = letters(len);

	wrapping_around(w, bytes, len);
	expect_later(bytes, len);
}

/*
 * Adds a payload to the wrapping. Returns its memory if the payload must not change until it has
 * been written, otherwise NULL.
 */
static uint8_t *
payload(struct wrapping *w, size_t len)
{
	uint8_t *copy = malloc(len + 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, letters(len), len);
	wrapping_payload(w, copy, len);
	expect_later(copy, len);
	if (wrapping_full(w))
		return copy;
	/* The wrapping has taken a copy: the payload may change. */
	memset(copy, 0x55, len);
	free(copy);
	return NULL;
}

/*
 * Messages of many sizes, with bytes before and after them, and a peer that reads in small
 * pieces.
 */
START_TEST(wrapping_messages)
{
	static const size_t lens[] = { 0, 1, 255, 2047, 2048, 2049, 4096, 16384, 100000, 300000 };
	static const size_t arounds[] = { 0, 1, 255, 256 };
	struct wrapping w;
	uint64_t state = (uint64_t)_i;
	uint8_t *held;
	size_t i;
	unsigned round;

	open_ends(SOCK_STREAM, 4096);
	ck_assert_int_eq(wrapping_open(&w), 0);
	ck_assert(!wrapping_pending(&w) && !wrapping_full(&w));
	for (round = 0; round < 300 && model_len < MODEL - 400000; round += unit_stride()) {
		held = NULL;
		for (i = unit_random_below(&state, 20); !wrapping_full(&w); i--) {
			around(&w, arounds[unit_random_below(&state, 4)]);
			held = payload(&w, lens[unit_random_below(&state, i > 0 ? 5 : 10)]);
			around(&w, arounds[unit_random_below(&state, 4)]);
			if (i == 0)
				break;
		}
		flush(&w, 1 + unit_random_below(&state, 5000));
		free(held);
		if (round % 10 == 0)
			wrapping_rest(&w);
	}
	wrapping_close(&w);
	close_ends();
}
END_TEST

/* A part of the queued bytes is written, and new bytes are added to the rest. */
START_TEST(wrapping_added_to_a_rest)
{
	struct wrapping w;
	uint8_t *held = NULL;
	int i;

	open_ends(SOCK_STREAM, 4096);
	ck_assert_int_eq(wrapping_open(&w), 0);
	for (i = 0; i < 2300; i++) {
		while (wrapping_full(&w)) {
			if (wrapping_write(&w, ends[0]) == IO_AGAIN)
				ck_assert(read_some(700));
		}
		free(held);
		around(&w, 3);
		held = payload(&w, (size_t)i);
		around(&w, 3);
		if (i % 3 == 0)
			(void)wrapping_write(&w, ends[0]);
	}
	flush(&w, 1000);
	free(held);
	wrapping_close(&w);
	close_ends();
}
END_TEST

START_TEST(wrapping_cleared)
{
	static const uint8_t big[5000];
	struct wrapping w;

	open_ends(SOCK_STREAM, 0);
	ck_assert_int_eq(wrapping_open(&w), 0);
	wrapping_around(&w, big, 5);
	wrapping_payload(&w, big, sizeof(big));
	wrapping_around(&w, big, 256);
	ck_assert(wrapping_pending(&w) && wrapping_full(&w));
	wrapping_clear(&w);
	ck_assert(!wrapping_pending(&w) && !wrapping_full(&w));
	around(&w, 7);
	flush(&w, 100);
	/* Writing to a peer that has closed its end must return an error. */
	ck_assert(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	close(ends[1]);
	wrapping_payload(&w, big, sizeof(big));
	ck_assert_int_eq(wrapping_write(&w, ends[0]), IO_ERROR);
	ck_assert(wrapping_pending(&w));
	wrapping_close(&w);
	close(ends[0]);
}
END_TEST

/* -- through upstream -- */

static unsigned asked;		/* number of calls of wrap() */
static uint64_t refused;	/* wrap() refuses messages of this length; 0: none */

static int64_t
frame(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode, void **state,
    const char *config)
{
	(void)data, (void)last_read, (void)opcode, (void)state, (void)config;
	return (int64_t)length;
}

/* Sets the bytes before and after a message of this length. */
static void
fill_envelope(ws_envelope *e, uint64_t length, int text)
{
	int n;

	n = snprintf((char *)e->before, sizeof(e->before), "%c%llu:", text ? 't' : 'b',
	    (unsigned long long)length);
	e->before_length = (size_t)n;
	memset(e->after, '.', sizeof(e->after));
	e->after_length = (size_t)(length % (WS_WRAP_SIZE + 1));
}

static int
wrap(uint64_t length, ws_operation opcode, ws_envelope *e, void **state, const char *config)
{
	(void)state, (void)config;
	asked++;
	if (refused != 0 && length == refused)
		return 1009;
	fill_envelope(e, length, opcode == ws_frame_text);
	return 0;
}

static int
wrap_streaming(uint64_t length, ws_operation opcode, ws_envelope *e, void **state,
    const char *config)
{
	(void)length;
	return wrap(0, opcode, e, state, config);
}

static const struct framer collecting = { .api = { .name = "c", .frame = frame, .wrap = wrap } };
static const struct framer streaming = {
	.api = { .name = "s", .frame = frame, .wrap = wrap_streaming, .flags = WS_FRAMER_STREAMS }
};

/* The bytes of the client: frames with a mask of zeros. */
static uint8_t *wire;
static size_t wire_len;

static void
put_frame(int first, const uint8_t *bytes, size_t len)
{
	uint8_t *p = wire + wire_len;

	*p++ = (uint8_t)first;
	if (len < 126) {
		*p++ = (uint8_t)(0x80 | len);
	} else if (len < 65536) {
		*p++ = 0xfe;
		*p++ = (uint8_t)(len >> 8);
		*p++ = (uint8_t)len;
	} else {
		*p++ = 0xff;
		memset(p, 0, 4);
		p += 4;
		*p++ = (uint8_t)(len >> 24);
		*p++ = (uint8_t)(len >> 16);
		*p++ = (uint8_t)(len >> 8);
		*p++ = (uint8_t)len;
	}
	memset(p, 0, 4);
	p += 4;
	if (len > 0)
		memcpy(p, bytes, len);
	wire_len = (size_t)(p - wire) + len;
	ck_assert_uint_le(wire_len, MODEL);
}

/*
 * Adds a message in this number of frames, with a pong between them, and adds the expected bytes
 * to the model.
 */
static void
put_message(int text, size_t len, unsigned frames, int streams)
{
	uint8_t *bytes = malloc(len + 1);
	ws_envelope e;
	size_t at = 0, n;
	unsigned i;

	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, letters(len), len);
	for (i = 0; i < len; i++)
		bytes[i] &= 0x7f;
	for (i = 0; i < frames; i++) {
		n = i == frames - 1 ? len - at : (len - at) / 2;
		put_frame((i == frames - 1 ? 0x80 : 0) | (i > 0 ? 0 : text ? 1 : 2), bytes + at, n);
		at += n;
		if (i == 0)
			put_frame(0x8a, bytes, 0);
	}
	fill_envelope(&e, streams ? 0 : len, text);
	expect_later(e.before, e.before_length);
	expect_later(bytes, len);
	expect_later(e.after, e.after_length);
	free(bytes);
}

static size_t
random_length(uint64_t *state)
{
	return unit_random_below(state, (size_t)1 << (1 + unit_random_below(state, 17)));
}

/*
 * Passes the bytes of the client to the upstream in random pieces, while the peer reads random
 * amounts.
 */
static void
run(struct upstream *u, uint64_t *state, enum ws_event wanted, unsigned code)
{
	enum ws_event event;
	struct ws_piece piece;
	size_t at = 0, n, room;
	uint8_t *to;

	for (;;) {
		event = upstream_decode(u, &piece);
		if (event == WS_PONG)
			continue;
		if (event != WS_MORE) {
			ck_assert_msg(event == wanted && piece.code == code, "%d, %u: %s",
			    (int)event,
			    piece.code, piece.reason);
			break;
		}
		if (upstream_pending(u)) {
			if (upstream_write(u, ends[0]) == IO_AGAIN)
				ck_assert(read_some(1 + unit_random_below(state, 9000)));
			continue;
		}
		ck_assert(upstream_wants(u));
		if (at == wire_len)
			break;
		if (unit_random_below(state, 8) == 0)
			upstream_rest(u);
		/* The following does the same as upstream_read(), but with pieces of any size. */
		n = 1 + unit_random_below(state, unit_random_below(state, 4) == 0 ? 20 : 70000);
		n = n < wire_len - at ? n : wire_len - at;
		to = upstream_space(u, &room);
		n = n < room ? n : room;
		if (n == 0) {
			static int nothing[2];

			/*
			 * The buffer is full. Only upstream_read() moves its contents to make
			 * space.
			 */
			ck_assert_int_eq(io_pipe(nothing), 0);
			ck_assert_int_eq(upstream_read(u, nothing[0]), IO_AGAIN);
			close(nothing[0]);
			close(nothing[1]);
			continue;
		}
		memcpy(to, wire + at, n);
		upstream_added(u, n);
		at += n;
	}
	while (upstream_pending(u))
		if (upstream_write(u, ends[0]) == IO_AGAIN)
			ck_assert(read_some(10000));
	while (read_some(10000))
		;
}

static struct buf buffer;	/* shared by all upstreams of the tests, one at a time */

static void
begin(struct upstream *u, struct framing *g, const struct framer *f, uint64_t max)
{
	if (wire == NULL)
		wire = malloc(MODEL);
	ck_assert_ptr_nonnull(wire);
	wire_len = 0;
	asked = 0;
	refused = 0;
	framer_start(g, f, NULL);
	memset(u, 0, sizeof(*u));
	ck_assert_int_eq(upstream_open(u, &buffer), 0);
	ck_assert_int_eq(upstream_start(u, g, 0, 0, max), 0);
}

START_TEST(upstream_messages)
{
	const struct framer *f = _i % 2 ? &streaming : &collecting;
	uint64_t state = (uint64_t)_i;
	struct upstream u;
	struct framing g;
	unsigned i, frames;

	open_ends(SOCK_STREAM, 4096);
	begin(&u, &g, f, 1 << 20);
	for (i = 0; i < 60; i++) {
		frames = 1;
		if (unit_random_below(&state, 3) == 0)
			frames += (unsigned)unit_random_below(&state, 5);
		put_message((int)unit_random_below(&state, 2), random_length(&state), frames,
		    _i % 2);
	}
	run(&u, &state, WS_MORE, 0);
	ck_assert_uint_eq(seen, model_len);
	ck_assert_uint_eq(asked, 60);
	ck_assert_uint_eq(u.messages, 60);
	ck_assert_uint_eq(u.bytes, model_len);
	upstream_close(&u);
	close_ends();
}
END_TEST

/*
 * A refused message ends the connection. The messages before it must arrive, and no byte of the
 * refused one.
 */
START_TEST(upstream_refused)
{
	uint64_t state = (uint64_t)_i;
	struct upstream u;
	struct framing g;
	size_t before;

	open_ends(SOCK_STREAM, 4096);
	begin(&u, &g, &collecting, 1 << 20);
	put_message(1, 3000, 1, 0);
	put_message(0, 5, 3, 0);
	before = model_len;
	refused = 777;
	put_message(0, 777, 1 + (unsigned)_i % 3, 0);
	put_message(0, 10, 1, 0);
	run(&u, &state, WS_FAIL, 1009);
	ck_assert_uint_eq(seen, before);
	ck_assert(!upstream_pending(&u));
	upstream_close(&u);
	close_ends();
}
END_TEST

/* A message of the maximum size is accepted, and one that is a byte longer is refused. */
START_TEST(upstream_collects_so_much)
{
	uint64_t state = 1;
	struct upstream u;
	struct framing g;
	size_t before;

	open_ends(SOCK_STREAM, 0);
	begin(&u, &g, &collecting, 100000);
	put_message(0, 100000, 4, 0);
	put_message(0, 200000, 1, 0);
	before = model_len;
	put_message(0, 100001, 2, 0);
	run(&u, &state, WS_FAIL, 1009);
	ck_assert_uint_eq(seen, before);
	upstream_close(&u);
	close_ends();
}
END_TEST

/*
 * After upstream_discard() queued bytes are dropped, and further messages are decoded but not
 * sent.
 */
START_TEST(upstream_dropped)
{
	uint64_t state = 2;
	struct upstream u;
	struct framing g;

	open_ends(SOCK_STREAM, 0);
	begin(&u, &g, &collecting, 1 << 20);
	put_message(0, 5000, 1, 0);
	put_message(0, 5000, 3, 0);
	put_frame(0x88, (const uint8_t *)"\x03\xe8", 2);
	model_len = 0;
	upstream_discard(&u);
	run(&u, &state, WS_CLOSE, 1000);
	ck_assert_uint_eq(seen, 0);
	ck_assert_uint_eq(asked, 0);
	ck_assert_uint_eq(u.messages, 2);
	upstream_close(&u);
	close_ends();
}
END_TEST

/*
 * Each message is sent as one datagram, with the bytes before and after it. A refused message is
 * not sent.
 */
START_TEST(upstream_datagrams)
{
	static uint8_t got[70000];
	uint64_t state = (uint64_t)_i;
	struct upstream u;
	struct framing g;
	struct ws_piece piece;
	enum ws_event event;
	ssize_t n, sum = 0;
	size_t room;
	unsigned i;

	open_ends(SOCK_DGRAM, 0);
	begin(&u, &g, &collecting, 1 << 20);
	upstream_close(&u);
	memset(&u, 0, sizeof(u));
	ck_assert_int_eq(upstream_open(&u, &buffer), 0);
	ck_assert_int_eq(upstream_start(&u, &g, 1, 0, 1 << 20), 0);
	for (i = 0; i < 20; i++)
		put_message(0, random_length(&state) % 2000, 1 + i % 3, 0);
	refused = 3000;
	put_frame(0x82, letters(3000), 3000);
	ck_assert_uint_le(wire_len, BUF_STREAM);
	memcpy(upstream_space(&u, &room), wire, wire_len);
	upstream_added(&u, wire_len);
	i = 0;
	while ((event = upstream_decode(&u, &piece)) != WS_FAIL) {
		if (event == WS_PONG)
			continue;
		ck_assert(upstream_pending(&u));
		ck_assert_int_ge(upstream_write(&u, ends[0]), 0);
		ck_assert(!upstream_pending(&u));
		n = read(ends[1], got, sizeof(got));
		ck_assert_int_ge(n, 0);
		ck_assert_int_eq(memcmp(got, model + sum, (size_t)n), 0);
		sum += n;
		i++;
	}
	ck_assert_uint_eq(i, 20);
	ck_assert_uint_eq((size_t)sum, model_len);
	ck_assert_uint_eq(piece.code, 1009);
	ck_assert(!upstream_pending(&u));
	upstream_close(&u);
	close_ends();
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("wrapping");
	TCase *tc = tcase_create("wrapping");

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, wrapping_messages, 0, 4);
	tcase_add_test(tc, wrapping_added_to_a_rest);
	tcase_add_test(tc, wrapping_cleared);
	suite_add_tcase(s, tc);

	tc = tcase_create("upstream");
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, upstream_messages, 0, 30);
	tcase_add_loop_test(tc, upstream_refused, 0, 6);
	tcase_add_test(tc, upstream_collects_so_much);
	tcase_add_test(tc, upstream_dropped);
	tcase_add_loop_test(tc, upstream_datagrams, 0, 5);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

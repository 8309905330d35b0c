/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The cost of a very large number of small frames. */

#include "config.h"

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/client.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/pair.h"
#include "lib/pump.h"
#include "lib/sock.h"
#include "test_protocol.h"

static struct pair t;

#define FLOOD_FRAME	(CLIENT_HEADER + 125)

struct flood {
	unsigned long	 total, sent, answered;
	uint8_t		 out[FLOOD_FRAME * 256], in[65536];
	size_t		 out_at, out_len, in_len;
};

/* Fills f->out with pings; the payload of each ping is its number. */
static void
flood_refill(struct flood *f)
{
	char payload[126];

	f->out_at = f->out_len = 0;
	while (f->out_len + FLOOD_FRAME <= sizeof(f->out) && f->sent < f->total) {
		snprintf(payload, sizeof(payload), "%0125lu", ++f->sent);
		f->out_len += client_frame(&t.c, f->out + f->out_len, CLIENT_FIN | CLIENT_PING,
		    payload, 125);
	}
}

/*
 * Reads the pongs that have arrived. They must be in order; pongs for older pings may be missing
 * (RFC 6455, section 5.5.3).
 */
static void
flood_take(struct flood *f)
{
	size_t at = 0, size;
	uint64_t length;
	unsigned long number;
	int first;

	while ((size = client_parse(f->in + at, f->in_len - at, &first, &length)) > 0 &&
	    f->in_len - at >= size + length) {
		if (first != (CLIENT_FIN | CLIENT_PONG) || length != 125)
			expect_fail("frame %02x instead of a pong", (unsigned)first);
		number = strtoul((char *)f->in + at + size, NULL, 10);
		if (number <= f->answered || number > f->sent)
			expect_fail("pong %lu after %lu", number, f->answered);
		f->answered = number;
		at += size + (size_t)length;
	}
	memmove(f->in, f->in + at, f->in_len - at);
	f->in_len -= at;
}

/*
 * Sends pings, and reads pongs if reading is 1, until all pings are sent and the last one is
 * answered, or until no byte has been sent or received for ms milliseconds.
 */
static void
flood_run(struct flood *f, int reading, int ms)
{
	struct pollfd p = { .fd = t.c.fd };
	ssize_t n;

	while (f->sent < f->total || f->out_at < f->out_len ||
	    (reading && f->answered < f->total)) {
		if (f->out_at == f->out_len)
			flood_refill(f);
		p.events = (short)((reading ? POLLIN : 0) | (f->out_at < f->out_len ? POLLOUT : 0));
		if (poll(&p, 1, expect_stretch(ms)) == 0)
			return;
		if ((p.revents & POLLOUT) != 0 && (n = sock_write_now(t.c.fd, f->out + f->out_at,
		    f->out_len - f->out_at)) > 0)
			f->out_at += (size_t)n;
		if ((p.revents & POLLIN) == 0)
			continue;
		n = sock_read_now(t.c.fd, f->in + f->in_len, sizeof(f->in) - f->in_len);
		if (n == 0 || n == SOCK_RESET)
			expect_fail("the connection ended in a flood of pings");
		f->in_len += n > 0 ? (size_t)n : 0;
		flood_take(f);
	}
}

/*
 * Sends `total` pings. If reading is 0, sends as many as possible before it reads the first pong.
 * The last ping must be answered, and the memory of the worker must not grow.
 */
static void
expect_flood(unsigned long total, int reading)
{
	struct flood *f = calloc(1, sizeof(*f));
	unsigned long before;

	ck_assert_ptr_nonnull(f);
	pair_start(&t, NULL);
	pair_open(&t);
	pair_ping(&t);
	before = harness_memory(&t.h);
	f->total = total;
	if (!reading) {
		flood_run(f, 0, 300);
		f->total = f->sent;
		harness_expect_memory(&t.h, before, 1024);
	}
	flood_run(f, 1, EXPECT_MS);
	ck_assert_uint_eq(f->answered, f->total);
	harness_expect_memory(&t.h, before, 1024);
	free(f);
	pair_close(&t);
	pair_stop(&t);
}

/*
 * Pings that arrive together, more than can wait at the server and fewer than fit into the buffers
 * of the system, are all answered and in order, before the answer to the close frame after them.
 */
START_TEST(every_ping_is_answered)
{
	static const struct {
		unsigned long	count;
		int		len;
	} rows[] = { { 10, 5 }, { 1000, 125 }, { 3000, 4 }, { 3000, 0 } };
	unsigned long i, count = rows[_i].count;
	size_t len = 0, payload_len = (size_t)rows[_i].len;
	uint8_t *frames = malloc((count + 1) * FLOOD_FRAME);
	char payload[126];

	ck_assert_ptr_nonnull(frames);
	pair_start(&t, NULL);
	pair_open(&t);
	for (i = 0; i < count; i++) {
		snprintf(payload, sizeof(payload), "%0*lu", rows[_i].len, i);
		len += client_frame(&t.c, frames + len, CLIENT_FIN | CLIENT_PING, payload,
		    payload_len);
	}
	len += client_frame(&t.c, frames + len, CLIENT_FIN | CLIENT_CLOSE, "\x03\xe8", 2);
	client_send(&t.c, frames, len);
	for (i = 0; i < count; i++) {
		expect_context("ping %lu of %lu", i, count);
		snprintf(payload, sizeof(payload), "%0*lu", rows[_i].len, i);
		client_expect(&t.c, CLIENT_PONG, payload, payload_len);
	}
	client_expect_close(&t.c, 1000);
	client_expect_eof(&t.c);
	client_end(&t.c);
	free(frames);
	pair_stop(&t);
}
END_TEST

START_TEST(a_flood_of_pings_is_answered)
{
	expect_flood(100000, 1);
}
END_TEST

START_TEST(a_flood_of_pings_without_reading_the_answers)
{
	expect_flood(200000, 0);
}
END_TEST

START_TEST(a_message_of_a_hundred_thousand_fragments)
{
	struct pump p;
	unsigned long before;

	pair_start(&t, NULL);
	pair_open(&t);
	before = harness_memory(&t.h);
	client_send_frame(&t.c, CLIENT_BINARY, "", 0);
	pump_init(&p, &t.c, t.peer, 100000, 0);
	p.frame = 1;
	p.first_byte = CLIENT_CONTINUATION;
	pump_run(&p);
	pump_free(&p);
	client_send_frame(&t.c, CLIENT_FIN, "", 0);
	harness_expect_memory(&t.h, before, 1024);
	pair_close(&t);
	harness_log(&t.h, " in=100000/1 ", EXPECT_MS);
	pair_stop(&t);
}
END_TEST

void
test_protocol_flood(Suite *s)
{
	TCase *tc = harness_case(s, "floods", 60);

	tcase_add_loop_test(tc, every_ping_is_answered, 0, 4);
	tcase_add_test(tc, a_flood_of_pings_is_answered);
	tcase_add_test(tc, a_flood_of_pings_without_reading_the_answers);
	tcase_add_test(tc, a_message_of_a_hundred_thousand_fragments);
}

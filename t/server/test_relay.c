/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Data through the bridge: complete, in order, in both directions at the same time, in bounded
 * memory, at the speed of the slower side.
 */

#include "config.h"

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

#define MIB		(UINT64_C(1) << 20)
#define CLIENTS		200

static struct pair t;

START_TEST(much_both_ways_at_once)
{
	struct pump p;
	unsigned long before;

	pair_start(&t, "-c", _i == 0 ? "framing=auto" : "framing=binary", NULL);
	pair_open(&t);
	pair_ping(&t);
	before = harness_memory(&t.h);
	pump_init(&p, &t.c, t.peer, 64 * MIB, 64 * MIB);
	p.frame = _i == 0 ? 16384 : 1000000;
	pump_run(&p);
	pump_free(&p);
	harness_expect_memory(&t.h, before, 1024);
	pair_close(&t);
	harness_log(&t.h, " in=67108864/", EXPECT_MS);
	harness_log(&t.h, " out=67108864/", EXPECT_MS);
	pair_stop(&t);
}
END_TEST

/* The echo peer does not read while it cannot write; the three programs must not deadlock. */
START_TEST(much_through_an_echo)
{
	struct harness echo, h;
	struct client c;
	struct pump p;

	harness_echo(&echo, NULL);
	harness_bridge(&h, echo.port, NULL);
	client_open(&c, h.port, "/echo");
	pump_init(&p, &c, -1, 64 * MIB, 64 * MIB);
	p.frame = 3 * 65536 + 1;
	pump_run(&p);
	pump_free(&p);
	client_finish(&c);
	harness_stop(&h);
	harness_stop(&echo);
}
END_TEST

/* -- slow sides -- */

/*
 * One side does not read until the transfer stops: all data on the way is then in the buffers of
 * the system, not in the worker. When the side reads again, no byte is missing. `reads` and
 * `sent` are members of p.
 */
static void
expect_flow(struct pump *p, int *reads, const uint64_t *sent, unsigned long before)
{
	*reads = 0;
	ck_assert(!pump_until_quiet(p, 300));
	ck_assert_uint_lt(*sent, 24 * MIB);
	harness_expect_memory(&t.h, before, 1024);
	*reads = 1;
	p->chunk = 30000;
	pump_run(p);
	pump_free(p);
	harness_expect_memory(&t.h, before, 1024);
	pair_close(&t);
	pair_stop(&t);
}

START_TEST(a_peer_that_does_not_read_is_waited_for)
{
	struct pump p;
	unsigned long before;

	pair_start_with(&t, 4096, 0, NULL);
	pair_open(&t);
	pair_ping(&t);
	before = harness_memory(&t.h);
	pump_init(&p, &t.c, t.peer, 32 * MIB, 0);
	expect_flow(&p, &p.peer_reads, &p.up_sent, before);
}
END_TEST

START_TEST(a_client_that_does_not_read_is_waited_for)
{
	struct pump p;
	unsigned long before;

	pair_start(&t, NULL);
	pair_open_with(&t, 4096);
	pair_ping(&t);
	before = harness_memory(&t.h);
	pump_init(&p, &t.c, t.peer, 0, 32 * MIB);
	expect_flow(&p, &p.client_reads, &p.down_sent, before);
}
END_TEST

/*
 * One side does not read: the transfer in the other direction must still complete, before the
 * whole transfer stops. `reads` and `got` are members of p.
 */
static void
expect_other_direction(struct pump *p, int *reads, const uint64_t *got, uint64_t all)
{
	*reads = 0;
	while (*got < all)
		if (!pump_turn(p, EXPECT_MS))
			expect_fail("%llu bytes of %llu came", (unsigned long long)*got,
			    (unsigned long long)all);
	ck_assert(!pump_until_quiet(p, 300));
	*reads = 1;
	pump_run(p);
	pump_free(p);
	pair_close(&t);
}

START_TEST(the_directions_do_not_wait_for_each_other)
{
	struct pump p;

	pair_start(&t, NULL);
	expect_context("the client does not read");
	pair_open(&t);
	pump_init(&p, &t.c, t.peer, 4 * MIB, 32 * MIB);
	expect_other_direction(&p, &p.client_reads, &p.up_got, 4 * MIB);

	expect_context("the peer does not read");
	pair_open(&t);
	pump_init(&p, &t.c, t.peer, 32 * MIB, 4 * MIB);
	expect_other_direction(&p, &p.peer_reads, &p.down_got, 4 * MIB);
	pair_stop(&t);
}
END_TEST

/*
 * A side that reads slowly is not closed, even if the stall timeout is shorter than the whole
 * transfer. The side reads 64 KiB every 20 ms; the bridge can then write about a third of a
 * socket buffer at a time.
 */
START_TEST(slow_is_not_stalled)
{
	struct pump p;
	uint64_t begin;

	pair_start_with(&t, 65536, 0, "-o", "stall-timeout=2500ms", NULL);
	pair_open_with(&t, 65536);
	expect_context(_i == 0 ? "slow client" : "slow peer");
	pump_init(&p, &t.c, t.peer, _i == 0 ? 0 : 12 * MIB, _i == 0 ? 12 * MIB : 0);
	begin = expect_now();
	while (_i == 0 ? p.down_got < p.down : p.up_got < p.up) {
		p.client_reads = p.peer_reads = 0;
		while (pump_turn(&p, 0))
			;
		poll(NULL, 0, 20);
		p.client_reads = p.peer_reads = 1;
		pump_turn(&p, EXPECT_MS);
	}
	ck_assert_uint_gt(expect_now() - begin, 2500);
	pump_run(&p);
	pump_free(&p);
	pair_close(&t);
	pair_stop(&t);
}
END_TEST

#define STALL_MS	6000
#define QUIET_MS	250	/* ms without a byte: all buffers are full; below STALL_MS */

START_TEST(a_client_that_stalls_is_given_up)
{
	struct pump p;
	uint64_t begin;

	pair_start(&t, "-o", "stall-timeout=6s", "-o", "close-timeout=200ms", NULL);
	pair_open(&t);
	pump_init(&p, &t.c, t.peer, 0, 64 * MIB);
	p.client_reads = 0;
	begin = expect_now();
	ck_assert(!pump_until_quiet(&p, QUIET_MS));
	pump_free(&p);
	sock_expect_gone(t.peer, EXPECT_MS);
	expect_elapsed(begin, STALL_MS, STALL_MS + 1000);
	client_end(&t.c);
	sock_close(&t.peer);
	harness_log(&t.h, " code=1008 by=server ", EXPECT_MS);
	pair_stop(&t);
}
END_TEST

START_TEST(a_peer_that_stalls_is_given_up)
{
	struct pump p;
	uint64_t begin;

	pair_start(&t, "-o", "stall-timeout=6s", NULL);
	pair_open(&t);
	pump_init(&p, &t.c, t.peer, 64 * MIB, 0);
	p.client_reads = p.peer_reads = 0;
	begin = expect_now();
	ck_assert(!pump_until_quiet(&p, QUIET_MS));
	pump_free(&p);
	client_expect_close(&t.c, 1011);
	expect_elapsed(begin, STALL_MS, STALL_MS + 1000);
	client_end(&t.c);
	sock_close(&t.peer);
	harness_log(&t.h, " code=1011 by=server ", EXPECT_MS);
	pair_stop(&t);
}
END_TEST

/* -- sizes -- */

/* The bytes that the peer sends arrive, whether or not they fill a buffer exactly. */
START_TEST(pieces_of_every_size_from_the_peer)
{
	static const size_t sizes[] = { 1, 125, 126, 4095, 4096, 16383, 16384, 16385, 32768,
	    65519, 65520, 65535, 65536, 65537, 131072, 200000 };
	size_t i, at = 0;

	pair_start(&t, NULL);
	pair_open(&t);
	for (i = 0; i < 3 * COUNTOF(sizes); i++) {
		expect_context("%zu bytes", sizes[i / 3]);
		sock_write_pattern(t.peer, at, sizes[i / 3], PUMP_DOWN, EXPECT_MS);
		client_expect_pattern(&t.c, at, sizes[i / 3], PUMP_DOWN);
		at += sizes[i / 3];
	}
	pair_close(&t);
	pair_stop(&t);
}
END_TEST

/*
 * The type of each message depends on its own bytes only, even if the peer sends many messages
 * with one system call.
 */
START_TEST(the_type_of_one_message_does_not_stick_to_the_next)
{
	static const char lines[] = "text\n\xff\xfe\nmore\n\x80\n\n\xc3\xbc\n";
	static const struct {
		const char	*line;
		int		 opcode;
	} rows[] = {
		{ "text\n", CLIENT_TEXT }, { "\xff\xfe\n", CLIENT_BINARY },
		{ "more\n", CLIENT_TEXT }, { "\x80\n", CLIENT_BINARY },
		{ "\n", CLIENT_TEXT }, { "\xc3\xbc\n", CLIENT_TEXT },
	};
	size_t i;

	pair_start(&t, "-c", "framing=newline", "-c", "framing-config=lf", NULL);
	pair_open(&t);
	sock_write(t.peer, lines, sizeof(lines) - 1, EXPECT_MS);
	for (i = 0; i < COUNTOF(rows); i++)
		client_expect(&t.c, rows[i].opcode, rows[i].line, strlen(rows[i].line));
	pair_close(&t);
	pair_stop(&t);
}
END_TEST

/* -- many sessions -- */

START_TEST(a_client_that_does_not_read_stops_nobody_else)
{
	struct client others[8];
	int peers[8];
	struct pump p;
	char text[32];
	size_t i;
	int round;

	pair_start(&t, NULL);
	pair_open(&t);
	pump_init(&p, &t.c, t.peer, 0, 64 * MIB);
	p.client_reads = 0;
	ck_assert(!pump_until_quiet(&p, 200));
	for (i = 0; i < COUNTOF(others); i++) {
		client_open(&others[i], t.h.port, "/other");
		peers[i] = sock_accept(t.listener, EXPECT_MS);
	}
	for (round = 0; round < 100; round++) {
		for (i = 0; i < COUNTOF(others); i++) {
			snprintf(text, sizeof(text), "round %d of %zu", round, i);
			client_text(&others[i], text);
			sock_expect(peers[i], text, strlen(text), EXPECT_MS);
			sock_write(peers[i], text, strlen(text), EXPECT_MS);
			client_expect_text(&others[i], text);
		}
	}
	for (i = 0; i < COUNTOF(others); i++) {
		pair_finish(&others[i], &peers[i]);
	}
	p.client_reads = 1;
	pump_run(&p);
	pump_free(&p);
	pair_close(&t);
	pair_stop(&t);
}
END_TEST

START_TEST(many_clients_at_once)
{
	static struct client clients[CLIENTS];
	struct harness echo, h;
	struct request r = { .target = "/many" };
	char text[32];
	unsigned i, round;

	harness_echo(&echo, NULL);
	harness_bridge(&h, echo.port, "-o", "max-workers=256", NULL);
	for (i = 0; i < CLIENTS; i++) {
		client_connect(&clients[i], h.port);
		client_request(&clients[i], &r);
	}
	for (i = 0; i < CLIENTS; i++) {
		expect_context("client %u", i);
		client_answer(&clients[i]);
		client_expect_accepted(&clients[i], REQUEST_KEY, NULL);
	}
	for (round = 0; round < 5; round++) {
		for (i = 0; i < CLIENTS; i++) {
			snprintf(text, sizeof(text), "client %u, round %u", i, round);
			client_text(&clients[i], text);
		}
		for (i = 0; i < CLIENTS; i++) {
			expect_context("client %u, round %u", i, round);
			snprintf(text, sizeof(text), "client %u, round %u", i, round);
			client_expect_text(&clients[i], text);
		}
	}
	for (i = 0; i < CLIENTS; i++)
		client_close(&clients[i], 1000, NULL);
	for (i = 0; i < CLIENTS; i++) {
		client_expect_close(&clients[i], 1000);
		client_expect_eof(&clients[i]);
		client_end(&clients[i]);
	}
	harness_log_times(&h, " code=1000 by=client ", CLIENTS, EXPECT_MS);
	harness_stop(&h);
	harness_stop(&echo);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("relay");
	TCase *tc = harness_case(s, "flow", 60);

	tcase_add_loop_test(tc, much_both_ways_at_once, 0, 2);
	tcase_add_test(tc, much_through_an_echo);
	tcase_add_test(tc, a_peer_that_does_not_read_is_waited_for);
	tcase_add_test(tc, a_client_that_does_not_read_is_waited_for);
	tcase_add_test(tc, the_directions_do_not_wait_for_each_other);
	tcase_add_loop_test(tc, slow_is_not_stalled, 0, 2);
	tcase_add_test(tc, a_client_that_stalls_is_given_up);
	tcase_add_test(tc, a_peer_that_stalls_is_given_up);
	tcase_add_test(tc, pieces_of_every_size_from_the_peer);
	tcase_add_test(tc, the_type_of_one_message_does_not_stick_to_the_next);
	tcase_add_test(tc, a_client_that_does_not_read_stops_nobody_else);
	tcase_add_test(tc, many_clients_at_once);
	test_relay_end(s);
	return s;
}

#include "lib/check_main.h"

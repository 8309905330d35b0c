/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The memory of a connection without traffic, measured as the pages that its worker has written
 * to and shares with no process. This memory has a limit because the project promises ten
 * thousand idle connections.
 */

#include "config.h"

#include <check.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/client.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/pair.h"
#include "lib/pump.h"

#define MIB		(UINT64_C(1) << 20)
#define LOOK_MS		20	/* ms between two checks of the workers */

/*
 * KiB. The goal is 48 for the first client. The rest is a margin for the stack that the log line
 * at the end of a session needs, and for differences between C libraries and in the position of
 * pages.
 */
#define OWN_MOST	72
/* KiB. Only valgrind uses more. Sanitizers use less, but the compiler defines a macro for them. */
#define INSTRUMENTED	512
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED	1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(SANITIZED)
#define SANITIZED	1
#endif
#if !defined(SANITIZED)
#define SANITIZED	0
#endif

static struct pair t;

/* Returns 1 if the system reports memory and the program runs without sanitizer and valgrind. */
static int
can_measure(void)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	unsigned long own;

	/* The server prints its port before it forks the first worker. */
	while (harness_children(t.h.pid, NULL, 0) == 0 && expect_left(deadline) > 0)
		poll(NULL, 0, LOOK_MS);
	own = harness_own_memory(&t.h);
	if (own > 0 && own < INSTRUMENTED && !SANITIZED)
		return 1;
	expect_skip(own == 0 ? "no figures here" : "an instrumented build");
	return 0;
}

/* Waits until the worker has returned the pages of its buffers, some time after the last data. */
static void
expect_little_memory(void)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	unsigned long own;

	while ((own = harness_own_memory(&t.h)) > OWN_MOST)
		if (!expect_again(deadline))
			expect_fail("a worker keeps %lu KiB, should be %d at most", own, OWN_MOST);
}

static void
exchange(uint64_t bytes)
{
	struct pump p;

	pump_init(&p, &t.c, t.peer, bytes, bytes);
	pump_run(&p);
	pump_free(&p);
}

/*
 * Measured before any data, after little data and after much data, for two clients of the same
 * worker.
 */
START_TEST(an_idle_connection_costs_little)
{
	static const char *const framings[] = { "framing=binary", "framing=auto" };
	int measure, round;

	pair_start(&t, "-c", framings[_i], "-o", "start-workers=1", "-o", "min-spare=1", NULL);
	measure = can_measure();
	for (round = 0; round < 2; round++) {
		pair_open(&t);
		if (measure)
			expect_little_memory();
		exchange(1000);
		if (measure)
			expect_little_memory();
		exchange(4 * MIB);
		if (measure)
			expect_little_memory();
		pair_ping(&t);
		pair_close(&t);
	}
	pair_stop(&t);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("memory");
	TCase *tc = harness_case(s, "idle", 60);

	tcase_add_loop_test(tc, an_idle_connection_costs_little, 0, 2);
	return s;
}

#include "lib/check_main.h"

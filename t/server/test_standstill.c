/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <poll.h>
#include <signal.h>

#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/standstill.h"

/* If the watcher process is stopped, it measures the same as if the machine stood still. */
START_TEST(what_stood_still_does_not_count)
{
	uint64_t start = expect_now(), deadline = expect_deadline(EXPECT_MS), still;

	ck_assert_int_gt(standstill_watcher(), 0);
	ck_assert_int_eq(kill(standstill_watcher(), SIGSTOP), 0);
	poll(NULL, 0, 500);
	ck_assert_int_eq(kill(standstill_watcher(), SIGCONT), 0);
	while ((still = standstill_since(start)) == 0)
		if (!expect_again(deadline))
			expect_fail("nothing was noted");
	ck_assert_uint_ge(still, 400);
	ck_assert_uint_le(still, expect_now() - start);
	ck_assert_uint_le(expect_since(start), expect_now() - start - 400);
	/* Of a standstill that began before the start, only the part after the start counts. */
	still = standstill_since(start + 250);
	ck_assert_uint_le(still, expect_now() - start - 250);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("standstill");
	TCase *tc = harness_case(s, "standstill", 30);

	tcase_add_test(tc, what_stood_still_does_not_count);
	return s;
}

#include "lib/check_main.h"

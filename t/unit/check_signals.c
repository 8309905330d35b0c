/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <signal.h>
#include <sys/select.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "posix/signals.h"

#define ENOUGH	1000	/* most waits before a signal must have been delivered */

static int ends[2];

static void
set_up(void)
{
	signals_init(SIGNALS_SINGLE);
	ck_assert_int_eq(pipe(ends), 0);
}

static void
tear_down(void)
{
	close(ends[0]);
	close(ends[1]);
}

/* Waits once for the pipe, for at most ms milliseconds. */
static int
wait_for_pipe(uint64_t ms)
{
	fd_set readable;
	int n;

	FD_ZERO(&readable);
	io_fd_set(ends[0], &readable);
	n = signals_wait(ends[0], &readable, NULL, clock_now() + ms);
	if (n == 1)
		ck_assert(io_fd_isset(ends[0], &readable));
	return n;
}

START_TEST(they_wait_for_the_wait)
{
	ck_assert_int_eq(raise(SIGTERM), 0);
	ck_assert_int_eq(signals_stop, 0);
	ck_assert_int_eq(wait_for_pipe(10000), -1);
	ck_assert_int_eq(signals_stop, 1);
	ck_assert_int_eq(signals_quit, 0);
}
END_TEST

START_TEST(the_deadline)
{
	uint64_t begin = clock_now();

	ck_assert_int_eq(wait_for_pipe(50), 0);
	ck_assert_uint_ge(clock_now() - begin, 50);
}
END_TEST

/* With pselect() alone, a pending signal would not be delivered while the pipe is readable. */
START_TEST(a_pipe_that_is_always_ready)
{
	int i;

	ck_assert_int_eq(write(ends[1], "", 1), 1);
	ck_assert_int_eq(raise(SIGTERM), 0);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	for (i = 0; i < ENOUGH && !signals_stop; i++)
		(void)wait_for_pipe(10000);
	ck_assert_int_eq(signals_stop, 1);
	ck_assert_int_eq(signals_reopen, 1);
	/* Signals are delivered only during the waits. */
	signals_stop = 0;
	ck_assert_int_eq(raise(SIGTERM), 0);
	ck_assert_int_eq(signals_stop, 0);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("signals");
	TCase *tc = tcase_create("wait");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, they_wait_for_the_wait);
	tcase_add_test(tc, the_deadline);
	tcase_add_test(tc, a_pipe_that_is_always_ready);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

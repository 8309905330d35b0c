/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef EXPECT_H
#define EXPECT_H

#include <stdint.h>

/*
 * How the behaviour tests fail and what they know of time.
 *
 * Every wait in these tests is for an event and has a deadline in
 * milliseconds, after which the test fails.  Deadlines are stretched by the
 * number in CK_TIMEOUT_MULTIPLIER (as Check stretches its own), for slow
 * machines, sanitizers and valgrind.
 */
#define EXPECT_MS	10000	/* for what should happen at once */

/*
 * Whether the tests run as long, and with as much, as their figures say: with WS_FULL in the
 * environment.  expect_figure() then prints what was measured.
 */
int	expect_full(void);
void	expect_figure(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Fails the test; the message is followed by the context. */
void	expect_fail(const char *format, ...)
	    __attribute__((format(printf, 1, 2), noreturn));

/* Says what is being tried, such as the row of a table, until the next call. */
void	expect_context(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *expect_what(void);

/* Milliseconds of a clock that only goes forward. */
uint64_t expect_now(void);

/* Milliseconds since that time, without those in which the machine stood still. */
uint64_t expect_since(uint64_t start);

/* A number of milliseconds, stretched. */
int	expect_stretch(int ms);

/*
 * The deadline that many (stretched) milliseconds from now, and what is left of
 * it: 0 when it is over.
 */
uint64_t expect_deadline(int ms);
int	expect_left(uint64_t deadline);

/*
 * Checks that since the time start at least least milliseconds have gone by,
 * and not much more than most: most is stretched and has a margin for a busy
 * machine; and the time in which the machine stood still does not count.
 */
void	expect_elapsed(uint64_t start, int least, int most);

/* A figure: no more than most; the same, but without the margin in full length. */
void	expect_within(uint64_t start, int most);

#endif

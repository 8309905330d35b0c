/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef EXPECT_H
#define EXPECT_H

#include <stddef.h>
#include <stdint.h>

/*
 * How behaviour tests fail, and how they wait.
 *
 * A test waits for an event with a deadline in milliseconds; when the deadline is over the test
 * fails. Deadlines are multiplied by CK_TIMEOUT_MULTIPLIER, as Check multiplies its own time
 * limits, for slow machines, sanitizers and valgrind. In these comments, "stretched" means
 * multiplied in this way.
 */
#define EXPECT_MS	10000	/* ms; deadline of events that should happen immediately */

/*
 * Returns 1 if tests should run at full length: WS_FULL is in the environment. expect_figure()
 * then prints a measured figure on standard error; otherwise the function does nothing.
 */
int	expect_full(void);
void	expect_figure(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Returns how many rows of a table of `count` rows to try: all, or the first `few` if WS_SHORT is
 * in the environment. For tables that unit tests also try, or that repeat a test in similar ways.
 */
int	expect_rows(size_t count, size_t few);

/* Fails the test with this message, followed by the context. */
void	expect_fail(const char *format, ...)
	    __attribute__((format(printf, 1, 2), noreturn));

/*
 * Sets the context of failure messages, such as the row of a table that is being tried, until the
 * next call.
 */
void	expect_context(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints on standard error that a part of a test in this file is skipped, and the reason. */
#define expect_skip(why)	expect_skip_part(__FILE__, why)
void	expect_skip_part(const char *file, const char *why);

/* Returns the time of the monotonic clock, in ms. */
uint64_t expect_now(void);

/* Returns the time since start, in ms, without standstills of the machine (standstill.h). */
uint64_t expect_since(uint64_t start);

/* Returns a number of milliseconds, stretched. */
int	expect_stretch(int ms);

/* Returns the time of the clock in ms milliseconds, stretched. */
uint64_t expect_deadline(int ms);

/* Returns the time left until the deadline, in ms; 0 if the deadline is over. */
int	expect_left(uint64_t deadline);

/*
 * For a state that no system call can wait for, such as a line in a file or the exit of another
 * program's child. Returns 0 if the deadline is over; otherwise pauses for a few milliseconds and
 * returns 1.
 *
 *	while (!is_there())
 *		if (!expect_again(deadline))
 *			expect_fail("it did not come");
 */
int	expect_again(uint64_t deadline);

/*
 * Fails unless at least `least` ms have passed since start, and not much more than `most` ms. The
 * upper bound is stretched and has a margin for a busy machine; time in which the machine stood
 * still does not count.
 */
void	expect_elapsed(uint64_t start, int least, int most);

/*
 * Checks a time that the project promises: fails if more than `most` ms have passed since start.
 * Like expect_elapsed(), but at full length (expect_full()) there is no margin.
 */
void	expect_within(uint64_t start, int most);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/*
 * The monotonic clock, which does not change when the date is set.  A deadline is a value of
 * clock_now(); CLOCK_NEVER is a deadline that is never reached.
 */
#define CLOCK_NEVER	UINT64_MAX

/* Returns the time of the monotonic clock in milliseconds. */
uint64_t clock_now(void);

/* Returns the time of the monotonic clock in microseconds, to measure a duration. */
uint64_t clock_microseconds(void);

/*
 * Returns the deadline that is ms milliseconds after now.  For ms 0, the value of a setting that is
 * off, returns CLOCK_NEVER.
 */
uint64_t clock_after(uint64_t now, uint64_t ms);

/*
 * clock_min() returns the earlier and clock_max() the later of two times.  Both also compare
 * durations in milliseconds.
 */
uint64_t clock_min(uint64_t a, uint64_t b);
uint64_t clock_max(uint64_t a, uint64_t b);

#endif

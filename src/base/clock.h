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

/* Returns the time in milliseconds. */
uint64_t clock_now(void);

/* Returns the time of the same clock in microseconds, to measure how long something takes. */
uint64_t clock_microseconds(void);

/*
 * Returns the deadline ms milliseconds after now; CLOCK_NEVER if ms is 0, as in a setting that is
 * off.
 */
uint64_t clock_after(uint64_t now, uint64_t ms);

/* Return the earlier, or the later, of two times; also for numbers of milliseconds. */
uint64_t clock_min(uint64_t a, uint64_t b);
uint64_t clock_max(uint64_t a, uint64_t b);

#endif

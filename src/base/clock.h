/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/*
 * Milliseconds of the monotonic clock, which setting the date does not move.
 * Deadlines are values of this clock; CLOCK_NEVER is the one that is not met.
 */
#define CLOCK_NEVER	UINT64_MAX

uint64_t clock_now(void);

/* The same clock in microseconds, for measuring. */
uint64_t clock_microseconds(void);

/* The instant ms milliseconds after now; CLOCK_NEVER if ms is 0 (a limit that is off). */
uint64_t clock_after(uint64_t now, uint64_t ms);

/* The earlier and the later of two instants. */
uint64_t clock_min(uint64_t a, uint64_t b);
uint64_t clock_max(uint64_t a, uint64_t b);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef MILLISECONDS_H
#define MILLISECONDS_H

#include <limits.h>
#include <stdint.h>
#include <time.h>

/* Returns the monotonic clock in milliseconds. */
static inline uint64_t
milliseconds_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Returns the milliseconds until a time of that clock; 0 if it is over. */
static inline unsigned
milliseconds_until(uint64_t time)
{
	uint64_t now = milliseconds_now();

	if (time <= now)
		return 0;
	return time - now > INT_MAX ? INT_MAX : (unsigned)(time - now);
}

#endif

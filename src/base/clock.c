/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

static struct timespec
read_clock(void)
{
	struct timespec t;

	/*
	 * The call fails only on a system without a monotonic clock, where no deadline can be kept.
	 */
	if (clock_gettime(CLOCK_MONOTONIC, &t) == -1)
		abort();
	return t;
}

uint64_t
clock_now(void)
{
	struct timespec t = read_clock();

	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t
clock_microseconds(void)
{
	struct timespec t = read_clock();

	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t
clock_after(uint64_t now, uint64_t ms)
{
	return ms == 0 || ms >= CLOCK_NEVER - now ? CLOCK_NEVER : now + ms;
}

uint64_t
clock_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t
clock_max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

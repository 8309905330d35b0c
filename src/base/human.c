/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stddef.h>
#include <stdio.h>

#include "base/human.h"

typedef unsigned long long big;

char *
human_time(char out[HUMAN_SIZE], uint64_t ms)
{
	uint64_t s = ms / 1000;

	if (ms < 10000)
		(void)snprintf(out, HUMAN_SIZE, "%u.%us", (unsigned)s,
		    (unsigned)(ms % 1000 / 100));
	else if (s < 60)
		(void)snprintf(out, HUMAN_SIZE, "%us", (unsigned)s);
	else if (s < 3600)
		(void)snprintf(out, HUMAN_SIZE, "%um%02us", (unsigned)(s / 60),
		    (unsigned)(s % 60));
	else if (s < 86400)
		(void)snprintf(out, HUMAN_SIZE, "%uh%02um", (unsigned)(s / 3600),
		    (unsigned)(s % 3600 / 60));
	else if (s < 1000 * UINT64_C(86400))
		(void)snprintf(out, HUMAN_SIZE, "%ud%02uh", (unsigned)(s / 86400),
		    (unsigned)(s % 86400 / 3600));
	else if (s < 100000000 * UINT64_C(86400))
		(void)snprintf(out, HUMAN_SIZE, "%ud", (unsigned)(s / 86400));
	else
		(void)snprintf(out, HUMAN_SIZE, "ages");
	return out;
}

char *
human_delay(char out[HUMAN_SIZE], uint64_t us)
{
	if (us == 0)
		(void)snprintf(out, HUMAN_SIZE, "-");
	else if (us < 100)
		(void)snprintf(out, HUMAN_SIZE, "%uus", (unsigned)us);
	else if (us < 10000)
		(void)snprintf(out, HUMAN_SIZE, "%u.%02ums", (unsigned)(us / 1000),
		    (unsigned)(us % 1000 / 10));
	else if (us < 1000000)
		(void)snprintf(out, HUMAN_SIZE, "%ums", (unsigned)(us / 1000));
	else
		(void)human_time(out, us / 1000);
	return out;
}

/*
 * Writes a number up to and including `plain` as it is, and a larger number in powers of `unit`,
 * for which the letters stand.  Less than 10 such units get one digit after the point.
 */
static char *
format_scaled(char out[HUMAN_SIZE], uint64_t n, uint64_t unit, uint64_t plain, const char *letters)
{
	uint64_t rest = 0;

	if (n <= plain) {
		(void)snprintf(out, HUMAN_SIZE, "%llu", (big)n);
		return out;
	}
	for (; n >= unit; letters++) {
		rest = n % unit;
		n /= unit;
	}
	if (n < 10)
		(void)snprintf(out, HUMAN_SIZE, "%u.%u%c", (unsigned)n,
		    (unsigned)(rest * 10 / unit), letters[-1]);
	else
		(void)snprintf(out, HUMAN_SIZE, "%u%c", (unsigned)n, letters[-1]);
	return out;
}

char *
human_bytes(char out[HUMAN_SIZE], uint64_t n)
{
	return format_scaled(out, n, 1024, 1023, "KMGTPE");
}

char *
human_count(char out[HUMAN_SIZE], uint64_t n)
{
	return format_scaled(out, n, 1000, 99999, "kmgtpe");
}

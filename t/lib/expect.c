/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "expect.h"
#include "standstill.h"

#define LOOK_MS	5	/* ms; pause of expect_again() */
#define MARGIN	2000	/* ms that a busy machine may be late */

static char context[512];

void
expect_fail(const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (context[0] != '\0')
		ck_abort_msg("%s [%s]", text, context);
	else
		ck_abort_msg("%s", text);
}

int
expect_full(void)
{
	return getenv("WS_FULL") != NULL;
}

int
expect_rows(size_t count, size_t few)
{
	return (int)(getenv("WS_SHORT") != NULL && count > few ? few : count);
}

void
expect_figure(const char *format, ...)
{
	char text[512];
	va_list ap;

	if (!expect_full())
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	fprintf(stderr, "# figure: %s\n", text);
}

void
expect_skip_part(const char *file, const char *why)
{
	fprintf(stderr, "*** SKIPPED, a part of %s: %s\n", file, why);
}

void
expect_context(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(context, sizeof(context), format, ap);
	va_end(ap);
}

uint64_t
expect_now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) == -1)
		expect_fail("no monotonic clock");
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int
expect_stretch(int ms)
{
	const char *text = getenv("CK_TIMEOUT_MULTIPLIER");
	double factor = text == NULL ? 1.0 : strtod(text, NULL);

	if (factor < 1.0)
		factor = 1.0;
	if (ms * factor > INT_MAX / 2)
		return INT_MAX / 2;
	return (int)(ms * factor);
}

uint64_t
expect_deadline(int ms)
{
	return expect_now() + (uint64_t)expect_stretch(ms);
}

int
expect_left(uint64_t deadline)
{
	uint64_t now = expect_now();

	return now >= deadline ? 0 : (int)(deadline - now);
}

int
expect_again(uint64_t deadline)
{
	if (expect_left(deadline) == 0)
		return 0;
	poll(NULL, 0, LOOK_MS);
	return 1;
}

uint64_t
expect_since(uint64_t start)
{
	uint64_t took = expect_now() - start, still = standstill_since(start);

	return still < took ? took - still : 0;
}

/*
 * Returns the load of the machine for a failure message: the text of /proc/loadavg, or "unknown".
 */
static const char *
load(void)
{
	static char text[64];
	FILE *f = fopen("/proc/loadavg", "r");

	if (f == NULL || fgets(text, sizeof(text), f) == NULL)
		snprintf(text, sizeof(text), "unknown");
	if (f != NULL)
		fclose(f);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/*
 * Checks a measured time. The failure message has the time that the program really had, and the
 * load of the machine.
 */
static void
expect_took(uint64_t start, int least, int most, int margin)
{
	uint64_t took = expect_now() - start, own = expect_since(start);

	if (took < (uint64_t)least)
		expect_fail("after %llu ms already, should be %d or more",
		    (unsigned long long)took, least);
	if (own > (uint64_t)expect_stretch(most + margin))
		expect_fail("after %llu ms only, should be %d at most, and up to %d on a busy "
		    "machine; besides, the machine stood still for %llu ms; its load is %s",
		    (unsigned long long)own, most, expect_stretch(most + margin),
		    (unsigned long long)(took - own), load());
}

void
expect_elapsed(uint64_t start, int least, int most)
{
	expect_took(start, least, most, MARGIN);
}

void
expect_within(uint64_t start, int most)
{
	expect_took(start, 0, most, expect_full() ? 0 : MARGIN);
}

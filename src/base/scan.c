/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>
#include <strings.h>

#include "base/scan.h"

/*
 * Reads a decimal number and moves *text after its digits.  Returns 0; -1 if there are no digits or
 * the number is too large.
 */
static int
read_digits(const char **text, uint64_t *out)
{
	const char *p = *text;
	uint64_t n = 0;
	unsigned d;

	if (*p < '0' || *p > '9')
		return -1;
	for (; *p >= '0' && *p <= '9'; p++) {
		d = (unsigned)(*p - '0');
		if (n > (UINT64_MAX - d) / 10)
			return -1;
		n = n * 10 + d;
	}
	*text = p;
	*out = n;
	return 0;
}

static int
put_in_range(uint64_t n, uint64_t min, uint64_t max, uint64_t *out)
{
	if (n < min || n > max)
		return -1;
	*out = n;
	return 0;
}

int
scan_number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t n;

	if (read_digits(&text, &n) == -1 || *text != '\0')
		return -1;
	return put_in_range(n, min, max, out);
}

struct unit {
	const char	*name;
	uint64_t	 factor;
};

static const struct unit sizes[] = {
	{ "", 1 }, { "k", 1024 }, { "m", 1024 * 1024 }, { "g", 1024 * 1024 * 1024 },
	{ NULL, 0 }
};

static const struct unit times[] = {
	{ "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60 * 1000 }, { "h", 3600 * 1000 },
	{ "d", 24 * 3600 * 1000 }, { NULL, 0 }
};

static uint64_t
factor_of(const struct unit *unit, const char *name)
{
	while (unit->name != NULL && strcasecmp(unit->name, name) != 0)
		unit++;
	return unit->factor;
}

int
scan_size(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t n, factor;

	if (read_digits(&text, &n) == -1)
		return -1;
	factor = factor_of(sizes, text);
	if (factor == 0 || n > UINT64_MAX / factor)
		return -1;
	return put_in_range(n * factor, min, max, out);
}

int
scan_duration(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t whole, part = 0, scale = 1, factor;

	if (read_digits(&text, &whole) == -1)
		return -1;
	if (*text == '.') {
		text++;
		if (*text < '0' || *text > '9')
			return -1;
		for (; *text >= '0' && *text <= '9'; text++) {
			/*
			 * In every unit, digits after the ninth are less than a millisecond: only
			 * zeros are valid.
			 */
			if (scale >= 1000000000) {
				if (*text != '0')
					return -1;
				continue;
			}
			part = part * 10 + (uint64_t)(*text - '0');
			scale *= 10;
		}
	}
	factor = factor_of(times, text);
	if (factor == 0 || whole > UINT64_MAX / factor)
		return -1;
	/* Refuse a fraction of a millisecond: rounding would silently change the value. */
	if (part * factor % scale != 0)
		return -1;
	if (whole * factor > UINT64_MAX - part * factor / scale)
		return -1;
	return put_in_range(whole * factor + part * factor / scale, min, max, out);
}

int
scan_service(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (strchr("-_+.", *text) != NULL || strpbrk(text, letters) == NULL)
		return -1;
	text += strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+.");
	return *text == '\0' ? 0 : -1;
}

int
scan_hex(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

unsigned
scan_distance(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b), i, j;
	unsigned row[64], diagonal, above, best;

	if (a_len > 63 || b_len > 63)
		return 99;
	for (j = 0; j <= b_len; j++)
		row[j] = (unsigned)j;
	for (i = 1; i <= a_len; i++) {
		diagonal = row[0];
		row[0] = (unsigned)i;
		for (j = 1; j <= b_len; j++) {
			above = row[j];
			best = diagonal + (a[i - 1] != b[j - 1]);
			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diagonal = above;
		}
	}
	return row[b_len] > 3 ? 99 : row[b_len];
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "base/utf8.h"

#define ALL_HIGH_BITS	UINT64_C(0x8080808080808080)

/* How many bytes at data are ASCII for sure; looks at eight at a time. */
static size_t
ascii_run(const uint8_t *data, size_t len)
{
	size_t n = 0;
	uint64_t word;

	while (len - n >= sizeof(word)) {
		memcpy(&word, data + n, sizeof(word));
		if (word & ALL_HIGH_BITS)
			break;
		n += sizeof(word);
	}
	while (n < len && data[n] < 0x80)
		n++;
	return n;
}

/* The size of a character of two or three bytes that is whole and has no special case; else 0. */
static size_t
plain_character(const uint8_t *p, size_t len)
{
	if (len < 3 || (p[1] & 0xc0) != 0x80)
		return 0;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		return 2;
	if (p[0] > 0xe0 && p[0] <= 0xef && p[0] != 0xed && (p[2] & 0xc0) == 0x80)
		return 3;
	return 0;
}

/* How many bytes at data are whole characters for sure. */
static size_t
plain_run(const uint8_t *data, size_t len)
{
	size_t n = 0, step;

	do {
		step = n < len && data[n] < 0x80 ? ascii_run(data + n, len - n) :
		    plain_character(data + n, len - n);
		n += step;
	} while (step > 0);
	return n;
}

/*
 * The first byte of a character says how many follow, and the range of
 * the second keeps out overlong forms, surrogates and what is above U+10FFFF.
 */
static int
begin(struct utf8 *u, uint8_t c)
{
	u->lo = 0x80;
	u->hi = 0xbf;
	u->have = 1;
	if (c >= 0xc2 && c <= 0xdf) {
		u->need = 1;
	} else if (c >= 0xe0 && c <= 0xef) {
		u->need = 2;
		if (c == 0xe0)
			u->lo = 0xa0;
		else if (c == 0xed)
			u->hi = 0x9f;
	} else if (c >= 0xf0 && c <= 0xf4) {
		u->need = 3;
		if (c == 0xf0)
			u->lo = 0x90;
		else if (c == 0xf4)
			u->hi = 0x8f;
	} else {
		return -1;
	}
	return 0;
}

int
utf8_check(struct utf8 *u, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t i = 0;

	while (i < len) {
		if (u->need == 0) {
			i += plain_run(p + i, len - i);
			if (i < len && begin(u, p[i++]) == -1)
				return -1;
			continue;
		}
		if (p[i] < u->lo || p[i] > u->hi)
			return -1;
		u->lo = 0x80;
		u->hi = 0xbf;
		u->have++;
		u->need--;
		i++;
	}
	return 0;
}

int
utf8_complete(const struct utf8 *u)
{
	return u->need == 0;
}

size_t
utf8_prefix(const void *data, size_t len, enum utf8_rest *rest)
{
	const uint8_t *p = data;
	struct utf8 u = { 0, 0, 0, 0 };
	size_t good = 0, i = 0;

	while (i < len) {
		if (u.need == 0) {
			i += plain_run(p + i, len - i);
			good = i;
			if (i == len)
				break;
		}
		if (utf8_check(&u, p + i, 1) == -1) {
			*rest = UTF8_BAD;
			return good;
		}
		i++;
		if (u.need == 0)
			good = i;
	}
	*rest = good == len ? UTF8_END : UTF8_CUT;
	return good;
}

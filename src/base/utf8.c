/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "base/utf8.h"

#define HIGH_BITS	UINT64_C(0x8080808080808080)

/*
 * Returns the address of the first byte in [p, end) that is not ASCII, or end.  Checks sixteen
 * bytes at a time.
 */
static const uint8_t *
skip_ascii(const uint8_t *p, const uint8_t *end)
{
	uint64_t a, b;

	while (end - p >= (ptrdiff_t)(sizeof(a) + sizeof(b))) {
		memcpy(&a, p, sizeof(a));
		memcpy(&b, p + sizeof(a), sizeof(b));
		if ((a | b) & HIGH_BITS)
			break;
		p += sizeof(a) + sizeof(b);
	}
	while (p < end && *p < 0x80)
		p++;
	return p;
}

/*
 * Skips characters of two and three bytes, except those that begin with E0 or ED, whose second byte
 * has a special range.  Stops at any other byte, valid or not.  The skipped characters make up
 * nearly all of a text that is not ASCII.
 */
static const uint8_t *
skip_common(const uint8_t *p, const uint8_t *end)
{
	while (end - p >= 3) {
		if (p[0] >= 0xc2 && p[0] <= 0xdf && (p[1] & 0xc0) == 0x80)
			p += 2;
		else if (p[0] > 0xe0 && p[0] <= 0xef && p[0] != 0xed &&
		    (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80)
			p += 3;
		else
			break;
	}
	return p;
}

/*
 * Checks one byte.  The first byte of a character gives the number of bytes that follow; the range
 * of the second byte excludes overlong forms, surrogates and values above U+10FFFF.
 */
static inline int
check_byte(struct utf8 *u, uint8_t c)
{
	if (u->need > 0) {
		if (c < u->lo || c > u->hi)
			return -1;
		u->lo = 0x80;
		u->hi = 0xbf;
		u->need--;
	} else if (c >= 0x80) {
		if (c < 0xc2 || c > 0xf4)
			return -1;
		u->need = (uint8_t)(1 + (c >= 0xe0) + (c >= 0xf0));
		u->lo = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
		u->hi = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	}
	return 0;
}

int
utf8_check(struct utf8 *u, const void *data, size_t len)
{
	const uint8_t *p = data, *end = p + len;

	while (p < end) {
		if (u->need == 0) {
			p = skip_common(skip_ascii(p, end), end);
			if (p == end)
				break;
		}
		if (check_byte(u, *p++) == -1) {
			/* This range is empty, so that no later byte is valid. */
			u->need = 1;
			u->lo = 0xff;
			u->hi = 0;
			return -1;
		}
	}
	return 0;
}

size_t
utf8_prefix(const void *data, size_t len, enum utf8_rest *rest)
{
	const uint8_t *begin = data, *p = begin, *end = begin + len, *good = begin;
	struct utf8 u = { 0, 0, 0 };

	*rest = UTF8_CUT;
	while (p < end) {
		if (u.need == 0) {
			p = good = skip_common(skip_ascii(p, end), end);
			if (p == end)
				break;
		}
		if (check_byte(&u, *p++) == -1) {
			*rest = UTF8_BAD;
			break;
		}
		if (u.need == 0)
			good = p;
	}
	if (good == end)
		*rest = UTF8_END;
	return (size_t)(good - begin);
}

size_t
utf8_tail(const void *data, size_t len)
{
	const uint8_t *end = (const uint8_t *)data + len;
	enum utf8_rest rest;
	size_t n;

	for (n = 1; n <= 3 && n <= len; n++) {
		if ((end[-(ptrdiff_t)n] & 0xc0) == 0x80)
			continue;
		(void)utf8_prefix(end - n, n, &rest);
		return rest == UTF8_CUT ? n : 0;
	}
	return 0;
}

int
utf8_mark(const void *data, size_t len)
{
	if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
		return 3;
	if (len >= 2 && (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0))
		return -1;
	return len >= 4 && memcmp(data, "\0\0\xfe\xff", 4) == 0 ? -1 : 0;
}

void
utf8_repair(void *data, size_t len)
{
	enum utf8_rest rest;
	uint8_t *p = data;
	size_t good;

	while ((good = utf8_prefix(p, len, &rest)) < len) {
		/* Only one byte: the bytes after it may be the start of a valid character. */
		p[good] = '?';
		p += good + 1;
		len -= good + 1;
	}
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Whether a message is UTF-8 (RFC 3629), found out while its bytes come. */
#ifndef UTF8_TEXT_H
#define UTF8_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* A zeroed struct is the beginning of a message. */
struct utf8_text {
	uint8_t	need;	/* bytes that the character in hand lacks */
	uint8_t	lo, hi;	/* what the next of them may be */
	uint8_t	bad;	/* it is not UTF-8 */
};

/*
 * One byte more; 0, or -1 if it cannot stand there.  The range of the second byte keeps
 * out overlong forms, surrogates and what is above U+10FFFF.
 */
static inline int
utf8_text_step(struct utf8_text *t, uint8_t c)
{
	if (t->need > 0) {
		if (c < t->lo || c > t->hi)
			return -1;
		t->lo = 0x80;
		t->hi = 0xbf;
		t->need--;
	} else if (c >= 0x80) {
		if (c < 0xc2 || c > 0xf4)
			return -1;
		t->need = (uint8_t)(1 + (c >= 0xe0) + (c >= 0xf0));
		t->lo = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
		t->hi = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	}
	return 0;
}

/* Past the characters of two and three bytes at p, most of them: what follows may be more. */
static inline const uint8_t *
utf8_text_skip(const uint8_t *p, const uint8_t *end)
{
	while (end - p >= 3) {
		if (p[0] >= 0xc2 && p[0] <= 0xdf && (p[1] & 0xc0) == 0x80)
			p += 2;
		else if (p[0] > 0xe0 && p[0] < 0xf0 && p[0] != 0xed &&
		    (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80)
			p += 3;
		else
			break;
	}
	return p;
}

/* The next len bytes of the message. */
void	utf8_text_feed(struct utf8_text *t, const uint8_t *data, size_t len);

/* Whether the bytes so far are UTF-8 that could end here. */
static inline int
utf8_text_valid(const struct utf8_text *t)
{
	return !t->bad && t->need == 0;
}

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * Incremental check of UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above
 * U+10FFFF.  A zeroed struct is the start state.
 */
struct utf8 {
	uint8_t	need;	/* continuation bytes still missing; 0: on a boundary */
	uint8_t	lo, hi;	/* range of the next continuation byte */
};

/*
 * Goes on with len bytes at data.  Returns 0 while all bytes so far can be the beginning of valid
 * UTF-8, -1 as soon as they cannot.  After a -1 every later byte is invalid too, and
 * utf8_complete() returns 0, so a caller may feed a whole message and ask once at its end.
 */
int	utf8_check(struct utf8 *u, const void *data, size_t len);

/* Returns 1 if the bytes so far are valid and end on the boundary of a character, else 0. */
static inline int
utf8_complete(const struct utf8 *u)
{
	return u->need == 0;
}

/*
 * Returns the length of the longest prefix of data that is whole, valid characters.  *rest is what
 * follows it: UTF8_END nothing, UTF8_CUT a character that is valid so far but not finished,
 * UTF8_BAD a byte that cannot stand there.
 */
enum utf8_rest { UTF8_END, UTF8_CUT, UTF8_BAD };
size_t	utf8_prefix(const void *data, size_t len, enum utf8_rest *rest);

#endif

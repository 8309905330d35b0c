/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * Incremental check of UTF-8 (RFC 3629): overlong forms, surrogates and values above U+10FFFF are
 * invalid.  A zeroed struct is the state at the beginning of a text.
 */
struct utf8 {
	uint8_t	need;	/* continuation bytes still missing; 0: between two characters */
	uint8_t	lo, hi;	/* range of the next continuation byte */
};

/*
 * Checks the next len bytes of a text.  Returns 0 while the bytes so far can begin a valid text, -1
 * as soon as they cannot.  After a -1 every later byte is invalid, too, and utf8_complete() returns
 * 0, so a caller may check a whole message and look at the result once, at its end.
 */
int	utf8_check(struct utf8 *u, const void *data, size_t len);

/* Returns 1 if the bytes so far are valid and end with a whole character, or there were none. */
static inline int
utf8_complete(const struct utf8 *u)
{
	return u->need == 0;
}

/*
 * Returns the length of the longest prefix of data that consists of whole, valid characters.  *rest
 * says what follows the prefix: UTF8_END nothing, UTF8_CUT the beginning of a valid character,
 * UTF8_BAD an invalid byte.
 */
enum utf8_rest { UTF8_END, UTF8_CUT, UTF8_BAD };
size_t	utf8_prefix(const void *data, size_t len, enum utf8_rest *rest);

#endif

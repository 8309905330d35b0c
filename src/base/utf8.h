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
 * invalid.  A zeroed struct is the state at the start of a text.
 */
struct utf8 {
	uint8_t	need;	/* continuation bytes missing; 0: between two characters */
	uint8_t	lo, hi;	/* range of the next continuation byte */
};

/*
 * Checks the next len bytes of a text.  Returns 0 as long as the bytes so far can be the start of a
 * valid text, otherwise -1.  After a -1 all later bytes are invalid, too, and utf8_complete()
 * returns 0.  So a caller may check a whole message and look at the result only once, at its end.
 */
int	utf8_check(struct utf8 *u, const void *data, size_t len);

/*
 * Returns 1 if the bytes so far are valid and end with a complete character, or if there are none.
 */
static inline int
utf8_complete(const struct utf8 *u)
{
	return u->need == 0;
}

/*
 * Returns the length of the longest prefix of data that consists of complete, valid characters.
 * *rest is UTF8_END if no byte follows the prefix, UTF8_CUT if the start of a valid character
 * follows, UTF8_BAD if an invalid byte follows.
 */
enum utf8_rest { UTF8_END, UTF8_CUT, UTF8_BAD };
size_t	utf8_prefix(const void *data, size_t len, enum utf8_rest *rest);

/*
 * Returns the number of bytes (0 to 3) at the end of data that are the start of a valid character
 * whose other bytes are missing.  The bytes before them need not be valid.
 */
size_t	utf8_tail(const void *data, size_t len);

/*
 * Looks for a byte order mark at the beginning of a file.  Returns 3, the length of the mark, if
 * there is one of UTF-8; 0 if there is none; or -1 if there is one of UTF-16 or UTF-32.
 */
int	utf8_mark(const void *data, size_t len);

/* What is said about a file for which utf8_mark() returns -1. */
#define UTF8_MARK_WHY	\
	"the file begins with a byte order mark of UTF-16 or UTF-32: save it as UTF-8"

/*
 * Replaces each byte of data that is not part of a complete, valid character by a question mark.
 */
void	utf8_repair(void *data, size_t len);

#endif

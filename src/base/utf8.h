/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * Incremental check of UTF-8 as defined by RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF.  A zeroed struct is the start state.
 */
struct utf8 {
	uint8_t	need;	/* continuation bytes still missing; 0: on a boundary */
	uint8_t	lo, hi;	/* range of the next continuation byte */
	uint8_t	have;	/* bytes of the unfinished character seen so far */
};

/*
 * Goes on with len bytes at data.  Returns 0 while all that was seen can be
 * the beginning of valid UTF-8, -1 as soon as it cannot (the state is then of
 * no more use).  Text is complete when the last call returned 0 and
 * utf8_complete().
 */
int	utf8_check(struct utf8 *u, const void *data, size_t len);

/* Whether the bytes seen so far end on the boundary of a character. */
int	utf8_complete(const struct utf8 *u);

/*
 * Length of the longest prefix of data that is whole, valid characters.
 * *rest says what follows: UTF8_END nothing, UTF8_CUT a character that is
 * valid so far but not finished, UTF8_BAD a byte that cannot stand there.
 */
enum utf8_rest { UTF8_END, UTF8_CUT, UTF8_BAD };
size_t	utf8_prefix(const void *data, size_t len, enum utf8_rest *rest);

#endif

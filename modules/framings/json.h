/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Finds the end of a JSON value (RFC 8259) while its bytes arrive.  Each byte is examined once;
 * the state records which bytes may follow.
 */
#ifndef JSON_H
#define JSON_H

#include <stdint.h>

#include "base/utf8.h"

#define JSON_DEPTH	65536	/* nesting levels of arrays and objects, at most */

struct json {
	int		 state;		/* of the parser: which bytes may follow */
	int		 key;		/* 1: the current string is the name of a member */
	unsigned	 hex;		/* hexadecimal digits of \uXXXX that are still missing */
	const char	*literal;	/* the rest of true, false or null */
	struct utf8	 utf8;		/* UTF-8 check of the current string */

	/*
	 * One bit for each nesting level: 1 for an object, 0 for an array.  Unused levels are
	 * never written, so their pages need no memory.
	 */
	uint32_t	 depth;
	uint64_t	 levels[JSON_DEPTH / 64];
};

/* Begins a new value.  The previous contents of *j are ignored, so j need not be initialized. */
void	json_begin(struct json *j);

/* Returns a pointer to the first byte between p and end that is not a blank, or end. */
const uint8_t *json_skip_blanks(const uint8_t *p, const uint8_t *end);

/*
 * Continues to read at *at until the value is complete or end is reached, and moves *at to that
 * place.  A number that is not part of another value ends before the first byte that cannot
 * belong to it.  Returns JSON_MORE if the value is not complete, JSON_DONE if it is, JSON_BAD if
 * the bytes are not JSON, or JSON_TOO_DEEP if the value has more than JSON_DEPTH levels.
 */
enum json_verdict { JSON_MORE, JSON_DONE, JSON_BAD, JSON_TOO_DEEP };
enum json_verdict json_read(struct json *j, const uint8_t **at, const uint8_t *end);

/*
 * Returns 1 if the bytes so far are a complete value unless more bytes follow; this holds only
 * for a number that is not part of another value.  Otherwise returns 0.
 */
int	json_could_end(const struct json *j);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Finds the end of a JSON value (RFC 8259) while its bytes arrive.  Each byte is looked at once;
 * the state holds only what the next byte may be.
 */
#ifndef JSON_H
#define JSON_H

#include <stdint.h>

#include "base/utf8.h"

#define JSON_DEPTH	65536	/* nested arrays and objects, at most */

struct json {
	int		 state;		/* what may come next */
	int		 key;		/* 1: the current string is the name of a member */
	unsigned	 hex;		/* missing digits of \uXXXX */
	const char	*literal;	/* the rest of true, false or null */
	struct utf8	 utf8;		/* of the current string */

	/* One bit for each level: 1 for an object.  Levels that are not used are never touched. */
	uint32_t	 depth;
	uint64_t	 levels[JSON_DEPTH / 64];
};

/* Begins a new value.  The contents of *j do not matter, so it need not be initialized. */
void	json_begin(struct json *j);

/* Returns the first byte of [p, end) that is not a blank, or end. */
const uint8_t *json_skip_blanks(const uint8_t *p, const uint8_t *end);

/*
 * Reads on from *at until the value or the bytes end, and moves *at to that place.  A number that
 * is not part of another value ends before the first byte that cannot belong to it.  Returns
 * JSON_MORE if the value is not finished, JSON_DONE if it is, JSON_BAD if the bytes are not JSON,
 * JSON_TOO_DEEP if it has more than JSON_DEPTH levels.
 */
enum json_verdict { JSON_MORE, JSON_DONE, JSON_BAD, JSON_TOO_DEEP };
enum json_verdict json_read(struct json *j, const uint8_t **at, const uint8_t *end);

/* Returns 1 if the bytes so far are a whole value, in case no more come: a number by itself. */
int	json_could_end(const struct json *j);

#endif

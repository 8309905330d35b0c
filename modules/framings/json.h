/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Reads a JSON entity (RFC 8259) while its bytes come: each is looked at once, and nothing
 * is remembered of it but what the next one may be.
 */
#ifndef JSON_H
#define JSON_H

#include <stdint.h>

#include "utf8_text.h"

#define JSON_DEPTH	65536	/* arrays and objects within each other, at most */

struct json {
	int		 state;		/* what may come next */
	int		 key;		/* the string is the name of a member */
	unsigned	 hex;		/* digits that are missing */
	const char	*literal;	/* the rest of it */
	struct utf8_text	 text;

	/* One bit for each level: 1 for an object.  Only what is used is ever touched. */
	uint32_t	 depth;
	uint64_t	 levels[JSON_DEPTH / 64];
};

/* To be called before each entity; what has been in *j does not matter. */
void	json_begin(struct json *j);

/* Past the blanks at p. */
const uint8_t *json_skip_blanks(const uint8_t *p, const uint8_t *end);

/*
 * Goes on from *at until the entity ends, with *at behind it then, or the bytes do.  A number
 * that is no part of another value ends in front of the first byte that is no part of it.
 */
enum json_verdict { JSON_GO_ON, JSON_DONE, JSON_BAD, JSON_TOO_DEEP };
enum json_verdict json_read(struct json *j, const uint8_t **at, const uint8_t *end);

/* Whether what has been read is an entity if nothing more comes: a number alone. */
int	json_could_end(const struct json *j);

#endif

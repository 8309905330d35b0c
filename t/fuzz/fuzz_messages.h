/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * For the fuzz targets of framings: the messages that a framing has made of the bytes of the
 * peer.
 */
#ifndef FUZZ_MESSAGES_H
#define FUZZ_MESSAGES_H

#include "base/utf8.h"
#include "fuzz.h"
#include "websocksy.h"

/* The payloads of the messages, one after the other, and the offset of the end of each. */
struct fuzz_messages {
	uint8_t		*bytes;
	size_t		*end;
	ws_operation	*opcode;
	size_t		 count, len;
	int		 failed;	/* set by the target if the framing ended the connection */
};

/* Allocates memory for payloads of size bytes in total, and for up to as many messages. */
static inline void
fuzz_messages_init(struct fuzz_messages *m, size_t size)
{
	m->bytes = malloc(size + 1);
	m->end = calloc(size + 1, sizeof(*m->end));
	m->opcode = calloc(size + 1, sizeof(*m->opcode));
	m->count = m->len = 0;
	m->failed = 0;
	FUZZ_CHECK(m->bytes != NULL && m->end != NULL && m->opcode != NULL);
}

static inline void
fuzz_messages_free(struct fuzz_messages *m)
{
	free(m->bytes);
	free(m->end);
	free(m->opcode);
}

/* Returns 1 if the bytes are valid UTF-8. */
static inline int
fuzz_is_text(const uint8_t *data, size_t len)
{
	struct utf8 u = { 0 };

	return utf8_check(&u, data, len) == 0 && utf8_complete(&u);
}

/* Adds a message; a text message must be valid UTF-8. */
static inline void
fuzz_messages_add(struct fuzz_messages *m, const uint8_t *data, size_t len, ws_operation opcode)
{
	FUZZ_CHECK(opcode != ws_frame_text || fuzz_is_text(data, len));
	memcpy(m->bytes + m->len, data, len);
	m->len += len;
	m->opcode[m->count] = opcode;
	m->end[m->count++] = m->len;
}

/* Checks that a and b have the same messages. */
static inline void
fuzz_messages_check_same(const struct fuzz_messages *a, const struct fuzz_messages *b)
{
	size_t i;

	FUZZ_CHECK(a->count == b->count && a->len == b->len && a->failed == b->failed);
	FUZZ_CHECK(memcmp(a->bytes, b->bytes, a->len) == 0);
	for (i = 0; i < a->count; i++)
		FUZZ_CHECK(a->end[i] == b->end[i] && a->opcode[i] == b->opcode[i]);
}

#endif

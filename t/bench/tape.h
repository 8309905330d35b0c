/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TAPE_H
#define TAPE_H

#include <stddef.h>
#include <stdint.h>

/*
 * The bytes that are sent and checked: messages of one size, made beforehand, that are
 * repeated round and round.  Sending is a write from memory and checking is a memcmp(),
 * so that neither end is what is measured.
 */
#define TAPE_BINARY	'b'
#define TAPE_LINES	'l'	/* letters; each message ends in a newline */

#define TAPE_OK		"ok\n"	/* what a peer answers when all was as it should be */
#define TAPE_OK_SIZE	3

struct tape {
	uint8_t	*bytes;
	size_t	 period;	/* of them; not a power of two, so that a lost block shows */
	size_t	 size;		/* of a message */
};

/* A tape that no block of chunk bytes (a multiple or a part of size) straddles the end of. */
void	tape_make(struct tape *t, char kind, size_t size, size_t chunk);

/* A tape that says TAPE_OK. */
void	tape_make_ok(struct tape *t);

/*
 * The same as a client sends it: every message is a masked frame.  size becomes
 * that of a frame.
 */
void	tape_mask(struct tape *frames, const struct tape *t);

void	tape_free(struct tape *t);

/* The piece of at most chunk bytes that is to be sent at a place; it ends where a chunk does. */
const uint8_t *tape_piece(const struct tape *t, uint64_t at, size_t chunk, size_t *len);

/* Whether these are the bytes from a place on. */
int	tape_holds(const struct tape *t, uint64_t at, const uint8_t *data, size_t len);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef WRAPPING_H
#define WRAPPING_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "websocksy.h"

/*
 * Messages that wait for a stream peer, with the bytes that their framing adds before and after
 * each message.
 *
 * Small parts are copied into a queue, so that many messages are sent in one write.  A large
 * piece of payload is not copied: it stays in the caller's memory and is written after the
 * queue; the bytes that the framing adds after it are stored separately.
 */
struct wrapping {
	uint8_t		*queue;		/* NULL: not open */
	size_t		 start, end;	/* the part of the queue that is not written yet */
	const uint8_t	*piece;		/* a large piece of payload, in the caller's memory */
	size_t		 piece_len;	/* 0: there is no piece */
	size_t		 after_at, after_len;	/* the part of after[] that is not written yet */
	uint8_t		 after[WS_WRAP_SIZE];	/* bytes that follow the piece */
};

/* Allocates memory for the queue, which is empty.  Returns 0, or -1 with errno. */
int	wrapping_open(struct wrapping *w);

/* Releases the memory of the queue.  Does nothing if w is all zero. */
void	wrapping_close(struct wrapping *w);

/* Returns whether bytes wait for the peer. */
int	wrapping_pending(const struct wrapping *w);

/* Returns whether all waiting bytes must be written before more may be added. */
int	wrapping_full(const struct wrapping *w);

/* Adds len bytes of the framing (at most WS_WRAP_SIZE).  w must not be full. */
void	wrapping_around(struct wrapping *w, const uint8_t *data, size_t len);

/*
 * Adds len bytes of payload.  w must not be full.  If w is full after the call, the bytes at
 * data must not change until wrapping_pending() returns 0.
 */
void	wrapping_payload(struct wrapping *w, const uint8_t *data, size_t len);

/* Writes to fd once.  Returns the number of bytes written, IO_AGAIN, or IO_ERROR with errno. */
ssize_t	wrapping_write(struct wrapping *w, int fd);

/* Discards all waiting bytes. */
void	wrapping_clear(struct wrapping *w);

/*
 * Replaces the memory of the queue by untouched memory, to return its pages to the system.  No
 * bytes may be waiting.
 */
void	wrapping_rest(struct wrapping *w);

#endif

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
 * Messages that wait for a stream peer, with the bytes that their framing puts before and after
 * each of them.
 *
 * Small parts are copied into a queue, so that many messages leave in one write.  A large piece of
 * payload stays where it is, in the caller's memory; it is written after the queue, and the bytes
 * that the framing puts after it are kept apart.
 */
struct wrapping {
	uint8_t		*queue;		/* NULL: not open */
	size_t		 start, end;	/* the part of the queue that is not written yet */
	const uint8_t	*piece;		/* a large piece of payload, in the caller's memory */
	size_t		 piece_len;	/* 0: there is none */
	size_t		 after_at, after_len;	/* the part of after that is not written yet */
	uint8_t		 after[WS_WRAP_SIZE];	/* bytes that follow the piece */
};

/* Takes memory for the queue, which is empty.  Returns 0, or -1 with errno. */
int	wrapping_open(struct wrapping *w);

/* Gives the memory of the queue back.  Does nothing if w is all zero. */
void	wrapping_close(struct wrapping *w);

/* Returns whether anything waits for the peer. */
int	wrapping_pending(const struct wrapping *w);

/* Returns whether all that waits must be written before more may be added. */
int	wrapping_full(const struct wrapping *w);

/* Adds len bytes (at most WS_WRAP_SIZE) of the framing.  w must not be full. */
void	wrapping_around(struct wrapping *w, const uint8_t *data, size_t len);

/*
 * Adds len bytes of payload.  w must not be full.  If it is full after the call, data must not
 * change before everything is written.
 */
void	wrapping_payload(struct wrapping *w, const uint8_t *data, size_t len);

/* Writes to fd once.  Returns how many bytes were written, IO_AGAIN, or IO_ERROR with errno. */
ssize_t	wrapping_write(struct wrapping *w, int fd);

/* Discards everything that waits. */
void	wrapping_clear(struct wrapping *w);

/* Replaces the memory of the queue by untouched memory.  Nothing may be waiting. */
void	wrapping_rest(struct wrapping *w);

#endif

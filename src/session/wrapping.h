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
 * Messages on their way to the peer with what its framing puts around them.  What is
 * small is copied together, so that many messages leave in one write; a large piece stays where
 * it is and goes between what was there before it and what comes behind it.
 */
struct wrapping {
	uint8_t		*queue;		/* NULL: nothing is put around messages */
	size_t		 start, end;
	const uint8_t	*piece;		/* follows the queue; the caller's memory */
	size_t		 piece_len;
	uint8_t		 after[WS_WRAP_SIZE];	/* follows the piece */
	size_t		 after_at, after_len;
};

/* Takes its memory; 0, or -1 with errno.  And gives it back. */
int	wrapping_open(struct wrapping *w);
void	wrapping_close(struct wrapping *w);

/* Whether anything waits, and whether nothing may be added before it is written. */
int	wrapping_pending(const struct wrapping *w);
int	wrapping_full(const struct wrapping *w);

/*
 * Adds bytes, if it is not full: WS_WRAP_SIZE around a message at most, or a part of its payload,
 * which must stay as it is while it is full.
 */
void	wrapping_around(struct wrapping *w, const uint8_t *data, size_t len);
void	wrapping_payload(struct wrapping *w, const uint8_t *data, size_t len);

/* Writes once: a count, IO_AGAIN or IO_ERROR. */
ssize_t	wrapping_write(struct wrapping *w, int fd);

/* Drops all that waits. */
void	wrapping_clear(struct wrapping *w);

/* When nothing waits: gives back the memory that has been used. */
void	wrapping_rest(struct wrapping *w);

#endif

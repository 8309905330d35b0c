/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PONGS_H
#define PONGS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The pongs that wait for the client, as frames, in the order of the pings (RFC 6455 section
 * 5.5.3).
 *
 * The frames are in one half of the memory while those of the last batch, which may still be
 * written, are in the other.
 */
#define PONGS_SIZE	4096	/* bytes of the frames that wait, at most */

/* All zero at first.  It is never cleared: a page that was never written to needs no memory. */
struct pongs_memory {
	uint8_t	frames[2][PONGS_SIZE];
};

/* All zero: no pong waits. */
struct pongs {
	struct pongs_memory	*memory;
	size_t			 len;	/* bytes of the frames that wait */
	uint8_t			 half;	/* the half of the memory in which they are */
};

/*
 * Adds a pong with a copy of the payload, which has at most FRAME_CONTROL_SIZE bytes.  writing is 1
 * if the frames that were taken last may not have been written yet.  Returns 0, or -1 if there is
 * no room.
 */
int	pongs_add(struct pongs *q, int writing, const void *payload, size_t len);

/*
 * Takes all frames out of the queue.  Returns their address and, in *len, the number of bytes.  The
 * bytes do not change until the next call.
 */
uint8_t	*pongs_take(struct pongs *q, size_t *len);

/* Discards all frames that wait. */
void	pongs_clear(struct pongs *q);

#endif

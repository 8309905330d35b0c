/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BUF_H
#define BUF_H

#include <stddef.h>
#include <stdint.h>

/*
 * Memory for the bytes of one direction.  Pages of it that have not been touched cost
 * nothing; so it is as large as a read may be, and goes back when the traffic pauses.  What
 * stands in it is its user's business.
 *
 * All bytes zero: there is none.
 */
struct buf {
	uint8_t	*memory;
	size_t	 size;
	size_t	 touched;	/* bytes at the front that have been written to */
};

/*
 * What is read from a stream, and so written to the other one, at once.  A frame of it is one
 * segment on a loopback interface, whose MTU is 64 KiB: a rest that does not fit in would be a
 * segment of its own, with all that costs, and wake the receiver once more.
 */
#define BUF_STREAM	61440

/* Takes size bytes, or what a connection before has left; 0, or -1 with errno. */
int	buf_open(struct buf *b, size_t size);

/* Notes that it has been written to up to there. */
void	buf_touch(struct buf *b, size_t end);

/* Twice the size; the first used bytes are kept.  0, or -1 with errno and nothing changed. */
int	buf_grow(struct buf *b, size_t used);

/*
 * Whether there is anything to give back; and giving it back, for size bytes that have
 * not been touched.  Nothing is kept.
 */
int	buf_can_rest(const struct buf *b);
void	buf_rest(struct buf *b, size_t size);

/* The connection is over: what little it has used is left for the next. */
void	buf_close(struct buf *b);

#endif

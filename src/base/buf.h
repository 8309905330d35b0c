/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BUF_H
#define BUF_H

#include <stddef.h>
#include <stdint.h>

/*
 * The buffer of one direction of a connection.  A page costs nothing until it is touched, so the
 * buffer is as large as the largest read; its touched pages are returned to the system when traffic
 * pauses.  The user of the buffer keeps track of the bytes in it.
 *
 * A zeroed struct is a buffer without memory.
 */
struct buf {
	uint8_t	*memory;
	size_t	 size;
	size_t	 touched;	/* bytes at the front that have been written to */
};

/*
 * The size of a buffer for a stream: as many bytes are read, and then written to the other side,
 * at once.  With its header they fit in one segment of a loopback interface, whose MTU is 64 KiB.
 * A few bytes more would need a second segment, which wakes the receiver once more.
 */
#define BUF_STREAM	61440

/*
 * Gives b memory of size bytes; what the previous connection left is used if it has that size.
 * Returns 0, or -1 with errno.
 */
int	buf_open(struct buf *b, size_t size);

/* Notes that the first end bytes have been written to. */
void	buf_touch(struct buf *b, size_t end);

/*
 * Doubles the size and keeps the first used bytes.  Returns 0, or -1 with errno, and b is
 * unchanged.
 */
int	buf_grow(struct buf *b, size_t used);

/*
 * buf_can_rest() returns 1 if the buffer holds touched pages.  buf_rest() returns these to the
 * system, so that all bytes in the buffer are lost, and gives b size bytes of untouched memory.
 */
int	buf_can_rest(const struct buf *b);
void	buf_rest(struct buf *b, size_t size);

/*
 * Ends a connection's use of b.  The memory is unmapped if much of it was touched; otherwise it is
 * left for the next connection.
 */
void	buf_close(struct buf *b);

#endif

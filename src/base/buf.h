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
 * pauses.  The caller keeps track of the bytes in the buffer.
 *
 * A zeroed struct is a buffer without memory.
 */
struct buf {
	uint8_t	*memory;
	size_t	 size;
	size_t	 touched;	/* bytes at the start of the buffer that have been written to */
};

/*
 * The size in bytes of a buffer for a stream, which is filled by one read and sent by one write. A
 * full buffer and its headers fit in one segment of a loopback interface, whose MTU is 64 KiB. A
 * few bytes more would need a second segment, which wakes the receiver a second time.
 */
#define BUF_STREAM	61440

/*
 * Gives b memory of size bytes; the memory of the previous connection is reused if it has this
 * size.  Returns 0, or -1 with errno.
 */
int	buf_open(struct buf *b, size_t size);

/* Records that the first `end` bytes of the buffer have been written to. */
void	buf_touch(struct buf *b, size_t end);

/*
 * Doubles the size of the buffer and keeps the first `used` bytes of its content.  Returns 0; or -1
 * with errno, and the buffer is unchanged.
 */
int	buf_grow(struct buf *b, size_t used);

/*
 * buf_can_rest() returns 1 if the buffer holds touched pages.  buf_rest() returns these pages to
 * the system and gives b untouched memory of size bytes: all bytes in the buffer are lost.
 */
int	buf_can_rest(const struct buf *b);
void	buf_rest(struct buf *b, size_t size);

/*
 * Ends a connection's use of b.  The memory is unmapped if much of it was touched; otherwise it is
 * kept for the next connection.
 */
void	buf_close(struct buf *b);

#endif

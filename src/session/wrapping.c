/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>
#include <sys/uio.h>

#include "base/io.h"
#include "base/pages.h"
#include "session/wrapping.h"

#define QUEUE_SIZE	16384
#define COPY_MAX	2048	/* bytes; it is cheaper not to copy larger pieces of payload */
/*
 * Bytes that may be added between two calls of wrapping_full(): those of the framing before and
 * after a message, and a piece of payload that is copied.
 */
#define QUEUE_RESERVE	(2 * WS_WRAP_SIZE + COPY_MAX)

int
wrapping_open(struct wrapping *w)
{
	memset(w, 0, sizeof(*w));
	w->queue = pages_get(QUEUE_SIZE);
	return w->queue == NULL ? -1 : 0;
}

void
wrapping_close(struct wrapping *w)
{
	pages_put(w->queue, QUEUE_SIZE);
	w->queue = NULL;
}

int
wrapping_pending(const struct wrapping *w)
{
	return w->start < w->end || w->piece_len > 0 || w->after_at < w->after_len;
}

int
wrapping_full(const struct wrapping *w)
{
	return w->piece_len > 0 || w->after_at < w->after_len ||
	    QUEUE_SIZE - w->end < QUEUE_RESERVE;
}

void
wrapping_around(struct wrapping *w, const uint8_t *data, size_t len)
{
	if (w->piece_len > 0) {
		memcpy(w->after, data, len);
		w->after_at = 0;
		w->after_len = len;
	} else {
		memcpy(w->queue + w->end, data, len);
		w->end += len;
	}
}

void
wrapping_payload(struct wrapping *w, const uint8_t *data, size_t len)
{
	if (len <= COPY_MAX) {
		memcpy(w->queue + w->end, data, len);
		w->end += len;
	} else {
		w->piece = data;
		w->piece_len = len;
	}
}

/*
 * Moves *at towards end by up to n bytes, which have been written.  Returns how many of the n
 * bytes belong to the parts after end.
 */
static size_t
advance(size_t *at, size_t end, size_t n)
{
	size_t here = n < end - *at ? n : end - *at;

	*at += here;
	return n - here;
}

ssize_t
wrapping_write(struct wrapping *w, int fd)
{
	struct iovec iov[3];
	size_t left, gone = 0;
	ssize_t n;

	iov[0].iov_base = w->queue + w->start;
	iov[0].iov_len = w->end - w->start;
	iov[1].iov_base = (void *)(uintptr_t)w->piece;
	iov[1].iov_len = w->piece_len;
	iov[2].iov_base = w->after + w->after_at;
	iov[2].iov_len = w->after_len - w->after_at;
	n = w->piece_len == 0 && w->after_len == 0 ? io_write(fd, iov[0].iov_base, iov[0].iov_len) :
	    io_writev(fd, iov, 3);
	if (n <= 0)
		return n;
	left = advance(&w->start, w->end, (size_t)n);
	left = advance(&gone, w->piece_len, left);
	if (gone > 0)
		w->piece += gone;
	w->piece_len -= gone;
	(void)advance(&w->after_at, w->after_len, left);
	if (!wrapping_pending(w))
		wrapping_clear(w);
	return n;
}

void
wrapping_clear(struct wrapping *w)
{
	w->start = w->end = 0;
	w->piece = NULL;
	w->piece_len = 0;
	w->after_at = w->after_len = 0;
}

void
wrapping_rest(struct wrapping *w)
{
	uint8_t *queue = pages_get(QUEUE_SIZE);

	if (queue == NULL)
		return;
	pages_put(w->queue, QUEUE_SIZE);
	w->queue = queue;
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef UPSTREAM_H
#define UPSTREAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "module/framer.h"
#include "proto/ws.h"
#include "session/wrapping.h"

/*
 * The direction from the client to the peer.  First the client's request is read here, then its
 * frames; the payload of the frames is unmasked in place and written to the peer.
 *
 * One buffer holds the payload that waits for the peer and, after it, the bytes of the client that
 * have not been decoded.  The client is not read while payload waits for the peer.  Payload for a
 * stream peer is written as it arrives.  A message is kept until it is complete if it must be one
 * datagram, or if its framing must know its length and its first frame does not say it.
 */
struct upstream {
	struct buf	*buf;		/* the caller's, kept from one connection to the next */
	size_t		 out, out_end;	/* payload for the peer */
	size_t		 raw, raw_end;	/* bytes of the client, not decoded; raw >= out_end */
	struct ws	 ws;
	uint8_t		 is_datagram;	/* the peer takes datagrams */
	uint8_t		 collects;	/* the current message is kept until it is complete */
	uint8_t		 complete;	/* a message that was kept is complete */
	uint8_t		 discards;	/* the peer takes nothing more: payload is discarded */
	uint64_t	 bytes;		/* payload written to the peer, with its framing */
	uint64_t	 messages;	/* complete ones of the client */

	struct framing	*framing;	/* puts bytes around messages; NULL: nothing does */
	uint64_t	 max_message;	/* bytes of a message that is kept for its framing */
	struct wrapping	 wrapping;	/* open if framing is set and the peer is a stream */
	ws_envelope	 envelope;	/* the bytes around the current message */
};

/*
 * Takes memory to read the request into.  *u must be all zero.  *buf, all zero before its first
 * use, must outlive u: it keeps memory for the next connection.  Returns 0, or -1 with errno.
 */
int	upstream_open(struct upstream *u, struct buf *buf);

/*
 * Prepares for frames, which follow the bytes that are skipped.  A message of more than limit bytes
 * (0: no limit) is refused.  framing, which must outlive u, may put bytes around messages; those
 * that are kept for it may have max_message bytes.  Returns 0, or -1 with errno.
 */
int	upstream_start(struct upstream *u, struct framing *framing, int is_datagram,
    uint64_t limit, uint64_t max_message);

/* Gives memory back, except for a little that the next connection can begin with. */
void	upstream_close(struct upstream *u);

/*
 * Returns the bytes of the client that are neither skipped nor decoded, *len of them.  The pointer
 * is valid until the next read.
 */
uint8_t	*upstream_received(const struct upstream *u, size_t *len);

/* Skips the first len bytes that upstream_received() returns. */
void	upstream_skip(struct upstream *u, size_t len);

/* Returns the place for further bytes of the client, of which *len fit. */
uint8_t	*upstream_space(struct upstream *u, size_t *len);

/* Notes that len bytes were put into the place that upstream_space() returned. */
void	upstream_added(struct upstream *u, size_t len);

/* Returns whether the client may be read: nothing that it sent waits for the peer. */
int	upstream_wants(const struct upstream *u);

/*
 * Reads from the client once.  Returns a count, IO_EOF, IO_AGAIN, or IO_ERROR with errno, which is
 * ENOMEM if there is no memory for the rest of a message.
 */
ssize_t	upstream_read(struct upstream *u, int client);

/*
 * Decodes up to the next event that the relay must handle (any but WS_DATA), which is in *piece; or
 * returns WS_MORE when no bytes are left or a message waits for the peer.
 */
enum ws_event upstream_decode(struct upstream *u, struct ws_piece *piece);

/* Returns whether anything waits for the peer. */
int	upstream_pending(const struct upstream *u);

/*
 * Writes to the peer once.  Returns a count (more may be pending), IO_AGAIN, or IO_ERROR with
 * errno.
 */
ssize_t	upstream_write(struct upstream *u, int peer);

/* Discards the payload that waits for the peer and all that follows. */
void	upstream_discard(struct upstream *u);

/* Returns whether the buffers are empty but still hold touched pages. */
int	upstream_can_rest(const struct upstream *u);

/* Returns these pages to the system, if upstream_can_rest(). */
void	upstream_rest(struct upstream *u);

#endif

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
 * One buffer contains the payload that waits for the peer and, after it, the bytes of the client
 * that have not been decoded.  The client is not read while payload waits for the peer.  Payload
 * for a stream peer is written as it arrives.  But a message is collected until it is complete
 * if it must be one datagram, or if its framing needs its length and its first frame does not
 * contain the length.
 */
struct upstream {
	struct buf	*buf;		/* owned by the caller; reused by the next connection */
	size_t		 out, out_end;	/* payload for the peer */
	size_t		 raw, raw_end;	/* bytes of the client, not decoded; raw >= out_end */
	struct ws	 ws;
	uint8_t		 is_datagram;	/* 1: the peer receives datagrams */
	uint8_t		 collects;	/* 1: the current message is being collected */
	uint8_t		 complete;	/* 1: the message that was collected is complete */
	uint8_t		 discards;	/* 1: the peer accepts no more, payload is discarded */
	uint64_t	 bytes;		/* written to the peer, including the framing */
	uint64_t	 messages;	/* complete messages of the client */
	uint64_t	 payload;	/* bytes of payload that were decoded */

	struct framing	*framing;	/* adds its bytes to messages; NULL: no bytes are added */
	uint64_t	 max_message;	/* bytes of a message collected for its framing, at most */
	struct wrapping	 wrapping;	/* open if framing is set and the peer is a stream */
	ws_envelope	 envelope;	/* the bytes of the framing around the current message */
};

/*
 * Allocates memory for the request.  *u must be all zero.  *buf, all zero before its first use,
 * must outlive u: it keeps some memory for the next connection.  Returns 0, or -1 with errno.
 */
int	upstream_open(struct upstream *u, struct buf *buf);

/*
 * Prepares for frames; the bytes before them have been skipped with upstream_skip().  A message
 * of more than limit bytes (0: no limit) is refused.  framing must outlive u; it is used if it
 * adds bytes to messages.  A message that is collected for the framing may have max_message
 * bytes.  Returns 0, or -1 with errno.
 */
int	upstream_start(struct upstream *u, struct framing *framing, int is_datagram,
    uint64_t limit, uint64_t max_message);

/* Releases the memory, except for a small part that the next connection begins with. */
void	upstream_close(struct upstream *u);

/*
 * Returns the bytes of the client that are neither skipped nor decoded; *len is their number.
 * The pointer is valid until the next read.
 */
uint8_t	*upstream_received(const struct upstream *u, size_t *len);

/* Skips the first len bytes of those that upstream_received() returns. */
void	upstream_skip(struct upstream *u, size_t len);

/* Returns the free space after the bytes of the client; *len is its size in bytes. */
uint8_t	*upstream_space(struct upstream *u, size_t *len);

/* Records that len bytes were written to the space that upstream_space() returned. */
void	upstream_added(struct upstream *u, size_t len);

/* Returns whether the client may be read: no bytes of the client wait for the peer. */
int	upstream_wants(const struct upstream *u);

/*
 * Reads from the client once.  Returns the number of bytes, IO_EOF, IO_AGAIN, or IO_ERROR with
 * errno. errno is ENOMEM if there is no memory for the rest of a message.
 */
ssize_t	upstream_read(struct upstream *u, int client);

/*
 * Decodes bytes up to the next event that the relay must handle (any except WS_DATA), and
 * returns the event, with details in *piece.  Returns WS_MORE if no bytes are left or a message
 * waits for the peer.
 */
enum ws_event upstream_decode(struct upstream *u, struct ws_piece *piece);

/* Returns whether payload waits for the peer. */
int	upstream_pending(const struct upstream *u);

/*
 * Writes to the peer once.  Returns the number of bytes (more may be pending), IO_AGAIN, or
 * IO_ERROR with errno.
 */
ssize_t	upstream_write(struct upstream *u, int peer);

/*
 * Returns whether a part of a message has arrived that must be collected until it is complete.
 */
int	upstream_collects(const struct upstream *u);

/*
 * Stores the parts of the datagram that waits for the peer, and returns their number.  They are
 * valid until the next read or decoding, even after upstream_write().
 */
#define UPSTREAM_PARTS	3
struct iovec;
int	upstream_parts(struct upstream *u, struct iovec parts[UPSTREAM_PARTS]);

/* Discards the datagram that waits for the peer: it is lost. */
void	upstream_lost(struct upstream *u);

/* Discards the payload that waits for the peer and all later payload. */
void	upstream_discard(struct upstream *u);

/* Returns whether the buffers are empty but still occupy memory pages. */
int	upstream_can_rest(const struct upstream *u);

/* Returns the pages of the buffers to the system, if upstream_can_rest(). */
void	upstream_rest(struct upstream *u);

#endif

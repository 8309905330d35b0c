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
 * From the client to the peer: frames are read, unmasked where they are, and their
 * payload is written on.
 *
 * One piece of memory holds the payload that waits for the peer and, behind
 * it, bytes that have not been decoded; the client is not read while anything waits for the
 * peer.  A stream takes payload as it comes.  A datagram is one message, so that is kept
 * until it is whole; so is one whose framing must know its length, if that does not stand in
 * its first frame.
 */
struct upstream {
	struct ws	 ws;
	size_t		 out, out_end;	/* payload for the peer */
	size_t		 raw, raw_end;	/* bytes of the client, not decoded; raw >= out_end */
	int		 datagram;	/* the peer takes messages */
	int		 collects;	/* this message is kept until it is whole */
	int		 ready;		/* a message that was kept is whole */
	int		 deaf;		/* the peer takes nothing more: payload is dropped */
	uint64_t	 bytes, messages;	/* written to the peer; read from the client */

	struct framing	*framing;	/* puts something around messages; NULL: nothing does */
	uint64_t	 max_message;	/* of those that it collects */
	ws_envelope	 envelope;	/* around the current one */
	struct wrapping	 wrapping;
	struct buf	 buf;		/* all zero before the first upstream_open() */
};

/* Takes the memory that it starts with; 0, or -1 with errno.  limit: bytes of a message, 0: any. */
int	upstream_open(struct upstream *u, int datagram, uint64_t limit);

/*
 * If the framing puts something around messages, it will.  max_message: of those that it
 * must know whole.  0, or -1 with errno.
 */
int	upstream_wrap(struct upstream *u, struct framing *framing, uint64_t max_message);

/* Gives memory back, but for a little that the next one can begin with. */
void	upstream_close(struct upstream *u);

/* Room for bytes of the client, of which *len fit, and how many were put there. */
uint8_t	*upstream_space(struct upstream *u, size_t *len);
void	upstream_added(struct upstream *u, size_t len);

/* Whether the client may be read. */
int	upstream_wants(const struct upstream *u);

/* Reads from the client once: a count, or an IO_* answer (ENOMEM: no memory for a message). */
ssize_t	upstream_read(struct upstream *u, int client);

/*
 * Decodes until an event that the relay must know of, or (WS_MORE) until nothing is left or a
 * message waits for the peer.
 */
enum ws_event upstream_decode(struct upstream *u, struct ws_piece *piece);

/* Whether something waits for the peer. */
int	upstream_pending(const struct upstream *u);

/* Writes to the peer once.  A count (more may be pending), IO_AGAIN or IO_ERROR. */
ssize_t	upstream_write(struct upstream *u, int peer);

/* From now on payload is dropped. */
void	upstream_drop(struct upstream *u);

/* Whether it is empty, but has used memory; and giving that back. */
int	upstream_can_rest(const struct upstream *u);
void	upstream_rest(struct upstream *u);

#endif

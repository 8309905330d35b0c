/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef DOWNSTREAM_H
#define DOWNSTREAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/buf.h"
#include "module/framer.h"
#include "proto/close_code.h"
#include "proto/frame.h"
#include "session/pongs.h"

/*
 * The direction from the peer to the client: bytes are read, the framing function cuts them into
 * messages, and a batch of messages with their frame headers is written with one writev().
 *
 * The peer is not read while a batch waits for the client.  The header of the first message in a
 * batch is written into the buffer, right before the payload; the headers of further messages are
 * stored separately.
 */
#define DOWNSTREAM_BATCH	128	/* messages in one batch, at most */
#define DOWNSTREAM_IOV		(2 * DOWNSTREAM_BATCH + 3)	/* including the control frames */

/*
 * Memory that the connections of a process use one after the other; all zero before the first
 * connection.  It is never cleared: a page that was never written to needs no memory.
 */
struct downstream_memory {
	struct buf	 buf;
	struct iovec	 iov[DOWNSTREAM_IOV];
	uint8_t		 heads[DOWNSTREAM_BATCH][FRAME_SERVER_HEADER];
	struct pongs_memory *pongs;	/* mapped for the first pong */
};

struct downstream {
	struct downstream_memory *memory;
	struct framing	*framing;
	size_t		 head, tail;	/* bytes of the peer that are in no message yet */
	size_t		 fresh;		/* bytes before tail that are new to the framing */
	size_t		 max_message;
	uint8_t		 is_datagram;	/* 1: each read returns one datagram */
	uint8_t		 ask_framing;	/* 1: the bytes may contain a complete message */
	uint8_t		 flush;		/* 1: the remaining bytes are to become a message */
	uint64_t	 flush_at;	/* when to set flush; or CLOCK_NEVER */

	int		 first, count;	/* the part of memory->iov that is to be written */
	unsigned	 batch;		/* number of messages in that part */

	struct pongs	 pongs;		/* to be added to the next batch */
	uint8_t		 ping[FRAME_CONTROL_SIZE];
	uint8_t		 ping_len;
	uint8_t		 ping_due, close_due;	/* 1: to be added to the next batch */
	uint8_t		 close_discards;	/* 1: remaining bytes of the peer are not sent */
	uint8_t		 close_sent;	/* 1: a close frame is in the batch, or was written */
	unsigned	 close_code;
	const char	*close_reason;
	uint8_t		 control[2 * (2 + FRAME_CONTROL_SIZE)];	/* ping and close of the batch */

	uint64_t	 bytes, messages;	/* sums over all batches so far */
};

/*
 * Allocates memory for the bytes of the peer.  *d must be all zero.  framing and memory belong
 * to the caller and must outlive d.  Returns 0, or -1 with errno.
 */
int	downstream_open(struct downstream *d, struct downstream_memory *memory,
    struct framing *framing, int is_datagram, uint64_t max_message);

/* Releases the memory, except for a small part that the next connection begins with. */
void	downstream_close(struct downstream *d);

/* Returns whether the peer may be read: no bytes of the peer wait for the client. */
int	downstream_wants(const struct downstream *d);

/*
 * Reads from the peer once.  Returns the number of bytes (0 for an empty datagram), IO_EOF,
 * IO_AGAIN, or IO_ERROR with errno.  *too_long is 1 if a datagram was larger than any message
 * may be, otherwise 0.
 */
ssize_t	downstream_read(struct downstream *d, int peer, int *too_long);

/*
 * Makes a message of the remaining bytes although the framing function waits for more.  Must be
 * called at end of file from the peer, and at the time flush_at.
 */
void	downstream_flush(struct downstream *d);

/* If flush_at is set, sets it to `now` plus the hold time of the framing. */
void	downstream_delay_flush(struct downstream *d, uint64_t now);

/*
 * If no batch waits for the client, makes a batch of the control frames and messages that are
 * ready. Returns 0 or, if the framing function or the peer violated a rule, the close code to
 * send, with a sentence in *why.
 */
unsigned downstream_fill(struct downstream *d, uint64_t now, const char **why);

/*
 * Queues a pong with a copy of the payload, which has at most FRAME_CONTROL_SIZE bytes.  Returns 0,
 * or -1 if no more pongs may wait, or if there is no memory for the first one;
 * downstream_forget_pongs() makes room.
 */
int	downstream_pong(struct downstream *d, const void *payload, size_t len);

/* Discards the pongs that are in no batch yet. */
void	downstream_forget_pongs(struct downstream *d);

/*
 * Queues a ping with a copy of the payload, which has at most FRAME_CONTROL_SIZE bytes.  A ping
 * that is still queued is replaced.
 */
void	downstream_ping(struct downstream *d, const void *payload, size_t len);

/*
 * Queues a close frame.  It is sent after all bytes that were read from the peer; if discard is
 * not 0, those bytes are discarded.  Only the first call sets the code and the reason, a string
 * that must stay valid.
 */
void	downstream_ask_close(struct downstream *d, unsigned code, const char *reason, int discard);

/* Removes the queued close frame, which must not be in a batch yet. */
void	downstream_withdraw_close(struct downstream *d);

/* Returns whether a batch waits for the client. */
int	downstream_pending(const struct downstream *d);

/* Returns whether control frames or messages are ready for a batch. */
int	downstream_more(const struct downstream *d);

/*
 * Writes to the client once.  Returns the number of bytes (more may be pending), IO_AGAIN, or
 * IO_ERROR with errno.
 */
ssize_t	downstream_write(struct downstream *d, int client);

/* Returns whether the buffer is empty but still occupies memory pages. */
int	downstream_can_rest(const struct downstream *d);

/* Returns the pages of the buffer to the system, if downstream_can_rest(). */
void	downstream_rest(struct downstream *d);

#endif

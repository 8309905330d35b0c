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

/*
 * The direction from the peer to the client: bytes are read, the framing function cuts them into
 * messages, and a batch of messages with their frame headers goes out in one writev().
 *
 * The peer is not read while a batch waits for the client.  The header of the first message in a
 * batch is written into the buffer, right before the payload; those of further messages are kept
 * apart.
 */
#define DOWNSTREAM_BATCH	128	/* messages in one batch, at most */
#define DOWNSTREAM_IOV		(2 * DOWNSTREAM_BATCH + 2)	/* with the control frames */

/*
 * Memory that the connections of a process use one after the other; all zero before the first one.
 * It is never cleared: a page that nothing was written to costs nothing.
 */
struct downstream_memory {
	struct buf	 buf;
	struct iovec	 iov[DOWNSTREAM_IOV];
	uint8_t		 heads[DOWNSTREAM_BATCH][FRAME_SERVER_HEADER];
};

struct downstream {
	struct downstream_memory *memory;
	struct framing	*framing;
	size_t		 head, tail;	/* bytes of the peer that are in no message yet */
	size_t		 fresh;		/* the last ones, which the framing has not seen */
	size_t		 max_message;
	uint8_t		 is_datagram;	/* the bytes of one read belong together */
	uint8_t		 ask_framing;	/* the framing may find a message in them */
	uint8_t		 flush;		/* all that is left of them becomes a message */
	uint64_t	 flush_at;	/* when to set flush; or CLOCK_NEVER */

	int		 first, count;	/* the part of memory->iov to be written */
	unsigned	 batch;		/* messages in that part; the rest is control frames */

	uint8_t		 pong[FRAME_CONTROL_SIZE], ping[FRAME_CONTROL_SIZE];
	uint8_t		 pong_len, ping_len;
	uint8_t		 pong_due, ping_due, close_due;	/* frames for the next batch */
	uint8_t		 close_discards;	/* what is left of the peer's bytes is not sent */
	uint8_t		 close_sent;	/* a close frame is in the batch, or was written */
	unsigned	 close_code;
	const char	*close_reason;
	uint8_t		 control[3 * (2 + FRAME_CONTROL_SIZE)];	/* control frames of the batch */

	uint64_t	 bytes, messages;	/* put into batches so far */
};

/*
 * Takes memory for bytes of the peer.  *d must be all zero.  framing and memory, which are the
 * caller's, must outlive d.  Returns 0, or -1 with errno.
 */
int	downstream_open(struct downstream *d, struct downstream_memory *memory,
    struct framing *framing, int is_datagram, uint64_t max_message);

/* Gives memory back, except for a little that the next connection can begin with. */
void	downstream_close(struct downstream *d);

/* Returns whether the peer may be read: nothing that it sent waits for the client. */
int	downstream_wants(const struct downstream *d);

/*
 * Reads from the peer once.  Returns a count (0 for an empty datagram), IO_EOF, IO_AGAIN, or
 * IO_ERROR with errno; *too_long is 1 after a datagram that is larger than any message may be.
 */
ssize_t	downstream_read(struct downstream *d, int peer, int *too_long);

/*
 * Makes the bytes that are left a message, though the framing function waits for more of it.  To be
 * called when the peer has ended, and at flush_at.
 */
void	downstream_flush(struct downstream *d);

/* If flush_at is set, moves it to the full hold time of the framing after now. */
void	downstream_delay_flush(struct downstream *d, uint64_t now);

/*
 * If no batch waits for the client, makes one of the control frames and messages that are there.
 * Returns 0; or, if the framing function or the peer broke a rule, the code to close with and a
 * sentence in *why.
 */
unsigned downstream_fill(struct downstream *d, uint64_t now, const char **why);

/*
 * Queue a control frame with a payload of at most FRAME_CONTROL_SIZE bytes, which is copied.  It
 * takes the place of one of its kind that is still queued.
 */
void	downstream_pong(struct downstream *d, const void *payload, size_t len);
void	downstream_ping(struct downstream *d, const void *payload, size_t len);

/*
 * Queues a close frame.  It goes out after what was read from the peer; if discard is not 0, that
 * is discarded.  Only the first call sets the code and the reason, a string that must stay valid.
 */
void	downstream_ask_close(struct downstream *d, unsigned code, const char *reason, int discard);

/* Removes the queued close frame, which must not be in a batch yet. */
void	downstream_withdraw_close(struct downstream *d);

/* Returns whether a batch waits for the client. */
int	downstream_pending(const struct downstream *d);

/* Returns whether there is anything to make a batch of. */
int	downstream_more(const struct downstream *d);

/*
 * Writes to the client once.  Returns a count (more may be pending), IO_AGAIN, or IO_ERROR with
 * errno.
 */
ssize_t	downstream_write(struct downstream *d, int client);

/* Returns whether the buffer is empty but still holds touched pages. */
int	downstream_can_rest(const struct downstream *d);

/* Returns these pages to the system, if downstream_can_rest(). */
void	downstream_rest(struct downstream *d);

#endif

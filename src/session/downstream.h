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
#include "proto/frame.h"

/*
 * From the peer to the client: bytes are read, the framing function cuts them
 * into messages, and these go out with their headers in one writev().
 *
 * The peer is not read while anything waits for the client.  The first header
 * of a batch stands right before its payload; those of further messages are kept apart.
 */
#define DOWNSTREAM_BATCH	128	/* messages in one write at most */
#define DOWNSTREAM_IOV		(2 * DOWNSTREAM_BATCH + 2)	/* with the control frames */

struct downstream {
	struct framing	*framing;
	size_t		 head, tail;	/* bytes of the peer that are in no message yet */
	size_t		 fresh;		/* how many of them the framing function has not seen */
	size_t		 max_message;
	int		 datagram;	/* what is read together belongs together */
	int		 cut;		/* there may be another message in what was read */
	int		 whole;		/* what is left is a message: the end of the peer, of a
					   datagram, or of the time that bytes are held back */
	uint64_t	 flush_at;	/* when bytes that are held back go; CLOCK_NEVER: none do */

	int		 first, count;	/* of iov, what is still to be written */
	unsigned	 batch;		/* messages among that; the rest is control frames */

	uint8_t		 pong[FRAME_CONTROL_SIZE];
	uint8_t		 pong_len, pong_due, ping_due, ping_len;
	uint8_t		 ping[FRAME_CONTROL_SIZE];
	uint8_t		 close_due, close_drops, close_sent;
	unsigned	 close_code;
	const char	*close_reason;
	uint8_t		 control[3 * (2 + FRAME_CONTROL_SIZE)];

	uint64_t	 bytes, messages;

	struct buf	 buf;		/* all zero before the first downstream_open() */
	/* Last, and not cleared: memory that is not used costs nothing. */
	struct iovec	 iov[DOWNSTREAM_IOV];
	uint8_t		 heads[DOWNSTREAM_BATCH][FRAME_SERVER_HEADER];
};

/* Takes the memory that it starts with; 0, or -1 with errno. */
int	downstream_open(struct downstream *d, struct framing *framing, int datagram,
    uint64_t max_message);
/* Gives memory back, but for a little that the next one can begin with. */
void	downstream_close(struct downstream *d);

/* Whether the peer may be read. */
int	downstream_wants(const struct downstream *d);

/*
 * Reads from the peer once: a count (of a datagram perhaps 0), or an IO_* answer.
 * *too_long: it was a datagram that is larger than any message may be.
 */
ssize_t	downstream_read(struct downstream *d, int peer, int *too_long);

/*
 * No more bytes come for the message that has begun: what is left is one as it
 * is.  To be called at the end of the peer, and at d->flush_at.
 */
void	downstream_flush(struct downstream *d);

/*
 * Puts control frames and messages into the batch for the client, if the last one is
 * gone.  Returns 0, or the code to close with and a sentence in *why if
 * the framing function or the peer broke a rule.
 */
unsigned downstream_fill(struct downstream *d, uint64_t now, const char **why);

/* Control frames for the next batch; a pong that was not sent yet is replaced. */
void	downstream_pong(struct downstream *d, const void *payload, size_t len);
void	downstream_ping(struct downstream *d, const void *payload, size_t len);

/* Asks for a close frame behind what has been read; drop: instead of it.  The first one counts. */
void	downstream_ask_close(struct downstream *d, unsigned code, const char *reason, int drop);

/* Whether a batch waits for the client. */
int	downstream_pending(const struct downstream *d);

/* Whether anything is there that a batch could be made of. */
int	downstream_more(const struct downstream *d);

/* Writes to the client once: a count, IO_AGAIN or IO_ERROR. */
ssize_t	downstream_write(struct downstream *d, int client);

/* Whether it is empty, but has used memory; and giving that back. */
int	downstream_can_rest(const struct downstream *d);
void	downstream_rest(struct downstream *d);

#endif

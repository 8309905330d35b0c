/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef DATAGRAMS_H
#define DATAGRAMS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/buf.h"
#include "posix/connect.h"

/*
 * A datagram peer that refuses: its machine answers "port unreachable", or the service at the path
 * of a Unix socket has exited.  Any datagram may be lost, so a refusal does not end the connection:
 *
 * - While no datagram came from an address of a UDP peer, a refusal moves the connection to the
 *   peer's next address, and sends the datagrams of the last moments again.  After the last address
 *   comes the first.  A datagram that each address has refused is lost.
 * - A Unix socket is connected again.
 * - Refusals for the whole time of stall-timeout, without any answer, end the connection.
 */
struct datagrams {
	struct connected *connected;	/* the peer */
	struct buf	*kept;		/* copies of datagrams that may have to be sent again */
	size_t		 kept_len;	/* bytes of them, each with its length before it */
	uint64_t	 since;		/* time of the first refusal without an answer; 0: none */
	uint64_t	 last;		/* time of the last refusal */
	uint64_t	 sent;		/* datagrams sent since the last refusal */
	uint8_t		 is_open;	/* 1: kept has memory */
	uint8_t		 answered;	/* 1: a datagram came from the present address */
	uint8_t		 tries;		/* addresses that have refused the kept datagrams */
};

/*
 * Begins with a connected peer.  Both arguments must outlive d; *kept is all zero before its first
 * use and keeps some memory for the next connection.
 */
void	datagrams_start(struct datagrams *d, struct connected *connected, struct buf *kept);

/* Note that a datagram of these parts was sent (could not be sent). */
void	datagrams_sent(struct datagrams *d, const struct iovec *parts, int count);
void	datagrams_lost(struct datagrams *d, const struct iovec *parts, int count);

/* Notes that a datagram came from the peer. */
void	datagrams_received(struct datagrams *d);

/*
 * Handles an error number of a read or write.  d->connected may have another descriptor afterwards.
 * now is the time, and stall the value of stall-timeout.  Returns 0 if the connection goes on, or
 * -1 if it must end.
 */
int	datagrams_refused(struct datagrams *d, int error, uint64_t now, uint64_t stall);

/* Forgets the kept datagrams and returns their memory: they are too old to be refused. */
void	datagrams_rest(struct datagrams *d);

/* Ends the use of d. */
void	datagrams_close(struct datagrams *d);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef RELAY_H
#define RELAY_H

#include <stdint.h>

#include "conf.h"
#include "downstream.h"
#include "scoreboard.h"
#include "upstream.h"

/*
 * One open connection: what comes from the client goes to the peer and the other way
 * round, until one of them ends it or a limit is passed.
 *
 * Back-pressure is written in the wait set: while something waits for one
 * side, the other is not read.
 */
#define RELAY_REASON_SIZE	512	/* a close reason of 123 bytes, each escaped */

struct relay {
	int			 client, peer;	/* non-blocking; owned by the caller */
	const struct conf	*conf;
	struct scoreboard_slot	*slot;	/* told of the counts, or NULL */

	uint64_t	now;		/* clock_now() of this turn */
	uint64_t	heard;		/* when the client last sent anything */
	uint64_t	pinged;		/* when it was last pinged, 0: it has been heard since */
	uint64_t	ping_sent;	/* the same in microseconds, 0: it was answered */
	uint64_t	data;		/* when data last passed */
	uint64_t	client_moved;	/* when the client took something, or that began to wait */
	uint64_t	client_freed;	/* when the client took what had to wait for it */
	uint64_t	peer_moved;	/* the same of the peer */
	uint64_t	closing;	/* when our close frame was out, 0: it is not */
	uint64_t	hard_until;	/* the end of all patience */

	uint8_t		client_full;	/* the last write to it would have had to wait */
	uint8_t		client_done;	/* the client has closed, gone, or broken a rule */
	uint8_t		client_closed;	/* its close frame is here */
	uint8_t		client_deaf;	/* the client takes nothing more */
	uint8_t		peer_done;	/* the peer has ended */
	uint8_t		peer_failed;	/* it did not end well */
	uint8_t		peer_told;	/* that nothing more comes from the client */

	/* How it ended, for the log. */
	unsigned	 code;
	const char	*by;		/* "client", "peer" or "server"; NULL: it has not ended */
	char		 reason[RELAY_REASON_SIZE];

	struct upstream	 up;
	struct downstream down;		/* last: it ends in memory that is seldom used */
};

/*
 * Relays until the end of the connection.  up and down are open; up may hold
 * bytes that the client sent with its request.  When it returns, everything that
 * was received has been delivered or cannot be, and the closing handshake is over.
 */
void	relay_run(struct relay *r);

/* Whether each side has the other's close frame, as far as our socket is concerned. */
int	relay_handshaken(const struct relay *r);

#endif

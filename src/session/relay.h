/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef RELAY_H
#define RELAY_H

#include <stdint.h>

#include "conf/conf.h"
#include "session/downstream.h"
#include "session/upstream.h"
#include "status/scoreboard.h"

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

/* -- deadlines (deadline.c) -- */

/*
 * When each limit of an open connection is reached, as things are now: values of
 * the clock, CLOCK_NEVER where a limit does not apply.  All of the relay's time is here.
 */

/*
 * A silent client is pinged, and a pinged one heard of; while it is not read, its silence says
 * nothing, and r's notes of it are moved on.
 */
uint64_t deadline_ping(struct relay *r);

/* Data passed in one direction or the other. */
uint64_t deadline_idle(const struct relay *r);

/* The client, the peer took something of what waits for it. */
uint64_t deadline_client_stall(const struct relay *r);
uint64_t deadline_peer_stall(const struct relay *r);

/* The answer to our close frame; a client may finish what it sends, but not go on for ever. */
uint64_t deadline_close(const struct relay *r);

/* Bytes that the framing holds back go; while the peer is not read, their time is moved on. */
uint64_t deadline_flush(struct relay *r);

/* The first of these, and the end of all patience. */
uint64_t deadline_next(struct relay *r);

#endif

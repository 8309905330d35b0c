/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef RELAY_H
#define RELAY_H

#include <stdint.h>

#include "conf/conf.h"
#include "proto/transport.h"
#include "session/deadline.h"
#include "session/downstream.h"
#include "session/upstream.h"
#include "status/scoreboard.h"

/*
 * An open connection: data of the client goes to the peer, and data of the peer to the client,
 * until one of them ends the connection or a limit is reached.
 *
 * Back-pressure is written in the wait set: while bytes wait for one side, the other side is not
 * read.
 */
#define RELAY_REASON_SIZE	512	/* a close reason of 123 bytes, all escaped, with the NUL */

/* Which side caused the end of the connection. */
enum ended_by {
	ENDED_BY_NOBODY,	/* the connection has not ended */
	ENDED_BY_CLIENT,
	ENDED_BY_PEER,
	ENDED_BY_SERVER
};

/* Memory that the connections of a process use in turn; all zero before the first one. */
struct relay_memory {
	struct buf			up;
	struct downstream_memory	down;
};

struct relay {
	int			 client, peer;	/* non-blocking sockets, owned by the caller */
	const struct conf	*conf;
	struct scoreboard_slot	*slot;		/* for the traffic and the rtt; or NULL */
	struct relay_memory	*memory;

	uint64_t		 now;		/* clock_now() of this turn */
	struct deadline_times	 times;
	uint64_t		 deadline;	/* the first one, computed before the last wait */
	uint64_t		 ping_started;	/* clock_microseconds() of a ping, 0: answered */

	uint8_t			 client_blocked;	/* the last write to it had to wait */
	uint8_t			 client_unwritable;	/* the client takes nothing more */
	uint8_t			 client_done;	/* nothing more is expected from the client */
	uint8_t			 close_received;	/* the client's close frame was read */
	uint8_t			 peer_done;	/* nothing more is expected from the peer */
	uint8_t			 peer_failed;	/* writing to the peer failed */
	uint8_t			 peer_shut;	/* the peer has been sent the end of file */

	/* How the connection ended, for the log. */
	enum ended_by		 ended_by;
	unsigned		 code;		/* close code */
	char			 reason[RELAY_REASON_SIZE];	/* escaped */

	struct upstream		 up;
	struct downstream	 down;
};

/*
 * Takes the memory into which the client's request and its frames are read.  client is its socket;
 * slot may be NULL.  Returns 0, or -1 with errno; relay_close() is needed in both cases.
 */
int	relay_init(struct relay *r, struct relay_memory *memory, const struct conf *conf,
    struct scoreboard_slot *slot, int client);

/*
 * Prepares for relay_run().  peer is the peer's socket and transport its kind; framing must outlive
 * r.  Returns 0, or -1 with errno.
 */
int	relay_open(struct relay *r, int peer, const struct transport *transport,
    struct framing *framing);

/*
 * Relays until the end of the connection.  When it returns, everything that was received has been
 * delivered or cannot be, and the closing handshake is over.
 */
void	relay_run(struct relay *r);

/*
 * Ends the connection from a signal handler: notes CLOSE_INTERNAL_ERROR and the reason for the log,
 * and sends them in a close frame, unless other bytes wait for the client.
 */
void	relay_abort(struct relay *r, const char *reason);

/*
 * Returns whether nothing more can be on its way from the client: each side has the other's close
 * frame, and our last ping was answered.
 */
int	relay_is_finished(const struct relay *r);

/* Gives the memory back, but not the sockets. */
void	relay_close(struct relay *r);

#endif

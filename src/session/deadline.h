/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef DEADLINE_H
#define DEADLINE_H

#include <stdint.h>

#include "conf/conf.h"

/*
 * The deadlines of an open connection.  Each function computes one of them from the limits of the
 * configuration, from the times at which things last happened and from what is going on now.  It
 * reads no clock and changes nothing.  Times are values of clock_now(); a deadline is CLOCK_NEVER
 * where its limit does not apply.
 */

/* When each of these last happened. */
struct deadline_times {
	uint64_t last_heard;	/* bytes of the client were read, or could not be read */
	uint64_t pinged;	/* a ping was queued; 0: the client was heard since */
	uint64_t last_data;	/* payload passed, in either direction */
	uint64_t client_progress;	/* the client took bytes, or bytes began to wait for it */
	uint64_t client_unblocked;	/* the client took bytes that had had to wait; 0: never */
	uint64_t peer_progress;	/* the peer took bytes, or bytes of the client were read */
	uint64_t close_sent;	/* our close frame was written, or writing given up; 0: not yet */
	uint64_t force_end;	/* not yet: when the connection will end in any case */
};

/* What is going on now. */
struct deadline_state {
	uint64_t flush_at;	/* when bytes are due that the framing holds back; or CLOCK_NEVER */
	int	 reads_client;	/* nothing that the client sent waits for the peer */
	int	 client_done;	/* nothing more is expected from the client */
	int	 client_pending;	/* bytes wait for the client, which may take them */
	int	 peer_pending;	/* bytes wait for the peer */
	int	 ping_queued;	/* the last ping is in no batch yet */
	int	 closing;	/* a close frame is queued or sent */
};

/*
 * Returns when a client that has been silent for the setting ping is to be pinged, or, after a
 * ping, when its pong-timeout is over.  The client's silence counts only while it is being read.
 */
uint64_t deadline_ping(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf);

/* Returns when no payload has passed for idle-timeout. */
uint64_t deadline_idle(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf);

/*
 * Return when the client (the peer) has taken nothing for stall-timeout, though bytes wait for it.
 */
uint64_t deadline_client_stall(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf);
uint64_t deadline_peer_stall(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf);

/*
 * Returns when a client that has not answered our close frame is given up.  The client may finish a
 * message: it has close-timeout after its last bytes, but not more than stall-timeout in all.
 */
uint64_t deadline_close(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf);

/*
 * Returns when bytes that the framing holds back are due; never while others wait for the client.
 */
uint64_t deadline_flush(const struct deadline_state *s);

/* Returns the first of all these deadlines and force_end. */
uint64_t deadline_next(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf);

#endif

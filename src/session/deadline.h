/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef DEADLINE_H
#define DEADLINE_H

#include <stdint.h>

#include "conf/conf.h"

/*
 * The deadlines of an open connection.  Each function computes one deadline from the limits in
 * the configuration, the times of past events and the present state of the connection.  The
 * functions read no clock and change nothing.  Times are values of clock_now(); a deadline is
 * CLOCK_NEVER if its limit does not apply.
 */

/* The times of events on a connection. */
struct deadline_times {
	uint64_t last_heard;	/* bytes were read from the client, or reading was paused */
	uint64_t pinged;	/* a ping was queued; 0: bytes were read since */
	uint64_t last_data;	/* payload was relayed, in either direction */
	uint64_t client_progress;	/* bytes were sent to the client, or began to wait */
	uint64_t client_unblocked;	/* waiting bytes were sent to the client; 0: never */
	uint64_t peer_progress;	/* bytes were sent to the peer, or read from the client */
	uint64_t message_progress;	/* a collected message grew, or reading was paused */
	uint64_t close_sent;	/* a close frame was written, or writing stopped; 0: not yet */
	uint64_t force_end;	/* when the connection will be ended in any case */
};

/* The present state of a connection. */
struct deadline_state {
	uint64_t flush_at;	/* when to send bytes that the framing delays; or CLOCK_NEVER */
	uint64_t look_at;	/* when to look whether an end has vanished (watch.h); 0: never */
	int	 reads_client;	/* 1: no bytes of the client wait for the peer */
	int	 client_done;	/* 1: nothing more is expected from the client */
	int	 client_pending;	/* 1: bytes wait for the client and may be written */
	int	 peer_pending;	/* 1: bytes wait for the peer */
	int	 collects;	/* 1: a message is collected and not yet complete */
	int	 ping_queued;	/* 1: the last ping is not in a batch yet */
	int	 closing;	/* 1: a close frame is queued or was sent */
};

/*
 * Returns the time at which to ping a client that has been silent for the time of the setting
 * ping; after a ping, the time at which pong-timeout is over.  The time during which the client is
 * not read does not count as silence.
 */
uint64_t deadline_ping(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf);

/* Returns the time at which no payload will have been relayed for idle-timeout. */
uint64_t deadline_idle(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf);

/*
 * Return the time at which the client (the peer) will have accepted no bytes for stall-timeout
 * although bytes wait for it.
 */
uint64_t deadline_client_stall(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf);
uint64_t deadline_peer_stall(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf);

/*
 * Returns the time at which no payload of an incomplete message that is collected will have arrived
 * for stall-timeout.  Control frames and empty frames do not count.
 */
uint64_t deadline_message(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf);

/*
 * Returns the time at which to stop waiting for the client's answer to our close frame.  The client
 * may finish a message first: it has close-timeout after its last bytes, but not more than
 * stall-timeout in all.
 */
uint64_t deadline_close(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf);

/*
 * Returns the time at which to send the bytes that the framing delays; CLOCK_NEVER while other
 * bytes wait for the client.
 */
uint64_t deadline_flush(const struct deadline_state *s);

/* Returns the time at which to look whether the client or the peer has vanished. */
uint64_t deadline_look(const struct deadline_state *s);

/* Returns the earliest of all these deadlines and force_end. */
uint64_t deadline_next(const struct deadline_times *t, const struct deadline_state *s,
    const struct conf *conf);

#endif

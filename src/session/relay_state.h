/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef RELAY_STATE_H
#define RELAY_STATE_H

#include <stdint.h>

#include "conf/conf.h"
#include "proto/transport.h"
#include "session/datagrams.h"
#include "session/deadline.h"
#include "session/downstream.h"
#include "session/upstream.h"
#include "session/watch.h"
#include "status/scoreboard.h"

/* The state of an open connection, which relay.c, relay_move.c and relay_end.c share. */
#define RELAY_REASON_SIZE	512	/* bytes: a close reason of 123 bytes, escaped, and a NUL */

/* The side that caused the end of the connection. */
enum ended_by {
	ENDED_BY_NOBODY,	/* the connection has not ended */
	ENDED_BY_CLIENT,
	ENDED_BY_PEER,
	ENDED_BY_SERVER
};

/* Memory that the connections of a process use one after the other; all zero before the first. */
struct relay_memory {
	struct buf			up;
	struct buf			datagrams;
	struct downstream_memory	down;
};

struct relay {
	int			 client;	/* non-blocking socket, owned by the caller */
	int			 peer;		/* the same as connected->fd of datagrams */
	const struct conf	*conf;
	struct scoreboard_slot	*slot;		/* updated with traffic and rtt; or NULL */
	struct relay_memory	*memory;

	uint64_t		 now;		/* clock_now() after the last wait */
	struct deadline_times	 times;
	uint64_t		 deadline;	/* the earliest deadline before the last wait */
	uint64_t		 collected;	/* up.messages + up.payload at message_progress */
	uint64_t		 ping_started;	/* clock_microseconds() of a ping; 0: answered */

	uint8_t			 collects;	/* 1: a message was collected after the last read */
	uint8_t			 client_blocked;	/* 1: the last write could not finish */
	uint8_t			 client_unwritable;	/* 1: no more is written to the client */
	uint8_t			 client_done;	/* 1: nothing more is expected from the client */
	uint8_t			 close_received;	/* 1: the client's close frame was read */
	uint8_t			 peer_done;	/* 1: nothing more is expected from the peer */
	uint8_t			 peer_shut;	/* 1: the end of file was sent to the peer */
	const char		*peer_failure;	/* why a write to the peer failed; or NULL */
	struct watch		 watch;		/* whether the client and the peer exist */
	struct datagrams	 datagrams;	/* of a datagram peer: its refusals */

	/* How the connection ended, for the log: which side ended it, and why. */
	enum ended_by		 ended_by;
	unsigned		 code;		/* close code */
	char			 reason[RELAY_REASON_SIZE];	/* escaped */

	struct upstream		 up;
	struct downstream	 down;
};

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SESSION_LOG_H
#define SESSION_LOG_H

#include <stdint.h>

#include "posix/listen.h"
#include "proto/peer.h"
#include "session/relay.h"
#include "status/scoreboard.h"

/*
 * What is told of a connection to those who look: in the log and on the scoreboard.
 */
#define SESSION_LOG_PATH_SIZE	256

struct session_log {
	uint64_t		 begun;		/* clock_now() when the client came */
	const char		*client;	/* the address, as text */
	char			 path[SESSION_LOG_PATH_SIZE];	/* of its request, escaped */
	char			 peer[PEER_TEXT_SIZE];
	struct scoreboard	*board;		/* or NULL */
	unsigned		 slot;		/* in it */
};

void	session_log_state(const struct session_log *t, enum scoreboard_state state);

/* A client has come. */
void	session_log_begun(const struct session_log *t);

/* The client was refused; status 0: it left before it could be told. */
void	session_log_refused(const struct session_log *t, int status, const char *reason);

/* The client has its peer. */
void	session_log_open(const struct session_log *t);

/* The connection has ended. */
void	session_log_closed(const struct session_log *t, const struct relay *r);

#endif

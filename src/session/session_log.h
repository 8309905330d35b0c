/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SESSION_LOG_H
#define SESSION_LOG_H

#include <stdint.h>

#include "base/log.h"
#include "proto/peer.h"
#include "session/relay.h"
#include "status/scoreboard.h"

/*
 * The information about a connection that administrators see: its lines in the log, its fields
 * on the scoreboard, and the process title.
 */
#define SESSION_LOG_PATH_SIZE	256
#define SESSION_LOG_OFFERED_SIZE	192
#define SESSION_LOG_ORIGIN_SIZE		96

struct session_log {
	struct scoreboard	*board;		/* or NULL */
	unsigned		 slot;		/* slot of this process in board */
	uint64_t		 accepted_at;	/* clock_now() when the client was accepted */
	const char		*client;	/* address as text, set by the caller */
	char			 id[LOG_SESSION_SIZE];	/* as status_id() shows it */
	char			 origin[SESSION_LOG_ORIGIN_SIZE];	/* escaped; "": none */
	char			 path[SESSION_LOG_PATH_SIZE];	/* without secrets, escaped */
	char			 peer[PEER_TEXT_SIZE];	/* the peer's address as text */
	char			 offered[SESSION_LOG_OFFERED_SIZE];	/* by session_log_offered() */
	const char		*hint;		/* advice for that case, a constant, or NULL */
};

/*
 * Prepares for a client that has just been accepted.  board may be NULL.  From now on each line of
 * the log has the id of the connection, which is in l, until session_log_end().
 */
void	session_log_init(struct session_log *l, struct scoreboard *board, unsigned slot);

void	session_log_end(void);

/*
 * Set the path of the request, from its target, and the origin, the value of the field Origin.
 * Secrets are left out: the components of the path in the set hidden (target.h) and, unless
 * query is 1, the query.
 */
void	session_log_path(struct session_log *l, const char *target, size_t len, uint64_t hidden,
	    int query);
void	session_log_origin(struct session_log *l, const char *origin);

/* Sets the state of the slot on the scoreboard. */
void	session_log_state(const struct session_log *l, enum scoreboard_state state);

/*
 * Shows the client on the scoreboard and in the title, at the start of the handshake.  Logs
 * nothing.
 */
void	session_log_begun(const struct session_log *l);

/*
 * Notes that the client offered subprotocols (count names, all tokens) and none was chosen: the
 * line at the end of the connection then has their names and the hint.  hint may be NULL.  A name
 * that is long is left out: some clients send a token as a subprotocol.
 */
void	session_log_offered(struct session_log *l, char *const *name, size_t count,
	    const char *hint);

/* Logs a refusal.  status is the HTTP status of the answer, or 0 if there was no answer. */
void	session_log_refused(const struct session_log *l, int status, const char *reason);

/*
 * Logs that the connection is open, and shows the client, the peer and the path on the scoreboard
 * and in the title.
 */
void	session_log_open(const struct session_log *l);

/* Logs the end of an open connection. */
void	session_log_closed(const struct session_log *l, const struct relay *r);

#endif

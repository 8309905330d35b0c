/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef REPORT_H
#define REPORT_H

#include <stdint.h>

#include "listen.h"
#include "peer.h"
#include "relay.h"
#include "scoreboard.h"

/*
 * What is told of a connection to those who look: in the log and on the scoreboard.
 */
#define REPORT_PATH_SIZE	256

struct report {
	uint64_t		 begun;		/* clock_now() when the client came */
	const char		*client;	/* the address, as text */
	char			 path[REPORT_PATH_SIZE];	/* of its request, escaped */
	char			 peer[PEER_TEXT_SIZE];
	struct scoreboard	*board;		/* or NULL */
	unsigned		 slot;		/* in it */
};

void	report_state(const struct report *t, enum scoreboard_state state);

/* A client has come. */
void	report_begun(const struct report *t);

/* The client was refused; status 0: it left before it could be told. */
void	report_refused(const struct report *t, int status, const char *reason);

/* The client has its peer. */
void	report_open(const struct report *t);

/* The connection has ended. */
void	report_closed(const struct report *t, const struct relay *r);

#endif

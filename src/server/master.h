/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef MASTER_H
#define MASTER_H

#include "server/reload.h"
#include "session/server_context.h"

/* What the master works with. */
struct master {
	const struct server_context *context;
	const struct reload	*before;	/* handed over by the previous master; NULL: this is the
						   first */
	int			 daemon;	/* another process waits for daemon_ready() */
	int			 wait;		/* inetd's "wait" mode: the listener is lent, and the
						   server stops after wait-timeout without a client */
};

/*
 * The master: keeps the pool of workers as the policy wants it, reaps workers, reloads, and stops
 * all workers at the end.  It never reads a byte that came from a client.  Returns the exit status
 * of the program: 0 after a stop that was asked for.
 */
int	master_run(const struct master *m);

#endif

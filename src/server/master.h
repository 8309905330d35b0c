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
	const struct reload	*before;	/* from the previous master; NULL: there was none */
	int			 daemon;	/* 1: another process waits for daemon_ready() */
	int			 wait;		/* 1: inetd's "wait" mode, with a listener of inetd;
						   stop after wait-timeout without a client */
};

/*
 * The master: keeps the pool of workers as the policy wants it, reaps workers, reloads, and stops
 * all workers at the end.  It never reads a byte that came from a client.  Returns the exit status
 * of the program: 0 after a stop that was asked for.
 */
int	master_run(const struct master *m);

#endif

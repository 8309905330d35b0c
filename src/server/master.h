/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef MASTER_H
#define MASTER_H

#include "server/reload.h"
#include "session/server_context.h"

/* The arguments of the master. */
struct master {
	const struct server_context *context;
	const struct reload	*before;	/* handed over by the previous master; or NULL */
	int			 daemon;	/* 1: a process waits for daemon_ready() */
	/*
	 * 1: inetd's "wait" mode, with a listener of inetd: the server stops after wait-timeout
	 * without a client.
	 */
	int			 wait;
};

/*
 * Runs the master: it keeps the number of workers that the policy (pool.h) requires, reaps
 * workers, reloads, and finally stops all workers.  It never reads a byte from a client.
 * Returns the exit status of the program, which is 0 after a requested stop.
 */
int	master_run(const struct master *m);

#endif

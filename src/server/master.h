/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef MASTER_H
#define MASTER_H

#include "conf/conf.h"
#include "module/backend.h"
#include "posix/listen.h"
#include "posix/privileges.h"
#include "server/reload.h"

/* What the master works with. */
struct master {
	const struct conf	*conf;
	const struct backend	*backend;
	const struct privileges	*privileges;
	struct listeners	*listeners;
	const struct reload	*before;	/* the master before; NULL: this is the first */
	int			 daemon;	/* somebody waits for daemon_ready() */
	int			 wait;		/* leave when nobody has come for a while (inetd) */
};

/*
 * The master: keeps the pool of workers as the policy wants it, buries those
 * that end, and stops them all in the end.  It never reads a byte that came from the network.
 * Returns the exit status of the program: 0 after a stop that was asked for.
 */
int	master_run(const struct master *m);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SERVER_CONTEXT_H
#define SERVER_CONTEXT_H

#include "conf/conf.h"
#include "module/backend.h"
#include "posix/listen.h"
#include "posix/privileges.h"
#include "status/scoreboard.h"

/*
 * What all processes of a server work with.  main() fills it in before the first fork, and the
 * workers inherit it.  Nothing here belongs to the context: main() releases what the pointers
 * lead to.
 */
struct server_context {
	const struct conf	*conf;
	const struct backend	*backend;
	const struct privileges	*privileges;	/* of the workers */
	struct listeners	*listeners;	/* NULL in inetd mode */
	struct scoreboard	*board;		/* NULL in inetd mode; mapped by workers_start() */
};

#endif

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
 * The data that all processes of a server use.  main() fills it in before the first fork, and
 * the workers inherit it.  main() also owns and releases all objects to which the members point.
 */
struct server_context {
	const struct conf	*conf;
	const struct backend	*backend;
	const struct privileges	*privileges;	/* privileges of the workers */
	struct listeners	*listeners;	/* NULL in inetd mode */
	struct scoreboard	*board;		/* NULL in inetd mode; mapped by workers_start() */
};

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SESSION_H
#define SESSION_H

#include <sys/socket.h>

#include "conf/conf.h"
#include "module/backend.h"
#include "status/scoreboard.h"

/* What a session needs of the process in which it runs. */
struct session_place {
	const struct conf	*conf;
	const struct backend	*backend;
	struct scoreboard	*board;		/* or NULL */
	unsigned		 slot;		/* in it */
};

enum session_result {
	SESSION_OVER,
	SESSION_LEAKED,		/* a module has left descriptors open: better go on in a new process */
	SESSION_SHORT		/* the process is short of something: not another client soon */
};

/*
 * Serves one client from its request to its end, and closes its socket: the same in a
 * worker and in inetd mode.  address: the client's, or NULL if unknown.  proxied: the
 * connection begins with the PROXY protocol.
 */
enum session_result session_serve(const struct session_place *place, int client,
    const struct sockaddr_storage *address, int proxied);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SESSION_H
#define SESSION_H

#include <sys/socket.h>

#include "session/server_context.h"

enum session_result {
	SESSION_OVER,
	SESSION_LEAKED,		/* a module has left descriptors open: better go on in a new process */
	SESSION_SHORT		/* the process is short of something: not another client soon */
};

/*
 * Serves one client from its request to its end, and closes its socket: the same in a
 * worker and in inetd mode.  slot: the worker's slot of context->board, if there is a board.
 * address: the client's, or NULL if unknown.  proxied: the connection begins with the PROXY
 * protocol.
 */
enum session_result session_serve(const struct server_context *context, unsigned slot, int client,
    const struct sockaddr_storage *address, int proxied);

#endif

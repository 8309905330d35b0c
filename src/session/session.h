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
	SESSION_SHORT		/* out of descriptors or memory: the process should exit */
};

/*
 * Serves one client, from its request to the end of the connection, and closes the client's
 * socket.  Used by a worker and in inetd mode.  slot is the slot of this process in
 * context->board, if there is a board.  address is the client's, or NULL if unknown.  proxied:
 * the connection begins with a PROXY header.
 */
enum session_result session_serve(const struct server_context *context, unsigned slot, int client,
    const struct sockaddr_storage *address, int proxied);

#endif

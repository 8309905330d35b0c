/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef QUERY_H
#define QUERY_H

#include "module/request.h"
#include "session/client_address.h"
#include "session/server_context.h"

/*
 * Asks the backend for the peer of a request that has passed all checks.  Completes address with
 * the local address of the socket client, and stores both addresses in r, if the backend is a
 * module.  The caller frees the answer with backend_free_info().
 */
ws_peer_info query_ask(const struct server_context *context, struct websocket *r,
    struct client_address *address, int client);

#endif

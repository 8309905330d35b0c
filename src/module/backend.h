/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BACKEND_H
#define BACKEND_H

#include "conf/conf.h"
#include "websocksy.h"

/*
 * A peer discovery backend: the functions that a module exports, or those of the built-in
 * backend.  init and query are never NULL once backend_start() has succeeded, the others may
 * be.
 */
struct backend {
	uint64_t	(*init)(void);
	uint64_t	(*configure)(char *key, char *value);
	ws_peer_info	(*query)(char *endpoint, size_t protocols, char **protocol, size_t headers,
			    ws_http_header *header, websocket *ws);
	void		(*cleanup)(void);
	int		(*configured)(void);	/* version 2 */
	const char	*module;	/* that exports them; NULL: built in */
	uint64_t	 version;	/* of the interface, as init() returned it */
};

/*
 * Returns the built-in backend, which has the same peer for every client.  Its options are
 * host, port, framing, framing-config and protocol.
 */
const struct backend *backend_default(void);

/*
 * Loads the backend that the configuration names and passes it its options, in the master
 * before the fork.  Returns 0; or -1 after messages that name the place of each invalid option.
 */
int	backend_start(struct backend *b, const struct conf *c);

/* Calls the backend's cleanup(), if there is one, and clears *b. */
void	backend_stop(struct backend *b);

/*
 * Asks the backend for the peer of a client.  timeout: the milliseconds that a module may take;
 * 0: no limit; a module that exceeds it ends the process (guard.h).  The backend may write to
 * the strings.  The caller passes the result to backend_free_info().
 */
ws_peer_info backend_query(const struct backend *b, uint64_t timeout, char *endpoint,
    size_t protocols, char **protocol, size_t headers, ws_http_header *header, websocket *ws);

/* Frees the strings of an answer, unless the backend is the built-in one, which owns them. */
void	backend_free_info(const struct backend *b, ws_peer_info *info);

#endif

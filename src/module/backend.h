/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BACKEND_H
#define BACKEND_H

#include "conf/conf.h"
#include "websocksy.h"

/*
 * A peer discovery backend: the functions that a module exports, or those of the built-in backend.
 * After backend_start() has succeeded, init and query are not NULL; the other functions may be
 * NULL.
 */
struct backend {
	uint64_t	(*init)(void);
	uint64_t	(*configure)(char *key, char *value);
	ws_peer_info	(*query)(char *endpoint, size_t protocols, char **protocol, size_t headers,
			    ws_http_header *header, websocket *ws);
	void		(*cleanup)(void);
	int		(*configured)(void);	/* since version 2; NULL: not exported */
	const char *const *options;	/* names of its options; NULL: not known */
	const char	*module;	/* name of the module; NULL: the built-in backend */
	uint64_t	 version;	/* version of the interface, returned by init() */
};

/*
 * Returns the built-in backend, which connects every client to the same peer.  Its options are
 * host, port, framing, framing-config and protocol.
 */
const struct backend *backend_default(void);

/*
 * Loads the backend that the configuration names, and passes the configured options to it, in the
 * master before the fork.  Returns 0; or -1 after messages that give the place of each invalid
 * option.
 */
int	backend_start(struct backend *b, const struct conf *c);

/* Calls cleanup() of the backend, if the backend has this function, and clears *b. */
void	backend_stop(struct backend *b);

/*
 * Asks the backend for the peer of a client.  timeout is the time in milliseconds that a module may
 * take; 0: no limit.  A module that exceeds this time ends the process (guard.h).  The backend may
 * write to the strings.  The caller must pass the result to backend_free_info().
 */
ws_peer_info backend_query(const struct backend *b, uint64_t timeout, char *endpoint,
    size_t protocols, char **protocol, size_t headers, ws_http_header *header, websocket *ws);

/*
 * Frees the strings in the answer of a backend.  The strings of the built-in backend are static and
 * are not freed.
 */
void	backend_free_info(const struct backend *b, ws_peer_info *info);

#endif

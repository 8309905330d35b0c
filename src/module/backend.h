/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BACKEND_H
#define BACKEND_H

#include "conf/conf.h"
#include "websocksy.h"

/* A peer discovery backend: what a module exports, or the built-in one has. */
struct backend {
	uint64_t	(*init)(void);
	uint64_t	(*configure)(char *key, char *value);
	ws_peer_info	(*query)(char *endpoint, size_t protocols, char **protocol, size_t headers,
			    ws_http_header *header, websocket *ws);
	void		(*cleanup)(void);
	int		(*configured)(void);	/* all options are in; not 0 after a message.  NULL: none */
	const char	*module;	/* where it is from; NULL: built in */
	uint64_t	 version;	/* of the interface, as init() said */
};

/*
 * The built-in backend: the same peer for every client.  Options: host, port,
 * framing, framing-config, protocol.
 */
const struct backend *backend_default(void);

/*
 * Starts the backend that the configuration names and gives it its options, in
 * the master before the fork.  0, or -1 after messages that name the places.
 */
int	backend_start(struct backend *b, const struct conf *c);

/* Lets the backend release what it has. */
void	backend_stop(struct backend *b);

/*
 * Asks for a peer; timeout: what a module may take, in milliseconds, 0 for any time.  The
 * strings are the backend's to write to.
 */
ws_peer_info backend_query(const struct backend *b, uint64_t timeout, char *endpoint,
    size_t protocols, char **protocol, size_t headers, ws_http_header *header, websocket *ws);

/* Frees what an answer of this backend holds; the built-in one has only lent it. */
void	backend_free_info(const struct backend *b, ws_peer_info *info);

#endif

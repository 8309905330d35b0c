/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CONNECT_H
#define CONNECT_H

#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "posix/resolve.h"
#include "proto/peer.h"
#include "proto/transport.h"

#define CONNECT_WHY_SIZE	256

/* A connected peer, or the reason why there is no connection. */
struct connected {
	int	fd;		/* non-blocking, close-on-exec; the caller closes it; -1: none */
	char	path[TRANSPORT_PATH_SIZE];	/* of our own unix-dgram socket; "": none */
	int	status;		/* HTTP status of the refusal: 403, 502 or 504 */
	char	why[CONNECT_WHY_SIZE];	/* a sentence for the client and the log */

	/* For connect_again(): */
	const struct peer	*peer;
	const struct conf	*conf;
	struct resolved		 found;	/* the addresses of a host that are allowed */
	unsigned		 at;	/* index of the address that fd is connected to */
	int			 is_detached;	/* 1: fd is a datagram socket without a peer */
};

/*
 * Connects to a peer.  If the peer has several addresses, tries those that the setting allow-peers
 * allows, one after the other, until the deadline.  p and conf must outlive c.  Returns 0; or -1
 * with c->status and c->why.
 */
int	connect_peer(struct connected *c, const struct peer *p, const struct conf *conf,
    uint64_t deadline);

/*
 * Connects to a datagram peer again after an error.  If it is a host, c->fd becomes a socket for
 * the next of its addresses, after the last for the first.  If it is the path of a Unix socket,
 * c->fd is connected to the socket that is there now; datagrams that came meanwhile are discarded,
 * since any process could have sent them.  Returns 0; or -1: c->fd is unchanged, and a Unix socket
 * is detached and must not be read.
 */
int	connect_again(struct connected *c);

/* Returns the number of addresses of a host that are allowed; 0 for a Unix socket. */
unsigned connect_addresses(const struct connected *c);

/* Removes the file of our own socket that was made for a unix-dgram peer, if there is one. */
void	connect_clean(struct connected *c);

#endif

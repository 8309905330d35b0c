/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CONNECT_H
#define CONNECT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "conf/conf.h"
#include "proto/peer.h"
#include "proto/transport.h"

#define CONNECT_WHY_SIZE	256

/* A connected peer, or the reason why there is no connection. */
struct connected {
	int	fd;		/* non-blocking, close-on-exec; the caller closes it; -1: none */
	char	path[TRANSPORT_PATH_SIZE];	/* of our own unix-dgram socket; "": none */
	int	status;		/* HTTP status of the refusal: 403, 502 or 504 */
	char	why[CONNECT_WHY_SIZE];	/* a sentence for the client and the log */
};

/*
 * Connects to a peer.  If the peer has several addresses, tries those that the setting allow-peers
 * allows, one after the other, until the deadline.  Returns 0; or -1 with c->status and c->why.
 */
int	connect_peer(struct connected *c, const struct peer *p, const struct conf *conf,
    uint64_t deadline);

/* Removes the file of our own socket that was made for a unix-dgram peer, if there is one. */
void	connect_clean(struct connected *c);

/*
 * Writes the path of the socket that the process pid binds for a unix-dgram peer.  The master
 * removes this socket after a worker was killed.
 */
void	connect_path(char out[TRANSPORT_PATH_SIZE], const char *directory, pid_t pid);

#endif

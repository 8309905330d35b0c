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

/* A connected peer, or why there is none. */
struct connected {
	int	fd;			/* non-blocking, close-on-exec; -1: none */
	char	path[TRANSPORT_PATH_SIZE];	/* our end of a unix-dgram peer, "" for others */
	int	status;			/* of the refusal: 403, 502 or 504 */
	char	why[CONNECT_WHY_SIZE];	/* a sentence for the client and the log */
};

/*
 * Connects to the peer, trying all its addresses that the configuration allows in turn until
 * the deadline.  Returns 0 or -1.
 */
int	connect_peer(struct connected *c, const struct peer *p, const struct conf *conf,
    uint64_t deadline);

/* Removes our end of a unix-dgram peer, if there is one. */
void	connect_clean(struct connected *c);

/* The name of that end for a process, so that it can be removed when the process was killed. */
void	connect_path(char out[TRANSPORT_PATH_SIZE], const char *directory, pid_t pid);

#endif

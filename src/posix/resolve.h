/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef RESOLVE_H
#define RESOLVE_H

#include <stdint.h>
#include <sys/socket.h>

#include "proto/peer.h"

/* The addresses of a TCP or UDP peer, in the order in which they are to be tried. */
#define RESOLVE_MAX	8

struct resolve_address {
	socklen_t		size;
	struct sockaddr_storage	address;
};

struct resolved {
	unsigned		count;
	struct resolve_address	at[RESOLVE_MAX];
};

enum resolve_result {
	RESOLVE_OK,
	RESOLVE_FAILED,		/* *why: no such host, or the like */
	RESOLVE_LATE		/* the deadline passed, or the process is to stop */
};

/*
 * Looks the peer up.  Numbers need no look-up; a name is asked for by a process of
 * its own, since getaddrinfo() knows no deadline, and the answer is kept for a few seconds.
 */
enum resolve_result resolve(const struct peer *p, struct resolved *out, uint64_t deadline,
    const char **why);

#endif

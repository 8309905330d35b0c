/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef RESOLVE_H
#define RESOLVE_H

#include <stdint.h>
#include <sys/socket.h>

#include "proto/peer.h"

/* The addresses of a TCP or UDP peer, in the order in which to try them. */
#define RESOLVE_MAX	8	/* any more are ignored */

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
	RESOLVE_FAILED,		/* *why is a sentence, such as that the host is not known */
	RESOLVE_LATE		/* the deadline has passed, or the server stops */
};

/*
 * Looks up the addresses of a peer.  A numeric address needs no look-up.  A name is looked up by a
 * child process, because getaddrinfo() has no deadline; the last answer is kept for a few seconds.
 */
enum resolve_result resolve(const struct peer *p, struct resolved *out, uint64_t deadline,
    const char **why);

#endif

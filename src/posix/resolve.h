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
#define RESOLVE_MAX	8	/* most addresses that are used; further ones are ignored */

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
	RESOLVE_FAILED,		/* *why is a sentence, such as that the host is unknown */
	RESOLVE_LATE		/* the deadline has passed, or the server is stopping */
};

/*
 * Looks up the addresses of a peer until the deadline (clock.h).  A numeric address needs no
 * look-up. A name is looked up in a child process, because getaddrinfo() has no deadline.  The last
 * answer is reused for a few seconds.
 */
enum resolve_result resolve(const struct peer *p, struct resolved *out, uint64_t deadline,
    const char **why);

#endif

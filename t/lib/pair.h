/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PAIR_H
#define PAIR_H

#include "client.h"
#include "harness.h"

/*
 * The set-up of most behaviour tests: a bridge in front of a TCP peer that the
 * test plays itself, and one client at a time.
 *
 *	static struct pair t;
 *
 *	pair_start(&t, NULL);
 *	pair_open(&t);			t.c is open, t.peer is its peer's socket
 *	...
 *	pair_close(&t);			closing handshake, end of stream at the peer
 *	pair_stop(&t);
 */
struct pair {
	struct harness	 h;
	int		 listener, port;	/* of the peer */
	struct client	 c;
	int		 peer;			/* the connection to it; -1: none */
};

/* Starts the bridge, with more arguments, the last one NULL. */
void	pair_start(struct pair *t, ...) __attribute__((sentinel));

/* The same with buffers of that many bytes at the peer (0: as the system has them). */
void	pair_start_with(struct pair *t, int receive, int send, ...) __attribute__((sentinel));

void	pair_stop(struct pair *t);

/* Opens a client and accepts its connection to the peer. */
void	pair_open(struct pair *t);

/* The same with a receive buffer of that many bytes at the client. */
void	pair_open_with(struct pair *t, int receive);

/* The client closes with 1000; the peer gets no byte more. */
void	pair_close(struct pair *t);

/* The server ends the connection with this code; the peer gets no byte more. */
void	pair_expect_close(struct pair *t, unsigned code);

/* A ping is answered. */
void	pair_ping(struct pair *t);

/* Fails if a worker has grown by more than that many KiB; before as harness_memory() said. */
void	pair_expect_memory(struct pair *t, unsigned long before, unsigned long more);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PAIR_H
#define PAIR_H

#include "client.h"
#include "harness.h"

/*
 * The set-up of most behaviour tests: a bridge in front of a TCP peer that is the test itself,
 * and one client at a time. So the test has both ends of a session, the pair.
 *
 *	static struct pair t;
 *
 *	pair_start(&t, NULL);
 *	pair_open(&t);			t.c is the client, t.peer the peer's socket
 *	...
 *	pair_close(&t);			closing handshake, end of file at the peer
 *	pair_stop(&t);
 */
struct pair {
	struct harness	 h;
	int		 listener, port;	/* the peer's */
	struct client	 c;
	int		 peer;	/* socket of the bridge's connection to the peer; -1: none */
};

/* Starts the bridge. More arguments for the program may follow, the last one NULL. */
void	pair_start(struct pair *t, ...) __attribute__((sentinel));

/*
 * Like pair_start(), with socket buffers of `receive` and `send` bytes at the peer (0: the
 * default).
 */
void	pair_start_with(struct pair *t, int receive, int send, ...) __attribute__((sentinel));

/* Stops the bridge and makes the checks of harness_stop(). */
void	pair_stop(struct pair *t);

/* Opens the client, and accepts its connection to the peer. */
void	pair_open(struct pair *t);

/* Like pair_open(), with a receive buffer of `receive` bytes at the client. */
void	pair_open_with(struct pair *t, int receive);

/*
 * Closes the session from the client's side with code 1000. The peer must receive no more bytes,
 * and end of file.
 */
void	pair_close(struct pair *t);

/*
 * Fails unless the server closes the session with this code, and the peer receives no more bytes
 * and end of file.
 */
void	pair_expect_close(struct pair *t, unsigned code);

/* Fails unless the client and the peer receive end of file: the server has ended the session. */
void	pair_expect_end(struct pair *t);

/*
 * Like pair_close(), for a client and a peer that are not in a struct pair. Closes the peer's
 * socket.
 */
void	pair_finish(struct client *c, int *peer);

/* Sends a ping from the client and expects the pong: the session is still open. */
void	pair_ping(struct pair *t);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BACKENDS_H
#define BACKENDS_H

#include <check.h>
#include <stddef.h>

#include "client.h"
#include "harness.h"

/*
 * Helpers for the tests of backends: a directory tree for each test program, peers for the
 * backend to choose from, and clients that check which peer they are connected to.
 */

/* Makes a test case as harness_case() does, with the tree, which is empty when a test begins. */
TCase	*backends_case(Suite *s, const char *name, double seconds);

/* Returns a path in the tree; valid until the eighth call after this one. */
const char *backends_path(const char *name);

/* Makes or overwrites a file in the tree, and makes the directories that it is in. */
void	backends_write(const char *name, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));

/* Replaces a file in the tree: writes a new one and renames it over the old one. */
void	backends_replace(const char *name, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));

/* Removes a file or an empty directory from the tree. */
void	backends_remove(const char *name);

/*
 * Returns the TCP port of a peer, 0 to BACKENDS_PEERS - 1. They all listen on 127.0.0.1 from the
 * first call on.
 */
#define BACKENDS_PEERS	6
int	backends_port(int peer);

/* Accepts the next connection to a peer, and returns its descriptor. */
int	backends_accept(int peer);

/* Checks that no connection to a peer is waiting. */
void	backends_expect_nobody(int peer);

/* Starts the server with a backend and more arguments, then NULL. */
void	backends_start(struct harness *h, const char *backend, ...) __attribute__((sentinel));

/* Checks that the server does not start with these arguments, and logs text. */
void	backends_refuse_start(const char *text, const char *backend, ...)
	    __attribute__((sentinel));

/* A request, and its expected result. NULL means the same as in struct request. */
struct backends_row {
	const char	*target;
	const char	*protocol;	/* the subprotocols that the client offers */
	int		 peer;		/* its number, or the status of a refusal: 400 and above */
	const char	*chosen;	/* the subprotocol that is chosen */
	const char	*host;
	const char	*extra;
};

/* Checks a request. */
void	backends_ask(const struct harness *h, const struct backends_row *r);

/* Checks a request for a target, without subprotocols: peer is as in struct backends_row. */
void	backends_expect(const struct harness *h, const char *target, int peer);

/*
 * For a session with the framing newline: the peer, a connected socket, sends two lines, which
 * must be two text messages. Then the client and the socket are closed.
 */
void	backends_expect_lines(struct client *c, int peer);

#endif

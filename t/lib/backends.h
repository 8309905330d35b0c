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

/* Makes a test case as harness_case() does. At the beginning of each test the tree is empty. */
TCase	*backends_case(Suite *s, const char *name, double seconds);

/* Returns the absolute path of `name` in the tree; valid until the eighth call after this one. */
const char *backends_path(const char *name);

/* Creates or overwrites a file in the tree, with the directories above it. */
void	backends_write(const char *name, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));

/* Replaces a file in the tree: writes a temporary file and renames it over the old file. */
void	backends_replace(const char *name, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));

/* Removes a file or an empty directory from the tree. */
void	backends_remove(const char *name);

/*
 * Returns the TCP port of a peer; peers have the numbers 0 to BACKENDS_PEERS - 1. From the first
 * call on all peers listen on 127.0.0.1.
 */
#define BACKENDS_PEERS	6
int	backends_port(int peer);

/* Accepts the next connection to a peer, and returns its descriptor. */
int	backends_accept(int peer);

/* Checks that no connection to a peer is waiting. */
void	backends_expect_nobody(int peer);

/* Starts the server with this backend. More arguments may follow, the last one NULL. */
void	backends_start(struct harness *h, const char *backend, ...) __attribute__((sentinel));

/*
 * Checks that the server does not start with this backend and these arguments, and that its log
 * has text.
 */
void	backends_refuse_start(const char *text, const char *backend, ...)
	    __attribute__((sentinel));

/*
 * A request and its expected result. In target, host and extra, NULL has the meaning that struct
 * request gives it.
 */
struct backends_row {
	const char	*target;
	const char	*protocol;	/* subprotocols that the client offers, or NULL */
	int		 peer;		/* number of the peer, or from 400 on the status */
	const char	*chosen;	/* subprotocol of the response, or NULL */
	const char	*host;
	const char	*extra;
};

/* Sends the request of a row and checks the result. */
void	backends_ask(const struct harness *h, const struct backends_row *r);

/*
 * Checks a request for a target, without subprotocols; peer has the meaning of the member of
 * struct backends_row.
 */
void	backends_expect(const struct harness *h, const char *target, int peer);

/*
 * For a session with the framing newline. Sends two lines from the peer's socket, checks that the
 * client receives two text messages, and closes both connections.
 */
void	backends_expect_lines(struct client *c, int peer);

#endif

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
 * What the tests of backends share: a directory tree of their own, peers to choose between, and
 * clients that see where they come to.
 */

/* harness_case() with such a tree, which is empty when a test begins. */
TCase	*backends_case(Suite *s, const char *name, double seconds);

/* A path in the tree; good until the eighth call after this one. */
const char *backends_path(const char *name);

/* Makes or overwrites a file in the tree, and the directories to it. */
void	backends_write(const char *name, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));

/* The same by renaming a finished file over it. */
void	backends_replace(const char *name, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));

void	backends_remove(const char *name);

/* Peers 0 to BACKENDS_PEERS - 1 listen on loopback from the first call on; the port of one. */
#define BACKENDS_PEERS	6
int	backends_port(int peer);

/* The next connection to a peer; fails if somebody has connected to it. */
int	backends_accept(int peer);
void	backends_expect_nobody(int peer);

/* Starts the program with a backend and more arguments, NULL behind them. */
void	backends_start(struct harness *h, const char *backend, ...) __attribute__((sentinel));

/* The program does not start with these; its log has text. */
void	backends_refuse_start(const char *text, const char *backend, ...)
	    __attribute__((sentinel));

/* A client, and what should come of it.  NULL is as in struct request. */
struct backends_row {
	const char	*target;
	const char	*protocol;	/* offered */
	int		 peer;		/* its number; or the status of a refusal, 400 and above */
	const char	*chosen;	/* the subprotocol */
	const char	*host;
	const char	*extra;
};
void	backends_ask(const struct harness *h, const struct backends_row *r);

/* The same for a target only. */
void	backends_expect(const struct harness *h, const char *target, int peer);

/*
 * For a session with the framing newline: the peer, a connected socket, sends two lines, which must
 * be two text messages. Then the client and the socket are closed.
 */
void	backends_expect_lines(struct client *c, int peer);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SERVER_H
#define SERVER_H

#include "client.h"
#include "harness.h"

/*
 * A server with a configuration file, as an administrator has it, in front of an echo peer. The
 * test can rewrite the file and have the server reload it.
 *
 *	static struct server s;
 *
 *	server_start(&s, "max-spare = 4\n");
 *	... server_open(&s, &c) ...
 *	server_write(&s, "max-spare = 8\n");
 *	server_reload(&s, 1);			one session goes on
 *	server_stop(&s);
 */
struct server {
	struct harness	 h, echo;
	char		 conf[600];		/* path of the configuration file */
	char		 listen[8000];	/* value of the setting listen; 127.0.0.1 by default */
	int		 peer;			/* port of the peer; by default the echo peer's */
};

/* Starts the echo peer only and fills s, for a test that starts the server in another way. */
void	server_prepare(struct server *s);

/*
 * Writes the configuration file: listen, port = 0, user = root if the test runs as root, the
 * given lines, and the peer. The file is replaced by rename(2), so that it is never read half
 * written.
 */
void	server_write(struct server *s, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));

/* Calls server_prepare(), server_write() and server_run(). */
void	server_start(struct server *s, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));

/* Starts the server with the file that server_write() has written; s->h.port is its port. */
void	server_run(struct server *s);

/* Stops the server and the echo peer, and makes the checks of harness_stop(). */
void	server_stop(struct server *s);

/* Opens a session and checks that the echo peer answers. */
void	server_open(struct server *s, struct client *c);

/* Runs one whole session: opens it, checks that the echo peer answers, and closes it. */
void	server_use(struct server *s);

/*
 * Sends HUP and waits until the new program listens and all workers of the old one have exited,
 * except `busy` workers, which have sessions.
 */
void	server_reload(struct server *s, unsigned busy);

/*
 * Sends HUP and waits until the server has logged an error and the line that the reload is
 * refused.
 */
void	server_reload_refused(struct server *s);

/*
 * Returns 1 if workers can change their user: the test runs as root and the build has the system
 * calls.
 */
int	server_can_drop(void);

/* Waits until a worker has a session, and returns its pid. */
pid_t	server_busy_worker(const struct server *s);

#endif

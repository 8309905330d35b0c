/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef INETD_H
#define INETD_H

#include "session/server_context.h"

/*
 * Inetd mode (-i).  A super-server has started the program with a socket as standard input: a
 * connection, or a listener ("wait" mode), which the program then uses like a listener of its
 * own.
 */

/* Returns whether standard input is a socket. */
int	inetd_has_socket(void);

/*
 * Moves the socket from standard input to another descriptor.  Opens /dev/null as standard input
 * and output, and as standard error if that is the socket too, so that no printed text is sent
 * to the client.  Returns the new descriptor, which is close-on-exec, or -1 after a message.
 */
int	inetd_take_socket(void);

/* Returns whether a socket is a listener ("wait" mode), not a connection. */
int	inetd_is_listener(int fd);

/*
 * Serves one connection.  context->listeners and context->board must be NULL.  Closes the
 * connection and returns the exit status of the program.
 */
int	inetd_serve(const struct server_context *context, int client);

/*
 * Answers with status 500 to a client that the super-server has already accepted, because the
 * configuration is invalid.  Returns EXIT_FAILURE.
 */
int	inetd_refuse(const struct conf *conf, int client);

#endif

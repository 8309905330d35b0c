/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef INETD_H
#define INETD_H

#include "session/server_context.h"

/*
 * Inetd mode (-i): a super-server has started the program for one connection, which is standard
 * input, or for a listener ("wait" mode), which the program then serves like one of its own.
 */

/* Returns whether standard input is a socket. */
int	inetd_has_socket(void);

/*
 * Moves the socket from standard input to a descriptor of its own.  Puts /dev/null on standard
 * input and output, and on standard error if that is the socket, too: nothing that is printed may
 * go to the client.  Returns the descriptor, close-on-exec, or -1 after a message.
 */
int	inetd_take_socket(void);

/* Returns whether a socket is a listener ("wait" mode) and not a connection. */
int	inetd_is_listener(int fd);

/*
 * Serves one connection: context->listeners and context->board are NULL.  Closes the connection;
 * returns the exit status of the program.
 */
int	inetd_serve(const struct server_context *context, int client);

/*
 * Answers 500 to a client that the super-server has already accepted, when the configuration is
 * invalid.  Returns EXIT_FAILURE.
 */
int	inetd_refuse(const struct conf *conf, int client);

#endif

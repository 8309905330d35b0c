/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BACKEND_ANSWER_H
#define BACKEND_ANSWER_H

#include <websocksy.h>

#include "peer_line.h"

/* The answers of a backend's query(); the memory in them is the core's. */

/* The client is refused with this status; reason is a sentence for it. */
ws_peer_info backend_answer_refuse(int status, const char *reason);

/* Whether a line's peer and framing will do: 0, or -1 with a sentence in *why. */
int	backend_answer_check(const struct peer_line *e, const char **why);

/* The client gets this peer, and the subprotocol of that index. */
ws_peer_info backend_answer_peer(const struct peer_line *e, size_t protocol);

/*
 * Copies the host of the client's Host field to out in small letters, without the port, and
 * without the brackets of an IPv6 address.  Returns 0, or -1 if there is none or it is too long.
 */
int	backend_answer_host(const websocket *ws, char *out, size_t size);

/*
 * Copies the path of a target, without the query, to out; %XX in it are decoded.  Returns 0, or
 * -1 if it does not fit or a %XX is not well formed or stands for a NUL.
 */
int	backend_answer_path(const char *target, char *out, size_t size);

/* A copy of a file's name that does not depend on the working directory; NULL after a message. */
char	*backend_answer_absolute(const char *name);

#endif

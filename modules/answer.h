/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef ANSWER_H
#define ANSWER_H

#include <websocksy.h>

#include "lines.h"

/* The answers of a backend's query(); the memory in them is the core's. */

/* The client is refused with this status; reason is a sentence for it. */
ws_peer_info answer_refuse(int status, const char *reason);

/* Whether a line's peer and framing will do: 0, or -1 with a sentence in *why. */
int	answer_check(const struct lines_entry *e, const char **why);

/* The client gets this peer, and the subprotocol of that index. */
ws_peer_info answer_peer(const struct lines_entry *e, size_t protocol);

/*
 * Copies the host of the client's Host field to out in small letters, without the port, and
 * without the brackets of an IPv6 address.  Returns 0, or -1 if there is none or it is too long.
 */
int	answer_host(const websocket *ws, char *out, size_t size);

/*
 * Copies the path of a target, without the query, to out; %XX in it are decoded.  Returns 0, or
 * -1 if it does not fit or a %XX is not well formed or stands for a NUL.
 */
int	answer_path(const char *target, char *out, size_t size);

/* A copy of a file's name that does not depend on the working directory; NULL after a message. */
char	*answer_absolute(const char *name);

#endif

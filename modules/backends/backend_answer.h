/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BACKEND_ANSWER_H
#define BACKEND_ANSWER_H

#include <websocksy.h>

#include "peer_line.h"

/*
 * Answers for a backend's query() to return.  The memory that they point to is freed by the
 * server.
 */

/* Refuses the client with an HTTP status; reason is a sentence for the client, and is copied. */
ws_peer_info backend_answer_refuse(int status, const char *reason);

/* Checks a line's peer and framing.  Returns 0, or -1 with a sentence in *why. */
int	backend_answer_check(const struct peer_line *line, const char **why);

/*
 * Connects the client to a line's peer.  protocol is the index of the subprotocol among those
 * that the client offered, or their number to choose none, as peer_line_choose() returns it.
 */
ws_peer_info backend_answer_peer(const struct peer_line *line, size_t protocol);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BACKEND_ANSWER_H
#define BACKEND_ANSWER_H

#include <websocksy.h>

#include "peer_line.h"

/*
 * Answers for a backend's query() to return.  The server frees the memory to which an answer
 * points.
 */

/*
 * Returns an answer that refuses the client with an HTTP status.  reason is a sentence for the
 * client; it is copied.
 */
ws_peer_info backend_answer_refuse(int status, const char *reason);

/* Checks the peer and the framing of a line.  Returns 0, or -1 with a sentence in *why. */
int	backend_answer_check(const struct peer_line *line, const char **why);

/*
 * Returns an answer that connects the client to the peer of a line.  protocol is the index of
 * the subprotocol among those that the client offered, or the number of offered ones to choose
 * none, as returned by peer_line_choose().
 */
ws_peer_info backend_answer_peer(const struct peer_line *line, size_t protocol);

#endif

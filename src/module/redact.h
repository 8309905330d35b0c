/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef REDACT_H
#define REDACT_H

#include "module/request.h"

/*
 * Replaces the secrets of a request in a text of a module, such as a message, by "...": the hidden
 * components of the path; cookies; the values of fields whose name is that of a password, a token
 * or the like, and their last word; unless ws->log_query is 1, parameters of the queries of the
 * request and of the page (Referer) whose name is such, or whose value has letters and digits and
 * at least 8 bytes; and long subprotocols, since some clients send tokens as such.  A secret is
 * found as it was sent or decoded, if it has at least 4 bytes, no blank in it, and no letter or
 * digit before or after it.  The length of the text does not grow.
 */
void	redact_text(char *text, const struct websocket *ws);

/*
 * Replaces the secrets in the address of a peer, which a backend may have made from them.  A
 * parameter is a secret by its name only: its value may be the address of the peer.
 */
void	redact_peer(char *text, const struct websocket *ws);

/* Bytes of the longest subprotocol that is not taken for a token. */
#define REDACT_PROTOCOL	30

#endif

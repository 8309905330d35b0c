/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef HANDSHAKE_H
#define HANDSHAKE_H

#include <stddef.h>

#include "proto/http.h"

/* The server's part of the opening handshake (RFC 6455 section 4.2), on a complete request head. */
#define HANDSHAKE_PROTOCOLS	32	/* subprotocols that a client may offer */
#define HANDSHAKE_ACCEPT_SIZE	29	/* Sec-WebSocket-Accept with its NUL */
#define HANDSHAKE_ANSWER_SIZE	2048	/* any answer of ours fits, with its NUL */

struct handshake {
	char		*target;	/* path and query as in the request */
	char		 root[2];	/* target of a request without a path */
	const char	*host;		/* the Host field */
	const char	*origin;	/* the Origin field, or NULL */
	size_t		 protocols;
	char		*protocol[HANDSHAKE_PROTOCOLS];	/* offered, in the client's order */
	char		 accept[HANDSHAKE_ACCEPT_SIZE];
	int		 status;	/* of the refusal */
	const char	*reason;	/* of the refusal: a sentence, a constant */
};

/*
 * Checks a request.  head is changed: http_terminate() is called, and the values of
 * Sec-WebSocket-Protocol are split into strings.  The strings in hs point into head, so it must
 * stay valid.  Returns 0, or the HTTP status of the refusal.
 */
int	handshake_check(struct handshake *hs, const struct http *h, char *head);

/*
 * Returns 1 if the policy allows the values of the fields Origin and Host, which may be NULL.  The
 * policy is "any"; "same-host", the host name in Origin equals that in Host, whatever scheme and
 * port; or a list of origins separated by commas or blanks.  A request without Origin is allowed:
 * it does not come from a browser.
 */
int	handshake_origin(const char *policy, const char *origin, const char *host);

/* Returns 1 if text is a valid policy; if not, 0 with a sentence in *why. */
int	handshake_is_policy(const char *text, const char **why);

/*
 * Writes the answer 101; protocol is the chosen subprotocol or NULL.  Returns its length, or 0 if
 * it does not fit into size bytes with its NUL.
 */
size_t	handshake_accept(char *out, size_t size, const struct handshake *hs, const char *protocol);

/*
 * Writes a refusal: the status line, the fields that the status needs, and the reason as body.
 * retry is the number of seconds in Retry-After; 0: without this field.  Returns its length, or 0
 * if it does not fit into size bytes with its NUL.
 */
size_t	handshake_refuse(char *out, size_t size, int status, const char *reason, unsigned retry);

#endif

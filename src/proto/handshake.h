/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef HANDSHAKE_H
#define HANDSHAKE_H

#include <stddef.h>

#include "proto/http.h"

/*
 * The opening handshake of RFC 6455 section 4.2, on a finished request head.
 */
#define HANDSHAKE_PROTOCOLS	32	/* subprotocols that a client may offer */
#define HANDSHAKE_ACCEPT_SIZE	29	/* Sec-WebSocket-Accept with its NUL */
#define HANDSHAKE_ANSWER_SIZE	2048	/* room for any answer of ours */

struct handshake {
	char		*target;	/* as in the request: path and query, from its first slash */
	char		 root[2];	/* the target of a request that has no path */
	const char	*host;		/* the Host field */
	const char	*origin;	/* the Origin field, or NULL */
	size_t		 protocols;
	char		*protocol[HANDSHAKE_PROTOCOLS];	/* offered, in the client's order */
	char		 accept[HANDSHAKE_ACCEPT_SIZE];
	int		 status;	/* of the refusal, */
	const char	*reason;	/* and a sentence that says why */
};

/*
 * Checks the request of h, whose head (in the caller's memory, of which all
 * strings here are parts) it terminates; the fields of Sec-WebSocket-Protocol are
 * cut into strings.  Returns 0, or the HTTP status to refuse with.
 */
int	handshake_check(struct handshake *hs, const struct http *h, char *head);

/*
 * The Origin policy: "any", "same-host" (Origin's host name equals Host's,
 * ports and schemes ignored), or a list of origins separated by commas or blanks.
 * No Origin at all passes: that is no browser.  Returns whether it may go on.
 */
int	handshake_origin(const char *policy, const char *origin, const char *host);

/* Whether text can be such a policy; if not, *why says what is wrong. */
int	handshake_is_policy(const char *text, const char **why);

/*
 * The 101 answer, protocol being the chosen subprotocol or NULL.
 * Returns its length, or 0 if it does not fit in size.
 */
size_t	handshake_accept(char *out, size_t size, const struct handshake *hs, const char *protocol);

/*
 * A refusal: status line, the fields that the status calls for, and reason
 * as the body.  retry: seconds for Retry-After, 0 for none.
 */
size_t	handshake_refuse(char *out, size_t size, int status, const char *reason, unsigned retry);

#endif

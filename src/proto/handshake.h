/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef HANDSHAKE_H
#define HANDSHAKE_H

#include <stddef.h>

#include "proto/http.h"

/*
 * The server's part of the opening handshake (RFC 6455 section 4.2), for a complete request head.
 */
#define HANDSHAKE_PROTOCOLS	(HTTP_HEAD_SIZE / 2)	/* most subprotocols: each has a separator */
#define HANDSHAKE_ACCEPT_SIZE	29	/* bytes of a Sec-WebSocket-Accept value with its NUL */
#define HANDSHAKE_ANSWER_SIZE	2048	/* bytes; the longest answer to a handshake, with NUL */
#define HANDSHAKE_PROTOCOL_SIZE	1880	/* bytes of a name that fits into an answer, with NUL */

struct handshake {
	char		*target;	/* path and query as in the request */
	char		 root[2];	/* buffer for the target of a request without a path */
	const char	*host;		/* value of the field Host */
	const char	*origin;	/* value of the field Origin; NULL: no such field */
	size_t		 protocols;	/* number of subprotocols that can be chosen */
	size_t		 offered;	/* and of all, with those that do not fit into an answer */
	char		**protocol;	/* offered by the client, in its order, the latter last */
	char		 accept[HANDSHAKE_ACCEPT_SIZE];
	int		 status;	/* of the refusal; 0: not refused */
	const char	*reason;	/* of the refusal: a constant sentence */
};

/*
 * Checks a request with the complete head h, whose bytes are at head.  Changes head: calls
 * http_terminate(), and splits the values of Sec-WebSocket-Protocol into strings.  The strings in
 * hs point into head, so head must stay valid.  protocols is memory for the names of the offered
 * subprotocols, to which hs->protocol then points; only as many entries are written as there are
 * names.  Returns 0, or the HTTP status with which the request is to be refused.
 */
int	handshake_check(struct handshake *hs, const struct http *h, char *head,
	    char *protocols[HANDSHAKE_PROTOCOLS]);

/*
 * Writes the answer with status 101; protocol is the chosen subprotocol or NULL.  Returns the
 * length of the answer, or 0 if it does not fit into size bytes with its NUL.
 */
size_t	handshake_accept(char *out, size_t size, const struct handshake *hs, const char *protocol);

/*
 * Writes the answer that refuses a request: the status line, the header fields that the status
 * needs, and the reason as the body.  retry is the value of Retry-After in seconds; 0: without this
 * field. Returns the length of the answer, or 0 if it does not fit into size bytes with its NUL.
 */
size_t	handshake_refuse(char *out, size_t size, int status, const char *reason, unsigned retry);

#endif

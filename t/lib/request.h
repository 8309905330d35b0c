/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef REQUEST_H
#define REQUEST_H

#include <stddef.h>

/*
 * The text of opening handshakes, as a client writes and reads it.
 */
#define REQUEST_SIZE	65536	/* room for any request of the tests */
#define REQUEST_KEY	"dGhlIHNhbXBsZSBub25jZQ=="	/* of RFC 6455 section 1.3, */
#define REQUEST_ACCEPT	"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="	/* and its answer there */

/*
 * A request.  NULL stands for what a good client sends; "" leaves the field
 * (for the request line: the word and the blank before it) out.
 */
struct request {
	const char	*method;	/* GET */
	const char	*target;	/* / */
	const char	*http;		/* HTTP/1.1 */
	const char	*host;		/* Host: 127.0.0.1 */
	const char	*upgrade;	/* Upgrade: websocket */
	const char	*connection;	/* Connection: Upgrade */
	const char	*key;		/* Sec-WebSocket-Key: REQUEST_KEY */
	const char	*version;	/* Sec-WebSocket-Version: 13 */
	const char	*origin;	/* none */
	const char	*protocol;	/* Sec-WebSocket-Protocol: none */
	const char	*extra;		/* more lines, each with its CRLF */
};

/* Writes it as text with the empty line at its end; returns its length. */
size_t	request_format(char out[REQUEST_SIZE], const struct request *r);

/* What Sec-WebSocket-Accept must be for that key. */
const char *request_accept(const char *key);

/* Reads the status line of an answer; the status. */
int	request_status(const char *head);

/*
 * Copies the value of a field (its name in any case) to out.  Returns how
 * many fields of that name there are; the value is that of the first.
 */
int	request_field(const char *head, const char *name, char *out, size_t size);

/* How many fields the answer has. */
int	request_fields(const char *head);

#endif

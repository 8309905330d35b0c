/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef REQUEST_H
#define REQUEST_H

#include <stddef.h>

/*
 * Writes requests and reads responses of the opening handshake (RFC 6455, section 4) as text, as
 * a client does.
 */
#define REQUEST_SIZE	65536	/* enough for any request of the tests */
#define REQUEST_KEY	"dGhlIHNhbXBsZSBub25jZQ=="	/* the example of RFC 6455, section 1.3 */
#define REQUEST_ACCEPT	"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="	/* its Sec-WebSocket-Accept */

/*
 * A request. For a member that is NULL, the value of a correct client is sent, which the comment
 * gives. A member "" omits the field; in the request line, it omits the word and the blank before
 * it. A pointer to a request that is NULL stands for a request whose members are all NULL.
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
	const char	*extra;		/* more header fields, each with CRLF */
};

/* Writes the request as text, with the empty line after the fields. Returns the length in bytes. */
size_t	request_format(char out[REQUEST_SIZE], const struct request *r);

/* Returns the value of Sec-WebSocket-Accept for this key; valid until the next call. */
const char *request_accept(const char *key);

/* Returns the status in the status line of a response; an invalid line fails the test. */
int	request_status(const char *head);

/*
 * Returns the number of fields of this name (in upper or lower case) in a response, and copies
 * the value of the first one to out.
 */
int	request_field(const char *head, const char *name, char *out, size_t size);

/* Returns the number of fields of a response. */
int	request_fields(const char *head);

#endif

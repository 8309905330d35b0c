/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef WSCLIENT_H
#define WSCLIENT_H

#include <stddef.h>
#include <stdint.h>

/*
 * wsclient consists of two parts: the opening (wsclient_open.c), which exits on failure, and the
 * messages (wsclient.c).
 */
#define WSCLIENT_REFUSED	1	/* exit status: the server has refused the handshake */
#define WSCLIENT_UNCLEAN	2	/* exit status: the connection has not ended cleanly */

struct wsclient {
	const char	*unix_path;	/* Unix socket to connect to, or NULL */
	const char	*origin;	/* or NULL */
	const char	*protocols;	/* list of subprotocols to offer, or NULL */
	const char	*headers[32];	/* further header fields, "Name: value" */
	unsigned	 header_count;
	unsigned	 seconds;	/* time limit of each wait, in seconds */

	char		 host[256], port[32], authority[300], path[4096];	/* URL parts */
	char		 chosen[256];	/* subprotocol that the server has chosen, or "" */
};

/* Parses ws://host[:port][/path]. Returns 0, or -1 if url is not of this form. */
int	wsclient_url(struct wsclient *w, const char *url);

/*
 * Connects and does the opening handshake. Returns the non-blocking socket. Bytes received after
 * the response are stored in rest, which has size bytes; *len is set to their number.
 */
int	wsclient_open(struct wsclient *w, uint8_t *rest, size_t size, size_t *len);

/*
 * Writes random bytes: mask keys and the nonce of the handshake (RFC 6455, sections 4.1 and 5.3).
 */
void	wsclient_random(void *out, size_t len);

/* Prints a message and exits with this status. */
void	wsclient_die(int status, const char *format, ...)
	    __attribute__((format(printf, 2, 3), noreturn));

#endif

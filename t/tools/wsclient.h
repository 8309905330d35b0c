/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef WSCLIENT_H
#define WSCLIENT_H

#include <stddef.h>
#include <stdint.h>

/*
 * The command-line client in two halves: the opening (wsclient_open.c), which ends the program if
 * it fails, and the messages (wsclient.c).
 */
#define WSCLIENT_REFUSED	1	/* exit status: the server refused the handshake */
#define WSCLIENT_UNCLEAN	2	/* exit status: any other end that is not clean */

struct wsclient {
	const char	*unix_path;	/* connect there instead of to the URL's host, or NULL */
	const char	*origin;	/* or NULL */
	const char	*protocols;	/* subprotocols offered, a list, or NULL */
	const char	*headers[32];	/* more fields, "Name: value" */
	unsigned	 header_count;
	unsigned	 seconds;	/* time limit of each wait */

	char		 host[256], port[32], authority[300], path[4096];	/* of the URL */
	char		 chosen[256];	/* the subprotocol that the server chose, or empty */
};

/* Parses ws://host[:port][/path]. Returns 0, or -1 if url is not of this form. */
int	wsclient_url(struct wsclient *w, const char *url);

/*
 * Connects and does the opening handshake. Returns the socket, non-blocking. The bytes that were
 * received after the response are stored in rest, at most size bytes; *len is their number.
 */
int	wsclient_open(struct wsclient *w, uint8_t *rest, size_t size, size_t *len);

/*
 * Writes random bytes: mask keys and the nonce of the handshake (RFC 6455, sections 4.1 and 5.3).
 */
void	wsclient_random(void *out, size_t len);

/* Ends the program with a message and this exit status. */
void	wsclient_die(int status, const char *format, ...)
	    __attribute__((format(printf, 2, 3), noreturn));

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef WSCLIENT_H
#define WSCLIENT_H

#include <stddef.h>
#include <stdint.h>

/*
 * The command-line client in two halves: the opening (wsclient_open.c), which
 * ends the program when it fails, and what follows (wsclient.c).
 */
#define WSCLIENT_REFUSED	1	/* exit status: the server refused the handshake */
#define WSCLIENT_UNCLEAN	2	/* anything else that is not a clean end */

struct wsclient {
	const char	*unix_path;	/* connect there instead of to the URL's host, or NULL */
	const char	*origin;	/* or NULL */
	const char	*protocols;	/* subprotocols offered, a list, or NULL */
	const char	*headers[32];	/* more fields, "Name: value" */
	unsigned	 header_count;
	unsigned	 seconds;	/* for each thing that is waited for */

	char		 host[256], port[32], authority[300], path[4096];	/* of the URL */
	char		 chosen[256];	/* the subprotocol that the server chose, or empty */
};

/* Takes ws://host[:port][/path] apart.  0, or -1 if it is none. */
int	wsclient_url(struct wsclient *w, const char *url);

/*
 * Connects and does the opening handshake.  Returns the socket, non-blocking;
 * what came behind the answer is in rest (size bytes at most), *len bytes.
 */
int	wsclient_open(struct wsclient *w, uint8_t *rest, size_t size, size_t *len);

/* Random bytes: mask keys and the handshake's nonce (RFC 6455 sections 4.1 and 5.3). */
void	wsclient_random(void *out, size_t len);

/* Ends the program with a message and that status. */
void	wsclient_die(int status, const char *format, ...)
	    __attribute__((format(printf, 2, 3), noreturn));

#endif

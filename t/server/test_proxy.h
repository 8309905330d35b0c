/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TEST_PROXY_H
#define TEST_PROXY_H

#include <check.h>
#include <stddef.h>

#include "lib/client.h"
#include "lib/harness.h"

/* The parts of the program test_proxy: each adds its test cases. */
void	test_proxy_refused(Suite *s);
void	test_proxy_fields(Suite *s);
void	test_proxy_send(Suite *s);
void	test_proxy_config(Suite *s);

/*
 * Headers of the PROXY protocol in tables: version 1 is written as it is, version 2 in
 * hexadecimal after V2, its signature. V2_UNIX is a header for a Unix socket without a name.
 */
#define V2	"0d0a0d0a 000d0a51 5549540a "
#define V2_UNIX	V2 "21 31 00d8" NONE NONE NONE NONE NONE NONE
#define NONE	"000000000000000000000000000000000000000000000000000000000000000000000000"
#define V2_SIZE	2100	/* bytes; more than the server reads */

/* Writes the bytes of a header, written like V2 above, to out and returns their number. */
size_t	test_proxy_bytes(unsigned char out[V2_SIZE], const char *head);

/*
 * Starts the program with the address to listen on, the setting trusted-proxies (NULL: the
 * default) and the peer. More arguments may follow, the last one NULL.
 */
void	test_proxy_start(struct harness *h, const char *listen, const char *trusted,
	    const char *peer, ...) __attribute__((sentinel));

/*
 * Like test_proxy_start(), with one more setting, and with a listening socket of the test as the
 * peer. Returns that socket.
 */
int	test_proxy_begin(struct harness *h, const char *listen, const char *trusted,
	    const char *setting);

/* Returns the local port of a connected socket of the test. */
unsigned test_proxy_port(int fd);

/*
 * Makes a client of a connected socket: sends a header (NULL: none) and a request for target with
 * additional header fields (NULL: none). Fails unless the server accepts the request.
 */
void	test_proxy_open(struct client *c, int fd, const char *head, const char *target,
	    const char *fields);

/* Accepts the peer's connection, sends data in both directions, and ends the client's session. */
void	test_proxy_use(struct client *c, int listener);

/*
 * Waits for the log line of a session with this target and this client. If client is NULL, the
 * client is 127.0.0.1 with this port, the address of its socket.
 */
void	test_proxy_logged(struct harness *h, const char *client, unsigned port,
	    const char *target);

#endif

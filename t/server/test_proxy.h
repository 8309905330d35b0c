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

/*
 * The parts of the program test_proxy: each adds its test cases.
 */
void	test_proxy_refused(Suite *s);
void	test_proxy_fields(Suite *s);
void	test_proxy_send(Suite *s);
void	test_proxy_config(Suite *s);

/*
 * Headers of the PROXY protocol in tables: version 1 as it is, version 2 in hexadecimal, of which
 * this is the beginning; V2_UNIX is from a Unix socket without a name.
 */
#define V2	"0d0a0d0a 000d0a51 5549540a "
#define V2_UNIX	V2 "21 31 00d8" NONE NONE NONE NONE NONE NONE
#define NONE	"000000000000000000000000000000000000000000000000000000000000000000000000"
#define V2_SIZE	2100	/* more than is taken */

/* The bytes of such a header; their number. */
size_t	test_proxy_bytes(unsigned char out[V2_SIZE], const char *head);

/*
 * Starts the program: where it listens, which proxies it trusts (NULL: as it is by itself), its
 * peer.  More arguments may follow, then NULL.
 */
void	test_proxy_start(struct harness *h, const char *listen, const char *trusted,
	    const char *peer, ...) __attribute__((sentinel));

/* The same with that setting in front of a listener of the test's own, which is returned. */
int	test_proxy_begin(struct harness *h, const char *listen, const char *trusted,
	    const char *setting);

/* The port of our end of a connection. */
unsigned test_proxy_port(int fd);

/*
 * A client on a connected socket that sends a header (NULL: none), and a request for target with
 * more fields (NULL: none).  Is let in.
 */
void	test_proxy_open(struct client *c, int fd, const char *head, const char *target,
	    const char *fields);

/* Its whole session with the peer behind a listener. */
void	test_proxy_use(struct client *c, int listener);

/*
 * The log has the end of a session for that target, with that client; NULL stands for the
 * socket's own address on 127.0.0.1, whose port that is.
 */
void	test_proxy_logged(struct harness *h, const char *client, unsigned port,
	    const char *target);

#endif

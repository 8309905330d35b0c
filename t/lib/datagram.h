/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef DATAGRAM_H
#define DATAGRAM_H

#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>
#include <stddef.h>

/*
 * The test itself as a datagram peer, which learns the address of the bridge's socket from the
 * first datagram. The deadline of each call is EXPECT_MS; a failure ends the test.
 *
 *	struct datagram_peer p = { .fd = sock_udp(&port) };
 *
 *	datagram_expect(&p, "hello", 5);
 *	datagram_send(&p, "answer", 6);
 */
union datagram_address {
	struct sockaddr		sa;
	struct sockaddr_in	in;
	struct sockaddr_un	un;
};

struct datagram_peer {
	int			fd;
	union datagram_address	bridge;		/* sender of the last datagram */
	socklen_t		size;
};

/*
 * Waits for the next datagram, which must have exactly these bytes. Stores the address of its
 * sender.
 */
void	datagram_expect(struct datagram_peer *p, const void *data, size_t len);

/* Sends a datagram to the sender of the last one that datagram_expect() has received. */
void	datagram_send(const struct datagram_peer *p, const void *data, size_t len);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TRANSPORT_H
#define TRANSPORT_H

#include <stdint.h>

#include "websocksy.h"

/*
 * The kinds of peers.  One table says what sets each kind apart; addresses, allow lists, look-up
 * and connecting read it.  A new kind is a value of peer_transport in websocksy.h, a row here, the
 * way to connect it in posix/connect.c, and a paragraph in the manual.
 */

/*
 * The size of a Unix socket's path with its NUL, here and wherever a path is kept.  It is that of
 * Linux; address_unix() refuses a path that is too long for the system it runs on.
 */
#define TRANSPORT_PATH_SIZE	108

/* What the address of a peer names. */
enum transport_place {
	TRANSPORT_HOST,		/* a host and a port: IPv4 or IPv6 */
	TRANSPORT_PATH,		/* the path of a Unix socket */
	TRANSPORT_UNSUPPORTED	/* nothing to connect to: the kind is known, but always refused */
};

/* The supported schemes, for messages. */
#define TRANSPORT_SCHEMES	"tcp://, udp://, unix:// or unix-dgram://"

struct transport {
	peer_transport		 id;
	const char		*scheme;	/* of addresses and allow lists, with its :// */
	enum transport_place	 place;
	int			 is_datagram;	/* 1: each message is a datagram; 0: a stream */
	uint32_t		 datagram_max;	/* bytes; 0: limited only by max-message */
};

/* Returns the row of a kind; NULL for peer_transport_detect or a value that is not valid. */
const struct transport *transport_of(peer_transport id);

/*
 * Returns the row whose scheme is at the beginning of text, in upper or lower case; NULL if there
 * is none.
 */
const struct transport *transport_find(const char *text);

#endif

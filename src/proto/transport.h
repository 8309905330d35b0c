/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TRANSPORT_H
#define TRANSPORT_H

#include <stdint.h>

#include "websocksy.h"

/*
 * The kinds of peers.  One table has the properties of each kind; the code for addresses, allow
 * lists, look-ups and connections uses the table.  A new kind needs a value of peer_transport in
 * websocksy.h, a row in the table, code to connect it in posix/connect.c, and a paragraph in the
 * manual.
 */

/*
 * Bytes of the longest path of a Unix socket with its NUL, for all buffers that hold such a path.
 * The size is that of Linux; address_unix() refuses a path that is too long for the running system.
 */
#define TRANSPORT_PATH_SIZE	108

/* The kind of object that the address of a peer names. */
enum transport_place {
	TRANSPORT_HOST,		/* a host and a port: IPv4 or IPv6 */
	TRANSPORT_PATH,		/* the path of a Unix socket */
	TRANSPORT_UNSUPPORTED	/* a kind that is known, but always refused */
};

/* The supported schemes, as a text for messages. */
#define TRANSPORT_SCHEMES	"tcp://, udp://, unix:// or unix-dgram://"

struct transport {
	peer_transport		 id;
	const char		*scheme;	/* of addresses and allow lists, with the "://" */
	enum transport_place	 place;
	int			 is_datagram;	/* 1: each message is a datagram; 0: a stream */
	uint32_t		 datagram_max;	/* bytes; 0: only max-message limits a datagram */
};

/* Returns the row of the kind id; NULL for peer_transport_detect or an invalid value. */
const struct transport *transport_of(peer_transport id);

/*
 * Returns the row whose scheme is at the start of text, in upper or lower case; NULL if there is
 * none.
 */
const struct transport *transport_find(const char *text);

#endif

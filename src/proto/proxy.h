/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PROXY_H
#define PROXY_H

#include <stddef.h>
#include <stdint.h>

/*
 * The PROXY protocol (HAProxy's doc/proxy-protocol.txt), versions 1 and 2: a header before the
 * first byte of a connection, in which a proxy sends the addresses of its own client's connection.
 *
 * A sender can forge any address.  So the header is accepted only from trusted proxies, and they
 * must always send it: the first bytes of a connection are never used to guess if it is there.
 */
#define PROXY_LINE_SIZE	107		/* the longest header of version 1, with its CRLF */
#define PROXY_BODY_SIZE	2048		/* version 2: longest body, by our own limit */
#define PROXY_SIZE	(16 + PROXY_BODY_SIZE)	/* the longest header that is accepted */
#define PROXY_SEND_SIZE	107		/* the longest header that proxy_write() writes */

enum proxy_family {
	PROXY_UNKNOWN,	/* no addresses: those of the socket are valid */
	PROXY_INET,	/* IPv4 or IPv6, TCP or UDP */
	PROXY_UNIX	/* the client is connected to a Unix socket of the proxy; no path is kept */
};

struct proxy_end {
	uint8_t		address[16];	/* as in network.h */
	uint16_t	port;		/* in host byte order; 0: not known */
};

struct proxy {
	enum proxy_family	family;
	struct proxy_end	source, destination;	/* PROXY_INET; otherwise zeros */
	int			version;	/* 1 or 2 */
	size_t			size;		/* PROXY_DONE: bytes of the header */
	const char		*why;		/* PROXY_BAD: what is wrong, a sentence */
};

enum proxy_verdict { PROXY_MORE, PROXY_DONE, PROXY_BAD };

/*
 * Reads the header from the first len bytes of a connection.  Returns PROXY_MORE if it is not
 * complete: call again with these bytes and more.  PROXY_DONE: the client's own bytes follow the
 * first p->size bytes.  The result depends neither on how the bytes were split nor on the bytes
 * after the header.  PROXY_SIZE bytes are always enough for a result.
 *
 * Version 1 is read strictly; after UNKNOWN anything may follow.  In version 2 the command LOCAL
 * and an unspecified family or protocol give PROXY_UNKNOWN, and the body is not read.  Any other
 * header must have all its addresses, and then TLVs that end exactly where the header ends.  Of the
 * TLVs only CRC32C is used; its checksum must be right.
 */
enum proxy_verdict proxy_read(struct proxy *p, const void *head, size_t len);

/*
 * Writes a header of version 1 or 2 for a stream connection from p->source to p->destination, and
 * returns its length.
 *
 * With PROXY_INET, two IPv4 addresses are written as IPv4, any other pair as IPv6, an IPv4 address
 * being mapped.  A destination of zeros is unknown and gets the family of the source.  The other
 * families are written as UNKNOWN in version 1 and as LOCAL in version 2, which every receiver must
 * accept; some do not accept unspecified or Unix addresses.
 */
size_t	proxy_write(uint8_t out[PROXY_SEND_SIZE], const struct proxy *p, int version);

#endif

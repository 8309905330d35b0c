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
 * first byte of a connection, in which a proxy sends the addresses of the connection from its own
 * client.
 *
 * A sender can forge any address.  So the header is accepted only from trusted proxies, which must
 * always send it: the first bytes of a connection are never used to guess whether there is a
 * header.
 */
#define PROXY_LINE_SIZE	107		/* bytes of the longest header of version 1, with CRLF */
#define PROXY_BODY_SIZE	2048		/* bytes of the longest body of version 2; our own limit */
#define PROXY_SIZE	(16 + PROXY_BODY_SIZE)	/* bytes of the longest header that is accepted */
#define PROXY_SEND_SIZE	107		/* bytes of the longest header that proxy_write() writes */

enum proxy_family {
	PROXY_UNKNOWN,	/* the header has no addresses */
	PROXY_INET,	/* IPv4 or IPv6, TCP or UDP */
	PROXY_UNIX	/* the client used a Unix socket of the proxy; the path is not stored */
};

struct proxy_end {
	uint8_t		address[16];	/* 16 bytes for IPv4, too (network.h) */
	uint16_t	port;		/* in host byte order; 0: not known */
};

struct proxy {
	enum proxy_family	family;
	struct proxy_end	source, destination;	/* for PROXY_INET; otherwise zeros */
	int			version;	/* 1 or 2 */
	int			local;		/* 1: command LOCAL: the proxy is the client */
	size_t			size;		/* after PROXY_DONE: bytes of the header */
	const char		*why;		/* after PROXY_BAD: a sentence about the error */
};

enum proxy_verdict { PROXY_MORE, PROXY_DONE, PROXY_BAD };

/*
 * Reads the header from the first len bytes of a connection.  Returns PROXY_MORE if the header is
 * not complete: call again with these bytes and further ones; PROXY_DONE if it is complete, and the
 * client's own bytes follow after the first p->size bytes; PROXY_BAD if it is invalid.  The result
 * depends neither on how the bytes were split nor on the bytes after the header.  PROXY_SIZE bytes
 * are always enough for a result.
 *
 * Version 1 is read strictly, but any text may follow the word UNKNOWN.  In version 2 the command
 * LOCAL, an unspecified family and an unspecified protocol give PROXY_UNKNOWN, and the body is not
 * read.  Any other header must have all its addresses, and then TLVs that end exactly where the
 * header ends.  Of the TLVs only CRC32C is used; its checksum must be correct.
 */
enum proxy_verdict proxy_read(struct proxy *p, const void *head, size_t len);

/*
 * Writes a header of version 1 or 2 for a stream connection from p->source to p->destination.  id
 * is sent in version 2, as the TLV PP2_TYPE_UNIQUE_ID, unless it is NULL; it has at most
 * PROXY_ID_SIZE bytes.  Returns the length of the header.
 *
 * With PROXY_INET, two IPv4 addresses are written as IPv4; any other pair is written as IPv6, with
 * an IPv4 address mapped into IPv6.  A destination of zeros is unknown and is written in the family
 * of the source.  Other families are written as UNKNOWN in version 1 and as LOCAL in version 2.
 * Every receiver must accept these two, but some do not accept unspecified or Unix addresses.
 */
#define PROXY_ID_SIZE	52
size_t	proxy_write(uint8_t out[PROXY_SEND_SIZE], const struct proxy *p, int version,
	    const char *id);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PROXY_H
#define PROXY_H

#include <stddef.h>
#include <stdint.h>

/*
 * The PROXY protocol (HAProxy's doc/proxy-protocol.txt), versions 1 and 2: a header before
 * the first byte of a connection, in which a proxy says whose connection it is.
 *
 * Who may send it can say anything: read it only from proxies that are trusted, and
 * from those always; there is no guessing whether it is there.
 */
#define PROXY_LINE_SIZE	107		/* version 1, with its CRLF */
#define PROXY_BODY_SIZE	2048		/* version 2: we take no more behind its first 16 bytes */
#define PROXY_SIZE	(16 + PROXY_BODY_SIZE)	/* the longest header that is taken */
#define PROXY_SEND_SIZE	107		/* room for any header that we write */

enum proxy_family {
	PROXY_UNKNOWN,	/* nothing is said: the socket's own addresses hold */
	PROXY_INET,	/* IPv4 or IPv6, TCP or UDP */
	PROXY_UNIX	/* the client is at a Unix socket of the proxy; its path is not kept */
};

struct proxy_end {
	uint8_t		address[16];	/* IPv4 mapped into IPv6 */
	uint16_t	port;		/* 0: not known */
};

struct proxy {
	enum proxy_family	family;
	struct proxy_end	source, destination;	/* PROXY_INET; else zeros */
	int			version;	/* 1 or 2 */
	size_t			size;		/* PROXY_DONE: bytes of the header */
	const char		*why;		/* PROXY_BAD: a sentence that says what is wrong */
};

enum proxy_verdict { PROXY_MORE, PROXY_DONE, PROXY_BAD };

/*
 * Reads the header at the beginning of a connection of which the first len bytes are known.
 * PROXY_MORE: it is not finished; call again with all of them and more.  PROXY_DONE: what
 * follows p->size bytes is the client's.  The outcome does not depend on how the bytes were
 * cut, nor on what follows the header.  PROXY_SIZE bytes are always enough.
 *
 * Version 1 is read to the letter; UNKNOWN may be followed by anything.  Of version 2, LOCAL and
 * unspecified families and protocols are PROXY_UNKNOWN, and their body is passed over
 * unread.  The others must have their addresses whole, and behind them TLVs that end where the
 * header ends; a CRC32C among them must be right, of the rest nothing is used.
 */
enum proxy_verdict proxy_read(struct proxy *p, const void *head, size_t len);

/*
 * Writes a header of version 1 or 2 for a connection over a stream from p->source to
 * p->destination, if p->family is PROXY_INET.  Two IPv4 addresses make IPv4, any other pair
 * IPv6, in which an IPv4 one is mapped; a destination of zeros is not known, and is of the
 * source's family.  The other families are UNKNOWN in version 1 and LOCAL in version 2, which
 * all receivers must take: some take no unspecified or Unix addresses.  Returns its length.
 */
size_t	proxy_write(uint8_t out[PROXY_SEND_SIZE], const struct proxy *p, int version);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef FORWARDED_H
#define FORWARDED_H

#include <stdint.h>

/*
 * The client's address in the fields X-Forwarded-For and Forwarded of a request.  Each proxy adds,
 * at the right, the address from which the request came to the proxy; a client can forge all
 * addresses to the left of that one.  So the addresses are read from right to left.  As long as an
 * address is that of a trusted proxy, the address to its left was added by this proxy and is
 * trusted, too.  The first address that is not a trusted proxy is the client.
 *
 * The caller must make sure that the connection itself comes from a trusted proxy, and must read
 * only the field that its proxies write: a client can forge the other field.
 */
#define FORWARDED_HOPS	32	/* most trusted proxies in a row; any further left are ignored */

struct forwarded {
	int		known;		/* 1: an address was found */
	uint8_t		address[16];	/* of the client, as the left-most trusted proxy saw it */
	unsigned	port;		/* of the client; 0: not known */
	int		hops;		/* trusted proxies found so far */
	int		hidden;		/* 1: a trusted proxy does not tell the client's address */
};

/* Sets f to "no address found". */
void	forwarded_init(struct forwarded *f);

/*
 * Read the value of one field from right to left; the caller begins with the last field of the
 * name. trusted is a list as in network.h.  Both functions return 1 if all addresses in the field
 * are trusted proxies; the caller then reads the previous field of the name.  If there is no
 * previous field, the left-most address is the client.
 *
 * An element that is not an address (unknown, hidden, empty or invalid) ends the search: no element
 * to the left of it is trusted.  f->hidden is then 1, and f->address is that of the proxy that wrote
 * this element, not that of the client.  f->known is 0 if that proxy is the other end of the
 * connection, since no address was found.
 *
 * forwarded_x_for() reads X-Forwarded-For: IPv4 with or without a port, IPv6 without brackets, or
 * in brackets with or without a port.  The element "unix:" means that a proxy was called through a
 * Unix socket; it is skipped if the list trusted has the word unix, and otherwise ends the search.
 *
 * forwarded_rfc7239() reads Forwarded (RFC 7239 section 4); only the parameter for= is used.
 * Blanks around semicolons are accepted, because some proxies write them.
 */
int	forwarded_x_for(struct forwarded *f, const char *value, const char *trusted);
int	forwarded_rfc7239(struct forwarded *f, const char *value, const char *trusted);

/*
 * Return 1 if the client used TLS (https or wss) according to the first value of X-Forwarded-Proto
 * or, forwarded_rfc7239_is_https(), to the parameter proto= of the first element of Forwarded.  The
 * first is what the outermost proxy saw.  A client can forge it where proxies append; that matters
 * as little as a forged Origin, since the pages of a browser can set neither.
 */
int	forwarded_x_proto_is_https(const char *value);
int	forwarded_rfc7239_is_https(const char *value);

#endif

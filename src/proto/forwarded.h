/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef FORWARDED_H
#define FORWARDED_H

#include <stdint.h>

/*
 * The client's address in the fields X-Forwarded-For and Forwarded of a request.  Each proxy adds
 * at the right the address from which it was called; what is to the left of that may be forged by
 * the client.  So the addresses are read from the right.  As long as an address is that of a
 * trusted proxy, the next one was added by this proxy and is trusted, too.  The first address that
 * is not a trusted proxy is the client.
 *
 * The caller must make sure that the connection itself comes from a trusted proxy, and must read
 * only the field that its proxies write: a client can forge the other one.
 */
#define FORWARDED_HOPS	32	/* trusted proxies in a row; addresses to the left are ignored */

struct forwarded {
	int		known;		/* 1: an address was found */
	uint8_t		address[16];	/* of the client, as the last trusted proxy saw it */
	unsigned	port;		/* of the client; 0: not known */
	int		hops;		/* trusted proxies so far */
};

/* Begins with no address known. */
void	forwarded_init(struct forwarded *f);

/*
 * Read the value of one field, from right to left; the caller begins with the last field of the
 * name.  trusted is a list as in network.h.  They return 1 if all addresses in this field are
 * trusted proxies: the caller goes on with the previous field.  If there is none, the left-most
 * address is the client's.
 *
 * An element that is not an address (unknown, hidden, empty or invalid) ends the walk: nothing to
 * the left of it is trusted.  f->address is then that of the proxy which wrote the element, or if
 * that proxy is the connection itself f->known is 0.
 *
 * forwarded_x_for() reads X-Forwarded-For: IPv4 with or without a port, IPv6 without brackets, or
 * in brackets with or without a port.  The element unix: stands for a hop over a Unix socket; it
 * is skipped if unix is trusted, and otherwise ends the walk.
 *
 * forwarded_rfc7239() reads Forwarded (RFC 7239 section 4), of which it uses only for=.  Blanks
 * around semicolons are accepted, because some proxies write them.
 */
int	forwarded_x_for(struct forwarded *f, const char *value, const char *trusted);
int	forwarded_rfc7239(struct forwarded *f, const char *value, const char *trusted);

#endif

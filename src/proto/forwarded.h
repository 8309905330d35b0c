/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef FORWARDED_H
#define FORWARDED_H

#include <stdint.h>

/*
 * The client's address as proxies tell it in a request.  Each proxy adds, at the end, the
 * address that it was called from; what is left of that may be anybody's.  So the walk goes
 * from the right: as long as an address is that of a trusted proxy, what this one added is
 * believed too.  The first that is not trusted is the client.
 *
 * The caller sees to two things: that the connection itself comes from a trusted proxy, and that
 * only the field is read which its proxies write: the other one is the client's to forge.
 */
#define FORWARDED_HOPS	32	/* proxies in a row; what is left of these is not looked at */

struct forwarded {
	int		known;		/* whether an address was found; else keep what is known */
	uint8_t		address[16];	/* the farthest that is vouched for; IPv4 mapped */
	unsigned	port;		/* 0: not told */
	int		hops;		/* trusted ones so far */
};

void	forwarded_init(struct forwarded *f);

/*
 * Walks over the value of one field; begin with the last field of the name.  trusted is a list
 * as in network.h.  Returns whether to go on with the field before it: all that this one
 * names are trusted.  Where that was the first field, the address is the left-most one.
 *
 * What is no address, and says so or is garbage, or empty, ends the walk: the address stays that
 * of the proxy which wrote it, if that one was named.  Never is anything left of it believed.
 *
 * forwarded_x_for() is for X-Forwarded-For: IPv4 with or without a port, IPv6 bare or in
 * brackets and then with or without a port; and unix:, a hop over a Unix socket, which is
 * passed over if unix is trusted.
 *
 * forwarded_rfc7239() is for Forwarded (RFC 7239 section 4), of which only for= is used.  Blanks
 * are allowed around semicolons, since some write them.
 */
int	forwarded_x_for(struct forwarded *f, const char *value, const char *trusted);
int	forwarded_rfc7239(struct forwarded *f, const char *value, const char *trusted);

#endif

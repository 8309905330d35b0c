/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef ENDPOINT_H
#define ENDPOINT_H

#include <stddef.h>

#include "proto/transport.h"

/*
 * Endpoints, the addresses to listen on: a list, separated by commas, of
 *
 *	host, host:port, [address]:port, unix:///path
 *
 * An IPv6 address without a port needs no brackets.  An endpoint may be followed by a blank and the
 * word proxy: every connection to this endpoint then comes from a proxy, and begins with a PROXY
 * protocol header.
 */
#define ENDPOINT_HOST_SIZE	256
#define ENDPOINT_PORT_SIZE	32
#define ENDPOINT_SPARE		8	/* bytes of path left free: listen_unix() adds a suffix */
#define ENDPOINT_UNIX		"unix://"

struct endpoint {
	char	host[ENDPOINT_HOST_SIZE];
	char	port[ENDPOINT_PORT_SIZE];	/* "": the value of the setting port */
	char	path[TRANSPORT_PATH_SIZE];	/* of a Unix socket; "": host and port are set */
	int	proxy;		/* 1: connections begin with a PROXY protocol header */
};

/*
 * Reads the next endpoint of a list and moves *list after it.  Returns 1; 0 at the end of the list;
 * -1, with a sentence in *why, if the endpoint is invalid.
 */
int	endpoint_next(const char **list, struct endpoint *e, const char **why);

/*
 * Returns 1 if text is a valid list of at least one endpoint; otherwise 0, with a sentence in *why.
 */
int	endpoint_is_list(const char *text, const char **why);

#endif

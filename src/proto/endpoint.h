/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef ENDPOINT_H
#define ENDPOINT_H

#include <stddef.h>

#include "proto/transport.h"

/*
 * Where to listen: a list, separated by commas, of
 *
 *	host, host:port, [address]:port, unix:///path
 *
 * each perhaps followed, after a blank, by the word proxy: clients come through a proxy
 * that says so with the PROXY protocol.  An IPv6 address without a port needs no brackets.
 */
#define ENDPOINT_HOST_SIZE	256
#define ENDPOINT_PORT_SIZE	32

struct endpoint {
	char	host[ENDPOINT_HOST_SIZE];
	char	port[ENDPOINT_PORT_SIZE];	/* "": the one of the configuration */
	char	path[TRANSPORT_PATH_SIZE];	/* of a Unix socket; "": none */
	int	proxy;
};

/*
 * Takes the next one off a list.  Returns 1, 0 at the end, or -1 with what is wrong in *why.
 */
int	endpoint_next(const char **list, struct endpoint *e, const char **why);

/* Whether text is a list of at least one; if not, *why says what is wrong. */
int	endpoint_is_list(const char *text, const char **why);

#endif

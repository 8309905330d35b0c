/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef REQUEST_H
#define REQUEST_H

#include <stdint.h>

#include "proto/handshake.h"
#include "proto/http.h"
#include "proto/network.h"
#include "websocksy.h"

/*
 * The request of a client.  Backends get the request as the opaque type websocket, and read it with
 * the functions of api.c.
 */
struct request_end {
	char		address[NETWORK_TEXT_SIZE];	/* as text; "": unknown */
	unsigned	port;				/* 0: unknown */
};

struct websocket {
	struct request_end	 client, local;
	char			*head;		/* request line and header fields, as a string */
	struct http		 http;
	struct handshake	 handshake;
	uint64_t		 hidden;	/* secret components of the path (target.h) */
	int			 log_query;	/* 1: queries may be logged */
	const char		*id;		/* of the connection */
};

#endif

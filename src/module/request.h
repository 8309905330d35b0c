/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef REQUEST_H
#define REQUEST_H

#include "proto/handshake.h"
#include "proto/http.h"
#include "proto/network.h"
#include "websocksy.h"

/*
 * The request of a client.  Backends get it as the opaque type websocket and read it with the
 * functions of api.c.
 */
struct request_end {
	char		address[NETWORK_TEXT_SIZE];	/* as text, "" if unknown */
	unsigned	port;				/* 0 if unknown */
};

struct websocket {
	struct request_end	 client, local;
	char			*head;		/* request line and header fields; a string */
	struct http		 http;
	struct handshake	 handshake;
};

#endif

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
 * What a client asked for, and from where: a backend sees it as a websocket
 * and reads it through the functions of core.c.
 */
struct request_end {
	char		address[NETWORK_TEXT_SIZE];	/* "" if unknown */
	unsigned	port;
};

struct websocket {
	struct request_end	 client, local;
	char			*head;		/* the request's, terminated */
	struct http		 http;
	struct handshake	 handshake;
};

#endif

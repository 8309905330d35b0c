/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>
#include <strings.h>

#include "proto/transport.h"

#define UDP_MAX	65507	/* bytes; largest payload of a UDP datagram over IPv4 */

static const struct transport transports[] = {
	{ peer_tcp_client, "tcp://", TRANSPORT_HOST, 0, 0 },
	{ peer_udp_client, "udp://", TRANSPORT_HOST, 1, UDP_MAX },
	{ peer_unix_stream, "unix://", TRANSPORT_PATH, 0, 0 },
	{ peer_unix_dgram, "unix-dgram://", TRANSPORT_PATH, 1, 0 },
	{ peer_fifo_tx, "fifotx://", TRANSPORT_UNSUPPORTED, 0, 0 },
	{ peer_fifo_rx, "fiforx://", TRANSPORT_UNSUPPORTED, 0, 0 }
};

#define TRANSPORTS	(sizeof(transports) / sizeof(transports[0]))

const struct transport *
transport_of(peer_transport id)
{
	size_t i;

	for (i = 0; i < TRANSPORTS; i++)
		if (transports[i].id == id)
			return &transports[i];
	return NULL;
}

const struct transport *
transport_find(const char *text)
{
	const char *scheme;
	size_t i;

	for (i = 0; i < TRANSPORTS; i++) {
		scheme = transports[i].scheme;
		if (strncasecmp(text, scheme, strlen(scheme)) == 0)
			return &transports[i];
	}
	return NULL;
}

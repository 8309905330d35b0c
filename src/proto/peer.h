/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PEER_H
#define PEER_H

#include <stddef.h>

#include "websocksy.h"

/*
 * Peer addresses: tcp://host:port, udp://host:port, unix://path or unix-dgram://path.  An IPv6
 * address is written in brackets.  An address without a scheme is a tcp:// address.  The address of
 * a stream peer may have the suffix ?send-proxy or ?send-proxy-v2: the server then first sends the
 * client's address to the peer, with version 1 or 2 of the PROXY protocol.  With ?send-proxy-v2-id
 * it sends the id of the connection, too.
 */
#define PEER_HOST_SIZE	256
#define PEER_PORT_SIZE	32
#define PEER_TEXT_SIZE	(PEER_HOST_SIZE + PEER_PORT_SIZE + 32)

struct peer {
	peer_transport	transport;	/* never peer_transport_detect */
	char		host[PEER_HOST_SIZE];	/* without brackets; or the path of a Unix socket */
	char		port[PEER_PORT_SIZE];	/* number or service name; "" for a Unix socket */
	int		send_proxy;		/* version of the PROXY protocol; 0: not sent */
#define PEER_PROXY_ID	3			/* value of send_proxy: version 2 with an id */
};

/*
 * Reads an address.  A port that is not NULL replaces the port in the text; for a TCP or UDP
 * address, one of the two must give a port.  Returns 0, or -1 with a constant sentence in *why.
 */
int	peer_parse(struct peer *p, const char *text, const char *port, const char **why);

/*
 * Reads the address in the answer of a backend: transport, host and port, or, if the transport is
 * peer_transport_detect, the whole address in host.  Returns the same as peer_parse().
 */
int	peer_from_info(struct peer *p, const ws_peer_info *info, const char **why);

/* Returns 1 for a datagram peer, 0 for a stream peer. */
int	peer_is_datagram(const struct peer *p);

/* Writes the address as text, such as tcp://[::1]:5900.  Returns out. */
char	*peer_format(char out[PEER_TEXT_SIZE], const struct peer *p);

#endif

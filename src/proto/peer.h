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
 * address is written in brackets.  Without a scheme it is tcp.  After the address of a stream peer
 * ?send-proxy or ?send-proxy-v2 may follow: the client's address is then sent to the peer first,
 * with version 1 or 2 of the PROXY protocol.
 */
#define PEER_HOST_SIZE	256
#define PEER_PORT_SIZE	32
#define PEER_TEXT_SIZE	(PEER_HOST_SIZE + PEER_PORT_SIZE + 32)

struct peer {
	peer_transport	transport;	/* never peer_transport_detect */
	char		host[PEER_HOST_SIZE];	/* without brackets; or the path of a socket */
	char		port[PEER_PORT_SIZE];	/* number or service name; "" with a path */
	int		send_proxy;		/* version of the PROXY protocol; 0: not sent */
};

/*
 * Reads an address.  If port is not NULL it is used instead of a port in the text; a TCP or UDP
 * address must have one or the other.  Returns 0, or -1 with a sentence in *why, a constant.
 */
int	peer_parse(struct peer *p, const char *text, const char *port, const char **why);

/*
 * Reads the address in a backend's answer: a transport, a host and a port, or if the transport is
 * peer_transport_detect an address in host.  Returns what peer_parse() does.
 */
int	peer_from_info(struct peer *p, const ws_peer_info *info, const char **why);

/* Returns 1 if the peer takes and sends datagrams, 0 if it is a stream. */
int	peer_is_datagram(const struct peer *p);

/* Writes the address as text, such as tcp://[::1]:5900.  Returns out. */
char	*peer_format(char out[PEER_TEXT_SIZE], const struct peer *p);

#endif

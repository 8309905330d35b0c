/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PEER_H
#define PEER_H

#include <stddef.h>

#include "websocksy.h"

/*
 * Peer addresses: tcp://host:port, udp://host:port, unix://file,
 * unix-dgram://file; an IPv6 address stands in brackets.  No scheme means tcp.
 * Behind one of a stream may stand ?send-proxy or ?send-proxy-v2: the peer is told who the
 * client is, with the PROXY protocol.
 */
#define PEER_HOST_SIZE	256
#define PEER_PORT_SIZE	32
#define PEER_TEXT_SIZE	(PEER_HOST_SIZE + PEER_PORT_SIZE + 32)

struct peer {
	peer_transport	transport;	/* never peer_transport_detect */
	char		host[PEER_HOST_SIZE];	/* or the file's path; no brackets */
	char		port[PEER_PORT_SIZE];	/* number or service name; empty for files */
	int		send_proxy;		/* version of the PROXY protocol; 0: none */
};

/*
 * Reads an address.  port, if not NULL, is the port whatever the text says; a
 * TCP or UDP address needs one from either.  Returns 0, or -1 with a sentence in *why.
 */
int	peer_parse(struct peer *p, const char *text, const char *port, const char **why);

/* The same for a backend's answer: a transport with host and port apart, or detected. */
int	peer_from_info(struct peer *p, const ws_peer_info *info, const char **why);

/* Whether messages keep their boundaries on this peer. */
int	peer_is_datagram(const struct peer *p);

/* The address as text, such as tcp://[::1]:5900; returns out. */
char	*peer_format(char out[PEER_TEXT_SIZE], const struct peer *p);

#endif

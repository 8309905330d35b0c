/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CLIENT_ADDRESS_H
#define CLIENT_ADDRESS_H

#include "posix/address.h"
#include "proto/http.h"
#include "proto/network.h"
#include "proto/proxy.h"

/*
 * The client's address, as used for the log, the status, backends and peers: the address of the
 * client's socket, or the address that a trusted proxy has sent instead.
 */
struct client_address {
	struct proxy		ends;		/* source: the client; destination: the server */
	char			text[ADDRESS_TEXT_SIZE];	/* host:port, "unix" or "unknown" */
};

/* The setting client-address: the field in which proxies send the client's address. */
enum client_address_field {
	CLIENT_ADDRESS_SOCKET,		/* none */
	CLIENT_ADDRESS_X_FORWARDED_FOR,
	CLIENT_ADDRESS_FORWARDED	/* RFC 7239 */
};

/* Sets the client from the address of its socket.  remote may be NULL (unknown). */
struct sockaddr_storage;
void	client_address_from_socket(struct client_address *a, const struct sockaddr_storage *remote);

/* Sets the destination to the local address of the socket fd, unless the destination is known. */
void	client_address_add_local(struct client_address *a, int fd);

/* Returns whether the client's address is in a list, whose format proto/network.h describes. */
int	client_address_is_in(const struct client_address *a, const char *list);

/*
 * Sets source and destination from the PROXY header of a trusted proxy.  If the header has no
 * addresses, the client is unknown, and so in no list of trusted proxies.  With the command LOCAL
 * the client is the proxy.
 */
void	client_address_from_proxy(struct client_address *a, const struct proxy *p);

/*
 * Sets the client from the fields of a request of a trusted proxy, if there are any.  If the
 * fields do not have the client's address, the client is unknown.  field is the field to read.
 * head is the terminated head of h.  trusted is the list of trusted proxies.
 */
void	client_address_from_fields(struct client_address *a, enum client_address_field field,
    const struct http *h, char *head, const char *trusted);

/*
 * Writes the address of one end as text, or "" if it is unknown.  Returns the port, 0 if
 * unknown.
 */
unsigned client_address_end(char out[NETWORK_TEXT_SIZE], const struct proxy_end *end);

#endif

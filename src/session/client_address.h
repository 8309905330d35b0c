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
 * Who the client is: the one notion of it, for the log, the status, backends and peers.  That is
 * its socket's address, or what a trusted proxy says in its place.
 */
struct client_address {
	struct proxy		ends;		/* source: the client; destination: ours, if known */
	char			text[ADDRESS_TEXT_SIZE];	/* host:port, "unix" or "unknown" */
};

/* In what field proxies tell the client's address: values of the setting client-address. */
enum client_address_field { CLIENT_ADDRESS_SOCKET, CLIENT_ADDRESS_X_FORWARDED_FOR, CLIENT_ADDRESS_FORWARDED };

/* As the socket says; remote NULL: it says nothing. */
struct sockaddr_storage;
void	client_address_from_socket(struct client_address *id, const struct sockaddr_storage *remote);

/* Adds our own end of the socket, if it is not known yet. */
void	client_address_add_local(struct client_address *id, int fd);

/* Whether the client, as it is known so far, is in a list as in network.h. */
int	client_address_is_in(const struct client_address *id, const char *list);

/* As a trusted proxy's PROXY header says. */
void	client_address_from_proxy(struct client_address *id, const struct proxy *p);

/* As the fields of a terminated request say, if they say anything; the client is trusted. */
void	client_address_from_fields(struct client_address *id, enum client_address_field field, const struct http *h,
    char *head, const char *trusted);

/* One end as text, "" if it is not known, and its port. */
unsigned client_address_end(char out[NETWORK_TEXT_SIZE], const struct proxy_end *end);

#endif

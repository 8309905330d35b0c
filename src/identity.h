/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef IDENTITY_H
#define IDENTITY_H

#include "http.h"
#include "listen.h"
#include "proxy.h"

/*
 * Who the client is: the one notion of it, for the log, the status, backends and peers.  That is
 * its socket's address, or what a trusted proxy says in its place.
 */
struct identity {
	struct proxy		ends;		/* source: the client; destination: ours, if known */
	char			text[LISTEN_TEXT_SIZE];	/* host:port, "unix" or "unknown" */
};

/* In what field proxies tell the client's address: values of the setting client-address. */
enum identity_field { IDENTITY_SOCKET, IDENTITY_X_FORWARDED_FOR, IDENTITY_FORWARDED };

/* As the socket says; remote NULL: it says nothing. */
struct sockaddr_storage;
void	identity_of_socket(struct identity *id, const struct sockaddr_storage *remote);

/* Adds our own end of the socket, if it is not known yet. */
void	identity_add_local(struct identity *id, int fd);

/* Whether the client, as it is known so far, is in a list as in network.h. */
int	identity_is_in(const struct identity *id, const char *list);

/* As a trusted proxy's PROXY header says. */
void	identity_of_proxy(struct identity *id, const struct proxy *p);

/* As the fields of a terminated request say, if they say anything; the client is trusted. */
void	identity_of_fields(struct identity *id, enum identity_field field, const struct http *h,
    char *head, const char *trusted);

/* One end as text, "" if it is not known, and its port. */
unsigned identity_end(char out[LISTEN_HOST_SIZE], const struct proxy_end *end);

#endif

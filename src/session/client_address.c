/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "proto/forwarded.h"
#include "proto/network.h"
#include "session/client_address.h"

static const uint8_t nobody[16];

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

/* An address of a socket; -1 if it is none of the Internet's. */
static int
end_of(struct proxy_end *end, const struct sockaddr_storage *address)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
	const struct sockaddr_in *in = (const struct sockaddr_in *)address;

	if (address->ss_family == AF_INET6) {
		memcpy(end->address, &in6->sin6_addr, 16);
		end->port = ntohs(in6->sin6_port);
	} else if (address->ss_family == AF_INET) {
		memcpy(end->address, mapped, sizeof(mapped));
		memcpy(end->address + 12, &in->sin_addr, 4);
		end->port = ntohs(in->sin_port);
	} else {
		return -1;
	}
	return 0;
}

unsigned
client_address_end(char out[LISTEN_HOST_SIZE], const struct proxy_end *end)
{
	int v4 = network_is_ipv4(end->address);

	if ((end->port == 0 && memcmp(end->address, nobody, sizeof(nobody)) == 0) ||
	    inet_ntop(v4 ? AF_INET : AF_INET6, end->address + (v4 ? 12 : 0), out,
	    LISTEN_HOST_SIZE) == NULL)
		out[0] = '\0';
	return end->port;
}

/* A proxy that knows an address may not know the port. */
static void
set_text(struct client_address *id)
{
	char host[LISTEN_HOST_SIZE];
	unsigned port = client_address_end(host, &id->ends.source);
	int v6 = strchr(host, ':') != NULL;

	if (port == 0)
		(void)snprintf(id->text, sizeof(id->text), "%s", *host != '\0' ? host : "unknown");
	else
		(void)snprintf(id->text, sizeof(id->text), "%s%s%s:%u", v6 ? "[" : "", host,
		    v6 ? "]" : "", port);
}

void
client_address_from_socket(struct client_address *id, const struct sockaddr_storage *remote)
{
	memset(&id->ends, 0, sizeof(id->ends));
	if (remote != NULL && end_of(&id->ends.source, remote) == 0) {
		id->ends.family = PROXY_INET;
		set_text(id);
		return;
	}
	id->ends.family = remote != NULL && remote->ss_family == AF_UNIX ? PROXY_UNIX :
	    PROXY_UNKNOWN;
	(void)snprintf(id->text, sizeof(id->text), "%s",
	    id->ends.family == PROXY_UNIX ? "unix" : "unknown");
}

void
client_address_add_local(struct client_address *id, int fd)
{
	struct sockaddr_storage local;
	socklen_t size = sizeof(local);

	memset(&local, 0, sizeof(local));
	if (memcmp(id->ends.destination.address, nobody, sizeof(nobody)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&local, &size) == 0)
		(void)end_of(&id->ends.destination, &local);
}

int
client_address_is_in(const struct client_address *id, const char *list)
{
	switch (id->ends.family) {
	case PROXY_INET:
		return network_list_has(list, id->ends.source.address);
	case PROXY_UNIX:
		return network_list_has_unix(list);
	case PROXY_UNKNOWN:
		break;
	}
	return 0;
}

void
client_address_from_proxy(struct client_address *id, const struct proxy *p)
{
	/* The proxy speaks for itself, a health check for instance: the socket says who that is. */
	if (p->family == PROXY_UNKNOWN)
		return;
	id->ends = *p;
	if (p->family == PROXY_INET)
		set_text(id);
	else
		(void)snprintf(id->text, sizeof(id->text), "unix");
}

void
client_address_from_fields(struct client_address *id, enum client_address_field field, const struct http *h,
    char *head, const char *trusted)
{
	const char *name = field == CLIENT_ADDRESS_FORWARDED ? "Forwarded" : "X-Forwarded-For";
	char *value[HTTP_FIELDS], *v;
	struct forwarded f;
	int count = 0, from = 0, more = 1;

	while (count < HTTP_FIELDS && (v = http_value(h, head, name, &from)) != NULL)
		value[count++] = v;
	forwarded_init(&f);
	while (more && count-- > 0)
		more = field == CLIENT_ADDRESS_FORWARDED ? forwarded_rfc7239(&f, value[count], trusted) :
		    forwarded_x_for(&f, value[count], trusted);
	if (!f.known)
		return;
	id->ends.family = PROXY_INET;
	memcpy(id->ends.source.address, f.address, sizeof(f.address));
	id->ends.source.port = (uint16_t)f.port;
	set_text(id);
}

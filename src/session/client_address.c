/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "proto/forwarded.h"
#include "proto/network.h"
#include "session/client_address.h"

static const uint8_t unknown[16];

unsigned
client_address_end(char out[NETWORK_TEXT_SIZE], const struct proxy_end *end)
{
	if (end->port == 0 && memcmp(end->address, unknown, sizeof(unknown)) == 0)
		out[0] = '\0';
	else
		(void)network_format(out, end->address);
	return end->port;
}

/*
 * Writes the address as text.  There may be no port: a proxy that knows the address need not
 * know the port.
 */
static void
set_text(struct client_address *a)
{
	char host[NETWORK_TEXT_SIZE];
	unsigned port = client_address_end(host, &a->ends.source);

	if (port == 0)
		(void)snprintf(a->text, sizeof(a->text), "%s", *host != '\0' ? host : "unknown");
	else
		(void)address_join(a->text, host, port);
}

void
client_address_from_socket(struct client_address *a, const struct sockaddr_storage *remote)
{
	memset(&a->ends, 0, sizeof(a->ends));
	if (remote != NULL &&
	    address_bytes(remote, a->ends.source.address, &a->ends.source.port) == 0) {
		a->ends.family = PROXY_INET;
		set_text(a);
		return;
	}
	a->ends.family = remote != NULL && remote->ss_family == AF_UNIX ? PROXY_UNIX :
	    PROXY_UNKNOWN;
	(void)snprintf(a->text, sizeof(a->text), "%s",
	    a->ends.family == PROXY_UNIX ? "unix" : "unknown");
}

void
client_address_add_local(struct client_address *a, int fd)
{
	struct sockaddr_storage local;
	socklen_t size = sizeof(local);

	memset(&local, 0, sizeof(local));
	if (memcmp(a->ends.destination.address, unknown, sizeof(unknown)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&local, &size) == 0)
		(void)address_bytes(&local, a->ends.destination.address, &a->ends.destination.port);
}

int
client_address_is_in(const struct client_address *a, const char *list)
{
	switch (a->ends.family) {
	case PROXY_INET:
		return network_list_has(list, a->ends.source.address);
	case PROXY_UNIX:
		return network_list_has_unix(list);
	case PROXY_UNKNOWN:
		break;
	}
	return 0;
}

void
client_address_from_proxy(struct client_address *a, const struct proxy *p)
{
	/*
	 * The proxy itself opened the connection, for example for a health check: the proxy is
	 * the client.
	 */
	if (p->local)
		return;
	a->ends = *p;
	if (p->family == PROXY_INET)
		set_text(a);
	else
		(void)snprintf(a->text, sizeof(a->text), "%s",
		    p->family == PROXY_UNIX ? "unix" : "unknown");
}

void
client_address_from_fields(struct client_address *a, enum client_address_field field,
    const struct http *h, char *head, const char *trusted)
{
	const char *name = field == CLIENT_ADDRESS_FORWARDED ? "Forwarded" : "X-Forwarded-For";
	char *value[HTTP_FIELDS], *v;
	struct forwarded f;
	int count = 0, from = 0, more = 1;

	while (count < HTTP_FIELDS && (v = http_value(h, head, name, &from)) != NULL)
		value[count++] = v;
	forwarded_init(&f);
	while (more && count-- > 0)
		more = field == CLIENT_ADDRESS_FORWARDED ?
		    forwarded_rfc7239(&f, value[count], trusted) :
		    forwarded_x_for(&f, value[count], trusted);
	/* The address is that of a trusted proxy: it must not be taken for the client's. */
	if (f.hidden) {
		a->ends.family = PROXY_UNKNOWN;
		memset(&a->ends.source, 0, sizeof(a->ends.source));
		(void)snprintf(a->text, sizeof(a->text), "unknown");
		return;
	}
	if (!f.known)
		return;
	a->ends.family = PROXY_INET;
	memcpy(a->ends.source.address, f.address, sizeof(f.address));
	a->ends.source.port = (uint16_t)f.port;
	set_text(a);
}

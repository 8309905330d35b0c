/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "posix/address.h"
#include "proto/network.h"

static int
is_inet(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET || a->ss_family == AF_INET6;
}

unsigned
address_port(const struct sockaddr_storage *a)
{
	if (a->ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)a)->sin6_port);
	return ntohs(((const struct sockaddr_in *)a)->sin_port);
}

void
address_set_port(struct sockaddr_storage *a, unsigned port)
{
	if (a->ss_family == AF_INET6)
		((struct sockaddr_in6 *)a)->sin6_port = htons((uint16_t)port);
	else
		((struct sockaddr_in *)a)->sin_port = htons((uint16_t)port);
}

int
address_bytes(const struct sockaddr_storage *a, uint8_t bytes[16], uint16_t *port)
{
	if (!is_inet(a))
		return -1;
	if (a->ss_family == AF_INET6)
		memcpy(bytes, &((const struct sockaddr_in6 *)a)->sin6_addr, 16);
	else
		network_from_ipv4(bytes, &((const struct sockaddr_in *)a)->sin_addr);
	*port = (uint16_t)address_port(a);
	return 0;
}

socklen_t
address_parse(struct sockaddr_storage *a, const char *host, unsigned port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = in.sin_port };
	uint8_t bytes[16];

	/*
	 * Copy the structs: a compiler may assume that pointers to different types never point to
	 * the same object.
	 */
	switch (network_address(bytes, host)) {
	case 32:
		memcpy(&in.sin_addr, bytes + 12, 4);
		memcpy(a, &in, sizeof(in));
		return sizeof(in);
	case 128:
		memcpy(&in6.sin6_addr, bytes, 16);
		memcpy(a, &in6, sizeof(in6));
		return sizeof(in6);
	default:
		return 0;
	}
}

int
address_unix(struct sockaddr_un *un, const char *path)
{
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(un->sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(un->sun_path, path);
	return 0;
}

char *
address_join(char out[ADDRESS_TEXT_SIZE], const char *host, unsigned port)
{
	int v6 = strchr(host, ':') != NULL;

	(void)snprintf(out, ADDRESS_TEXT_SIZE, "%s%.*s%s:%u", v6 ? "[" : "",
	    ADDRESS_HOST_SIZE - 1, host, v6 ? "]" : "", port);
	return out;
}

char *
address_format(char out[ADDRESS_TEXT_SIZE], const struct sockaddr_storage *a)
{
	static const char mapped[] = "::ffff:";
	char host[NETWORK_TEXT_SIZE + 32], *name = host;	/* 32: bytes for a zone */
	socklen_t size = a->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) :
	    sizeof(struct sockaddr_in);

	/* getnameinfo(), unlike inet_ntop(), also writes the zone of a link-local address. */
	if (!is_inet(a) || getnameinfo((const struct sockaddr *)a, size, host, sizeof(host), NULL,
	    0, NI_NUMERICHOST) != 0)
		return strcpy(out, a->ss_family == AF_UNIX ? "unix" : "unknown");
	if (strncasecmp(host, mapped, sizeof(mapped) - 1) == 0 && strchr(host, '.') != NULL)
		name += sizeof(mapped) - 1;
	return address_join(out, name, address_port(a));
}

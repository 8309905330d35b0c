/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/scan.h"
#include "proto/allow.h"
#include "proto/network.h"
#include "proto/transport.h"

#define SEPARATORS	", \t"

/* One target of an allow list. */
struct target {
	peer_transport	transport;
	struct network	network;
	unsigned	first, last;	/* port numbers */
	char		path[ALLOW_TARGET_SIZE];
};

/* Reads the ports of a target: "N", "N-M" or "*". */
static int
parse_ports(struct target *t, char *text, const char **why)
{
	char *dash = strchr(text, '-');
	uint64_t first, last;

	t->first = 0;
	t->last = 65535;
	if (strcmp(text, "*") == 0)
		return 0;
	if (dash != NULL)
		*dash++ = '\0';
	if (scan_number(text, 1, 65535, &first) == -1 ||
	    scan_number(dash != NULL ? dash : text, first, 65535, &last) == -1)
		return scan_fault(why, "ports are a number, a range first-last, or *");
	t->first = (unsigned)first;
	t->last = (unsigned)last;
	return 0;
}

static int
parse_inet(struct target *t, char *text, const char **why)
{
	char *network = text, *rest, *ports = NULL;

	if (*text == '[') {
		network = text + 1;
		rest = strchr(network, ']');
		if (rest == NULL || (rest[1] != '\0' && rest[1] != ':'))
			return scan_fault(why,
			    "write an IPv6 network in brackets: [fd00::/8]:5900");
		*rest++ = '\0';
	} else {
		rest = strchr(text, ':');
		if (rest != NULL && strchr(rest + 1, ':') != NULL)
			return scan_fault(why,
			    "write an IPv6 network in brackets: [fd00::/8]:5900");
	}
	if (rest != NULL && *rest == ':') {
		*rest = '\0';
		ports = rest + 1;
	}
	if (network_parse(&t->network, network, why) == -1)
		return -1;
	return parse_ports(t, ports != NULL ? ports : (char[]){ "*" }, why);
}

static int
parse_target(struct target *t, const char *text, size_t len, const char **why)
{
	char copy[ALLOW_TARGET_SIZE], *rest;
	const struct transport *kind;

	memset(t, 0, sizeof(*t));
	if (len >= sizeof(copy))
		return scan_fault(why, "a target is too long");
	memcpy(copy, text, len);
	copy[len] = '\0';
	/* An upper-case scheme is an error here, unlike in the address of a peer. */
	kind = transport_find(copy);
	if (kind == NULL || kind->place == TRANSPORT_UNSUPPORTED ||
	    strncmp(copy, kind->scheme, strlen(kind->scheme)) != 0)
		return scan_fault(why, "it is any, or a list of targets such as "
		    "tcp://10.0.0.0/8:5900-5999 or unix:///run/vnc/");
	t->transport = kind->id;
	rest = copy + strlen(kind->scheme);
	if (kind->place == TRANSPORT_HOST)
		return parse_inet(t, rest, why);
	if (*rest != '/')
		return scan_fault(why, "the path of a Unix socket begins with a slash");
	strcpy(t->path, rest);
	return 0;
}

/*
 * Returns the text of the next target, with its length in *len, and moves *list after it; NULL at
 * the end of the list.
 */
static const char *
next_target(const char **list, size_t *len)
{
	const char *text = *list + strspn(*list, SEPARATORS);

	*len = strcspn(text, SEPARATORS);
	*list = text + *len;
	return *len > 0 ? text : NULL;
}

static int
is_any(const char *list)
{
	return strcmp(list, "any") == 0;
}

int
allow_is_list(const char *text, const char **why)
{
	struct target t;
	const char *one;
	size_t len, count;

	if (is_any(text))
		return 1;
	for (count = 0; (one = next_target(&text, &len)) != NULL; count++)
		if (parse_target(&t, one, len, why) == -1)
			return 0;
	*why = "the list is empty; any allows all peers";
	return count > 0;
}

int
allow_inet(const char *list, peer_transport transport, const uint8_t address[16], unsigned port)
{
	const char *one, *why;
	struct target t;
	size_t len;

	if (is_any(list))
		return 1;
	while ((one = next_target(&list, &len)) != NULL)
		if (parse_target(&t, one, len, &why) == 0 && t.transport == transport &&
		    port >= t.first && port <= t.last && network_has(&t.network, address))
			return 1;
	return 0;
}

int
allow_unix(const char *list, peer_transport transport, const char *path)
{
	const char *one, *why;
	struct target t;
	size_t len, n;

	if (is_any(list))
		return 1;
	while ((one = next_target(&list, &len)) != NULL) {
		if (parse_target(&t, one, len, &why) == -1 || t.transport != transport)
			continue;
		n = strlen(t.path);
		if (strncmp(path, t.path, n) == 0 && (t.path[n - 1] == '/' || path[n] == '\0'))
			return 1;
	}
	return 0;
}

char *
allow_next_link(const char **list, char target[ALLOW_TARGET_SIZE])
{
	const char *one, *why;
	struct target t;
	char *real;
	size_t len, n;

	while ((one = next_target(list, &len)) != NULL) {
		if (parse_target(&t, one, len, &why) == -1 || t.path[0] == '\0')
			continue;
		n = strlen(t.path);
		if (n > 1 && t.path[n - 1] == '/')
			t.path[n - 1] = '\0';
		real = realpath(t.path, NULL);
		if (real != NULL && strcmp(real, t.path) != 0) {
			memcpy(target, one, len);
			target[len] = '\0';
			return real;
		}
		free(real);
	}
	return NULL;
}

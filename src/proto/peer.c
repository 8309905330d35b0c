/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/scan.h"
#include "proto/peer.h"
#include "proto/transport.h"

/* Suffixes of an address; the index is the value of send_proxy. */
static const char *const suffixes[] = { "", "?send-proxy", "?send-proxy-v2", "?send-proxy-v2-id" };

static int
is_host_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c != '\0' && strchr("-._:%", c) != NULL);
}

static int
set_host(struct peer *p, const char *host, size_t len, const char **why)
{
	size_t i;

	if (len == 0)
		return scan_fault(why, "the peer address has no host");
	if (len >= sizeof(p->host))
		return scan_fault(why, "the peer's host name is too long");
	if (memchr(host, '/', len) != NULL)
		return scan_fault(why, "the peer's host is neither a name nor an address; a socket "
		    "is written as unix:///run/x.sock");
	for (i = 0; i < len; i++)
		if (!is_host_byte(host[i]))
			return scan_fault(why, "the peer's host is neither a name nor an address");
	memcpy(p->host, host, len);
	p->host[len] = '\0';
	return 0;
}

/* Checks and stores the port: a number from 1 to 65535, or the name of a service. */
static int
set_port(struct peer *p, const char *port, const char **why)
{
	uint64_t number;

	if (*port == '\0')
		return scan_fault(why, "the peer address has no port (tcp://host:port)");
	if (strlen(port) >= sizeof(p->port))
		return scan_fault(why, "the peer's port is too long");
	if (port[strspn(port, "0123456789")] == '\0') {
		if (scan_number(port, 1, 65535, &number) == -1)
			return scan_fault(why, "the peer's port is not between 1 and 65535");
	} else if (strchr(port, '/') != NULL) {
		return scan_fault(why, "nothing may follow the peer's port; a socket is written as "
		    "unix:///run/x.sock");
	} else if (scan_service(port) == -1) {
		return scan_fault(why, "the peer's port is neither a number nor a service");
	}
	strcpy(p->port, port);
	return 0;
}

/*
 * Returns 1 if text looks like an IPv6 address without brackets, perhaps with a zone after a
 * percent sign.
 */
static int
is_bare_address(const char *text)
{
	char end = text[strspn(text, "0123456789abcdefABCDEF:.")];

	return end == '\0' || end == '%';
}

/* Reads host:port or [address]:port.  If port is not NULL, the text may be without a port. */
static int
set_host_port(struct peer *p, const char *text, const char *port, const char **why)
{
	const char *end, *host = text;

	if (*text == '[') {
		end = strchr(text, ']');
		if (end == NULL)
			return scan_fault(why, "the peer's address has '[' without ']'");
		host++;
		if (set_host(p, host, (size_t)(end - host), why) == -1)
			return -1;
		end++;
		if (*end != '\0' && *end != ':')
			return scan_fault(why,
			    "only :port may follow the ']' in the peer's address");
	} else {
		end = text + strcspn(text, ":");
		if (*end == ':' && strchr(end + 1, ':') != NULL) {
			if (port == NULL || !is_bare_address(text))
				return scan_fault(why,
				    "write an IPv6 address in brackets: tcp://[::1]:5900");
			end = text + strlen(text);
		}
		if (set_host(p, host, (size_t)(end - host), why) == -1)
			return -1;
	}
	return set_port(p, port != NULL ? port : *end == ':' ? end + 1 : "", why);
}

static int
set_path(struct peer *p, const char *path, const char **why)
{
	size_t len = strlen(path);

	if (len == 0)
		return scan_fault(why, "the peer address has no path");
	if (len >= TRANSPORT_PATH_SIZE)
		return scan_fault(why,
		    "the path of the peer's socket is too long (107 bytes at most)");
	memcpy(p->host, path, len + 1);
	return 0;
}

static int
set_address(struct peer *p, enum transport_place place, const char *rest, const char *port,
    const char **why)
{
	switch (place) {
	case TRANSPORT_HOST:
		return set_host_port(p, rest, port, why);
	case TRANSPORT_PATH:
		return set_path(p, rest, why);
	case TRANSPORT_UNSUPPORTED:
		break;
	}
	return scan_fault(why, "FIFOs are not supported as peers");
}

/*
 * Returns the version of the PROXY protocol in the suffix of an address, 0 if there is no suffix.
 * *len is the length of the address without the suffix.
 */
static int
find_suffix(const char *text, size_t *len)
{
	size_t i, n;

	*len = strlen(text);
	for (i = 1; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		n = strlen(suffixes[i]);
		if (*len > n && strcmp(text + *len - n, suffixes[i]) == 0) {
			*len -= n;
			return (int)i;
		}
	}
	return 0;
}

/* Reads rest, the part of an address after the scheme; t is NULL if the transport is not known. */
static int
set_peer(struct peer *p, const struct transport *t, const char *rest, const char *port,
    const char **why)
{
	char address[PEER_TEXT_SIZE];
	size_t len;

	memset(p, 0, sizeof(*p));
	if (t == NULL)
		return scan_fault(why, "unknown kind of peer");
	p->transport = t->id;
	p->send_proxy = find_suffix(rest, &len);
	if (p->send_proxy == 0)
		return set_address(p, t->place, rest, port, why);
	if (t->is_datagram)
		return scan_fault(why, "send-proxy is for stream peers, not for datagrams");
	if (len >= sizeof(address))
		return scan_fault(why, "the peer address is too long");
	memcpy(address, rest, len);
	address[len] = '\0';
	return set_address(p, t->place, address, port, why);
}

int
peer_parse(struct peer *p, const char *text, const char *port, const char **why)
{
	const struct transport *t = transport_find(text);

	if (t != NULL)
		return set_peer(p, t, text + strlen(t->scheme), port, why);
	if (strstr(text, "://") != NULL)
		return scan_fault(why, "unknown scheme (it is " TRANSPORT_SCHEMES ")");
	return set_peer(p, transport_of(peer_tcp_client), text, port, why);
}

int
peer_from_info(struct peer *p, const ws_peer_info *info, const char **why)
{
	const char *port = info->port != NULL && *info->port != '\0' ? info->port : NULL;

	if (info->host == NULL)
		return scan_fault(why, "there is no peer");
	if (info->transport == peer_transport_detect)
		return peer_parse(p, info->host, port, why);
	return set_peer(p, transport_of(info->transport), info->host, port, why);
}

int
peer_is_datagram(const struct peer *p)
{
	return transport_of(p->transport)->is_datagram;
}

char *
peer_format(char out[PEER_TEXT_SIZE], const struct peer *p)
{
	int bracket = strchr(p->host, ':') != NULL && *p->port != '\0';

	(void)snprintf(out, PEER_TEXT_SIZE, "%s%s%s%s%s%s%s", transport_of(p->transport)->scheme,
	    bracket ? "[" : "", p->host, bracket ? "]" : "", *p->port != '\0' ? ":" : "", p->port,
	    suffixes[p->send_proxy]);
	return out;
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "base/scan.h"
#include "proto/endpoint.h"

#define BLANKS	" \t"

static int
copy_part(char *out, size_t size, const char *text, size_t len)
{
	if (len >= size || memchr(text, '\0', len) != NULL)
		return -1;
	memcpy(out, text, len);
	out[len] = '\0';
	return 0;
}

static int
is_port(const char *port)
{
	uint64_t number;

	return scan_number(port, 0, 65535, &number) == 0 || scan_service(port) == 0;
}

/* Returns 1 if text looks like an IPv6 address, perhaps with a zone after a percent sign. */
static int
is_address(const char *text, size_t len)
{
	size_t n = strspn(text, "0123456789abcdefABCDEF:.");

	return n >= len || text[n] == '%';
}

static int
parse_path(struct endpoint *e, const char *text, size_t len, const char **why)
{
	if (len == 0 || *text != '/')
		return scan_fault(why,
		    "the path of a Unix socket begins with a slash: unix:///run/ws.sock");
	if (text[len - 1] == '/')
		return scan_fault(why,
		    "the path of a Unix socket ends with its name, not with a slash");
	if (copy_part(e->path, sizeof(e->path) - ENDPOINT_SPARE, text, len) == -1)
		return scan_fault(why, "the path of the Unix socket is too long");
	return 0;
}

/*
 * Reads host, host:port, [address] or [address]:port.  A text with several colons and no brackets
 * is an IPv6 address.
 */
static int
parse_host_port(struct endpoint *e, const char *text, size_t len, const char **why)
{
	const char *end = text + len, *host = text, *host_end = end, *port = NULL, *colon;

	if (len > 0 && *text == '[') {
		host++;
		host_end = memchr(text, ']', len);
		if (host_end == NULL || (host_end + 1 < end && host_end[1] != ':'))
			return scan_fault(why, "an IPv6 address with a port is [address]:port");
		if (host_end + 1 < end)
			port = host_end + 2;
	} else {
		colon = memchr(text, ':', len);
		if (colon != NULL && memchr(colon + 1, ':', (size_t)(end - colon - 1)) == NULL) {
			host_end = colon;
			port = colon + 1;
		} else if (colon != NULL && !is_address(text, len)) {
			return scan_fault(why,
			    "a host is a name or an address; an IPv6 address with a port is "
			    "[address]:port");
		}
	}
	if (host == host_end)
		return scan_fault(why, "a host is missing (all addresses are ::)");
	if (copy_part(e->host, sizeof(e->host), host, (size_t)(host_end - host)) == -1)
		return scan_fault(why, "the host is too long");
	if (port == NULL)
		return 0;
	if (copy_part(e->port, sizeof(e->port), port, (size_t)(end - port)) == -1 ||
	    !is_port(e->port))
		return scan_fault(why,
		    "the port is a number from 0 to 65535 or the name of a service");
	return 0;
}

int
endpoint_next(const char **list, struct endpoint *e, const char **why)
{
	const char *text = *list + strspn(*list, BLANKS), *rest;
	size_t len = strcspn(text, "," BLANKS), scheme = strlen(ENDPOINT_UNIX), word;
	int result;

	memset(e, 0, sizeof(*e));
	if (*text == '\0')
		return 0;
	if (len == 0)
		return scan_fault(why, "there is nothing before a comma");
	for (rest = text + len + strspn(text + len, BLANKS); *rest != '\0' && *rest != ',';
	    rest += word + strspn(rest + word, BLANKS)) {
		word = strcspn(rest, "," BLANKS);
		if (word != 5 || strncmp(rest, "proxy", 5) != 0)
			return scan_fault(why,
			    "only the word proxy may follow an address; addresses are "
			    "separated by commas");
		e->proxy = 1;
	}
	if (*rest == ',' && rest[1 + strspn(rest + 1, BLANKS)] == '\0')
		return scan_fault(why, "there is nothing after the last comma");
	*list = *rest == ',' ? rest + 1 : rest;
	if (strncmp(text, ENDPOINT_UNIX, scheme) == 0)
		result = parse_path(e, text + scheme, len - scheme, why);
	else
		result = parse_host_port(e, text, len, why);
	return result == 0 ? 1 : -1;
}

int
endpoint_is_list(const char *text, const char **why)
{
	struct endpoint e;
	unsigned count = 0;
	int result;

	while ((result = endpoint_next(&text, &e, why)) == 1)
		count++;
	if (result == 0 && count == 0)
		*why = "it is a host, host:port, [address]:port, unix:///path, "
		    "or several with commas";
	return result == 0 && count > 0;
}

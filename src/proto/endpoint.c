/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "base/scan.h"
#include "proto/endpoint.h"
#include "proto/network.h"

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

/* Returns 1 if the len bytes at text are an IPv6 address, perhaps with a zone after a % sign. */
static int
is_ipv6(const char *text, size_t len)
{
	const char *zone = memchr(text, '%', len);
	char copy[64];
	uint8_t bytes[16];

	if (zone != NULL) {
		if (zone + 1 == text + len)
			return 0;
		len = (size_t)(zone - text);
	}
	return copy_part(copy, sizeof(copy), text, len) == 0 &&
	    network_address(bytes, copy) == 128;
}

/*
 * Returns 1 if the len bytes at text are an IPv6 address and, after a colon, two to five digits
 * that look like a port, or such digits after "::".  ::1:8001 and ::8001 are addresses by
 * themselves, too, but rarely meant as such.
 */
static int
has_doubtful_port(const char *text, size_t len)
{
	size_t digits = 0;

	while (digits < len && text[len - digits - 1] >= '0' && text[len - digits - 1] <= '9')
		digits++;
	if (digits < 2 || digits > 5 || len < digits + 2 || text[len - digits - 1] != ':')
		return 0;
	return is_ipv6(text, len - digits - 1) || (len == digits + 2 && *text == ':');
}

/*
 * Checks a host that is not in brackets: a name or an IPv4 address.  Returns 0, or -1 with a
 * sentence in *why.
 */
static int
check_host(const char *host, const char **why)
{
	static const char *const words[] = { "any", "all", "none", "auto", "default", "true",
	    "false", "yes", "no", "on", "off" };
	size_t len = strlen(host), i;
	uint8_t bytes[16];

	if (strcmp(host, "*") == 0)
		return 0;
	if (strchr(host, '/') != NULL)
		return scan_fault(why,
		    "a host has no slash, and a Unix socket is written unix:///run/ws.sock");
	if (strchr(host, '=') != NULL)
		return scan_fault(why, "an address has no options: listen-mode, listen-owner and "
		    "listen-group are settings");
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(host, words[i]) == 0)
			return scan_fault(why, "it must be an address or the name of a host; all "
			    "addresses are ::");
	if (strspn(host, "0123456789") == len)
		return scan_fault(why,
		    "a number is no host: the setting port takes a port, or [::]:8001");
	if (strspn(host, "0123456789.") == len && network_address(bytes, host) != 32)
		return scan_fault(why, "an IPv4 address has four numbers from 0 to 255");
	if (host[strspn(host, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "-._")] != '\0')
		return scan_fault(why, "a host is a name or an address, without other characters");
	return 0;
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

/* Splits [address] or [address]:port.  Sets *port to NULL if there is none. */
static int
parse_brackets(struct endpoint *e, const char *text, size_t len, const char **port,
    const char **why)
{
	const char *end = text + len, *close = memchr(text, ']', len);

	if (close == NULL || (close + 1 < end && close[1] != ':'))
		return scan_fault(why, "an IPv6 address with a port is [address]:port");
	*port = close + 1 < end ? close + 2 : NULL;
	if (copy_part(e->host, sizeof(e->host), text + 1, (size_t)(close - text - 1)) == -1)
		return scan_fault(why, "the host is too long");
	if (e->host[0] == '\0' || (strchr(e->host, ':') != NULL &&
	    !is_ipv6(e->host, strlen(e->host))))
		return scan_fault(why, "there is no IPv6 address in the brackets");
	return strchr(e->host, ':') != NULL ? 0 : check_host(e->host, why);
}

/* Splits host, host:port or an IPv6 address.  Sets *port to NULL if there is none. */
static int
parse_plain(struct endpoint *e, const char *text, size_t len, const char **port, const char **why)
{
	const char *end = text + len, *colon = memchr(text, ':', len);

	*port = NULL;
	if (colon != NULL && memchr(colon + 1, ':', (size_t)(end - colon - 1)) != NULL) {
		if (has_doubtful_port(text, len))
			return scan_fault(why, "it may be an address or an address and a port: "
			    "write [address]:port, such as [::1]:8001, or [address]");
		if (!is_ipv6(text, len))
			return scan_fault(why,
			    "a host is a name or an address; an IPv6 address with a port is "
			    "[address]:port");
		if (copy_part(e->host, sizeof(e->host), text, len) == -1)
			return scan_fault(why, "the host is too long");
		return 0;
	}
	if (colon != NULL) {
		len = (size_t)(colon - text);
		*port = colon + 1;
	}
	if (len == 0)
		return scan_fault(why, "a host is missing (all addresses are ::, as in [::]:8001)");
	if (copy_part(e->host, sizeof(e->host), text, len) == -1)
		return scan_fault(why, "the host is too long");
	return check_host(e->host, why);
}

/* Returns a sentence about text that was meant as another kind of address; NULL otherwise. */
static const char *
find_scheme_fault(const char *text, size_t len)
{
	static const char *const kinds[] = { "http://", "https://", "ws://", "wss://", "tcp://",
	    "udp://", "tcp:", "inet:", "fd:", "systemd:" };
	size_t i, n;

	if (len >= 5 && strncmp(text, "unix:", 5) == 0 && (text[5] == '/' || text[5] == '.'))
		return "a Unix socket is written unix:///run/ws.sock, with an absolute path";
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		n = strlen(kinds[i]);
		if (len >= n && strncmp(text, kinds[i], n) == 0 &&
		    (kinds[i][n - 1] == '/' || memchr(text + n, ':', len - n) != NULL))
			return "an address to listen on has no scheme: host, host:port or "
			    "[address]:port";
	}
	return NULL;
}

/*
 * Reads host, host:port, [address] or [address]:port.  A text with several colons and no brackets
 * is an IPv6 address.
 */
static int
parse_host_port(struct endpoint *e, const char *text, size_t len, const char **why)
{
	const char *end = text + len, *port = NULL, *fault = find_scheme_fault(text, len);

	if (fault != NULL)
		return scan_fault(why, fault);
	if ((*text == '[' ? parse_brackets(e, text, len, &port, why) :
	    parse_plain(e, text, len, &port, why)) == -1)
		return -1;
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
			    "separated by commas, and host and port by a colon");
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

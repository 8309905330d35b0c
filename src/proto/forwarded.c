/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "base/scan.h"
#include "proto/forwarded.h"
#include "proto/http.h"
#include "proto/network.h"

#define NODE_SIZE	64	/* bytes; enough for the longest address with brackets and a port */

void
forwarded_init(struct forwarded *f)
{
	memset(f, 0, sizeof(*f));
}

/*
 * Copies the text of an address to node.  Returns 0; or -1 if the text does not fit, and node is
 * unchanged.
 */
static int
copy_node(char node[NODE_SIZE], const char *text, size_t len)
{
	if (len >= NODE_SIZE)
		return -1;
	memcpy(node, text, len);
	node[len] = '\0';
	return 0;
}

/*
 * Reads a port.  If hidden is 1, text may also be _name (RFC 7239 section 6.3), which gives port 0,
 * "not known".  An empty text is an error.  Returns 0 or -1.
 */
static int
read_port(const char *text, int hidden, unsigned *port)
{
	uint64_t number;

	*port = 0;
	if (hidden && text[0] == '_' && text[1] != '\0')
		return text[1 + strspn(text + 1, "abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] == '\0' ? 0 : -1;
	if (strlen(text) > 5 || scan_number(text, 0, 65535, &number) == -1)
		return -1;
	*port = (unsigned)number;
	return 0;
}

/*
 * Reads an address with or without a port, and splits node in place.  If bare is 1, an IPv6 address
 * may be without brackets, as in X-Forwarded-For.  Returns 0 or -1.
 */
static int
read_node(char *node, int bare, uint8_t address[16], unsigned *port)
{
	char *colon;
	int bits = 32;

	*port = 0;
	if (*node == '[') {
		bits = 128;
		colon = strchr(++node, ']');
		if (colon == NULL)
			return -1;
		*colon++ = '\0';
		if (*colon != ':' && *colon != '\0')
			return -1;
	} else {
		colon = node + strcspn(node, ":");
		if (bare && *colon == ':' && strchr(colon + 1, ':') != NULL)
			return network_address(address, node) == 128 ? 0 : -1;
	}
	if (*colon == ':') {
		*colon++ = '\0';
		if (read_port(colon, !bare, port) == -1)
			return -1;
	}
	return network_address(address, node) == bits ? 0 : -1;
}

/* Ends the search at an element that is not an address.  Returns 0. */
static int
end_hidden(struct forwarded *f)
{
	f->hidden = 1;
	return 0;
}

/*
 * Sets the client's address from an element.  Returns 1 if it is the address of a trusted proxy, so
 * that the previous element must be read, too.
 */
static int
take_address(struct forwarded *f, char *node, int bare, const char *trusted)
{
	uint8_t address[16];
	unsigned port;

	if (read_node(node, bare, address, &port) == -1)
		return end_hidden(f);
	memcpy(f->address, address, sizeof(f->address));
	f->port = port;
	f->known = 1;
	return network_list_has(trusted, address) && ++f->hops < FORWARDED_HOPS;
}

/* Moves *begin and *end so that the blanks at both ends of an element are excluded. */
static void
trim(const char **begin, const char **end)
{
	while (*begin < *end && http_is_blank(**begin))
		(*begin)++;
	while (*end > *begin && http_is_blank((*end)[-1]))
		(*end)--;
}

int
forwarded_x_for(struct forwarded *f, const char *value, const char *trusted)
{
	const char *end = value + strlen(value), *begin, *element;
	char node[NODE_SIZE];

	for (;; end = begin - 1) {
		for (begin = end; begin > value && begin[-1] != ','; begin--)
			;
		element = begin;
		trim(&element, &end);
		if (copy_node(node, element, (size_t)(end - element)) == -1)
			return end_hidden(f);
		if (strcmp(node, "unix:") == 0) {
			if (!network_list_has_unix(trusted) || ++f->hops >= FORWARDED_HOPS)
				return end_hidden(f);
		} else if (!take_address(f, node, 1, trusted)) {
			return 0;
		}
		if (begin == value)
			return 1;
	}
}

/*
 * Returns the start of the list element that ends at `end`.  The search runs from right to left, so
 * that an unclosed quote sent by a client cannot hide an element that a proxy has added later.  A
 * quote inside a quoted string has an odd number of backslashes before it; the opening quote has a
 * = before it.
 */
static const char *
element_begin(const char *value, const char *end)
{
	const char *slash;
	int quoted = 0;

	for (; end > value; end--) {
		if (end[-1] == '"') {
			for (slash = end - 1; quoted && slash > value && slash[-1] == '\\'; slash--)
				;
			if ((end - 1 - slash) % 2 == 0)
				quoted = !quoted;
		} else if (end[-1] == ',' && !quoted) {
			break;
		}
	}
	return end;
}

/*
 * Copies a value, which is a token or a quoted string, without the quotes.  Returns the address of
 * the first byte after the value, or NULL if the value is invalid.  If the value does not fit, node
 * becomes an empty string, which is not a valid address.
 */
static const char *
copy_value(char node[NODE_SIZE], const char *p, const char *end)
{
	const char *begin = p;
	size_t len = 0;

	copy_node(node, "", 0);
	if (p == end || *p != '"') {
		while (p < end && *p != ';' && !http_is_blank(*p))
			p++;
		if (!http_is_token(begin, (size_t)(p - begin)))
			return NULL;
		copy_node(node, begin, (size_t)(p - begin));
		return p;
	}
	for (p++; p < end && *p != '"'; p++) {
		if (*p == '\\' && ++p == end)
			return NULL;
		if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
			return NULL;
		if (len < NODE_SIZE)
			node[len++] = *p;
	}
	if (p == end)
		return NULL;
	if (len == NODE_SIZE)
		len = 0;
	node[len] = '\0';
	return p + 1;
}

/*
 * Copies the value of a parameter in an element of the form name=value;name=value.  Returns 0; -1 if
 * the element does not have the parameter or is invalid.
 */
static int
read_element(char node[NODE_SIZE], const char *p, const char *end, const char *wanted)
{
	char value[NODE_SIZE];
	const char *name;
	size_t len;
	int found = 0;

	for (;; p++) {
		trim(&p, &end);
		name = p;
		while (p < end && *p != '=' && *p != ';')
			p++;
		len = (size_t)(p - name);
		if (p < end && *p == '=') {
			p = copy_value(value, p + 1, end);
			if (p == NULL || !http_is_token(name, len))
				return -1;
			if (http_same(name, len, wanted)) {
				if (found++)
					return -1;
				strcpy(node, value);
			}
			trim(&p, &end);
		} else if (len > 0) {
			return -1;
		}
		if (p == end)
			return found ? 0 : -1;
		if (*p != ';')
			return -1;
	}
}

int
forwarded_rfc7239(struct forwarded *f, const char *value, const char *trusted)
{
	const char *end = value + strlen(value), *begin;
	char node[NODE_SIZE];

	for (;; end = begin - 1) {
		begin = element_begin(value, end);
		if (read_element(node, begin, end, "for") == -1)
			return end_hidden(f);
		if (!take_address(f, node, 0, trusted))
			return 0;
		if (begin == value)
			return 1;
	}
}

static int
is_https(const char *scheme, size_t len)
{
	return http_same(scheme, len, "https") || http_same(scheme, len, "wss");
}

int
forwarded_x_proto_is_https(const char *value)
{
	const char *scheme;
	size_t len;

	scheme = http_element(&value, &len);
	return scheme != NULL && is_https(scheme, len);
}

int
forwarded_rfc7239_is_https(const char *value)
{
	const char *end = value + strlen(value), *begin;
	char scheme[NODE_SIZE];

	while ((begin = element_begin(value, end)) != value)
		end = begin - 1;
	return read_element(scheme, value, end, "proto") == 0 && is_https(scheme, strlen(scheme));
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/sha1.h"
#include "proto/handshake.h"

#define KEY_DIGITS	22	/* base64 digits of a Sec-WebSocket-Key, which == follows */

static int
set_refusal(struct handshake *hs, int status, const char *reason)
{
	hs->status = status;
	hs->reason = reason;
	return status;
}

/*
 * Returns the value of a field that a request may have only once, or NULL if the request has none;
 * *count is the number of such fields in the request.
 */
static const char *
single_value(const struct http *h, char *head, const char *name, int *count)
{
	const char *first = NULL, *value;
	int from = 0;

	for (*count = 0; (value = http_value(h, head, name, &from)) != NULL; (*count)++)
		if (first == NULL)
			first = value;
	return first;
}

/*
 * Returns 1 if the comma-separated list in the fields of this name has the element `wanted`, in
 * upper or lower case.
 */
static int
field_lists(const struct http *h, char *head, const char *name, const char *wanted)
{
	const char *value, *element;
	size_t len;
	int from = 0;

	while ((value = http_value(h, head, name, &from)) != NULL)
		while ((element = http_element(&value, &len)) != NULL)
			if (http_same(element, len, wanted))
				return 1;
	return 0;
}

/*
 * Returns the path and query of a target in origin-form or absolute-form (RFC 9112 section 3.2);
 * NULL if the target has neither form.
 */
static char *
path_of(struct handshake *hs, char *target)
{
	char *p;

	if (strchr(target, '#') != NULL)
		return NULL;
	if (*target == '/')
		return target;
	if (strncasecmp(target, "http://", 7) == 0 || strncasecmp(target, "ws://", 5) == 0 ||
	    strncasecmp(target, "https://", 8) == 0 || strncasecmp(target, "wss://", 6) == 0) {
		target = strstr(target, "//") + 2;
		if (*target == '/' || *target == '?' || *target == '\0')
			return NULL;
		p = strpbrk(target, "/?");
		if (p == NULL)
			return strcpy(hs->root, "/");
		/* Refuse ws://host?query: its path would be /, which would have to be inserted. */
		return *p == '/' ? p : NULL;
	}
	return NULL;
}

static int
check_body(struct handshake *hs, const struct http *h, char *head)
{
	const char *value;
	int from = 0;

	if (http_value(h, head, "Transfer-Encoding", &from) != NULL)
		return set_refusal(hs, 400, "a handshake has no body (Transfer-Encoding)");
	from = 0;
	while ((value = http_value(h, head, "Content-Length", &from)) != NULL)
		if (strcmp(value, "0") != 0)
			return set_refusal(hs, 400, "a handshake has no body (Content-Length)");
	return 0;
}

static int
check_request(struct handshake *hs, const struct http *h, char *head)
{
	int count;

	if (strcmp(head + h->method.at, "GET") != 0)
		return set_refusal(hs, 405, "only GET with a WebSocket handshake is answered");
	hs->target = path_of(hs, head + h->target.at);
	if (hs->target == NULL)
		return set_refusal(hs, 400,
		    "the request target is neither a path nor a ws:// or http:// address");
	hs->host = single_value(h, head, "Host", &count);
	if (count > 1 || (count == 0 && h->minor > 0))
		return set_refusal(hs, 400, count > 1 ? "more than one Host" : "no Host");
	if (hs->host != NULL && strpbrk(hs->host, "/@?#, \t\"\\") != NULL)
		return set_refusal(hs, 400, "Host is not host or host:port");
	hs->origin = single_value(h, head, "Origin", &count);
	if (count > 1)
		return set_refusal(hs, 400, "more than one Origin");
	return check_body(hs, h, head);
}

static int
check_upgrade(struct handshake *hs, const struct http *h, char *head)
{
	const char *version;
	int count;

	if (!field_lists(h, head, "Upgrade", "websocket"))
		return set_refusal(hs, 426, "this is a WebSocket server: "
		    "ask with 'Upgrade: websocket' (a proxy on the way may have removed it)");
	if (h->minor == 0)
		return set_refusal(hs, 400, "a WebSocket handshake needs HTTP/1.1 "
		    "(a proxy on the way may speak 1.0)");
	if (!field_lists(h, head, "Connection", "upgrade"))
		return set_refusal(hs, 400, "Connection does not list Upgrade "
		    "(a proxy on the way may have removed it)");
	version = single_value(h, head, "Sec-WebSocket-Version", &count);
	if (count != 1)
		return set_refusal(hs, 400, count == 0 ? "no Sec-WebSocket-Version" :
		    "more than one Sec-WebSocket-Version");
	if (strcmp(version, "13") != 0)
		return set_refusal(hs, 426,
		    "only version 13 of the WebSocket protocol is supported");
	return 0;
}

/*
 * Returns 1 if a key is 22 base64 digits and "==".  The bits of the last digit that belong to no
 * byte may have any value: the key is never decoded (RFC 6455 section 4.2.2, item 4), and section
 * 4.1 itself has an example in which they are not zero.
 */
static int
is_key(const char *key)
{
	return strspn(key, BASE64_ALPHABET) == KEY_DIGITS && strcmp(key + KEY_DIGITS, "==") == 0;
}

/*
 * Checks Sec-WebSocket-Key, and computes the value of Sec-WebSocket-Accept (RFC 6455 section 4.2.2,
 * item 5.4).
 */
static int
check_key(struct handshake *hs, const struct http *h, char *head)
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	uint8_t digest[SHA1_SIZE];
	struct sha1 sha;
	const char *key;
	int count;

	key = single_value(h, head, "Sec-WebSocket-Key", &count);
	if (count != 1)
		return set_refusal(hs, 400, count == 0 ? "no Sec-WebSocket-Key" :
		    "more than one Sec-WebSocket-Key");
	if (!is_key(key))
		return set_refusal(hs, 400, "Sec-WebSocket-Key is not 16 bytes in base64");
	sha1_init(&sha);
	sha1_update(&sha, key, strlen(key));
	sha1_update(&sha, guid, sizeof(guid) - 1);
	sha1_final(&sha, digest);
	(void)base64_encode(hs->accept, digest, sizeof(digest));
	return 0;
}

/* Orders names by their text, so that equal ones are neighbours. */
static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Orders names as the client has: all point into the head of its request. */
static int
compare_places(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)*(char *const *)a, y = (uintptr_t)*(char *const *)b;

	return (x > y) - (x < y);
}

/*
 * Returns 1 if two of the names are equal.  Sorts them for that: a head can have thousands of
 * names, too many to compare each with each.
 */
static int
has_equal_names(char **name, size_t count)
{
	size_t i;
	int equal = 0;

	qsort(name, count, sizeof(*name), compare_names);
	for (i = 1; i < count && !equal; i++)
		equal = strcmp(name[i - 1], name[i]) == 0;
	qsort(name, count, sizeof(*name), compare_places);
	return equal;
}

/*
 * Reads a value of Sec-WebSocket-Protocol, makes strings of its names and adds them to `name`,
 * which has *count names.  Returns 0 or a status.
 */
static int
add_names(struct handshake *hs, char *value, char **name, size_t *count)
{
	char *end;
	size_t len;

	for (value += strspn(value, ", \t"); *value != '\0'; value = end + strspn(end, ", \t")) {
		end = value + strcspn(value, ",");
		for (len = (size_t)(end - value); http_is_blank(value[len - 1]); len--)
			;
		if (!http_is_token(value, len))
			return set_refusal(hs, 400, "a subprotocol's name is not a token");
		if (*count == HANDSHAKE_PROTOCOLS)
			return set_refusal(hs, 400, "too many subprotocols");
		name[(*count)++] = value;
		/* Move past the comma first: the NUL may overwrite it. */
		if (*end == ',')
			end++;
		value[len] = '\0';
	}
	return 0;
}

/* Moves the names that do not fit into an answer to the end.  Returns the number of the others. */
static size_t
put_long_names_last(char **name, size_t count)
{
	char *late[HTTP_HEAD_SIZE / HANDSHAKE_PROTOCOL_SIZE + 1];
	size_t i, fit = 0, n = 0;

	for (i = 0; i < count; i++) {
		if (strlen(name[i]) < HANDSHAKE_PROTOCOL_SIZE)
			name[fit++] = name[i];
		else if (n < sizeof(late) / sizeof(late[0]))
			late[n++] = name[i];
	}
	for (i = 0; i < n; i++)
		name[fit + i] = late[i];
	return fit;
}

static int
check_protocols(struct handshake *hs, const struct http *h, char *head, char **name)
{
	char *value;
	int from = 0;

	hs->protocol = name;
	while ((value = http_value(h, head, "Sec-WebSocket-Protocol", &from)) != NULL)
		if (add_names(hs, value, name, &hs->offered) != 0)
			return hs->status;
	if (has_equal_names(name, hs->offered))
		return set_refusal(hs, 400, "a subprotocol is offered twice");
	hs->protocols = put_long_names_last(name, hs->offered);
	return 0;
}

int
handshake_check(struct handshake *hs, const struct http *h, char *head,
    char *protocols[HANDSHAKE_PROTOCOLS])
{
	memset(hs, 0, sizeof(*hs));
	http_terminate(h, head);
	if (check_request(hs, h, head) != 0 || check_upgrade(hs, h, head) != 0 ||
	    check_key(hs, h, head) != 0)
		return hs->status;
	return check_protocols(hs, h, head, protocols);
}

static size_t
length_if_fits(int n, size_t size)
{
	return n < 0 || (size_t)n >= size ? 0 : (size_t)n;
}

size_t
handshake_accept(char *out, size_t size, const struct handshake *hs, const char *protocol)
{
	return length_if_fits(snprintf(out, size,
	    "HTTP/1.1 101 Switching Protocols\r\n"
	    "Upgrade: websocket\r\n"
	    "Connection: Upgrade\r\n"
	    "Sec-WebSocket-Accept: %s\r\n"
	    "%s%s%s"
	    "\r\n",
	    hs->accept,
	    protocol != NULL ? "Sec-WebSocket-Protocol: " : "",
	    protocol != NULL ? protocol : "",
	    protocol != NULL ? "\r\n" : ""), size);
}

static const char *
status_text(int status)
{
	static const struct {
		int		 status;
		const char	*text;
	} texts[] = {
		{ 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" },
		{ 404, "Not Found" }, { 405, "Method Not Allowed" }, { 408, "Request Timeout" },
		{ 414, "URI Too Long" }, { 426, "Upgrade Required" },
		{ 429, "Too Many Requests" }, { 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" }, { 502, "Bad Gateway" },
		{ 503, "Service Unavailable" }, { 504, "Gateway Timeout" }
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].status == status)
			return texts[i].text;
	return status < 500 ? "Refused" : "Failed";
}

/* Returns the header fields that an answer with this status must have (RFC 9110 section 15). */
static const char *
status_fields(int status)
{
	switch (status) {
	case 405:
		return "Allow: GET\r\nConnection: close\r\n";
	case 426:
		return "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
		    "Connection: close, Upgrade\r\n";
	default:
		return "Connection: close\r\n";
	}
}

size_t
handshake_refuse(char *out, size_t size, int status, const char *reason, unsigned retry)
{
	char after[32] = "";

	if (retry > 0)
		(void)snprintf(after, sizeof(after), "Retry-After: %u\r\n", retry);
	return length_if_fits(snprintf(out, size,
	    "HTTP/1.1 %d %s\r\n"
	    "%s%s"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Length: %zu\r\n"
	    "\r\n"
	    "%d %s: %s\n",
	    status, status_text(status), status_fields(status), after,
	    strlen(reason) + strlen(status_text(status)) + 7, status, status_text(status), reason),
	    size);
}

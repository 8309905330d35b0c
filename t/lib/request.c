/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/sha1.h"
#include "expect.h"
#include "request.h"

/* A text that is written piece by piece to a buffer of REQUEST_SIZE bytes. */
struct text {
	char	*out;
	size_t	 len;
};

static void
request_add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
request_add(struct text *t, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(t->out + t->len, REQUEST_SIZE - t->len, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= REQUEST_SIZE - t->len)
		expect_fail("the request of the test is too long");
	t->len += (size_t)n;
}

static void
request_add_word(struct text *t, const char *word, const char *usual)
{
	if (word == NULL)
		word = usual;
	if (word[0] != '\0')
		request_add(t, "%s%s", t->len == 0 ? "" : " ", word);
}

static void
request_add_field(struct text *t, const char *name, const char *value, const char *usual)
{
	if (value == NULL)
		value = usual;
	if (value[0] != '\0')
		request_add(t, "%s: %s\r\n", name, value);
}

size_t
request_format(char out[REQUEST_SIZE], const struct request *r)
{
	static const struct request usual;
	struct text t = { .out = out, .len = 0 };

	if (r == NULL)
		r = &usual;
	request_add_word(&t, r->method, "GET");
	request_add_word(&t, r->target, "/");
	request_add_word(&t, r->http, "HTTP/1.1");
	request_add(&t, "\r\n");
	request_add_field(&t, "Host", r->host, "127.0.0.1");
	request_add_field(&t, "Upgrade", r->upgrade, "websocket");
	request_add_field(&t, "Connection", r->connection, "Upgrade");
	request_add_field(&t, "Sec-WebSocket-Key", r->key, REQUEST_KEY);
	request_add_field(&t, "Sec-WebSocket-Version", r->version, "13");
	request_add_field(&t, "Origin", r->origin, "");
	request_add_field(&t, "Sec-WebSocket-Protocol", r->protocol, "");
	request_add(&t, "%s\r\n", r->extra == NULL ? "" : r->extra);
	return t.len;
}

const char *
request_accept(const char *key)
{
	static char out[BASE64_SIZE(SHA1_SIZE)];
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	uint8_t digest[SHA1_SIZE];
	struct sha1 s;

	if (strcmp(key, REQUEST_KEY) == 0)
		return REQUEST_ACCEPT;
	sha1_init(&s);
	sha1_update(&s, key, strlen(key));
	sha1_update(&s, guid, strlen(guid));
	sha1_final(&s, digest);
	base64_encode(out, digest, sizeof(digest));
	return out;
}

int
request_status(const char *head)
{
	char *end;
	long status;

	if (strncmp(head, "HTTP/1.1 ", 9) != 0)
		expect_fail("no HTTP/1.1 status line: %.60s", head);
	status = strtol(head + 9, &end, 10);
	if (end != head + 12 || status < 100 || status > 599 || *end != ' ')
		expect_fail("bad status line: %.60s", head);
	return (int)status;
}

/* Returns the line after this one; NULL after the last line. */
static const char *
next_line(const char *line)
{
	const char *end = strstr(line, "\r\n");

	return end == NULL || end[2] == '\0' || end[2] == '\r' ? NULL : end + 2;
}

int
request_field(const char *head, const char *name, char *out, size_t size)
{
	size_t len = strlen(name), n;
	const char *line, *value;
	int found = 0;

	for (line = next_line(head); line != NULL; line = next_line(line)) {
		if (strncasecmp(line, name, len) != 0 || line[len] != ':' || found++ > 0)
			continue;
		value = line + len + 1;
		value += strspn(value, " \t");
		n = strcspn(value, "\r");
		if (n >= size)
			expect_fail("field %s of the answer is too long", name);
		memcpy(out, value, n);
		out[n] = '\0';
	}
	return found;
}

int
request_fields(const char *head)
{
	const char *line;
	int n = 0;

	for (line = next_line(head); line != NULL; line = next_line(line))
		n++;
	return n;
}

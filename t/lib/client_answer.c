/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "expect.h"
#include "sock.h"

void
client_request(struct client *c, const struct request *r)
{
	char *text = malloc(REQUEST_SIZE);

	if (text == NULL)
		expect_fail("out of memory");
	client_send(c, text, request_format(text, r));
	free(text);
}

static char *
take_string(struct client *c, size_t len)
{
	char *text = malloc(len + 1);

	if (text == NULL)
		expect_fail("out of memory");
	memcpy(text, c->in + c->in_at, len);
	text[len] = '\0';
	c->in_at += len;
	return text;
}

/*
 * Returns the length of the HTTP head at the start of the unused bytes; 0 if the head is
 * incomplete.
 */
static size_t
head_length(const struct client *c)
{
	size_t i;

	for (i = c->in_at; i + 4 <= c->in_len; i++)
		if (memcmp(c->in + i, "\r\n\r\n", 4) == 0)
			return i + 4 - c->in_at;
	return 0;
}

void
client_answer(struct client *c)
{
	const char *length;
	char *end;
	size_t len;

	free(c->head);
	free(c->body);
	c->body = NULL;
	for (len = 0; len == 0; len = head_length(c))
		client_need(c, c->in_len - c->in_at + 1, "the answer");
	c->head = take_string(c, len);
	if (strlen(c->head) != len)
		expect_fail("NUL in the answer");
	c->status = request_status(c->head);
	if (c->status == 101)
		return;
	length = client_field(c, "Content-Length");
	if (length == NULL)
		expect_fail("refusal without Content-Length: %s", c->head);
	len = strtoul(length, &end, 10);
	if (*end != '\0' || len > 4096)
		expect_fail("Content-Length is %s", length);
	client_need(c, len, "the refusal's body");
	c->body = take_string(c, len);
}

int
client_ask_with(struct client *c, int port, const struct request *r)
{
	client_connect(c, port);
	client_request(c, r);
	client_answer(c);
	return c->status;
}

int
client_ask(struct client *c, int port, const char *target)
{
	return client_ask_with(c, port, &(struct request){ .target = target });
}

int
client_is_silent(struct client *c, int ms)
{
	return c->in_at == c->in_len && !sock_readable(c->fd, ms);
}

const char *
client_field(const struct client *c, const char *name)
{
	static char values[4][1024];
	static unsigned turn;
	char *value = values[turn++ % 4];
	int n = request_field(c->head, name, value, sizeof(values[0]));

	if (n > 1)
		expect_fail("%d fields %s: %s", n, name, c->head);
	return n == 0 ? NULL : value;
}

static void
expect_field(const struct client *c, const char *name, const char *value)
{
	const char *got = client_field(c, name);

	if (got == NULL || strcmp(got, value) != 0)
		expect_fail("%s should be %s: %s", name, value, c->head);
}

void
client_expect_accepted(const struct client *c, const char *key, const char *protocol)
{
	int fields = 3;

	if (c->status != 101)
		expect_fail("status should be 101: %s%s", c->head, c->body);
	expect_field(c, "Upgrade", "websocket");
	expect_field(c, "Connection", "Upgrade");
	expect_field(c, "Sec-WebSocket-Accept", request_accept(key));
	if (protocol != NULL) {
		expect_field(c, "Sec-WebSocket-Protocol", protocol);
		fields++;
	}
	if (request_fields(c->head) != fields)
		expect_fail("%d fields, should be %d: %s", request_fields(c->head), fields,
		    c->head);
}

/* Checks the fields that only responses with certain statuses may have. */
static void
expect_refusal_fields(const struct client *c, int status)
{
	const char *connection = client_field(c, "Connection");
	int version = client_field(c, "Sec-WebSocket-Version") != NULL;
	int upgrade = client_field(c, "Upgrade") != NULL;

	if (connection == NULL || (strcmp(connection, "close") != 0 &&
	    strcmp(connection, "close, Upgrade") != 0))
		expect_fail("Connection should be close: %s", c->head);
	if (upgrade != (strstr(connection, "Upgrade") != NULL))
		expect_fail("Upgrade and Connection: Upgrade go together: %s", c->head);
	if (status == 426) {
		if (!upgrade && !version)
			expect_fail("426 must name what to use: %s", c->head);
		if (upgrade)
			expect_field(c, "Upgrade", "websocket");
		if (version)
			expect_field(c, "Sec-WebSocket-Version", "13");
	} else if (upgrade || version) {
		expect_fail("only 426 asks for an upgrade: %s", c->head);
	}
	if (status == 405)
		expect_field(c, "Allow", "GET");
	else if (client_field(c, "Allow") != NULL)
		expect_fail("Allow without 405: %s", c->head);
}

void
client_expect_refused(struct client *c, int status)
{
	const char *type;

	if (c->status != status)
		expect_fail("status should be %d: %s%s", status, c->head,
		    c->body == NULL ? "" : c->body);
	expect_refusal_fields(c, status);
	type = client_field(c, "Content-Type");
	if (type == NULL || strncmp(type, "text/plain", 10) != 0)
		expect_fail("Content-Type should be text/plain: %s", c->head);
	if (client_field(c, "Sec-WebSocket-Accept") != NULL)
		expect_fail("refusal with Sec-WebSocket-Accept: %s", c->head);
	if (strlen(c->body) < 8)
		expect_fail("the body says nothing: \"%s\"", c->body);
	client_expect_eof(c);
}

void
client_expect_refusal(int port, const struct request *r, int status, const char *words)
{
	struct client c;

	client_ask_with(&c, port, r);
	client_expect_refused(&c, status);
	if (words != NULL && strstr(c.body, words) == NULL)
		expect_fail("the body should have \"%s\": %s", words, c.body);
	client_end(&c);
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "client.h"
#include "expect.h"
#include "pattern.h"

size_t
client_parse(const uint8_t *data, size_t len, int *first, uint64_t *length)
{
	size_t size, i;
	uint64_t n;

	if (len < 2)
		return 0;
	if ((data[0] & CLIENT_RSV) != 0)
		expect_fail("frame with reserved bits: %02x", (unsigned)data[0]);
	if ((data[1] & 0x80) != 0)
		expect_fail("masked frame from the server");
	n = data[1];
	size = n < 126 ? 2 : n == 126 ? 4 : 10;
	if (len < size)
		return 0;
	if (size > 2)
		for (n = 0, i = 2; i < size; i++)
			n = n << 8 | data[i];
	if ((size == 4 && n < 126) || (size == 10 && n < 65536))
		expect_fail("length %llu not in its shortest form", (unsigned long long)n);
	if (n >> 63 != 0)
		expect_fail("length with its top bit set");
	if ((data[0] & 0xf) >= 8 && ((data[0] & CLIENT_FIN) == 0 || n > 125))
		expect_fail("control frame %02x of %llu bytes", (unsigned)data[0],
		    (unsigned long long)n);
	*first = data[0];
	*length = n;
	return size;
}

/* Reads one frame. Returns the length of its payload, which then begins at c->in + c->in_at. */
static size_t
read_frame(struct client *c, int *first)
{
	uint64_t length;
	size_t size;

	client_need(c, 2, "a frame");
	while ((size = client_parse(c->in + c->in_at, c->in_len - c->in_at, first, &length)) == 0)
		client_need(c, c->in_len - c->in_at + 1, "a frame's header");
	c->in_at += size;
	client_need(c, (size_t)length, "a frame");
	return (size_t)length;
}

static void
check_text(const uint8_t *data, size_t len, const char *what)
{
	struct utf8 u = { 0 };

	if (utf8_check(&u, data, len) == -1 || !utf8_complete(&u))
		expect_fail("%s is not UTF-8", what);
}

static void
check_close(struct client_message *m)
{
	m->code = CLIENT_NO_CODE;
	if (m->len == 0)
		return;
	if (m->len == 1)
		expect_fail("close frame with one byte");
	m->code = (unsigned)m->data[0] << 8 | m->data[1];
	m->data += 2;
	m->len -= 2;
	if (m->code < 1000 || m->code == 1004 || m->code == 1005 || m->code == 1006 ||
	    (m->code >= 1015 && m->code < 3000) || m->code > 4999)
		expect_fail("close frame with code %u", m->code);
	check_text(m->data, m->len, "the reason of a close frame");
}

static void
append(struct client *c, size_t *have, size_t len)
{
	if (*have + len + 1 > c->message_size) {
		c->message_size = *have + len + 1 + c->message_size;
		c->message = realloc(c->message, c->message_size);
		if (c->message == NULL)
			expect_fail("out of memory");
	}
	memcpy(c->message + *have, c->in + c->in_at, len);
	c->in_at += len;
	*have += len;
	c->message[*have] = '\0';
}

void
client_read(struct client *c, struct client_message *m)
{
	size_t len;
	int first, opcode;

	memset(m, 0, sizeof(*m));
	do {
		len = read_frame(c, &first);
		opcode = first & 0xf;
		if (m->frames > 0 && opcode != CLIENT_CONTINUATION)
			expect_fail("frame %02x inside a message", (unsigned)first);
		if (m->frames == 0 && opcode != CLIENT_TEXT && opcode != CLIENT_BINARY &&
		    (opcode < CLIENT_CLOSE || opcode > CLIENT_PONG))
			expect_fail("frame %02x from the server", (unsigned)first);
		if (m->frames++ == 0)
			m->opcode = opcode;
		append(c, &m->len, len);
	} while ((first & CLIENT_FIN) == 0);
	m->data = c->message;
	if (m->opcode == CLIENT_TEXT)
		check_text(m->data, m->len, "a text message");
	if (m->opcode == CLIENT_CLOSE)
		check_close(m);
}

static const char *
describe(const struct client_message *m)
{
	static char text[256];

	if (m->opcode == CLIENT_CLOSE)
		snprintf(text, sizeof(text), "close %u \"%.*s\"", m->code, (int)m->len,
		    (const char *)m->data);
	else
		snprintf(text, sizeof(text), "opcode %d, %zu bytes \"%.60s\"", m->opcode, m->len,
		    (const char *)m->data);
	return text;
}

void
client_expect(struct client *c, int opcode, const void *data, size_t len)
{
	struct client_message m;

	client_read(c, &m);
	if (m.opcode != opcode || m.len != len || memcmp(m.data, data, len) != 0)
		expect_fail("got %s; should be opcode %d, %zu bytes", describe(&m), opcode, len);
}

void
client_expect_text(struct client *c, const char *text)
{
	client_expect(c, CLIENT_TEXT, text, strlen(text));
}

/* Reads the next message, which must be a data message of at most `most` bytes. */
static void
read_data(struct client *c, struct client_message *m, uint64_t most)
{
	client_read(c, m);
	if (m->opcode != CLIENT_TEXT && m->opcode != CLIENT_BINARY)
		expect_fail("got %s; should be data", describe(m));
	if (m->len > most)
		expect_fail("%zu bytes, should be at most %llu", m->len,
		    (unsigned long long)most);
}

void
client_expect_bytes(struct client *c, const void *data, size_t len)
{
	const uint8_t *want = data;
	struct client_message m;

	for (; len > 0; want += m.len, len -= m.len) {
		read_data(c, &m, len);
		if (memcmp(m.data, want, m.len) != 0)
			expect_fail("wrong bytes, %zu before the end", len);
	}
}

void
client_expect_pattern(struct client *c, uint64_t at, uint64_t len, unsigned seed)
{
	struct client_message m;
	size_t good;

	for (; len > 0; at += m.len, len -= m.len) {
		read_data(c, &m, len);
		good = pattern_check(m.data, m.len, at, seed);
		if (good != m.len)
			expect_fail("wrong byte at %llu", (unsigned long long)(at + good));
	}
}

void
client_expect_close(struct client *c, unsigned code)
{
	struct client_message m;

	client_read(c, &m);
	if (m.opcode != CLIENT_CLOSE || m.code != code)
		expect_fail("got %s; should be close %u", describe(&m), code);
}

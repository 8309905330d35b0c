/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * content-length: the framing of the Language Server Protocol, in both directions.  Each message
 * follows a block of header fields; Content-Length is its length in bytes, and the other fields
 * are dropped.  A message that is valid UTF-8 is sent as text, any other as binary.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WEBSOCKSY_API_VERSION 2
#include <websocksy.h>

#include "base/utf8.h"

#define HEADER_MAX	4096
#define DIGITS_MAX	18	/* digits of a length, at most, so that no sum overflows */

WS_EXPORT uint64_t init(void);

/* The state of one connection: the part of the current message's header that has been read. */
struct content {
	size_t		line;		/* offset of the current header line */
	size_t		header;		/* size of the header with the empty line; 0: unknown yet */
	int		known;		/* 1: Content-Length has been read */
	uint64_t	length;
	struct utf8	utf8;
};

static int
content_check(const char *config, const char **why)
{
	if (config == NULL || *config == '\0')
		return 0;
	*why = "content-length has no options";
	return -1;
}

static struct content *
content_state(void **state)
{
	if (*state == NULL) {
		*state = calloc(1, sizeof(struct content));
		if (*state == NULL)
			core_log(ws_log_warn, "out of memory");
	}
	return *state;
}

static int
content_error(const char *why)
{
	core_log(ws_log_warn, "%s", why);
	return -1;
}

/*
 * Parses the value of the field Content-Length; blanks around it are allowed.  Returns 0, or -1
 * after a message.
 */
static int
content_read_length(struct content *c, const uint8_t *value, size_t len)
{
	size_t i;

	while (len > 0 && (*value == ' ' || *value == '\t'))
		value++, len--;
	while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
		len--;
	if (c->known)
		return content_error("a header has Content-Length twice");
	if (len == 0 || len > DIGITS_MAX)
		return content_error("Content-Length is empty or too long");
	for (i = 0; i < len; i++) {
		if (value[i] < '0' || value[i] > '9')
			return content_error("Content-Length is not a number");
		c->length = c->length * 10 + (value[i] - '0');
	}
	c->known = 1;
	return 0;
}

/*
 * Parses a header line (a name, a colon, a value) of len bytes, without its CR LF.  Returns 0,
 * or -1 after a message.
 */
static int
content_read_field(struct content *c, const uint8_t *line, size_t len)
{
	static const char name[] = "Content-Length";
	const uint8_t *colon = memchr(line, ':', len);
	const uint8_t *p;

	if (colon == NULL || colon == line)
		return content_error("a line of a header is not a field");
	for (p = line; p < colon; p++)
		if (*p <= ' ' || *p >= 0x7f)
			return content_error("the name of a header field is not one word");
	if ((size_t)(colon - line) != sizeof(name) - 1 ||
	    strncasecmp((const char *)line, name, sizeof(name) - 1) != 0)
		return 0;
	return content_read_length(c, colon + 1, len - (size_t)(colon + 1 - line));
}

/*
 * Continues to read the header at data[from], the first new byte.  Returns 1 when the header is
 * complete, 0 if more bytes are needed, or -1 after a message if the header is invalid.
 */
static int
content_read_header(struct content *c, const uint8_t *data, size_t from, size_t length)
{
	size_t size = length < HEADER_MAX ? length : HEADER_MAX, len;
	const uint8_t *end;

	while (from < size && (end = memchr(data + from, '\n', size - from)) != NULL) {
		len = (size_t)(end - data) - c->line;
		if (len == 0 || end[-1] != '\r')
			return content_error("a line of a header does not end in CR LF");
		from = (size_t)(end - data) + 1;
		if (len == 1) {
			c->header = from;
			return c->known ? 1 : content_error("a header has no Content-Length");
		}
		if (content_read_field(c, data + c->line, len - 1) == -1)
			return -1;
		c->line = from;
	}
	return length < HEADER_MAX ? 0 : content_error("a header is longer than 4096 bytes");
}

static int64_t
content_frame(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode, void **state,
    const char *config)
{
	static const struct content start;
	size_t from, to;
	struct content *c;
	uint64_t total;
	int n;

	(void)config;
	if (data == NULL) {
		free(*state);
		*state = NULL;
		return 0;
	}
	c = content_state(state);
	if (c == NULL)
		return -1;
	if (last_read == length)
		*c = start;
	from = length - last_read;
	if (c->header == 0 && (n = content_read_header(c, data, from, length)) <= 0)
		return n;
	total = c->header + c->length;
	from = from < c->header ? c->header : from;
	to = length < total ? length : (size_t)total;
	(void)utf8_check(&c->utf8, data + from, to - from);
	if (length < total)
		return 0;
	*opcode = utf8_complete(&c->utf8) ? ws_frame_text : ws_frame_binary;
	return (int64_t)total;
}

static void
content_unwrap(const uint8_t *data, size_t length, size_t *before, size_t *after, void **state,
    const char *config)
{
	const struct content *c = *state;

	(void)data;
	(void)length;
	(void)after;
	(void)config;
	*before = c->header;
}

static int
content_wrap(uint64_t length, ws_operation opcode, ws_envelope *envelope, void **state,
    const char *config)
{
	int n;

	(void)opcode;
	(void)state;
	(void)config;
	n = snprintf((char *)envelope->before, sizeof(envelope->before),
	    "Content-Length: %llu\r\n\r\n", (unsigned long long)length);
	if (n <= 0 || (size_t)n > sizeof("Content-Length: \r\n\r\n") - 1 + DIGITS_MAX)
		return 1009;
	envelope->before_length = (size_t)n;
	return 0;
}

uint64_t
init(void)
{
	static const ws_framer framer = {
		.version = WEBSOCKSY_API_VERSION,
		.name = "content-length",
		.frame = content_frame,
		.unwrap = content_unwrap,
		.wrap = content_wrap,
		.check = content_check,
		.flags = WS_FRAMER_EXACT
	};

	return core_register_framer(&framer) == 0 ? WEBSOCKSY_API_VERSION : 0;
}

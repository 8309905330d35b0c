/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/line_end.h"
#include "base/utf8.h"
#include "module/framer.h"

/*
 * Milliseconds for which the framing auto waits for the rest of a character before it sends the
 * first bytes.
 */
#define AUTO_HOLD	50

#define SEPARATOR_SIZE	256

static ws_operation
type_of_text(const uint8_t *data, size_t len)
{
	enum utf8_rest rest;

	return utf8_prefix(data, len, &rest) == len ? ws_frame_text : ws_frame_binary;
}

static int
check_auto(const char *config, const char **why)
{
	*why = "auto takes no configuration";
	return config == NULL || *config == '\0' ? 0 : -1;
}

static int
check_binary(const char *config, const char **why)
{
	*why = "binary takes no configuration";
	return config == NULL || *config == '\0' ? 0 : -1;
}

static int64_t
frame_binary(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode, void **state,
    const char *config)
{
	(void)last_read;
	(void)state;
	(void)config;
	if (data != NULL)
		*opcode = ws_frame_binary;
	return (int64_t)length;
}

/*
 * The framing function of auto.  UTF-8 is sent as text messages, other bytes as binary ones.  If a
 * read has split a character, its first bytes are held back until the rest has come, since neither
 * part is valid UTF-8.
 */
static int64_t
frame_auto(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode, void **state,
    const char *config)
{
	enum utf8_rest rest;
	size_t good;

	(void)last_read;
	(void)state;
	(void)config;
	if (data == NULL)
		return 0;
	good = utf8_prefix(data, length, &rest);
	if (rest == UTF8_BAD)
		return (int64_t)length;
	*opcode = ws_frame_text;
	return (int64_t)good;
}

/* The decoded separator of one connection. */
struct separator {
	size_t	len;
	uint8_t	bytes[SEPARATOR_SIZE];
};

/*
 * Returns the separator; decodes config at the first call.  Returns NULL if out of memory or if
 * config is missing or invalid.
 */
static struct separator *
separator_get(void **state, const char *config)
{
	struct separator *s = *state;
	const char *why;
	int n;

	if (s != NULL || config == NULL)
		return s;
	s = malloc(sizeof(*s));
	if (s == NULL)
		return NULL;
	n = framer_unescape(s->bytes, sizeof(s->bytes), config, &why);
	if (n == -1) {
		free(s);
		return NULL;
	}
	s->len = (size_t)n;
	*state = s;
	return s;
}

/*
 * Returns the size of the message up to and including the separator; 0 if there is no separator.
 * The search skips the bytes of earlier calls, except the last ones, in which a separator may have
 * begun. So the cost of a message does not depend on the number of reads in which it arrives.
 */
static size_t
cut_at(const uint8_t *data, size_t length, size_t last_read, const uint8_t *separator, size_t len)
{
	size_t from = length - last_read;
	const uint8_t *p;

	from = from >= len - 1 ? from - (len - 1) : 0;
	while (length - from >= len) {
		p = memchr(data + from, separator[0], length - from - (len - 1));
		if (p == NULL)
			return 0;
		if (memcmp(p, separator, len) == 0)
			return (size_t)(p - data) + len;
		from = (size_t)(p - data) + 1;
	}
	return 0;
}

static int64_t
frame_separator(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode, void **state,
    const char *config)
{
	struct separator *s;

	if (data == NULL) {
		free(*state);
		*state = NULL;
		return 0;
	}
	*opcode = ws_frame_binary;
	s = separator_get(state, config);
	return s == NULL ? -1 : (int64_t)cut_at(data, length, last_read, s->bytes, s->len);
}

static int
check_separator(const char *config, const char **why)
{
	uint8_t bytes[SEPARATOR_SIZE];

	if (config == NULL || *config == '\0') {
		*why = "the separator is missing";
		return -1;
	}
	return framer_unescape(bytes, sizeof(bytes), config, why) != -1 ? 0 : -1;
}

/* Returns the bytes that end a line, or NULL if the configuration is invalid. */
static const char *
newline_bytes(const char *config)
{
	if (config == NULL || *config == '\0' || strcmp(config, "crlf") == 0)
		return "\r\n";
	if (strcmp(config, "lf") == 0)
		return "\n";
	if (strcmp(config, "cr") == 0)
		return "\r";
	return strcmp(config, "lfcr") == 0 ? "\n\r" : NULL;
}

static int
check_newline(const char *config, const char **why)
{
	static char text[80];
	const char *meant;

	if (newline_bytes(config) != NULL)
		return 0;
	meant = line_end_meant(config);
	*why = "the line end is crlf, lf, cr or lfcr";
	if (meant == NULL)
		return -1;
	(void)snprintf(text, sizeof(text), "%s; is '%s' meant?", *why, meant);
	*why = text;
	return -1;
}

static int64_t
frame_newline(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode, void **state,
    const char *config)
{
	const char *newline = newline_bytes(config);
	size_t n;

	(void)state;
	if (data == NULL)
		return 0;
	if (newline == NULL)
		return -1;
	n = cut_at(data, length, last_read, (const uint8_t *)newline, strlen(newline));
	if (n > 0)
		*opcode = type_of_text(data, n);
	return (int64_t)n;
}

static const struct framer builtin[] = {
	{ .api = { .name = "auto", .frame = frame_auto, .check = check_auto },
	    .type = type_of_text, .whole = 1, .hold = AUTO_HOLD },
	{ .api = { .name = "binary", .frame = frame_binary, .check = check_binary }, .whole = 1 },
	{ .api = { .name = "separator", .frame = frame_separator, .check = check_separator } },
	{ .api = { .name = "newline", .frame = frame_newline, .check = check_newline },
	    .type = type_of_text }
};

int
framer_register_builtin(void)
{
	size_t i;

	for (i = 0; i < sizeof(builtin) / sizeof(builtin[0]); i++)
		if (framer_register(&builtin[i]) == -1)
			return -1;
	return 0;
}

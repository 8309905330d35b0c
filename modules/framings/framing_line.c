/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * line: each line is a message, in both directions.  Line ends are removed on the way to the
 * client and added on the way to the peer.  A line that is valid UTF-8 is sent as text, any other
 * as binary.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WEBSOCKSY_API_VERSION 2
#include <websocksy.h>

#include "base/line_end.h"
#include "base/utf8.h"

WS_EXPORT uint64_t init(void);

enum ending { LF, CRLF, ANY };

/* The state of one connection. */
struct line {
	enum ending	ending;
	struct utf8	utf8;	/* UTF-8 check of the current line */
};

static int
line_read(const char *config, enum ending *ending)
{
	if (config == NULL || *config == '\0' || strcmp(config, "lf") == 0)
		*ending = LF;
	else if (strcmp(config, "crlf") == 0)
		*ending = CRLF;
	else if (strcmp(config, "any") == 0)
		*ending = ANY;
	else
		return -1;
	return 0;
}

static int
line_check(const char *config, const char **why)
{
	static char text[80];
	const char *meant;
	enum ending ending;

	if (line_read(config, &ending) == 0)
		return 0;
	meant = line_end_meant(config);
	if (meant != NULL && line_read(meant, &ending) == -1)
		meant = NULL;
	*why = "the line end is lf, crlf or any";
	if (meant == NULL)
		return -1;
	(void)snprintf(text, sizeof(text), "%s; is '%s' meant?", *why, meant);
	*why = text;
	return -1;
}

static struct line *
line_state(void **state, const char *config)
{
	struct line *l = *state;

	if (l != NULL)
		return l;
	l = calloc(1, sizeof(*l));
	if (l == NULL || line_read(config, &l->ending) == -1) {
		core_log(ws_log_warn, l == NULL ? "out of memory" :
		    "the line end is not lf, crlf or any");
		free(l);
		return NULL;
	}
	*state = l;
	return l;
}

/*
 * Returns the length of the first line at data, including its line end, or 0 if no line end is
 * found.  No byte before data[from] can be the last byte of a line end.
 */
static size_t
line_end(const struct line *l, const uint8_t *data, size_t from, size_t length)
{
	const uint8_t *p;

	for (; from < length; from = (size_t)(p - data) + 1) {
		p = memchr(data + from, '\n', length - from);
		if (p == NULL)
			return 0;
		if (l->ending != CRLF || (p > data && p[-1] == '\r'))
			return (size_t)(p - data) + 1;
	}
	return 0;
}

static int64_t
line_frame(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode, void **state,
    const char *config)
{
	static const struct utf8 start;
	size_t from, n;
	struct line *l;

	if (data == NULL) {
		free(*state);
		*state = NULL;
		return 0;
	}
	l = line_state(state, config);
	if (l == NULL)
		return -1;
	if (last_read == length)
		l->utf8 = start;
	from = length - last_read;
	n = line_end(l, data, from, length);
	(void)utf8_check(&l->utf8, data + from, (n > 0 ? n : length) - from);
	/*
	 * Set the type of an unfinished line too: if the peer closes the connection, the rest is
	 * sent with this type.
	 */
	*opcode = utf8_complete(&l->utf8) ? ws_frame_text : ws_frame_binary;
	return (int64_t)n;
}

static void
line_unwrap(const uint8_t *data, size_t length, size_t *before, size_t *after, void **state,
    const char *config)
{
	const struct line *l = line_state(state, config);

	(void)before;
	/* The last line before end of file from the peer may have no line end. */
	if (l == NULL || length == 0 || data[length - 1] != '\n')
		return;
	if (l->ending != LF && length >= 2 && data[length - 2] == '\r')
		*after = 2;
	else if (l->ending != CRLF)
		*after = 1;
}

static int
line_wrap(uint64_t length, ws_operation opcode, ws_envelope *envelope, void **state,
    const char *config)
{
	const struct line *l = line_state(state, config);

	(void)length;
	(void)opcode;
	if (l == NULL)
		return 1011;
	if (l->ending == CRLF)
		envelope->after[envelope->after_length++] = '\r';
	envelope->after[envelope->after_length++] = '\n';
	return 0;
}

uint64_t
init(void)
{
	static const ws_framer framer = {
		.version = WEBSOCKSY_API_VERSION,
		.name = "line",
		.frame = line_frame,
		.unwrap = line_unwrap,
		.wrap = line_wrap,
		.check = line_check,
		.flags = WS_FRAMER_STREAMS | WS_FRAMER_TEXT
	};

	return core_register_framer(&framer) == 0 ? WEBSOCKSY_API_VERSION : 0;
}

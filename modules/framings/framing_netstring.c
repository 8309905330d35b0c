/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * netstring: a message is its length in decimal, a colon, its bytes, and a comma, in both
 * directions (https://cr.yp.to/proto/netstrings.txt).  A message that is valid UTF-8 is sent as
 * text, unless the configuration text is "binary"; any other is sent as binary.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WEBSOCKSY_API_VERSION 2
#include <websocksy.h>

#include "base/utf8.h"

#define DIGITS_MAX	18	/* digits of a length, at most, so that no sum overflows */

WS_EXPORT uint64_t init(void);

/* The state of one connection.  All members except `binary` describe the current message. */
struct netstring {
	int		binary;
	unsigned	digits;
	uint64_t	length;
	size_t		header;		/* bytes of digits and colon; 0: unknown yet */
	struct utf8	utf8;
};

static int
netstring_check(const char *config, const char **why)
{
	if (config == NULL || *config == '\0' || strcmp(config, "binary") == 0)
		return 0;
	*why = "the only option of netstring is binary";
	return -1;
}

static struct netstring *
netstring_state(void **state, const char *config)
{
	struct netstring *s = *state;

	if (s != NULL)
		return s;
	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		core_log(ws_log_warn, "out of memory");
		return NULL;
	}
	s->binary = config != NULL && strcmp(config, "binary") == 0;
	*state = s;
	return s;
}

static int
netstring_error(const char *why)
{
	core_log(ws_log_warn, "%s", why);
	return -1;
}

/*
 * Continues to read the length at data[from], the first new byte.  Returns 1 after the colon, 0
 * if more bytes are needed, or -1 after a message if the length is invalid.
 */
static int
netstring_read_header(struct netstring *s, const uint8_t *data, size_t from, size_t length)
{
	for (; from < length; from++) {
		if (data[from] == ':' && s->digits > 0) {
			s->header = from + 1;
			return 1;
		}
		if (data[from] < '0' || data[from] > '9')
			return netstring_error("a netstring does not begin with its length");
		if (s->digits == 1 && s->length == 0)
			return netstring_error("the length of a netstring begins with a zero");
		if (++s->digits > DIGITS_MAX)
			return netstring_error("the length of a netstring has too many digits");
		s->length = s->length * 10 + (data[from] - '0');
	}
	return 0;
}

/* Checks the UTF-8 of those bytes from data[from] to data[length] that are payload. */
static void
netstring_check_text(struct netstring *s, const uint8_t *data, size_t from, size_t length)
{
	uint64_t end = s->header + s->length;

	if (from < s->header)
		from = s->header;
	if (length > end)
		length = (size_t)end;
	if (from < length)
		(void)utf8_check(&s->utf8, data + from, length - from);
}

static int64_t
netstring_frame(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode, void **state,
    const char *config)
{
	struct netstring *s;
	uint64_t total;
	int n;

	if (data == NULL) {
		free(*state);
		*state = NULL;
		return 0;
	}
	s = netstring_state(state, config);
	if (s == NULL)
		return -1;
	if (last_read == length)
		*s = (struct netstring){ .binary = s->binary };
	if (s->header == 0 && (n = netstring_read_header(s, data, length - last_read, length)) <= 0)
		return n;
	if (!s->binary)
		netstring_check_text(s, data, length - last_read, length);
	total = s->header + s->length + 1;
	if (length < total)
		return 0;
	if (data[total - 1] != ',')
		return netstring_error("there is no comma after a netstring");
	*opcode = !s->binary && utf8_complete(&s->utf8) ? ws_frame_text : ws_frame_binary;
	return (int64_t)total;
}

static void
netstring_unwrap(const uint8_t *data, size_t length, size_t *before, size_t *after, void **state,
    const char *config)
{
	const struct netstring *s = netstring_state(state, config);

	(void)data;
	(void)length;
	if (s == NULL)
		return;
	*before = s->header;
	*after = 1;
}

static int
netstring_wrap(uint64_t length, ws_operation opcode, ws_envelope *envelope, void **state,
    const char *config)
{
	int n;

	(void)opcode;
	(void)state;
	(void)config;
	n = snprintf((char *)envelope->before, sizeof(envelope->before), "%llu:",
	    (unsigned long long)length);
	if (n <= 0 || n > DIGITS_MAX + 1)
		return 1009;
	envelope->before_length = (size_t)n;
	envelope->after[0] = ',';
	envelope->after_length = 1;
	return 0;
}

uint64_t
init(void)
{
	static const ws_framer framer = {
		.version = WEBSOCKSY_API_VERSION,
		.name = "netstring",
		.frame = netstring_frame,
		.unwrap = netstring_unwrap,
		.wrap = netstring_wrap,
		.check = netstring_check,
		.flags = WS_FRAMER_EXACT
	};

	return core_register_framer(&framer) == 0 ? WEBSOCKSY_API_VERSION : 0;
}

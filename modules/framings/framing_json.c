/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * json: each JSON value (RFC 8259) from the peer is a text message, without the blanks around
 * the value.  If the bytes are not JSON, all bytes that have been read are sent as one binary
 * message; after this message another value may begin.
 */

#include <stdint.h>
#include <stdlib.h>

#define WEBSOCKSY_API_VERSION 2
#include <websocksy.h>

#include "json.h"

WS_EXPORT uint64_t init(void);

static struct json *
json_state(void **state)
{
	if (*state == NULL) {
		*state = malloc(sizeof(struct json));
		if (*state == NULL)
			core_log(ws_log_warn, "out of memory");
	}
	return *state;
}

static int64_t
json_frame(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode, void **state,
    const char *config)
{
	const uint8_t *p, *end;
	struct json *j;

	(void)config;
	if (data == NULL) {
		free(*state);
		*state = NULL;
		return 0;
	}
	j = json_state(state);
	if (j == NULL)
		return -1;
	p = data + (length - last_read);
	end = data + length;
	if (p == data) {
		p = json_skip_blanks(data, end);
		*opcode = ws_frame_discard;
		if (p > data)
			return p - data;
		json_begin(j);
	}
	switch (json_read(j, &p, end)) {
	case JSON_MORE:
		/*
		 * The type of the rest, if the peer closes the connection now: a number may be
		 * complete, but any other value is cut off.
		 */
		*opcode = json_could_end(j) ? ws_frame_text : ws_frame_binary;
		return 0;
	case JSON_DONE:
		*opcode = ws_frame_text;
		return p - data;
	case JSON_TOO_DEEP:
		core_log(ws_log_warn, "JSON is nested deeper than %d levels", JSON_DEPTH);
		return -1;
	default:
		*opcode = ws_frame_binary;
		return (int64_t)length;
	}
}

static int
json_check(const char *config, const char **why)
{
	if (config == NULL || *config == '\0')
		return 0;
	*why = "json has no options";
	return -1;
}

uint64_t
init(void)
{
	static const ws_framer framer = {
		.version = WEBSOCKSY_API_VERSION,
		.name = "json",
		.frame = json_frame,
		.check = json_check,
		.flags = WS_FRAMER_TEXT
	};

	return core_register_framer(&framer) == 0 ? WEBSOCKSY_API_VERSION : 0;
}

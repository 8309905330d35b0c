/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * fixedlength: every message of the peer has the same length.  The configuration is that length
 * in bytes; without a configuration, or with 0, the bytes of one read are one message.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WEBSOCKSY_API_VERSION 2
#include <websocksy.h>

#include "framing_options.h"

WS_EXPORT uint64_t init(void);

static int
fixedlength_read(const char *config, uint64_t *length)
{
	*length = 0;
	if (config == NULL || *config == '\0')
		return 0;
	return framing_options_number(config, strlen(config), INT64_MAX, length);
}

static int
fixedlength_check(const char *config, const char **why)
{
	uint64_t length;

	if (fixedlength_read(config, &length) == 0)
		return 0;
	*why = "the length of fixedlength is a number of bytes: decimal, 0x... or 0...";
	return -1;
}

/*
 * Returns the state of a connection: a pointer to the length, which is parsed when the first
 * bytes arrive.  Returns NULL after a message.
 */
static const uint64_t *
fixedlength_state(void **state, const char *config)
{
	uint64_t *length = *state;

	if (length != NULL)
		return length;
	length = malloc(sizeof(*length));
	if (length == NULL || fixedlength_read(config, length) == -1) {
		core_log(ws_log_warn, length == NULL ? "out of memory" :
		    "the length is not a number");
		free(length);
		return NULL;
	}
	*state = length;
	return length;
}

static int64_t
fixedlength_frame(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode,
    void **state, const char *config)
{
	const uint64_t *fixed;

	(void)last_read;
	if (data == NULL) {
		free(*state);
		*state = NULL;
		return 0;
	}
	*opcode = ws_frame_binary;
	fixed = fixedlength_state(state, config);
	if (fixed == NULL)
		return -1;
	if (*fixed == 0)
		return (int64_t)length;
	return length < *fixed ? 0 : (int64_t)*fixed;
}

uint64_t
init(void)
{
	static const ws_framer framer = {
		.version = WEBSOCKSY_API_VERSION,
		.name = "fixedlength",
		.frame = fixedlength_frame,
		.check = fixedlength_check
	};

	return core_register_framer(&framer) == 0 ? WEBSOCKSY_API_VERSION : 0;
}

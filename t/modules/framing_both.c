/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Framings that wrap the messages of the client, too.
 *
 *	envelope	a letter for the type, the length in ten digits, the payload, and "end"
 *	exact		like envelope, but end of file within a message is an error
 *	stream		to the peer: <, a letter for the type, the payload, >; from the peer:
 *			each read is a message
 */

#define WEBSOCKSY_API_VERSION 2

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "websocksy.h"

WS_EXPORT uint64_t init(void);

#define HEAD	11
#define TAIL	3

static int64_t
cut_envelope(const uint8_t *data, size_t length, ws_operation *opcode)
{
	char digits[HEAD];
	uint64_t size;

	if (length < HEAD)
		return 0;
	memcpy(digits, data + 1, HEAD - 1);
	digits[HEAD - 1] = '\0';
	size = strtoull(digits, NULL, 10) + HEAD + TAIL;
	if (data[0] == 'T')
		*opcode = ws_frame_text;
	return size <= length ? (int64_t)size : 0;
}

static int64_t
frame_envelope(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode, void **state,
    const char *config)
{
	(void)last_read, (void)state, (void)config;
	return cut_envelope(data, length, opcode);
}

static int64_t
frame_exact(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode, void **state,
    const char *config)
{
	(void)last_read, (void)state, (void)config;
	return cut_envelope(data, length, opcode);
}

static int64_t
frame_stream(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode, void **state,
    const char *config)
{
	(void)data, (void)last_read, (void)opcode, (void)state, (void)config;
	return (int64_t)length;
}

static void
unwrap_envelope(const uint8_t *data, size_t length, size_t *before, size_t *after, void **state,
    const char *config)
{
	(void)data, (void)length, (void)state, (void)config;
	*before = HEAD;
	*after = TAIL;
}

static int
wrap_envelope(uint64_t length, ws_operation opcode, ws_envelope *envelope, void **state,
    const char *config)
{
	char head[32];

	(void)state, (void)config;
	snprintf(head, sizeof(head), "%c%010llu", opcode == ws_frame_text ? 'T' : 'B',
	    (unsigned long long)length);
	memcpy(envelope->before, head, HEAD);
	envelope->before_length = HEAD;
	memcpy(envelope->after, "end", TAIL);
	envelope->after_length = TAIL;
	return 0;
}

static int
wrap_stream(uint64_t length, ws_operation opcode, ws_envelope *envelope, void **state,
    const char *config)
{
	(void)length, (void)state, (void)config;
	envelope->before[0] = '<';
	envelope->before[1] = opcode == ws_frame_text ? 'T' : 'B';
	envelope->before_length = 2;
	envelope->after[0] = '>';
	envelope->after_length = 1;
	return 0;
}

uint64_t
init(void)
{
	static const ws_framer framers[] = {
		{ .version = 2, .name = "envelope", .frame = frame_envelope,
		    .unwrap = unwrap_envelope, .wrap = wrap_envelope },
		{ .version = 2, .name = "exact", .frame = frame_exact,
		    .unwrap = unwrap_envelope, .wrap = wrap_envelope, .flags = WS_FRAMER_EXACT },
		{ .version = 2, .name = "stream", .frame = frame_stream, .wrap = wrap_stream,
		    .flags = WS_FRAMER_STREAMS }
	};
	size_t i;

	for (i = 0; i < sizeof(framers) / sizeof(framers[0]); i++)
		if (core_register_framer(&framers[i]) != 0)
			return 0;
	return WEBSOCKSY_API_VERSION;
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A framing for version 1 of the interface: a text message ends with a semicolon.  It is
 * registered by a constructor with the name init, which is a function of the interface in version
 * 2.
 */

#include <string.h>

#include <websocksy.h>

static int64_t
frame(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode, void **framing_data,
    const char *config)
{
	uint8_t *end = memchr(data + length - last_read, ';', last_read);

	(void)framing_data;
	(void)config;
	*opcode = ws_frame_text;
	return end != NULL ? end - data + 1 : 0;
}

void init(void) __attribute__((constructor));

void
init(void)
{
	core_register_framing("semicolon", frame);
}

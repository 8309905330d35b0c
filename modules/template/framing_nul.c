/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#define WEBSOCKSY_API_VERSION 2
#include <string.h>
#include <websocksy.h>

/* Each message of the peer ends with a NUL and is sent as text. */
static int64_t
frame(uint8_t *data, size_t length, size_t last_read,
    ws_operation *opcode, void **state, const char *config)
{
	/* Search only the new bytes: there is no NUL in the earlier ones. */
	uint8_t *nul = memchr(data + length - last_read, 0, last_read);

	*opcode = ws_frame_text;
	return nul == NULL ? 0 : nul - data + 1;
}

/* Removes the NUL from a message for the client. */
static void
unwrap(const uint8_t *data, size_t length, size_t *before,
    size_t *after, void **state, const char *config)
{
	*after = 1;
}

/* Adds a NUL to a message for the peer. */
static int
wrap(uint64_t length, ws_operation opcode, ws_envelope *envelope,
    void **state, const char *config)
{
	envelope->after[0] = 0;
	envelope->after_length = 1;
	/* Close code 1003: the peer does not accept binary messages. */
	return opcode == ws_frame_text ? 0 : 1003;
}

WS_EXPORT uint64_t
init(void)
{
	const ws_framer nul = { .version = 2, .name = "nul",
	    .frame = frame, .unwrap = unwrap, .wrap = wrap,
	    .flags = WS_FRAMER_STREAMS };

	core_register_framer(&nul);
	return WEBSOCKSY_API_VERSION;
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * dynamic32: a message of the peer consists of `offset` bytes, a length field of four bytes, as
 * many bytes as the length field states, and `static` more bytes.  All of these bytes are sent
 * to the client.
 */

#include <stdint.h>
#include <stdlib.h>

#define WEBSOCKSY_API_VERSION 2
#include <websocksy.h>

#include "framing_options.h"

#define FIELD_SIZE	4

WS_EXPORT uint64_t init(void);

static const char *const endians[] = { "little", "big", NULL };

enum { OFFSET, STATIC, ENDIAN, OPTIONS };
static const struct framing_option options[OPTIONS] = {
	{ "offset", FRAMING_OPTION_NUMBER, UINT32_MAX, NULL,
	    "the offset of dynamic32 is a number of bytes of at most 32 bits" },
	{ "static", FRAMING_OPTION_NUMBER, UINT32_MAX, NULL,
	    "the static length of dynamic32 is a number of bytes of at most 32 bits" },
	{ "endian", FRAMING_OPTION_WORD, 0, endians, "the endian of dynamic32 is little or big" }
};

/* The state of one connection. */
struct dynamic32 {
	uint64_t	options[OPTIONS];
	uint64_t	total;	/* size of the current message; 0: unknown yet */
};

static int
dynamic32_read(const char *config, uint64_t values[OPTIONS], const char **why)
{
	values[OFFSET] = values[STATIC] = values[ENDIAN] = 0;
	return framing_options_read(options, OPTIONS,
	    "the options of dynamic32 are offset=, static= and endian=", config, values, why);
}

static int
dynamic32_check(const char *config, const char **why)
{
	uint64_t values[OPTIONS];

	return dynamic32_read(config, values, why);
}

static struct dynamic32 *
dynamic32_state(void **state, const char *config)
{
	struct dynamic32 *d = *state;
	const char *why = "out of memory";

	if (d != NULL)
		return d;
	d = malloc(sizeof(*d));
	if (d == NULL || dynamic32_read(config, d->options, &why) == -1) {
		core_log(ws_log_warn, "%s", why);
		free(d);
		return NULL;
	}
	d->total = 0;
	*state = d;
	return d;
}

/*
 * Returns the size of the message whose length field is at `field`.  The sum always fits in 64
 * bits.
 */
static uint64_t
dynamic32_total(const struct dynamic32 *d, const uint8_t *field)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < FIELD_SIZE; i++)
		value = value << 8 | field[d->options[ENDIAN] == 1 ? i : FIELD_SIZE - 1 - i];
	return d->options[OFFSET] + FIELD_SIZE + d->options[STATIC] + value;
}

static int64_t
dynamic32_frame(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode, void **state,
    const char *config)
{
	struct dynamic32 *d;

	if (data == NULL) {
		free(*state);
		*state = NULL;
		return 0;
	}
	*opcode = ws_frame_binary;
	d = dynamic32_state(state, config);
	if (d == NULL)
		return -1;
	if (last_read == length)
		d->total = 0;
	if (d->total == 0 && length >= d->options[OFFSET] + FIELD_SIZE)
		d->total = dynamic32_total(d, data + d->options[OFFSET]);
	return d->total == 0 || length < d->total ? 0 : (int64_t)d->total;
}

uint64_t
init(void)
{
	static const ws_framer framer = {
		.version = WEBSOCKSY_API_VERSION,
		.name = "dynamic32",
		.frame = dynamic32_frame,
		.check = dynamic32_check
	};

	return core_register_framer(&framer) == 0 ? WEBSOCKSY_API_VERSION : 0;
}

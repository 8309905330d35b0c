/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * length: a length field precedes each message, in both directions.
 *
 *	offset bytes	zero on the way to the peer, ignored on the way to the client
 *	field		the number of bytes after it; with includes-itself, its own bytes too
 *	type		with typed: one byte, 1 for text, 2 for binary
 *	payload
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WEBSOCKSY_API_VERSION 2
#include <websocksy.h>

#include "base/utf8.h"
#include "framing_options.h"

#define TYPE_TEXT	1
#define TYPE_BINARY	2
#define VARINT_MAX	10	/* bytes that a 64-bit number takes as a varint, at most */
#define OFFSET_MAX	128
#define LENGTH_MAX	(INT64_MAX - OFFSET_MAX - VARINT_MAX)

WS_EXPORT uint64_t init(void);

/*
 * The values of the option size, and the size in bytes of the length field for each; 0: a
 * varint.
 */
static const char *const sizes[] = { "1", "2", "3", "4", "8", "varint", NULL };
static const unsigned size_of[] = { 1, 2, 3, 4, 8, 0 };
static const char *const endians[] = { "big", "little", NULL };

enum { SIZE, ENDIAN, ITSELF, OFFSET, MAX, TYPED, TEXT, OPTIONS };
static const struct framing_option options[OPTIONS] = {
	{ "size", FRAMING_OPTION_WORD, 0, sizes, "the size of length is 1, 2, 3, 4, 8 or varint" },
	{ "endian", FRAMING_OPTION_WORD, 0, endians, "the endian of length is big or little" },
	{ "includes-itself", FRAMING_OPTION_FLAG, 0, NULL,
	    "the option includes-itself of length has no value" },
	{ "offset", FRAMING_OPTION_NUMBER, OFFSET_MAX, NULL,
	    "the offset of length is a number of bytes up to 128" },
	{ "max", FRAMING_OPTION_NUMBER, LENGTH_MAX, NULL,
	    "the max of length is a number of bytes" },
	{ "typed", FRAMING_OPTION_FLAG, 0, NULL, "the option typed of length has no value" },
	{ "text", FRAMING_OPTION_FLAG, 0, NULL, "the option text of length has no value" }
};

/* The state of one connection. */
struct length {
	unsigned	size;		/* bytes of the length field; 0: varint */
	int		little, itself, typed, text;
	size_t		offset;
	uint64_t	max;

	/* The members below describe the current message. */
	size_t		header;		/* bytes before the payload; 0: unknown yet */
	uint64_t	total;		/* bytes of header and payload */
	int		type;		/* the type byte, if typed */
	struct utf8	utf8;
};

static int
length_options(const char *config, uint64_t v[OPTIONS], const char **why)
{
	memset(v, 0, OPTIONS * sizeof(v[0]));
	v[SIZE] = 3;
	v[MAX] = LENGTH_MAX;
	return framing_options_read(options, OPTIONS, "the options of length are size=, endian=, "
	    "offset=, max=, includes-itself, typed and text", config, v, why);
}

static int
length_check(const char *config, const char **why)
{
	uint64_t v[OPTIONS];

	if (length_options(config, v, why) == -1)
		return -1;
	if (v[TYPED] && v[TEXT]) {
		*why = "the options typed and text of length exclude each other";
		return -1;
	}
	return 0;
}

static struct length *
length_state(void **state, const char *config)
{
	struct length *l = *state;
	const char *why = "out of memory";
	uint64_t v[OPTIONS];

	if (l != NULL)
		return l;
	l = calloc(1, sizeof(*l));
	if (l == NULL || length_options(config, v, &why) == -1) {
		core_log(ws_log_warn, "%s", why);
		free(l);
		return NULL;
	}
	l->size = size_of[v[SIZE]];
	l->little = v[ENDIAN] == 1;
	l->itself = v[ITSELF] == 1;
	l->typed = v[TYPED] == 1;
	l->text = v[TEXT] == 1;
	l->offset = (size_t)v[OFFSET];
	l->max = v[MAX];
	*state = l;
	return l;
}

/*
 * Returns the size in bytes of a number as a varint: seven bits in each byte, the lowest bits
 * first.
 */
static unsigned
length_varint_size(uint64_t value)
{
	unsigned n = 1;

	while (value >>= 7)
		n++;
	return n;
}

static int
length_error(const char *why)
{
	core_log(ws_log_warn, "%s", why);
	return -1;
}

/*
 * Reads a varint.  Returns its size in bytes, 0 if more bytes are needed, -1 if it exceeds 64
 * bits.
 */
static int
length_read_varint(const uint8_t *data, size_t len, uint64_t *value)
{
	unsigned n;

	*value = 0;
	for (n = 0; n < len && n < VARINT_MAX; n++) {
		*value |= (uint64_t)(data[n] & 0x7f) << (7 * n);
		if ((data[n] & 0x80) == 0)
			return n == VARINT_MAX - 1 && data[n] > 1 ? -1 : (int)n + 1;
	}
	return n == VARINT_MAX ? -1 : 0;
}

/*
 * Reads the length field, of fixed size or a varint.  Returns its size in bytes, 0 if more bytes
 * are needed, or -1 if the number exceeds 64 bits.
 */
static int
length_read_field(const struct length *l, const uint8_t *data, size_t len, uint64_t *value)
{
	unsigned i;

	if (l->size == 0)
		return length_read_varint(data, len, value);
	if (len < l->size)
		return 0;
	*value = 0;
	for (i = 0; i < l->size; i++)
		*value = *value << 8 | data[l->little ? l->size - 1 - i : i];
	return (int)l->size;
}

/*
 * Reads the header of a message.  Returns 1 if it is complete, 0 if more bytes are needed, or -1
 * after a message if it is invalid.
 */
static int
length_read_header(struct length *l, const uint8_t *data, size_t length)
{
	uint64_t value, least;
	int n;

	if (length <= l->offset)
		return 0;
	n = length_read_field(l, data + l->offset, length - l->offset, &value);
	if (n <= 0)
		return n == 0 ? 0 : length_error("a length does not fit in 64 bits");
	least = (l->itself ? (uint64_t)n : 0) + (l->typed ? 1 : 0);
	if (value < least)
		return length_error("a length is less than the bytes that it includes");
	value -= least;
	if (value > l->max)
		return length_error("a message is longer than the configuration allows");
	if (l->typed && length == l->offset + (size_t)n)
		return 0;
	l->header = l->offset + (size_t)n;
	if (l->typed) {
		l->type = data[l->header++];
		if (l->type != TYPE_TEXT && l->type != TYPE_BINARY)
			return length_error("the type of a message is neither 1 nor 2");
	}
	l->total = l->header + value;
	return 1;
}

/*
 * Returns the type of a complete message.  If its type byte is that of text, but its payload is not
 * UTF-8, logs an error and returns -1.
 */
static int
length_type(const struct length *l)
{
	if (!l->typed)
		return l->text && utf8_complete(&l->utf8) ? ws_frame_text : ws_frame_binary;
	if (l->type == TYPE_BINARY)
		return ws_frame_binary;
	return utf8_complete(&l->utf8) ? ws_frame_text :
	    length_error("a message of type 1 is not UTF-8");
}

/*
 * Checks the UTF-8 of those new bytes that are payload, if the payload may be text.  The new
 * bytes are the last last_read of length bytes.
 */
static void
length_check_text(struct length *l, const uint8_t *data, size_t length, size_t last_read)
{
	size_t from = length - last_read, to = length < l->total ? length : (size_t)l->total;

	if (!l->text && (!l->typed || l->type != TYPE_TEXT))
		return;
	if (from < l->header)
		from = l->header;
	(void)utf8_check(&l->utf8, data + from, to - from);
}

static int64_t
length_frame(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode, void **state,
    const char *config)
{
	static const struct utf8 start;
	struct length *l;
	int n;

	if (data == NULL) {
		free(*state);
		*state = NULL;
		return 0;
	}
	l = length_state(state, config);
	if (l == NULL)
		return -1;
	if (last_read == length) {
		l->header = 0;
		l->utf8 = start;
	}
	if (l->header == 0 && (n = length_read_header(l, data, length)) <= 0)
		return n;
	length_check_text(l, data, length, last_read);
	if (length < l->total)
		return 0;
	n = length_type(l);
	if (n == -1)
		return -1;
	*opcode = (ws_operation)n;
	return (int64_t)l->total;
}

static void
length_unwrap(const uint8_t *data, size_t length, size_t *before, size_t *after, void **state,
    const char *config)
{
	const struct length *l = length_state(state, config);

	(void)data;
	(void)length;
	(void)after;
	if (l != NULL)
		*before = l->header;
}

/*
 * Returns the size in bytes of the length field of a message.  `value` is the length of the
 * message in bytes, without the field.
 */
static unsigned
length_field_size(const struct length *l, uint64_t value)
{
	unsigned n;

	if (l->size > 0)
		return l->size;
	for (n = 1; length_varint_size(value + (l->itself ? n : 0)) > n; n++)
		;
	return n;
}

static int
length_wrap(uint64_t length, ws_operation opcode, ws_envelope *envelope, void **state,
    const char *config)
{
	const struct length *l = length_state(state, config);
	uint64_t value;
	unsigned i, n;
	uint8_t *p;

	if (l == NULL)
		return 1011;
	if (length > l->max)
		return 1009;
	value = length + (l->typed ? 1 : 0);
	n = length_field_size(l, value);
	value += l->itself ? n : 0;
	if (l->size > 0 && l->size < 8 && value >> (8 * l->size) != 0)
		return 1009;
	p = envelope->before;
	memset(p, 0, l->offset);
	p += l->offset;
	for (i = 0; i < n; i++) {
		if (l->size == 0)
			p[i] = (uint8_t)((value >> (7 * i) & 0x7f) | (i + 1 < n ? 0x80 : 0));
		else
			p[l->little ? i : n - 1 - i] = (uint8_t)(value >> (8 * i));
	}
	p += n;
	if (l->typed)
		*p++ = opcode == ws_frame_text ? TYPE_TEXT : TYPE_BINARY;
	envelope->before_length = (size_t)(p - envelope->before);
	return 0;
}

uint64_t
init(void)
{
	static const ws_framer framer = {
		.version = WEBSOCKSY_API_VERSION,
		.name = "length",
		.frame = length_frame,
		.unwrap = length_unwrap,
		.wrap = length_wrap,
		.check = length_check,
		.flags = WS_FRAMER_EXACT
	};

	return core_register_framer(&framer) == 0 ? WEBSOCKSY_API_VERSION : 0;
}

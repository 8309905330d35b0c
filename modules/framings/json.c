/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stddef.h>
#include <string.h>

#include "base/scan.h"
#include "json.h"

/* States of the parser, named after the token that may come next. */
enum {
	BETWEEN,	/* a value that is not part of another one */
	VALUE,		/* a value in an array or object */
	FIRST_VALUE,	/* a value in an array, or the end of the array */
	KEY,		/* the name of a member */
	FIRST_KEY,	/* the name of a member, or the end of the object */
	COLON,
	COMMA,		/* a comma, or the end of the array or object */

	/* States within a token, where no blanks may come. */
	STRING,
	ESCAPE,		/* the byte after a backslash */
	HEX,		/* a digit of \uXXXX */
	CHARACTERS,	/* the rest of a string after a non-ASCII byte */
	LITERAL,
	MINUS,		/* numbers: named after the part that came last */
	ZERO,
	DIGITS,
	POINT,
	FRACTION,
	E,
	E_SIGN,
	EXPONENT
};

/* Bytes of a string that the parser can skip: ASCII except for controls, '"' and '\\'. */
#define ONES	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1
static const uint8_t plain[256] = {
	[0x20] = 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	[0x30] = ONES, [0x40] = ONES,
	[0x50] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1,
	[0x60] = ONES, [0x70] = ONES
};

#define EACH(byte)	(UINT64_C(0x0101010101010101) * (byte))

/*
 * Returns 0 only if all eight bytes of w are plain.  A borrow from one byte to the next may make
 * the result nonzero although all bytes are plain; the caller then checks each byte.
 */
static inline uint64_t
has_special(uint64_t w)
{
	uint64_t quote = w ^ EACH('"'), backslash = w ^ EACH('\\');

	return (w | (w - EACH(0x20)) | (quote - EACH(1)) | (backslash - EACH(1))) & EACH(0x80);
}

/*
 * Returns 0 only if none of the eight bytes of w is a control, '"' or '\\'.  The result may also
 * be nonzero because of a borrow between bytes; the caller then checks each byte.
 */
static inline uint64_t
ends_string(uint64_t w)
{
	uint64_t quote = w ^ EACH('"'), backslash = w ^ EACH('\\');

	return (((w - EACH(0x20)) & ~w) | ((quote - EACH(1)) & ~quote) |
	    ((backslash - EACH(1)) & ~backslash)) & EACH(0x80);
}

static const uint8_t *
skip_plain(const uint8_t *p, const uint8_t *end)
{
	uint64_t w;

	while (end - p >= (ptrdiff_t)sizeof(w)) {
		memcpy(&w, p, sizeof(w));
		if (has_special(w))
			break;
		p += sizeof(w);
	}
	while (p < end && plain[*p])
		p++;
	return p;
}

static inline int
json_is_blank(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

const uint8_t *
json_skip_blanks(const uint8_t *p, const uint8_t *end)
{
	uint64_t w;

	while (p < end && json_is_blank(*p)) {
		p++;
		/* Skip indentation, which is many spaces in a row, eight bytes at a time. */
		while (end - p >= (ptrdiff_t)sizeof(w)) {
			memcpy(&w, p, sizeof(w));
			if (w != EACH(' '))
				break;
			p += sizeof(w);
		}
	}
	return p;
}

static inline int
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

void
json_begin(struct json *j)
{
	j->state = BETWEEN;
	j->depth = 0;
}

static void
begin_string(struct json *j, int key)
{
	static const struct utf8 start;

	j->key = key;
	j->utf8 = start;
	j->state = STRING;
}

/*
 * Sets the state after the last byte of a value.  Returns JSON_DONE unless the value is an
 * element or a member of another one.
 */
static enum json_verdict
end_value(struct json *j)
{
	j->state = COMMA;
	return j->depth == 0 ? JSON_DONE : JSON_MORE;
}

static int
in_object(const struct json *j)
{
	return j->levels[(j->depth - 1) / 64] >> ((j->depth - 1) % 64) & 1;
}

static enum json_verdict
open_level(struct json *j, uint8_t c)
{
	uint64_t *word, bit;

	if (j->depth == JSON_DEPTH)
		return JSON_TOO_DEEP;
	word = &j->levels[j->depth / 64];
	bit = UINT64_C(1) << (j->depth % 64);
	j->depth++;
	if (c == '{') {
		*word |= bit;
		j->state = FIRST_KEY;
	} else {
		*word &= ~bit;
		j->state = FIRST_VALUE;
	}
	return JSON_MORE;
}

static enum json_verdict
close_level(struct json *j, uint8_t c)
{
	if (c != (in_object(j) ? '}' : ']'))
		return JSON_BAD;
	j->depth--;
	return end_value(j);
}

static enum json_verdict
begin_literal(struct json *j, const char *rest)
{
	j->literal = rest;
	j->state = LITERAL;
	return JSON_MORE;
}

/* Handles the first byte of a value. */
static enum json_verdict
begin_value(struct json *j, uint8_t c)
{
	switch (c) {
	case '"':
		begin_string(j, 0);
		return JSON_MORE;
	case '{':
	case '[':
		return open_level(j, c);
	case 't':
		return begin_literal(j, "rue");
	case 'f':
		return begin_literal(j, "alse");
	case 'n':
		return begin_literal(j, "ull");
	case '-':
		j->state = MINUS;
		return JSON_MORE;
	default:
		j->state = c == '0' ? ZERO : DIGITS;
		return is_digit(c) ? JSON_MORE : JSON_BAD;
	}
}

static enum json_verdict
begin_key(struct json *j, uint8_t c)
{
	begin_string(j, 1);
	return c == '"' ? JSON_MORE : JSON_BAD;
}

/* Handles a byte that is neither a blank nor within a token. */
static inline enum json_verdict
take_byte(struct json *j, uint8_t c)
{
	switch (j->state) {
	case COMMA:
		if (c != ',')
			return close_level(j, c);
		j->state = in_object(j) ? KEY : VALUE;
		return JSON_MORE;
	case COLON:
		j->state = VALUE;
		return c == ':' ? JSON_MORE : JSON_BAD;
	case KEY:
		return begin_key(j, c);
	case FIRST_KEY:
		return c == '}' ? close_level(j, c) : begin_key(j, c);
	case FIRST_VALUE:
		return c == ']' ? close_level(j, c) : begin_value(j, c);
	default:
		return begin_value(j, c);
	}
}

/*
 * Reads a string up to and including its closing quote, or up to an escape or a non-ASCII byte,
 * which other states handle.
 */
static enum json_verdict
read_string(struct json *j, const uint8_t **at, const uint8_t *end)
{
	const uint8_t *p = skip_plain(*at, end);
	enum json_verdict v = JSON_MORE;

	*at = p;
	if (p == end)
		return JSON_MORE;
	*at = p + 1;
	if (*p == '"') {
		if (!j->key)
			return end_value(j);
		j->state = COLON;
	} else if (*p == '\\') {
		j->state = ESCAPE;
	} else if (*p >= 0x80) {
		*at = p;
		j->state = CHARACTERS;
	} else {
		v = JSON_BAD;
	}
	return v;
}

/*
 * Reads the rest of a string after its first non-ASCII byte, up to the closing quote or an
 * escape, in one call to utf8_check(): a call for each word between two blanks would cost more.
 */
static enum json_verdict
read_characters(struct json *j, const uint8_t **at, const uint8_t *end)
{
	const uint8_t *p = *at;
	uint64_t w;

	while (end - p >= (ptrdiff_t)sizeof(w)) {
		memcpy(&w, p, sizeof(w));
		if (ends_string(w))
			break;
		p += sizeof(w);
	}
	while (p < end && (plain[*p] || *p >= 0x80))
		p++;
	if (utf8_check(&j->utf8, *at, (size_t)(p - *at)) == -1 ||
	    (p < end && !utf8_complete(&j->utf8)))
		return JSON_BAD;
	if (p < end)
		j->state = STRING;
	*at = p;
	return JSON_MORE;
}

static enum json_verdict
read_escape(struct json *j, uint8_t c)
{
	if (j->state == HEX) {
		if (--j->hex == 0)
			j->state = STRING;
		return scan_hex(c) != -1 ? JSON_MORE : JSON_BAD;
	}
	j->hex = 4;
	j->state = c == 'u' ? HEX : STRING;
	return c != '\0' && strchr("\"\\/bfnrtu", c) != NULL ? JSON_MORE : JSON_BAD;
}

static enum json_verdict
read_literal(struct json *j, uint8_t c)
{
	if (c != (uint8_t)*j->literal)
		return JSON_BAD;
	return *++j->literal == '\0' ? end_value(j) : JSON_MORE;
}

/* Returns the state of a number after byte c, or BETWEEN if c cannot belong to the number. */
static int
number_state(int state, uint8_t c)
{
	switch (state) {
	case MINUS:
		return c == '0' ? ZERO : is_digit(c) ? DIGITS : BETWEEN;
	case POINT:
	case FRACTION:
		if (is_digit(c))
			return FRACTION;
		return state == FRACTION && (c == 'e' || c == 'E') ? E : BETWEEN;
	case E:
		if (c == '+' || c == '-')
			return E_SIGN;
		return is_digit(c) ? EXPONENT : BETWEEN;
	case E_SIGN:
	case EXPONENT:
		return is_digit(c) ? EXPONENT : BETWEEN;
	default:
		if (state == DIGITS && is_digit(c))
			return DIGITS;
		return c == '.' ? POINT : c == 'e' || c == 'E' ? E : BETWEEN;
	}
}

static int
is_number(int state)
{
	return state == ZERO || state == DIGITS || state == FRACTION || state == EXPONENT;
}

/* Reads a number.  The number ends before the first byte that cannot belong to it. */
static enum json_verdict
read_number(struct json *j, const uint8_t **at, const uint8_t *end)
{
	int state = j->state, next;
	const uint8_t *p = *at;

	for (; p < end; p++) {
		next = number_state(state, *p);
		if (next == BETWEEN)
			break;
		state = next;
	}
	*at = p;
	j->state = state;
	if (p == end)
		return JSON_MORE;
	return is_number(state) ? end_value(j) : JSON_BAD;
}

enum json_verdict
json_read(struct json *j, const uint8_t **at, const uint8_t *end)
{
	const uint8_t *p = *at;
	enum json_verdict v = JSON_MORE;

	while (v == JSON_MORE && p < end) {
		if (j->state == STRING) {
			v = read_string(j, &p, end);
		} else if (j->state < STRING) {
			p = json_is_blank(*p) ? json_skip_blanks(p, end) : p;
			if (p < end)
				v = take_byte(j, *p++);
		} else if (j->state >= MINUS) {
			v = read_number(j, &p, end);
		} else if (j->state == LITERAL) {
			v = read_literal(j, *p++);
		} else if (j->state == CHARACTERS) {
			v = read_characters(j, &p, end);
		} else {
			v = read_escape(j, *p++);
		}
	}
	*at = p;
	return v;
}

int
json_could_end(const struct json *j)
{
	return j->depth == 0 && is_number(j->state);
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stddef.h>
#include <string.h>

#include "json.h"

/* What may come next. */
enum {
	BETWEEN,	/* an entity */
	VALUE,		/* a value, in an array or object */
	FIRST_VALUE,	/* the same, or the end of the array */
	KEY,		/* the name of a member */
	FIRST_KEY,	/* the same, or the end of the object */
	COLON,
	MORE,		/* a comma, or the end of the array or object */

	/* The rest of a token; no blanks from here on. */
	STRING,
	ESCAPE,		/* behind a backslash */
	HEX,		/* of \u */
	CHARACTER,	/* bytes of a character that is not ASCII */
	LITERAL,
	MINUS,		/* numbers, behind what the name says */
	ZERO,
	DIGITS,
	POINT,
	FRACTION,
	E,
	E_SIGN,
	EXPONENT
};

/* What a string has no need to stop at: ASCII but for control characters, '"' and '\\'. */
#define ONES	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1
static const uint8_t plain[256] = {
	[0x20] = 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	[0x30] = ONES, [0x40] = ONES,
	[0x50] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1,
	[0x60] = ONES, [0x70] = ONES
};

#define EACH(byte)	(UINT64_C(0x0101010101010101) * (byte))

/* Whether one of the eight bytes of w is not plain, or may be. */
static inline uint64_t
stops(uint64_t w)
{
	uint64_t quote = w ^ EACH('"'), backslash = w ^ EACH('\\');

	return (w | (w - EACH(0x20)) | (quote - EACH(1)) | (backslash - EACH(1))) & EACH(0x80);
}

static const uint8_t *
skip_plain(const uint8_t *p, const uint8_t *end)
{
	uint64_t w;

	while (end - p >= (ptrdiff_t)sizeof(w)) {
		memcpy(&w, p, sizeof(w));
		if (stops(w))
			break;
		p += sizeof(w);
	}
	while (p < end && plain[*p])
		p++;
	return p;
}

static inline int
is_blank(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

const uint8_t *
json_skip_blanks(const uint8_t *p, const uint8_t *end)
{
	uint64_t w;

	while (p < end && is_blank(*p)) {
		p++;
		/* Indentation. */
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
	static const struct utf8_text fresh;

	j->state = BETWEEN;
	j->depth = 0;
	j->text = fresh;
}

static int
is_hex(uint8_t c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Behind a value, an array or an object. */
static enum json_verdict
end_value(struct json *j)
{
	j->state = MORE;
	return j->depth == 0 ? JSON_DONE : JSON_GO_ON;
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
	return JSON_GO_ON;
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
	return JSON_GO_ON;
}

/* The first byte of a value. */
static enum json_verdict
begin_value(struct json *j, uint8_t c)
{
	switch (c) {
	case '"':
		j->key = 0;
		j->state = STRING;
		return JSON_GO_ON;
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
		return JSON_GO_ON;
	default:
		j->state = c == '0' ? ZERO : DIGITS;
		return is_digit(c) ? JSON_GO_ON : JSON_BAD;
	}
}

static enum json_verdict
begin_key(struct json *j, uint8_t c)
{
	j->key = 1;
	j->state = STRING;
	return c == '"' ? JSON_GO_ON : JSON_BAD;
}

/* A byte that is neither a blank nor within a token. */
static inline enum json_verdict
step(struct json *j, uint8_t c)
{
	switch (j->state) {
	case MORE:
		if (c != ',')
			return close_level(j, c);
		j->state = in_object(j) ? KEY : VALUE;
		return JSON_GO_ON;
	case COLON:
		j->state = VALUE;
		return c == ':' ? JSON_GO_ON : JSON_BAD;
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

/* The bytes of a string from p on, up to and with its quote. */
static enum json_verdict
read_string(struct json *j, const uint8_t **at, const uint8_t *end)
{
	const uint8_t *p = skip_plain(*at, end);
	enum json_verdict v = JSON_GO_ON;

	*at = p;
	if (p == end)
		return JSON_GO_ON;
	*at = p + 1;
	if (*p == '"') {
		if (!j->key)
			return end_value(j);
		j->state = COLON;
	} else if (*p == '\\') {
		j->state = ESCAPE;
	} else if (*p >= 0x80 && utf8_text_step(&j->text, *p) == 0) {
		j->state = CHARACTER;
	} else {
		v = JSON_BAD;
	}
	return v;
}

/* Many characters of an alphabet that is not ASCII stand together. */
static enum json_verdict
read_characters(struct json *j, const uint8_t **at, const uint8_t *end)
{
	struct utf8_text t = j->text;
	const uint8_t *p = *at;

	while (p < end && (t.need > 0 || *p >= 0x80)) {
		if (utf8_text_step(&t, *p++) == -1)
			return JSON_BAD;
		if (t.need == 0)
			p = utf8_text_skip(p, end);
	}
	j->text = t;
	if (p < end)
		j->state = STRING;
	*at = p;
	return JSON_GO_ON;
}

static enum json_verdict
read_escape(struct json *j, uint8_t c)
{
	if (j->state == HEX) {
		if (--j->hex == 0)
			j->state = STRING;
		return is_hex(c) ? JSON_GO_ON : JSON_BAD;
	}
	j->hex = 4;
	j->state = c == 'u' ? HEX : STRING;
	return c != '\0' && strchr("\"\\/bfnrtu", c) != NULL ? JSON_GO_ON : JSON_BAD;
}

static enum json_verdict
read_literal(struct json *j, uint8_t c)
{
	if (c != (uint8_t)*j->literal)
		return JSON_BAD;
	return *++j->literal == '\0' ? end_value(j) : JSON_GO_ON;
}

/* The state of a number behind c; BETWEEN if c is no part of it. */
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

/* A number ends in front of the first byte that is no part of it. */
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
		return JSON_GO_ON;
	return is_number(state) ? end_value(j) : JSON_BAD;
}

enum json_verdict
json_read(struct json *j, const uint8_t **at, const uint8_t *end)
{
	const uint8_t *p = *at;
	enum json_verdict v = JSON_GO_ON;

	while (v == JSON_GO_ON && p < end) {
		if (j->state == STRING) {
			v = read_string(j, &p, end);
		} else if (j->state < STRING) {
			p = is_blank(*p) ? json_skip_blanks(p, end) : p;
			if (p < end)
				v = step(j, *p++);
		} else if (j->state >= MINUS) {
			v = read_number(j, &p, end);
		} else if (j->state == LITERAL) {
			v = read_literal(j, *p++);
		} else if (j->state == CHARACTER) {
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

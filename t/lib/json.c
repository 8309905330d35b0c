/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "json.h"

#define DEPTH	16
#define MEMBERS	64

static const char *value(const char *p, unsigned depth);

static const char *
blanks(const char *p)
{
	return p + strspn(p, " \t\n\r");
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Returns the value of four hexadecimal digits; -1 if one of the four is not such a digit. */
static long
code(const char *p)
{
	long number = 0;
	int i;

	for (i = 0; i < 4; i++) {
		if (hex(p[i]) == -1)
			return -1;
		number = number * 16 + hex(p[i]);
	}
	return number;
}

/* Appends a code point below 0x10000 in UTF-8, unless out is NULL. Returns -1 if out is full. */
static int
put(char *out, size_t size, size_t *at, long c)
{
	unsigned n = c < 0x80 ? 1 : c < 0x800 ? 2 : 3;

	if (out == NULL)
		return 0;
	if (*at + n >= size)
		return -1;
	if (n == 1) {
		out[(*at)++] = (char)c;
	} else {
		if (n == 3)
			out[(*at)++] = (char)(0xe0 | c >> 12);
		out[(*at)++] = (char)(n == 3 ? 0x80 | (c >> 6 & 0x3f) : 0xc0 | c >> 6);
		out[(*at)++] = (char)(0x80 | (c & 0x3f));
	}
	out[*at] = '\0';
	return 0;
}

/*
 * Reads one character of a string into *c. Returns the position after the character, NULL if the
 * character is invalid. Surrogates are not supported: the program writes none.
 */
static const char *
character(const char *p, long *c)
{
	static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *name;

	if (*p != '\\') {
		*c = (unsigned char)*p;
		return *c < 0x20 || *c >= 0x7f ? NULL : p + 1;
	}
	if (p[1] == 'u') {
		*c = code(p + 2);
		return *c == -1 || (*c >= 0xd800 && *c < 0xe000) ? NULL : p + 6;
	}
	name = p[1] != '\0' ? strchr(names, p[1]) : NULL;
	if (name == NULL)
		return NULL;
	*c = means[name - names];
	return p + 2;
}

/*
 * Reads a string, and copies it to out unless out is NULL. Returns the position after the string,
 * or NULL.
 */
static const char *
string(const char *p, char *out, size_t size)
{
	size_t at = 0;
	long c;

	if (*p++ != '"')
		return NULL;
	if (out != NULL)
		*out = '\0';
	while (*p != '"') {
		p = character(p, &c);
		if (p == NULL || put(out, size, &at, c) == -1)
			return NULL;
	}
	return p + 1;
}

static const char *
digits(const char *p)
{
	size_t n = strspn(p, "0123456789");

	return n > 0 ? p + n : NULL;
}

static const char *
number(const char *p)
{
	if (*p == '-')
		p++;
	if (*p == '0' && strspn(p + 1, "0123456789") > 0)
		return NULL;
	p = digits(p);
	if (p != NULL && *p == '.')
		p = digits(p + 1);
	if (p != NULL && (*p == 'e' || *p == 'E'))
		p = digits(p + 1 + (p[1] == '-' || p[1] == '+'));
	return p;
}

/*
 * Reads an object. If name is NULL, returns the position after the object; otherwise the position
 * of the value of the member `name`. Returns NULL if the object is invalid or lacks the member.
 */
static const char *
object(const char *p, const char *name, unsigned depth)
{
	char own[MEMBERS][64];
	unsigned n = 0, i;

	if (*p != '{' || depth == DEPTH)
		return NULL;
	p = blanks(p + 1);
	if (*p == '}')
		return name != NULL ? NULL : p + 1;
	for (;;) {
		if (n == MEMBERS || (p = string(p, own[n], sizeof(own[n]))) == NULL)
			return NULL;
		for (i = 0; i < n; i++)
			if (strcmp(own[i], own[n]) == 0)
				return NULL;
		p = blanks(p);
		if (*p != ':')
			return NULL;
		p = blanks(p + 1);
		if (name != NULL && strcmp(own[n], name) == 0)
			return p;
		n++;
		p = value(p, depth + 1);
		if (p == NULL)
			return NULL;
		p = blanks(p);
		if (*p == '}')
			return name != NULL ? NULL : p + 1;
		if (*p != ',')
			return NULL;
		p = blanks(p + 1);
	}
}

static const char *
array(const char *p, unsigned depth)
{
	if (depth == DEPTH)
		return NULL;
	p = blanks(p + 1);
	if (*p == ']')
		return p + 1;
	for (;;) {
		p = value(p, depth + 1);
		if (p == NULL)
			return NULL;
		p = blanks(p);
		if (*p == ']')
			return p + 1;
		if (*p != ',')
			return NULL;
		p = blanks(p + 1);
	}
}

/* Reads any value. Returns the position after the value, NULL if the value is invalid. */
static const char *
value(const char *p, unsigned depth)
{
	static const char *const words[] = { "true", "false", "null" };
	size_t i;

	if (*p == '{')
		return object(p, NULL, depth);
	if (*p == '[')
		return array(p, depth);
	if (*p == '"')
		return string(p, NULL, 0);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncmp(p, words[i], strlen(words[i])) == 0)
			return p + strlen(words[i]);
	return number(p);
}

int
json_is_object(const char *text)
{
	const char *end = *text == '{' ? object(text, NULL, 0) : NULL;

	return end != NULL && *end == '\0';
}

int
json_string(const char *text, const char *name, char *out, size_t size)
{
	const char *p = object(text, name, 0);

	return p != NULL && string(p, out, size) != NULL;
}

int
json_value(const char *text, const char *name, char *out, size_t size)
{
	const char *p = object(text, name, 0), *end = p != NULL ? value(p, 0) : NULL;
	size_t len = end != NULL ? (size_t)(end - p) : size;

	if (len >= size)
		return 0;
	memcpy(out, p, len);
	out[len] = '\0';
	return 1;
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "base/scan.h"
#include "proto/param.h"

/*
 * Returns the next byte of an encoded text, decoded; moves *p after it and reduces *len, the number
 * of bytes left.  Returns -1 if a %XX is malformed.
 */
static int
decode_byte(const char **p, size_t *len)
{
	int high, low, c = (unsigned char)**p;

	(*p)++;
	(*len)--;
	if (c == '+')
		return ' ';
	if (c != '%')
		return c;
	if (*len < 2)
		return -1;
	high = scan_hex((*p)[0]);
	low = scan_hex((*p)[1]);
	*p += 2;
	*len -= 2;
	return high == -1 || low == -1 ? -1 : high << 4 | low;
}

static int
is_name(const char *text, size_t len, const char *name)
{
	int c;

	while (len > 0) {
		c = decode_byte(&text, &len);
		if (c <= 0 || c != (unsigned char)*name++)
			return 0;
	}
	return *name == '\0';
}

static ssize_t
copy_decoded(char *out, size_t size, const char *text, size_t len)
{
	size_t at = 0;
	int c;

	while (len > 0) {
		c = decode_byte(&text, &len);
		if (c <= 0 || at + 1 >= size)
			return -1;
		out[at++] = (char)c;
	}
	out[at] = '\0';
	return (ssize_t)at;
}

ssize_t
param_query(const char *target, const char *name, char *out, size_t size)
{
	const char *p = strchr(target, '?'), *value;
	size_t len, name_len;

	if (p == NULL || size == 0)
		return -1;
	do {
		p++;
		len = strcspn(p, "&#");
		value = memchr(p, '=', len);
		name_len = value != NULL ? (size_t)(value - p) : len;
		if (is_name(p, name_len, name)) {
			if (value == NULL)
				return copy_decoded(out, size, "", 0);
			return copy_decoded(out, size, value + 1, len - name_len - 1);
		}
		p += len;
	} while (*p == '&');
	return -1;
}

ssize_t
param_cookie(const char *field, const char *name, char *out, size_t size)
{
	size_t len, name_len = strlen(name);

	for (;;) {
		field += strspn(field, " \t;");
		len = strcspn(field, ";");
		if (len == 0)
			return -1;
		if (len > name_len && field[name_len] == '=' &&
		    strncmp(field, name, name_len) == 0)
			break;
		field += len;
	}
	field += name_len + 1;
	len -= name_len + 1;
	while (len > 0 && (field[len - 1] == ' ' || field[len - 1] == '\t'))
		len--;
	if (len + 1 > size)
		return -1;
	memcpy(out, field, len);
	out[len] = '\0';
	return (ssize_t)len;
}

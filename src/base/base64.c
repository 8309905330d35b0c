/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdint.h>
#include <string.h>

#include "base/base64.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t
base64_encode(char *out, const void *data, size_t len)
{
	const uint8_t *p = data;
	char *o = out;
	uint32_t group;
	size_t n;

	for (; len > 0; len -= n, p += n) {
		n = len < 3 ? len : 3;
		group = (uint32_t)p[0] << 16;
		if (n > 1)
			group |= (uint32_t)p[1] << 8;
		if (n > 2)
			group |= p[2];
		*o++ = alphabet[group >> 18];
		*o++ = alphabet[group >> 12 & 63];
		*o++ = n > 1 ? alphabet[group >> 6 & 63] : '=';
		*o++ = n > 2 ? alphabet[group & 63] : '=';
	}
	*o = '\0';
	return (size_t)(o - out);
}

static int
base64_digit(char c)
{
	const char *at = c == '\0' ? NULL : strchr(alphabet, c);

	return at == NULL ? -1 : (int)(at - alphabet);
}

long
base64_decode(void *out, size_t size, const char *text, size_t len)
{
	uint8_t *o = out;
	size_t i, j, pad = 0, n = 0;
	uint32_t group;
	int d;

	if (len % 4 != 0)
		return -1;
	if (len > 0 && text[len - 1] == '=')
		pad = text[len - 2] == '=' ? 2 : 1;
	if (len / 4 * 3 - pad > size)
		return -1;
	for (i = 0; i < len; i += 4) {
		size_t digits = i + 4 == len ? 4 - pad : 4;

		for (group = 0, j = 0; j < 4; j++) {
			d = j < digits ? base64_digit(text[i + j]) : 0;
			if (d == -1)
				return -1;
			group = group << 6 | (uint32_t)d;
		}
		/*
		 * Bits after the last whole byte must be zero, so that a value has only one
		 * encoding.
		 */
		if ((digits == 2 && group & 0xffff) || (digits == 3 && group & 0xff))
			return -1;
		for (j = 0; j + 1 < digits; j++)
			o[n++] = (uint8_t)(group >> (16 - 8 * j));
	}
	return (long)n;
}

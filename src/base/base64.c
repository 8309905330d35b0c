/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdint.h>
#include <string.h>

#include "base/base64.h"

static const char alphabet[] = BASE64_ALPHABET;

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

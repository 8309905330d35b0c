/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "base/scan.h"
#include "percent.h"

int
percent_decode(char *out, size_t size, const char *text, size_t len)
{
	const char *end = text + len;
	size_t n = 0;
	int c;

	while (text < end) {
		c = (unsigned char)*text++;
		if (c == '%') {
			if (end - text < 2 || scan_hex(text[0]) == -1 || scan_hex(text[1]) == -1)
				return -1;
			c = scan_hex(text[0]) << 4 | scan_hex(text[1]);
			text += 2;
		}
		if (c == '\0' || n + 1 >= size)
			return -1;
		out[n++] = (char)c;
	}
	if (size == 0)
		return -1;
	out[n] = '\0';
	return 0;
}

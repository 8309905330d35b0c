/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "utf8_text.h"

#define HIGH_BITS	UINT64_C(0x8080808080808080)

/* Past the bytes that are ASCII, many at a time. */
static const uint8_t *
skip_ascii(const uint8_t *p, const uint8_t *end)
{
	uint64_t a, b;

	while (end - p >= (ptrdiff_t)(2 * sizeof(a))) {
		memcpy(&a, p, sizeof(a));
		memcpy(&b, p + sizeof(a), sizeof(b));
		if ((a | b) & HIGH_BITS)
			break;
		p += 2 * sizeof(a);
	}
	while (p < end && *p < 0x80)
		p++;
	return p;
}

void
utf8_text_feed(struct utf8_text *t, const uint8_t *data, size_t len)
{
	const uint8_t *p = data, *end = data + len;

	while (p < end && !t->bad) {
		if (t->need == 0) {
			p = utf8_text_skip(skip_ascii(p, end), end);
			if (p == end)
				return;
		}
		if (utf8_text_step(t, *p++) == -1)
			t->bad = 1;
	}
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PATTERN_H
#define PATTERN_H

#include <stddef.h>
#include <stdint.h>

/*
 * The bytes that tests send and check. Each byte is a function of its offset in the stream and of
 * the stream's seed: a check detects lost, doubled, moved and swapped bytes without a copy of the
 * sent bytes.
 */
static inline uint8_t
pattern_byte(uint64_t at, unsigned seed)
{
	uint64_t x = (at + seed) * 0x9e3779b97f4a7c15;

	return (uint8_t)(x >> 56 ^ x >> 32);
}

static inline void
pattern_fill(void *out, size_t len, uint64_t at, unsigned seed)
{
	uint8_t *bytes = out;
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = pattern_byte(at + i, seed);
}

/* Returns the index of the first byte that differs from the pattern; len if there is none. */
static inline size_t
pattern_check(const void *data, size_t len, uint64_t at, unsigned seed)
{
	const uint8_t *bytes = data;
	size_t i;

	for (i = 0; i < len && bytes[i] == pattern_byte(at + i, seed); i++)
		;
	return i;
}

#endif

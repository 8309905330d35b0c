/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "base/sha1.h"

static uint32_t
rotate(uint32_t x, unsigned n)
{
	return (x << n) | (x >> (32 - n));
}

/*
 * Returns f(b, c, d) + K of a round; f and K change every twenty rounds (FIPS 180-4, 4.1.1, 4.2.1).
 */
static uint32_t
round_value(unsigned round, uint32_t b, uint32_t c, uint32_t d)
{
	switch (round / 20) {
	case 0:
		return ((b & c) | (~b & d)) + 0x5a827999;
	case 1:
		return (b ^ c ^ d) + 0x6ed9eba1;
	case 2:
		return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
	default:
		return (b ^ c ^ d) + 0xca62c1d6;
	}
}

static void
hash_block(struct sha1 *s)
{
	uint32_t w[80], v[5], t;
	unsigned i;

	for (i = 0; i < 16; i++)
		w[i] = (uint32_t)s->block[4 * i] << 24 |
		    (uint32_t)s->block[4 * i + 1] << 16 |
		    (uint32_t)s->block[4 * i + 2] << 8 |
		    (uint32_t)s->block[4 * i + 3];
	for (; i < 80; i++)
		w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);

	memcpy(v, s->h, sizeof(v));
	for (i = 0; i < 80; i++) {
		t = rotate(v[0], 5) + round_value(i, v[1], v[2], v[3]) + v[4] + w[i];
		v[4] = v[3];
		v[3] = v[2];
		v[2] = rotate(v[1], 30);
		v[1] = v[0];
		v[0] = t;
	}
	for (i = 0; i < 5; i++)
		s->h[i] += v[i];
}

void
sha1_init(struct sha1 *s)
{
	static const uint32_t start[5] = {
		0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0
	};

	memcpy(s->h, start, sizeof(start));
	s->length = 0;
}

void
sha1_update(struct sha1 *s, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t at, n;

	while (len > 0) {
		at = (size_t)(s->length % sizeof(s->block));
		n = sizeof(s->block) - at;
		if (n > len)
			n = len;
		memcpy(s->block + at, p, n);
		s->length += n;
		p += n;
		len -= n;
		if (at + n == sizeof(s->block))
			hash_block(s);
	}
}

void
sha1_final(struct sha1 *s, uint8_t digest[SHA1_SIZE])
{
	static const uint8_t padding[sizeof(s->block)] = { 0x80 };
	uint64_t bits = s->length * 8;
	uint8_t tail[8];
	unsigned i;

	/* Pad the data so that the 8 bytes of the length end a block. */
	sha1_update(s, padding, sizeof(padding) - (s->length + sizeof(tail)) % sizeof(padding));
	for (i = 0; i < sizeof(tail); i++)
		tail[i] = (uint8_t)(bits >> (56 - 8 * i));
	sha1_update(s, tail, sizeof(tail));
	for (i = 0; i < SHA1_SIZE; i++)
		digest[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "lib/pattern.h"
#include "proto/frame.h"
#include "testdata.h"

#define MIN_PERIOD	65536	/* bytes; least length of a period */
#define SEED	5

static const uint8_t mask[4] = { 0x37, 0xfa, 0x21, 0x3d };

void
testdata_make(struct testdata *t, char kind, size_t size, size_t chunk)
{
	size_t unit = size > chunk ? size : chunk, i;

	t->size = size;
	t->period = unit * ((MIN_PERIOD + unit - 1) / unit + 1);
	t->bytes = bench_alloc(t->period, 1);
	pattern_fill(t->bytes, t->period, 0, SEED);
	for (i = 0; kind == TESTDATA_LINES && i < t->period; i++)
		t->bytes[i] = (uint8_t)((i + 1) % size == 0 ? '\n' : 'a' + t->bytes[i] % 26);
	/* The peer would take an exclamation mark at the start for a command. */
	t->bytes[0] |= 0x40;
}

void
testdata_make_ok(struct testdata *t)
{
	t->size = t->period = TESTDATA_OK_SIZE;
	t->bytes = bench_alloc(TESTDATA_OK_SIZE, 1);
	memcpy(t->bytes, TESTDATA_OK, TESTDATA_OK_SIZE);
}

void
testdata_mask(struct testdata *frames, const struct testdata *t)
{
	size_t header = frame_header_size(t->size) + sizeof(mask), i;
	uint8_t *out;

	frames->size = t->size + header;
	frames->period = t->period / t->size * frames->size;
	out = frames->bytes = bench_alloc(frames->period, 1);
	for (i = 0; i < t->period; i += t->size) {
		(void)frame_encode(out, 1, FRAME_BINARY, t->size);
		out[1] |= 0x80;
		memcpy(out + header - sizeof(mask), mask, sizeof(mask));
		memcpy(out + header, t->bytes + i, t->size);
		frame_mask(out + header, t->size, mask, 0);
		out += frames->size;
	}
}

void
testdata_free(struct testdata *t)
{
	free(t->bytes);
	t->bytes = NULL;
}

const uint8_t *
testdata_piece(const struct testdata *t, uint64_t at, size_t chunk, size_t *len)
{
	size_t place = (size_t)(at % t->period);

	*len = chunk - place % chunk;
	if (*len > t->period - place)
		*len = t->period - place;
	return t->bytes + place;
}

int
testdata_matches(const struct testdata *t, uint64_t at, const uint8_t *data, size_t len)
{
	size_t place, n;

	while (len > 0) {
		place = (size_t)(at % t->period);
		n = len < t->period - place ? len : t->period - place;
		if (memcmp(t->bytes + place, data, n) != 0)
			return 0;
		at += n;
		data += n;
		len -= n;
	}
	return 1;
}

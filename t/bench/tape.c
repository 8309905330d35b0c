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
#include "tape.h"

#define LEAST	65536	/* bytes before they begin again */
#define SEED	5

static const uint8_t mask[4] = { 0x37, 0xfa, 0x21, 0x3d };

void
tape_make(struct tape *t, char kind, size_t size, size_t chunk)
{
	size_t unit = size > chunk ? size : chunk, i;

	t->size = size;
	t->period = unit * ((LEAST + unit - 1) / unit + 1);
	t->bytes = bench_memory(t->period, 1);
	pattern_fill(t->bytes, t->period, 0, SEED);
	for (i = 0; kind == TAPE_LINES && i < t->period; i++)
		t->bytes[i] = (uint8_t)((i + 1) % size == 0 ? '\n' : 'a' + t->bytes[i] % 26);
	/* A peer takes what begins with an exclamation mark for a command. */
	t->bytes[0] |= 0x40;
}

void
tape_make_ok(struct tape *t)
{
	t->size = t->period = TAPE_OK_SIZE;
	t->bytes = bench_memory(TAPE_OK_SIZE, 1);
	memcpy(t->bytes, TAPE_OK, TAPE_OK_SIZE);
}

void
tape_mask(struct tape *frames, const struct tape *t)
{
	size_t header = frame_header_size(t->size) + sizeof(mask), i;
	uint8_t *out;

	frames->size = t->size + header;
	frames->period = t->period / t->size * frames->size;
	out = frames->bytes = bench_memory(frames->period, 1);
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
tape_free(struct tape *t)
{
	free(t->bytes);
	t->bytes = NULL;
}

const uint8_t *
tape_piece(const struct tape *t, uint64_t at, size_t chunk, size_t *len)
{
	size_t place = (size_t)(at % t->period);

	*len = chunk - place % chunk;
	if (*len > t->period - place)
		*len = t->period - place;
	return t->bytes + place;
}

int
tape_holds(const struct tape *t, uint64_t at, const uint8_t *data, size_t len)
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

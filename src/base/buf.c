/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/pages.h"

#define KEPT	8192	/* bytes; buf_close() unmaps memory of which more was touched */

static void
unmap(struct buf *b)
{
	pages_put(b->memory, b->size);
	memset(b, 0, sizeof(*b));
}

static void
replace(struct buf *b, uint8_t *memory, size_t size, size_t touched)
{
	unmap(b);
	b->memory = memory;
	b->size = size;
	b->touched = touched;
}

int
buf_open(struct buf *b, size_t size)
{
	uint8_t *memory;

	if (b->memory != NULL && b->size == size)
		return 0;
	memory = pages_get(size);
	if (memory == NULL)
		return -1;
	replace(b, memory, size, 0);
	return 0;
}

void
buf_touch(struct buf *b, size_t end)
{
	if (end > b->touched)
		b->touched = end;
}

int
buf_grow(struct buf *b, size_t used)
{
	size_t size = b->size * 2;
	uint8_t *memory = pages_get(size);

	if (memory == NULL)
		return -1;
	memcpy(memory, b->memory, used);
	replace(b, memory, size, used);
	return 0;
}

int
buf_can_rest(const struct buf *b)
{
	return b->touched > 0;
}

void
buf_rest(struct buf *b, size_t size)
{
	uint8_t *memory = pages_get(size);

	if (memory != NULL)
		replace(b, memory, size, 0);
}

void
buf_close(struct buf *b)
{
	if (b->touched > KEPT)
		unmap(b);
}

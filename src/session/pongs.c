/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include "proto/frame.h"
#include "session/pongs.h"

int
pongs_add(struct pongs *q, int writing, const void *payload, size_t len)
{
	/* Prefer the first half, so that most connections never write to the second one. */
	if (q->len == 0 && !writing)
		q->half = 0;
	if (PONGS_SIZE - q->len < 2 + len)
		return -1;
	q->len += frame_control(q->memory->frames[q->half] + q->len, FRAME_PONG, payload, len);
	return 0;
}

uint8_t *
pongs_take(struct pongs *q, size_t *len)
{
	uint8_t *frames = q->memory->frames[q->half];

	*len = q->len;
	q->len = 0;
	q->half = !q->half;
	return frames;
}

void
pongs_clear(struct pongs *q)
{
	q->len = 0;
}

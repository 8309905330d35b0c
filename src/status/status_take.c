/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "status/status.h"
#include "status/status_fields.h"

/* copy_fields() uses the same offset in the scoreboard and in the copy. */
_Static_assert(offsetof(struct status, head) == 0, "the copy of the head is first");
_Static_assert(offsetof(struct status_row, copy) == 0, "the copy of the slot is first");

/*
 * Copies a text of size bytes, replaces bytes that are not printable ASCII by '?', and adds a
 * NUL.  A compromised worker may have written control sequences for the terminal, or no NUL.
 */
static void
copy_text(char *out, const char *text, size_t size)
{
	size_t i;
	char c;

	for (i = 0; i < size - 1 && (c = ((const volatile char *)text)[i]) != '\0'; i++)
		out[i] = (char)(c < ' ' || c > '~' ? '?' : c);
	out[i] = '\0';
}

/* Reads a number of 4 or 8 bytes from the scoreboard. */
static uint64_t
load(const void *number, size_t size)
{
	return size == sizeof(uint32_t) ?
	    atomic_load_explicit((const _Atomic uint32_t *)number, memory_order_relaxed) :
	    atomic_load_explicit((const _Atomic uint64_t *)number, memory_order_relaxed);
}

/*
 * Copies the fields of a group from the head or from a slot, which has size bytes.  A field
 * whose offset is not below size is not in the scoreboard: status_take() computes its value.
 */
static void
copy_fields(void *to, const void *from, size_t size, enum status_group group)
{
	const struct status_field *f = status_fields_of(group);
	const char *source;
	uint32_t narrow;
	uint64_t wide;
	char *out;

	for (; f->group == group; f++) {
		if (f->offset >= size)
			continue;
		source = (const char *)from + f->offset;
		out = (char *)to + f->offset;
		if (f->kind == STATUS_TEXT) {
			copy_text(out, source, f->size);
		} else if (f->size == sizeof(narrow)) {
			narrow = (uint32_t)load(source, sizeof(narrow));
			memcpy(out, &narrow, sizeof(narrow));
		} else {
			wide = load(source, sizeof(wide));
			memcpy(out, &wide, sizeof(wide));
		}
	}
}

/* Adds the sums of a slot to the totals. */
static void
add_totals(struct status_row *totals, const struct scoreboard_slot *s)
{
	const struct status_field *f = status_fields_of(STATUS_TOTALS);
	uint64_t sum;

	for (; f->group == STATUS_TOTALS; f++) {
		if (f->offset >= sizeof(*s))
			continue;
		memcpy(&sum, (const char *)totals + f->offset, sizeof(sum));
		sum += load((const char *)s + f->offset, sizeof(sum));
		memcpy((char *)totals + f->offset, &sum, sizeof(sum));
	}
}

/* Copies the connection of a slot.  Returns 0, or -1 if a slot in this state has no connection. */
static int
take_row(struct status_row *r, const struct scoreboard *b, unsigned slot, uint32_t state)
{
	const struct scoreboard_slot *s = &b->slot[slot];
	uint64_t before, sum;
	unsigned i;

	if (state < SCOREBOARD_HANDSHAKE || state > SCOREBOARD_CLOSING)
		return -1;
	memset(r, 0, sizeof(*r));
	r->slot = slot;
	r->state = state;
	copy_fields(r, s, sizeof(*s), STATUS_CONNECTION);
	for (i = 0; i < SCOREBOARD_TRAFFIC; i++) {
		before = load(&s->traffic_before[i], sizeof(before));
		sum = load(&s->traffic[i], sizeof(sum));
		r->copy.traffic[i] = sum > before ? sum - before : 0;
	}
	return 0;
}

int
status_take_row(struct status_row *r, const struct scoreboard *b, unsigned slot)
{
	return take_row(r, b, slot, scoreboard_get(b, slot));
}

int
status_take(struct status *status, const struct scoreboard *b, uint64_t now)
{
	enum scoreboard_state state;
	unsigned slot;
	size_t i;

	memset(status, 0, sizeof(*status));
	status->row = calloc(b->slots, sizeof(*status->row));
	if (status->row == NULL)
		return -1;
	status->now = now;
	status->master = scoreboard_holder(b->fd);
	copy_fields(status, b->head, sizeof(*b->head), STATUS_SERVER);
	copy_fields(status, b->head, sizeof(*b->head), STATUS_POOL);
	status->loaded = status->head.reloaded != 0 ? status->head.reloaded : status->head.started;
	for (slot = 0; slot < b->slots; slot++) {
		state = scoreboard_get(b, slot);
		status->state[state]++;
		add_totals(&status->totals, &b->slot[slot]);
		if (take_row(&status->row[status->count], b, slot, state) == 0)
			status->count++;
	}
	status->busy = (uint32_t)status->count;
	for (i = 0; i < status->count; i++)
		status->old += status->row[i].copy.generation != status->head.generation;
	return 0;
}

void
status_free(struct status *status)
{
	free(status->row);
	memset(status, 0, sizeof(*status));
}

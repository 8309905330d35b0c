/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "offers.h"
#include "peer_line.h"

#define FEW	8	/* names up to which an index would take longer */

/*
 * Returns the place of a name of len bytes in the index: a slot that has it, or a free slot.  The
 * hash is FNV-1a.
 */
static size_t
find_slot(const struct offers *o, const char *name, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325u;
	const char *other;
	size_t i, at;

	for (i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3u;
	for (at = (size_t)(hash >> 32) % OFFERS_SLOTS; o->slot[at] != 0;
	    at = (at + 1) % OFFERS_SLOTS) {
		other = o->name[o->slot[at] - 1];
		if (strncmp(other, name, len) == 0 && other[len] == '\0')
			break;
	}
	return at;
}

void
offers_set(struct offers *o, char *const *names, size_t count)
{
	size_t i, at;

	o->name = names;
	o->count = count;
	o->is_indexed = count > FEW && count <= OFFERS_SLOTS / 2;
	if (!o->is_indexed)
		return;
	memset(o->slot, 0, sizeof(o->slot));
	for (i = 0; i < count; i++) {
		at = find_slot(o, names[i], strlen(names[i]));
		if (o->slot[at] == 0)
			o->slot[at] = (uint16_t)(i + 1);
	}
}

size_t
offers_choose(const struct offers *o, const char *wanted)
{
	size_t best = PEER_LINE_NO, len, index;
	int any = 0;

	if (!o->is_indexed || strcmp(wanted, "*") == 0 || strcmp(wanted, "-") == 0)
		return peer_line_choose(wanted, o->name, o->count);
	for (; *wanted != '\0'; wanted += len + (wanted[len] == ',')) {
		len = strcspn(wanted, ",");
		any |= len == 1 && *wanted == '*';
		index = o->slot[find_slot(o, wanted, len)];
		if (index != 0 && index - 1 < best)
			best = index - 1;
	}
	return best == PEER_LINE_NO && any ? 0 : best;
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "base/log.h"
#include "base/pages.h"
#include "server/children.h"

int
children_create(struct children *c, unsigned slots)
{
	memset(c, 0, sizeof(*c));
	/*
	 * Use separate pages: a worker returns them to the system, since it does not use the
	 * table.
	 */
	c->at = pages_get(slots * sizeof(*c->at));
	if (c->at == NULL) {
		log_error("no memory for %u workers", slots);
		return -1;
	}
	c->slots = slots;
	return 0;
}

void
children_destroy(struct children *c)
{
	pages_put(c->at, c->slots * sizeof(*c->at));
	memset(c, 0, sizeof(*c));
}

void
children_add(struct children *c, unsigned slot, pid_t pid, unsigned generation)
{
	memset(&c->at[slot], 0, sizeof(c->at[slot]));
	c->at[slot].pid = pid;
	c->at[slot].generation = generation;
	if (slot != CHILDREN_BUSY_SLOT)
		c->workers++;
	if (slot >= c->used)
		c->used = slot + 1;
}

unsigned
children_find(const struct children *c, pid_t pid)
{
	unsigned slot;

	for (slot = 0; slot < c->slots && c->at[slot].pid != pid; slot++)
		;
	return slot;
}

void
children_remove(struct children *c, unsigned slot)
{
	c->at[slot].pid = 0;
	if (slot != CHILDREN_BUSY_SLOT)
		c->workers--;
	while (c->used > 0 && c->at[c->used - 1].pid == 0)
		c->used--;
}

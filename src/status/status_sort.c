/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "status/status.h"

#define COMPARE(a, b)	(((a) > (b)) - ((a) < (b)))

/* Rows with equal keys stay in one order, or they would dance when they are shown again. */
static int
by_age(const void *a, const void *b)
{
	const struct status_row *x = a, *y = b;
	int order = COMPARE(y->age, x->age);

	return order != 0 ? order : COMPARE(x->slot, y->slot);
}

#define MOST_FIRST(name, member)						\
	static int								\
	name(const void *a, const void *b)					\
	{									\
		const struct status_row *x = a, *y = b;				\
		int order = COMPARE(y->member, x->member);			\
										\
		return order != 0 ? order : by_age(a, b);			\
	}

#define BY_ALPHABET(name, member)						\
	static int								\
	name(const void *a, const void *b)					\
	{									\
		const struct status_row *x = a, *y = b;				\
		int order = strcmp(x->member, y->member);			\
										\
		return order != 0 ? order : by_age(a, b);			\
	}

MOST_FIRST(by_idle, idle)
MOST_FIRST(by_in, traffic[SCOREBOARD_IN_BYTES])
MOST_FIRST(by_out, traffic[SCOREBOARD_OUT_BYTES])
MOST_FIRST(by_rtt, rtt)
MOST_FIRST(by_state, state)
BY_ALPHABET(by_client, client)
BY_ALPHABET(by_peer, peer)
BY_ALPHABET(by_path, path)

static int
by_pid(const void *a, const void *b)
{
	const struct status_row *x = a, *y = b;
	int order = COMPARE(x->pid, y->pid);

	return order != 0 ? order : by_age(a, b);
}

int
status_sort(struct status *v, const char *key)
{
	static const struct {
		const char	*key;
		int		(*compare)(const void *, const void *);
	} keys[] = {
		{ "age", by_age }, { "idle", by_idle }, { "in", by_in }, { "out", by_out },
		{ "rtt", by_rtt }, { "client", by_client }, { "peer", by_peer },
		{ "path", by_path }, { "pid", by_pid }, { "state", by_state }
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].key, key) != 0)
			continue;
		if (v != NULL && v->count > 0)
			qsort(v->row, v->count, sizeof(*v->row), keys[i].compare);
		return 0;
	}
	return -1;
}

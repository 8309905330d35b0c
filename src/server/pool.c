/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "server/pool.h"

#define CALM		1000	/* ms without missing spare workers after which the batch is 1 */
#define RETIRE_PAUSE	1000	/* ms between two rounds of retiring */

static unsigned
min(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

void
pool_init(struct pool *p)
{
	memset(p, 0, sizeof(*p));
	p->batch = 1;
}

/*
 * Returns how many workers to fork.  While no worker is idle the batch is doubled at each call,
 * so that the pool can follow a burst of clients; max_spare limits it.  While some workers are
 * idle, only the missing spare workers are forked, because a fork is expensive.
 */
static unsigned
wanted(struct pool *p, const struct pool_limits *l, const struct pool_counts *c, uint64_t now)
{
	unsigned n = l->start > l->min_spare ? l->start : l->min_spare;

	if (!p->started) {
		p->started = 1;
		/*
		 * If continue_batch() has continued the start, the workers forked so far count
		 * as idle.
		 */
		return n > c->idle ? n - c->idle : 0;
	}
	if (c->idle >= l->min_spare)
		return 0;
	if (now - p->short_at >= CALM)
		p->batch = 1;
	p->short_at = now;
	n = l->min_spare - c->idle;
	if (c->idle == 0 && n < p->batch)
		n = l->max_spare > c->idle ? min(p->batch, l->max_spare - c->idle) : n;
	p->batch = min(p->batch * 2, POOL_BATCH);
	return n;
}

/*
 * Returns how many workers to retire: half of the surplus now, half of the remaining surplus a
 * second later, and so on, because another burst of clients is likely.  *again is set to the
 * time of the next round, if that is earlier.
 */
static unsigned
surplus(struct pool *p, const struct pool_limits *l, const struct pool_counts *c, uint64_t now,
    uint64_t *again)
{
	unsigned n;

	if (c->idle <= l->max_spare)
		return 0;
	if (now < p->retire_at) {
		*again = clock_min(*again, p->retire_at);
		return 0;
	}
	n = (c->idle - l->max_spare + 1) / 2;
	p->retire_at = now + RETIRE_PAUSE;
	if (c->idle - n > l->max_spare)
		*again = clock_min(*again, p->retire_at);
	return n;
}

/*
 * Plans the rest of a batch that is larger than POOL_BATCH: the caller handles its signals and
 * then plans again.  If this was the first plan (first is 1), the next one is also treated as
 * the first one: otherwise only min_spare workers would be planned, not the rest of
 * start-workers.
 */
static void
continue_batch(struct pool *p, struct pool_plan *plan, int first, uint64_t now)
{
	if (first)
		p->started = 0;
	plan->again = now;
}

struct pool_plan
pool_plan(struct pool *p, const struct pool_limits *limits, const struct pool_counts *counts,
    uint64_t now)
{
	struct pool_plan plan = { 0, 0, 0, CLOCK_NEVER };
	int first = !p->started;
	unsigned n, room = limits->max > counts->total ? limits->max - counts->total : 0;

	if (now < p->not_before) {
		if ((counts->idle < limits->min_spare || first) && room > 0)
			plan.again = p->not_before;
	} else {
		/* The time of the trial is over, and its worker is still running. */
		if (p->trial)
			pool_worked(p);
		/* Do not let the batch grow while max-workers does not allow a fork. */
		n = room > 0 ? min(wanted(p, limits, counts, now), room) : 0;
		plan.spawn = min(n, p->backoff > 0 ? 1 : POOL_BATCH);
		if (n > plan.spawn)
			continue_batch(p, &plan, first, now);
		if (p->backoff > 0 && plan.spawn > 0) {
			p->trial = 1;
			p->not_before = plan.again = now + POOL_TRIAL;
		}
	}
	if (plan.spawn == 0)
		plan.retire = surplus(p, limits, counts, now, &plan.again);
	plan.refuse = counts->idle == 0 && room == 0;
	return plan;
}

void
pool_died_early(struct pool *p, uint64_t now)
{
	/* Early exits of workers of the same batch count as a single failure. */
	if (now < p->not_before && !p->trial)
		return;
	p->trial = 0;
	p->backoff = p->backoff == 0 ? POOL_BACKOFF : clock_min(p->backoff * 2, POOL_BACKOFF_MAX);
	p->not_before = now + p->backoff;
}

void
pool_pause(struct pool *p, uint64_t now)
{
	if (p->not_before < now + POOL_BACKOFF)
		p->not_before = now + POOL_BACKOFF;
}

void
pool_worked(struct pool *p)
{
	p->backoff = 0;
	if (p->trial)
		p->not_before = 0;
	p->trial = 0;
}

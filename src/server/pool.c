/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "server/pool.h"

#define CALM		1000	/* ms without missing spares after which the batch is 1 again */
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
 * Returns how many more workers are wanted.  While no worker is idle the batch doubles, so that the
 * pool overtakes a burst of clients; max_spare bounds it.  While some are idle, only the missing
 * ones are wanted: the idle ones are enough for the moment, and a fork is expensive.
 */
static unsigned
wanted(struct pool *p, const struct pool_limits *l, const struct pool_counts *c, uint64_t now)
{
	unsigned n = l->start > l->min_spare ? l->start : l->min_spare;

	if (!p->started) {
		p->started = 1;
		/* If the start is continued (continue_batch()), its first workers count as idle. */
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
 * Returns how many workers to retire: half of the surplus, a second later half of the rest, since
 * another burst of clients is likely.
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
 * To be called if more workers are wanted than one batch may have: the caller handles its signals
 * and plans again at once.  If this was the first plan, the next one counts as the first, too:
 * otherwise it would want min_spare workers, and not the rest of start-workers.
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
		/* The pause of a trial is over, and its worker has not died. */
		if (p->trial)
			pool_worked(p);
		/* Where there is no room to fork the batch must not grow. */
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
	/* The workers of one batch die together; that is one failure. */
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

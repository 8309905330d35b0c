/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "server/pool.h"

#define NEVER		UINT64_MAX
#define CALM		1000	/* ms without shortage after which the batch starts over */
#define RETIRE_PAUSE	1000	/* ms between two rounds of retiring */

static uint64_t
min64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

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
 * How many more are wanted.  As long as nobody is idle the batch doubles, so that a burst finds
 * spares that are ahead of it; max_spare bounds that.  Otherwise as many as are missing: those
 * that are there are enough for now, and forks are dear.
 */
static unsigned
wanted(struct pool *p, const struct pool_limits *l, const struct pool_counts *c, uint64_t now)
{
	unsigned n = l->start > l->min_spare ? l->start : l->min_spare;

	if (!p->started) {
		p->started = 1;
		/* After a reload there are others, who are busy. */
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

/* Half of those that are too many, then half of the rest: another burst is likely. */
static unsigned
surplus(struct pool *p, const struct pool_limits *l, const struct pool_counts *c, uint64_t now,
    uint64_t *again)
{
	unsigned n;

	if (c->idle <= l->max_spare)
		return 0;
	if (now < p->retire_at) {
		*again = min64(*again, p->retire_at);
		return 0;
	}
	n = (c->idle - l->max_spare + 1) / 2;
	p->retire_at = now + RETIRE_PAUSE;
	if (c->idle - n > l->max_spare)
		*again = min64(*again, p->retire_at);
	return n;
}

struct pool_plan
pool_plan(struct pool *p, const struct pool_limits *limits, const struct pool_counts *counts,
    uint64_t now)
{
	struct pool_plan plan = { 0, 0, 0, NEVER };
	int first = !p->started;
	unsigned n, room = limits->max > counts->total ? limits->max - counts->total : 0;

	if (now < p->not_before) {
		if ((counts->idle < limits->min_spare || first) && room > 0)
			plan.again = p->not_before;
	} else {
		if (p->trial)
			/* It lives. */
			pool_worked(p);
		/* Where nothing can be forked the batch does not grow. */
		n = room > 0 ? min(wanted(p, limits, counts, now), room) : 0;
		plan.spawn = min(n, p->backoff > 0 ? 1 : POOL_BATCH);
		if (n > plan.spawn) {
			/* The rest at once, but after a look at the signals. */
			if (first)
				p->started = 0;
			plan.again = now;
		}
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
	/* Those of one batch die together; that is one failure. */
	if (now < p->not_before && !p->trial)
		return;
	p->trial = 0;
	p->backoff = p->backoff == 0 ? POOL_BACKOFF : min64(p->backoff * 2, POOL_BACKOFF_MAX);
	p->not_before = now + p->backoff;
}

void
pool_short(struct pool *p, uint64_t now)
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

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <string.h>

#include "lib/countof.h"
#include "lib/unit.h"
#include "server/pool.h"

#define NEVER	UINT64_MAX

static const struct pool_limits limits = { 5, 3, 6, 20 };

/* Calls pool_plan() with these counts, and checks the rules that every plan must keep. */
static struct pool_plan
plan(struct pool *p, const struct pool_limits *l, unsigned idle, unsigned total, uint64_t now)
{
	struct pool_counts c = { idle, total, 0 };
	int first = !p->started;
	struct pool_plan plan;

	plan = pool_plan(p, l, &c, now);
	unit_assert(plan.spawn == 0 || plan.retire == 0, "forks and retires at once");
	unit_assert(plan.spawn == 0 || total + plan.spawn <= l->max, "%u of %u, %u more", total,
	    l->max, plan.spawn);
	unit_assert(plan.retire == 0 || idle >= plan.retire + l->max_spare,
	    "%u idle, %u retired", idle, plan.retire);
	if (!first && plan.spawn > 0) {
		unit_assert(plan.spawn <= POOL_BATCH, "forks %u", plan.spawn);
		unit_assert(idle < l->min_spare, "%u idle, %u more", idle, plan.spawn);
		unit_assert(idle + plan.spawn <= l->max_spare, "%u idle, %u more", idle,
		    plan.spawn);
	}
	unit_assert(plan.refuse == 0 || plan.refuse == 1, "refuse %d", plan.refuse);
	/*
	 * The plan may ask for an immediate call only to fork the rest of a batch; otherwise the
	 * master would never sleep.
	 */
	unit_assert(plan.again > now || (plan.again == now && plan.spawn > 0),
	    "again %llu at %llu", (unsigned long long)plan.again, (unsigned long long)now);
	if (idle + plan.spawn < l->min_spare && total + plan.spawn < l->max)
		unit_assert(plan.again != NEVER, "%u idle, %u more, and no look again", idle,
		    plan.spawn);
	return plan;
}

/* Makes a pool that has planned its first workers. */
static void
start(struct pool *p, const struct pool_limits *l)
{
	memset(p, 0xa5, sizeof(*p));
	pool_init(p);
	plan(p, l, 0, 0, 1);
}

START_TEST(pool_begins)
{
	static const struct {
		struct pool_limits	limits;
		unsigned		spawn;
	} rows[] = {
		{ { 5, 3, 6, 20 }, 5 }, { { 1, 1, 1, 1 }, 1 }, { { 8, 4, 32, 1024 }, 8 },
		{ { 20, 3, 20, 20 }, 20 }, { { 32, 1, 32, 32 }, 32 }, { { 30, 1, 32, 10 }, 10 }
	};
	struct pool_plan first;
	struct pool p;
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		memset(&p, 0xa5, sizeof(p));
		pool_init(&p);
		first = plan(&p, &rows[i].limits, 0, 0, 5);
		ck_assert_uint_eq(first.spawn, rows[i].spawn);
		ck_assert_int_eq(first.refuse, 0);
		/* The first workers are starting now, so they must not be planned again. */
		first = plan(&p, &rows[i].limits, first.spawn, first.spawn, 5);
		ck_assert_uint_eq(first.spawn, 0);
		ck_assert_uint_eq(first.retire, 0);
	}
}
END_TEST

/* The first workers, and enough spare ones, must be forked without any further event. */
START_TEST(pool_begins_with_many)
{
	static const struct pool_limits rows[] = {
		{ 100, 5, 200, 1000 }, { 1, 100, 200, 1000 }, { 1, 5, 5, 5 }, { 3, 8, 8, 1000 },
		{ 1000, 1, 1000, 1000 }, { 1, 1000, 1000, 1000 }
	};
	const struct pool_limits *l = &rows[_i];
	unsigned total = 0, steps = 0, want = l->start > l->min_spare ? l->start : l->min_spare;
	struct pool_plan next;
	struct pool p;
	uint64_t now = 10;

	pool_init(&p);
	do {
		ck_assert_msg(steps++ < 200, "it does not come to rest");
		next = plan(&p, l, total, total, now);
		ck_assert_uint_eq(next.retire, 0);
		total += next.spawn;
		now = next.again;
	} while (next.again != NEVER);
	ck_assert_uint_eq(total, want > l->max ? l->max : want);
}
END_TEST

/*
 * One of the first forks fails: the missing workers must be forked within a short time, or not at
 * all.
 */
START_TEST(pool_begins_with_a_failure)
{
	static const struct pool_limits many = { 100, 5, 200, 1000 };
	unsigned total, failing, failed, steps;
	struct pool_plan next;
	struct pool p;
	uint64_t now;

	for (failing = 1; failing <= 100; failing++) {
		pool_init(&p);
		total = steps = failed = 0;
		now = 10;
		do {
			ck_assert_msg(steps++ < 200, "it does not come to rest");
			next = plan(&p, &many, total, total, now);
			if (!failed && total + next.spawn >= failing) {
				failed = 1;
				total = failing - 1;
				pool_pause(&p, now);
				next = plan(&p, &many, total, total, now);
				ck_assert_uint_eq(next.spawn, 0);
			}
			total += next.spawn;
			now = next.again;
		} while (next.again != NEVER && total < 100);
		ck_assert_uint_ge(total, 5);
		ck_assert_uint_eq(plan(&p, &many, total, total, 3600000).spawn, 0);
	}
}
END_TEST

/* Single plans of a pool that has started and has not been full yet. */
START_TEST(pool_rows)
{
	static const struct {
		unsigned	idle, total;
		unsigned	spawn[2], retire[2];	/* minimum and maximum */
		int		refuse;
	} rows[] = {
		{ 3, 3, { 0, 0 }, { 0, 0 }, 0 }, { 5, 5, { 0, 0 }, { 0, 0 }, 0 },
		{ 6, 6, { 0, 0 }, { 0, 0 }, 0 }, { 3, 20, { 0, 0 }, { 0, 0 }, 0 },
		{ 6, 20, { 0, 0 }, { 0, 0 }, 0 },
		/*
		 * too few are idle: at least one worker is forked, and idle ones must not exceed
		 * max-spare
		 */
		{ 2, 5, { 1, 4 }, { 0, 0 }, 0 }, { 2, 2, { 1, 4 }, { 0, 0 }, 0 },
		{ 0, 0, { 1, 6 }, { 0, 0 }, 0 }, { 0, 19, { 1, 1 }, { 0, 0 }, 0 },
		{ 2, 19, { 1, 1 }, { 0, 0 }, 0 }, { 0, 17, { 1, 3 }, { 0, 0 }, 0 },
		/* too many are idle */
		{ 7, 7, { 0, 0 }, { 1, 1 }, 0 }, { 7, 20, { 0, 0 }, { 1, 1 }, 0 },
		{ 10, 12, { 0, 0 }, { 1, 4 }, 0 }, { 20, 20, { 0, 0 }, { 1, 14 }, 0 },
		/* the pool is full */
		{ 0, 20, { 0, 0 }, { 0, 0 }, 1 }, { 1, 20, { 0, 0 }, { 0, 0 }, 0 },
		{ 2, 20, { 0, 0 }, { 0, 0 }, 0 },
		/* more workers than max-workers, because the limit was lowered */
		{ 0, 25, { 0, 0 }, { 0, 0 }, 1 }, { 2, 25, { 0, 0 }, { 0, 0 }, 0 },
		{ 3, 25, { 0, 0 }, { 0, 0 }, 0 }
	};
	struct pool_plan next;
	struct pool p;
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		start(&p, &limits);
		next = plan(&p, &limits, rows[i].idle, rows[i].total, 100000);
		ck_assert_msg(next.spawn >= rows[i].spawn[0] && next.spawn <= rows[i].spawn[1],
		    "%u of %u idle: %u forked", rows[i].idle, rows[i].total, next.spawn);
		ck_assert_msg(next.retire >= rows[i].retire[0] && next.retire <= rows[i].retire[1],
		    "%u of %u idle: %u retired", rows[i].idle, rows[i].total, next.retire);
		ck_assert_msg(next.refuse == rows[i].refuse, "%u of %u idle: refuse %d",
		    rows[i].idle, rows[i].total, next.refuse);
	}
}
END_TEST

/* A pool at rest must not set a timer; a pool that has more to do must set one. */
START_TEST(pool_again)
{
	struct pool_plan next;
	struct pool p;

	start(&p, &limits);
	ck_assert_uint_eq(plan(&p, &limits, 5, 5, 1000).again, NEVER);
	ck_assert_uint_eq(plan(&p, &limits, 3, 20, 2000).again, NEVER);
	/* If not all surplus workers are retired at once, the others must be retired soon. */
	next = plan(&p, &limits, 16, 20, 3000);
	ck_assert(next.retire == 10 || next.again <= 3000 + 10000);
	/*
	 * In a full pool only the exit of a worker makes a new plan necessary, so no timer is
	 * set.
	 */
	ck_assert_uint_eq(plan(&p, &limits, 0, 20, 90000).again, NEVER);
	ck_assert_uint_eq(plan(&p, &limits, 1, 20, 91000).again, NEVER);
}
END_TEST

/*
 * During a burst of clients, batches of 1, 2, 4 ... 32 workers are forked; after a rest, 1 again.
 */
START_TEST(pool_batch_doubles)
{
	static const struct pool_limits wide = { 1, 1, 500, 1000 };
	static const unsigned want[] = { 1, 2, 4, 8, 16, 32, 32, 32 };
	unsigned total = 1, turn;
	struct pool_plan next;
	uint64_t now = 2;
	struct pool p;
	size_t i;

	start(&p, &wide);
	for (turn = 0; turn < 3; turn++) {
		for (i = 0; i < COUNTOF(want); i++) {
			next = plan(&p, &wide, 0, total, now);
			ck_assert_msg(next.spawn == want[i], "%u at step %zu", next.spawn, i);
			total += next.spawn;
			now += 100;
		}
		for (i = 0; i < 60; i++, now += 1000)
			ck_assert_uint_eq(plan(&p, &wide, 200, total, now).spawn, 0);
	}
}
END_TEST

/*
 * While a worker is idle, only the missing spare workers are forked, whatever the size of the
 * batch.
 */
START_TEST(pool_batch_is_for_bursts)
{
	static const struct pool_limits wide = { 4, 4, 500, 1000 };
	unsigned idle, i;
	struct pool p;

	start(&p, &wide);
	for (i = 0; i < 5; i++)
		ck_assert_uint_ge(plan(&p, &wide, 0, 10, 2 + i).spawn, 4);
	for (idle = 1; idle <= 4; idle++)
		ck_assert_uint_eq(plan(&p, &wide, idle, 100, 10 + idle).spawn, 4 - idle);
}
END_TEST

/*
 * A large batch must not exceed max-spare or max-workers, so no worker of it is retired
 * immediately.
 */
START_TEST(pool_batch_keeps_the_limits)
{
	static const struct pool_limits narrow = { 4, 4, 5, 12 };
	unsigned total = 4, i;
	struct pool_plan next;
	uint64_t now = 1000;
	struct pool p;

	start(&p, &narrow);
	for (i = 0; i < 20; i++) {
		next = plan(&p, &narrow, 0, total, now);
		total += next.spawn;
		ck_assert_uint_le(total, 12);
		ck_assert_int_eq(next.refuse, total - next.spawn == 12);
		now += 50;
	}
	ck_assert_uint_eq(total, 12);
	ck_assert_uint_eq(plan(&p, &narrow, 3, 12, now).spawn, 0);
	next = plan(&p, &narrow, 3, 11, now + 50);
	ck_assert_uint_eq(next.spawn, 1);
}
END_TEST

/* While the pool is full the batch must not grow, or too many workers would be forked later. */
START_TEST(pool_batch_is_of_forks)
{
	static const struct pool_limits narrow = { 3, 1, 8, 12 };
	unsigned i, want = _i == 0 ? 3 : 1;
	struct pool p;

	pool_init(&p);
	/*
	 * In the first run, old sessions fill every slot after a reload, before any worker is
	 * forked.
	 */
	if (_i != 0)
		plan(&p, &narrow, 0, 0, 1);
	for (i = 0; i < 10; i++)
		ck_assert_uint_eq(plan(&p, &narrow, 0, 12, 1000 + i).spawn, 0);
	ck_assert_uint_eq(plan(&p, &narrow, 0, 4, 1010).spawn, want);
}
END_TEST

/*
 * Clients are refused from the time when all workers are busy until a worker is idle or can be
 * forked.
 */
START_TEST(pool_refuses_while_full)
{
	struct pool_counts c = { 0, 20, 0 };
	struct pool p;

	start(&p, &limits);
	ck_assert_int_eq(pool_plan(&p, &limits, &c, 1000).refuse, 1);
	c.refusing = 1;
	ck_assert_int_eq(pool_plan(&p, &limits, &c, 2000).refuse, 1);
	ck_assert_uint_eq(pool_plan(&p, &limits, &c, 2000).spawn, 0);
	c.idle = 1;
	ck_assert_int_eq(pool_plan(&p, &limits, &c, 3000).refuse, 0);
	c.idle = 0;
	ck_assert_int_eq(pool_plan(&p, &limits, &c, 4000).refuse, 1);
	c.total = 19;
	ck_assert_int_eq(pool_plan(&p, &limits, &c, 5000).refuse, 0);
	c.refusing = 0;
	ck_assert_int_eq(pool_plan(&p, &limits, &c, 6000).refuse, 0);
}
END_TEST

/* Checks that no worker is forked before now + pause (in ms), and that one is forked then. */
static void
assert_pause(struct pool *p, uint64_t now, uint64_t pause)
{
	struct pool_plan next;

	next = plan(p, &limits, 0, 2, now);
	ck_assert_msg(next.spawn == 0, "forks at once instead of after %llu ms",
	    (unsigned long long)pause);
	ck_assert_msg(next.again == now + pause, "again after %llu ms instead of %llu",
	    (unsigned long long)(next.again - now), (unsigned long long)pause);
	ck_assert_uint_eq(plan(p, &limits, 0, 2, now + pause - 1).spawn, 0);
	ck_assert_uint_ge(plan(p, &limits, 0, 2, now + pause).spawn, 1);
}

START_TEST(pool_early_deaths)
{
	static const uint64_t pauses[] = {
		1000, 2000, 4000, 8000, 8000, 8000
	};
	uint64_t now = 5000;
	struct pool p;
	size_t i;

	start(&p, &limits);
	for (i = 0; i < COUNTOF(pauses); i++) {
		pool_died_early(&p, now);
		assert_pause(&p, now, pauses[i]);
		now += pauses[i] + 5;
	}
	pool_worked(&p);
	pool_died_early(&p, now);
	assert_pause(&p, now, 1000);
	now += 1005;
	pool_died_early(&p, now);
	assert_pause(&p, now, 2000);
}
END_TEST

/*
 * After a pause one worker is forked on trial. If it does not exit early, or serves a client,
 * more workers are forked.
 */
START_TEST(pool_trial)
{
	struct pool_plan next;
	struct pool p;

	start(&p, &limits);
	pool_died_early(&p, 5000);
	next = plan(&p, &limits, 0, 0, 6000);
	ck_assert_uint_eq(next.spawn, 1);
	ck_assert_uint_eq(next.again, 6000 + POOL_TRIAL);
	ck_assert_uint_eq(plan(&p, &limits, 1, 1, 6000 + POOL_TRIAL - 1).spawn, 0);
	ck_assert_uint_eq(plan(&p, &limits, 1, 1, 6000 + POOL_TRIAL).spawn, 2);
	/* The trial has succeeded, so the next early exit causes the shortest pause again. */
	pool_died_early(&p, 9000);
	assert_pause(&p, 9000, 1000);
	pool_worked(&p);
	ck_assert_uint_eq(plan(&p, &limits, 0, 1, 10001).spawn, 3);
	/* Early exits of workers other than the one on trial do not lengthen the pause. */
	pool_died_early(&p, 20000);
	pool_died_early(&p, 20001);
	ck_assert_uint_eq(plan(&p, &limits, 2, 2, 21000).spawn, 1);
	pool_died_early(&p, 21010);
	next = plan(&p, &limits, 2, 2, 21010);
	ck_assert_uint_eq(next.spawn, 0);
	ck_assert_uint_eq(next.again, 23010);
}
END_TEST

/* A thousand early exits at the same time cause a pause of limited length. */
START_TEST(pool_many_early_deaths)
{
	struct pool p;
	unsigned i;

	start(&p, &limits);
	for (i = 0; i < 1000; i++)
		pool_died_early(&p, 5000);
	ck_assert_uint_eq(plan(&p, &limits, 0, 0, 5999).spawn, 0);
	ck_assert_uint_ge(plan(&p, &limits, 0, 0, 5000 + POOL_BACKOFF_MAX).spawn, 1);
}
END_TEST

START_TEST(pool_pauses_without_resources)
{
	uint64_t now = 5000;
	struct pool p;
	int i;

	start(&p, &limits);
	for (i = 0; i < 10; i++, now += 1001) {
		pool_pause(&p, now);
		assert_pause(&p, now, 1000);	/* this pause has a constant length */
	}
	/* A failed fork neither shortens the pause after early exits, nor resets its length. */
	pool_died_early(&p, now);
	now += 1000;
	pool_died_early(&p, now);
	now += 2000;
	pool_died_early(&p, now);
	pool_pause(&p, now);
	assert_pause(&p, now, 4000);
	/* While forking pauses, workers are still retired and clients are still refused. */
	now += 10000;
	pool_pause(&p, now);
	ck_assert_uint_ge(plan(&p, &limits, 10, 15, now).retire, 1);
	ck_assert_int_eq(plan(&p, &limits, 0, 20, now).refuse, 1);
}
END_TEST

/* A pause applies to the first workers, too. */
START_TEST(pool_pauses_at_the_start)
{
	struct pool_plan next;
	struct pool p;

	start(&p, &limits);
	pool_pause(&p, 1);		/* the first fork failed */
	next = plan(&p, &limits, 0, 0, 1);
	ck_assert_uint_eq(next.spawn, 0);
	ck_assert_uint_eq(next.again, 1001);
	ck_assert_uint_ge(plan(&p, &limits, 0, 0, 1001).spawn, 1);
}
END_TEST

/* A simulated pool: it has numbers of workers, but no processes. */
struct simulation {
	struct pool_limits	limits;
	struct pool		pool;
	unsigned		idle, busy, leaving;
	uint64_t		now, again, random;
	int			forked, retired;	/* numbers since the last reset */
};

static unsigned
pick(struct simulation *s, unsigned n)
{
	return (unsigned)(unit_random(&s->random) % n);
}

static void
simulation_plan(struct simulation *s)
{
	unsigned total = s->idle + s->busy + s->leaving, i;
	struct pool_plan next = plan(&s->pool, &s->limits, s->idle, total, s->now);

	unit_assert(next.refuse == (s->idle == 0 && total >= s->limits.max), "refuse %d", next.refuse);
	if (s->idle < s->limits.min_spare && total < s->limits.max && next.spawn == 0)
		unit_assert(s->now < s->pool.not_before, "nothing forked without a pause");
	if (s->idle > s->limits.max_spare && next.retire == 0)
		unit_assert(next.again != NEVER, "no look again");
	s->again = next.again;
	s->idle -= next.retire;
	s->leaving += next.retire;
	s->retired |= next.retire > 0;
	for (i = 0; i < next.spawn; i++) {
		if (pick(s, 200) == 0) {
			pool_pause(&s->pool, s->now);
			simulation_plan(s);
			return;
		}
		s->idle++;
	}
	s->forked |= next.spawn > 0;
}

static void
simulation_event(struct simulation *s)
{
	unsigned event = pick(s, 12);

	if (event < 4 && s->idle > 0) {
		s->idle--;
		s->busy++;
		pool_worked(&s->pool);
	} else if (event < 6 && s->busy > 0) {
		s->busy--;
		s->idle++;
	} else if (event == 6 && s->busy > 0) {
		s->busy--;
	} else if (event == 7 && s->leaving > 0) {
		s->leaving -= 1 + pick(s, s->leaving);
	} else if (event == 8 && s->idle > 0 && pick(s, 5) == 0) {
		s->idle--;
		pool_died_early(&s->pool, s->now);
	} else if (event == 9 && s->busy > 0 && pick(s, 20) == 0) {
		s->idle += s->busy;	/* all sessions end */
		s->busy = 0;
	} else if (event == 10) {
		s->now += pick(s, 50);
	} else if (event == 11 && s->again != NEVER) {
		s->now = s->again > s->now ? s->again : s->now;
	}
}

/*
 * Without further events the pool must come to rest within its limits, and not fork and retire in
 * turn.
 */
static void
simulation_rest(struct simulation *s)
{
	unsigned steps = 0;

	s->forked = s->retired = 0;
	for (;;) {
		s->leaving = 0;
		simulation_plan(s);
		unit_assert(!s->forked || !s->retired, "it forks and retires in turn");
		if (s->again == NEVER)
			break;
		s->now = s->again;
		unit_assert(steps++ < 2000, "it does not come to rest");
	}
	unit_assert(s->idle >= s->limits.min_spare || s->idle + s->busy == s->limits.max,
	    "%u idle, %u busy", s->idle, s->busy);
	unit_assert(s->idle <= s->limits.max_spare, "%u idle", s->idle);
	/* After a plan that sets no timer, another plan must change nothing. */
	s->now += 3600000;
	s->forked = s->retired = 0;
	simulation_plan(s);
	unit_assert(!s->forked && !s->retired && s->again == NEVER, "it plans without an event");
}

START_TEST(pool_simulation)
{
	static const struct pool_limits kinds[] = {
		{ 5, 3, 6, 20 }, { 1, 1, 1, 1 }, { 1, 1, 2, 3 }, { 8, 4, 32, 1024 },
		{ 4, 4, 4, 4 }, { 10, 5, 5, 50 }, { 2, 20, 100, 300 }, { 50, 1, 60, 60 }
	};
	struct simulation s;
	unsigned turn, i;

	memset(&s, 0, sizeof(s));
	s.random = (uint64_t)_i + 1;
	s.limits = kinds[(size_t)_i % COUNTOF(kinds)];
	s.now = 1000;
	pool_init(&s.pool);
	simulation_plan(&s);
	for (turn = 0; turn < 40; turn += unit_stride()) {
		for (i = pick(&s, 500); i > 0; i--) {
			simulation_event(&s);
			simulation_plan(&s);
		}
		simulation_rest(&s);
	}
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("pool");
	TCase *tc = tcase_create("pool");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, pool_begins);
	tcase_add_loop_test(tc, pool_begins_with_many, 0, 6);
	tcase_add_test(tc, pool_begins_with_a_failure);
	tcase_add_test(tc, pool_rows);
	tcase_add_test(tc, pool_again);
	tcase_add_test(tc, pool_batch_doubles);
	tcase_add_test(tc, pool_batch_is_for_bursts);
	tcase_add_test(tc, pool_batch_keeps_the_limits);
	tcase_add_loop_test(tc, pool_batch_is_of_forks, 0, 2);
	tcase_add_test(tc, pool_refuses_while_full);
	tcase_add_test(tc, pool_early_deaths);
	tcase_add_test(tc, pool_trial);
	tcase_add_test(tc, pool_many_early_deaths);
	tcase_add_test(tc, pool_pauses_without_resources);
	tcase_add_test(tc, pool_pauses_at_the_start);
	tcase_add_loop_test(tc, pool_simulation, 0, 24);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

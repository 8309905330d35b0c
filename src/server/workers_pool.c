/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "module/api.h"
#include "posix/listen_mend.h"
#include "server/auxiliary.h"
#include "server/children.h"
#include "server/pool.h"
#include "server/worker.h"
#include "server/workers.h"
#include "server/workers_state.h"
#include "status/scoreboard.h"

#define MEND_AGAIN	10000	/* ms; if listeners are mended again within this time, wait */

/* -- fork -- */

/* Runs the worker in the new process.  Never returns. */
static _Noreturn void
become_worker(unsigned slot)
{
	struct worker w;

	/* Close the life pipes first: a copy of a write end would keep its pipe open. */
	io_close(&workers.life[1]);
	io_close(&workers.old_life);
	io_close(&workers.wake[0]);
	/* Do not set the descriptor to -1: the write would give the worker its own page. */
	(void)close(workers.board->fd);
	children_destroy(&workers.children);
	workers.in_worker();
	auxiliary_in_worker();
	if (slot == CHILDREN_BUSY_SLOT)
		api_close_auxiliary();
	memset(&w, 0, sizeof(w));
	w.context = workers.context;
	w.slot = slot;
	w.generation = workers.generation;
	w.lock = workers.lock;
	w.wake = workers.wake[1];
	w.life = workers.life[0];
	w.master = workers.master;
	w.report_all = workers.report_all;
	_exit(slot == CHILDREN_BUSY_SLOT ? worker_run_busy(&w) : worker_run(&w));
}

/* Forks a worker into a free slot.  Returns 0, or -1 after a message. */
static int
spawn(unsigned slot)
{
	static struct log_limit failed;
	unsigned long skipped;
	pid_t pid;

	scoreboard_assign(workers.board, slot,
	    slot == CHILDREN_BUSY_SLOT ? SCOREBOARD_REFUSING : SCOREBOARD_STARTING);
	/* Set the number before the fork: the worker counts the states of all used slots. */
	if (slot >= workers.children.used)
		scoreboard_set_used(workers.board, slot + 1);
	pid = fork();
	switch (pid) {
	case -1:
		if (log_allowed(&failed, clock_now(), &skipped))
			log_error("cannot fork a worker");
		scoreboard_set(workers.board, slot, SCOREBOARD_FREE);
		pool_pause(&workers.pool, clock_now());
		return -1;
	case 0:
		become_worker(slot);
	default:
		children_add(&workers.children, slot, pid, workers.generation);
		workers.children.at[slot].forked = clock_now();
		return 0;
	}
}

static void
spawn_workers(unsigned n)
{
	unsigned slot;

	for (slot = WORKERS_FIRST; n > 0 && slot < workers.slots; slot++) {
		if (workers.children.at[slot].pid != 0)
			continue;
		if (spawn(slot) == -1)
			return;
		n--;
	}
}

/* -- maintain -- */

void
workers_mend_listeners(void)
{
	static uint64_t last;
	uint64_t now = clock_now();

	workers.deaf = 0;
	listen_mend(workers.context->listeners, workers.context->conf);
	workers_replace();
	/* A worker that does this again and again must not make the master fork all the time. */
	if (last != 0 && now - last < MEND_AGAIN)
		pool_pause(&workers.pool, now);
	last = now;
}

/*
 * Returns whether the worker of a slot has no client, and is retiring (retiring is 1) or not
 * (0).
 */
static int
has_no_client(unsigned slot, int retiring)
{
	const struct child *child = &workers.children.at[slot];
	enum scoreboard_state state = scoreboard_get(workers.board, slot);

	return child->pid != 0 && (child->retiring != 0) == retiring &&
	    (state == SCOREBOARD_IDLE || state == SCOREBOARD_STARTING);
}

static int
is_idle(unsigned slot)
{
	return has_no_client(slot, 0);
}

/* Returns whether the worker of a slot will exit immediately: it is retiring and has no client. */
static int
is_leaving(unsigned slot)
{
	return has_no_client(slot, 1);
}

int
workers_has_served(unsigned slot)
{
	return workers.children.at[slot].worked ||
	    scoreboard_served(&workers.board->slot[slot]) > 0;
}

/*
 * Asks n idle workers to exit, beginning with the last slots.  A worker that has just accepted a
 * client serves it first.
 */
static void
retire_workers(unsigned n)
{
	unsigned slot;

	for (slot = workers.children.used; n > 0 && slot-- > WORKERS_FIRST; ) {
		if (!is_idle(slot))
			continue;
		workers.children.at[slot].retiring = 1;
		(void)kill(workers.children.at[slot].pid, SIGQUIT);
		n--;
	}
}

/* Notes the first client of a worker, which shows that workers can work. */
static void
note_work(unsigned slot)
{
	struct child *child = &workers.children.at[slot];

	if (child->pid == 0 || child->worked || !workers_has_served(slot))
		return;
	child->worked = 1;
	workers.worked = 1;
	pool_worked(&workers.pool);
}

static void
count_workers(struct pool_counts *counts)
{
	unsigned slot;

	memset(counts, 0, sizeof(*counts));
	counts->total = workers.children.workers;
	counts->refusing = workers.children.at[CHILDREN_BUSY_SLOT].pid != 0;
	for (slot = WORKERS_FIRST; slot < workers.children.used; slot++) {
		counts->idle += is_idle(slot) != 0;
		/* A worker that is about to exit does not count towards max-workers. */
		counts->total -= is_leaving(slot) != 0;
		note_work(slot);
	}
}

/* Returns whether a worker of a generation still runs. */
static int
has_workers(unsigned generation)
{
	unsigned slot;

	for (slot = WORKERS_FIRST; slot < workers.children.used; slot++)
		if (workers.children.at[slot].pid != 0 &&
		    workers.children.at[slot].generation == generation)
			return 1;
	return 0;
}

uint64_t
workers_keep_auxiliary(void)
{
	return auxiliary_maintain(has_workers);
}

uint64_t
workers_maintain(void)
{
	uint64_t again = workers_keep_auxiliary();
	const struct conf *conf = workers.context->conf;
	struct pool_limits limits;
	struct pool_counts counts;
	struct pool_plan plan;

	if (workers.deaf)
		workers_mend_listeners();
	limits.start = (unsigned)conf->start_workers;
	limits.min_spare = (unsigned)conf->min_spare;
	limits.max_spare = (unsigned)conf->max_spare;
	limits.max = (unsigned)conf->max_workers;
	/* Clear the flag before counting: a worker that becomes idle later wakes the master. */
	scoreboard_set_rescans(workers.board, 0);
	count_workers(&counts);
	plan = pool_plan(&workers.pool, &limits, &counts, clock_now());
	spawn_workers(plan.spawn);
	retire_workers(plan.retire);
	if (plan.refuse && !counts.refusing)
		(void)spawn(CHILDREN_BUSY_SLOT);
	scoreboard_set_rescans(workers.board, plan.again != CLOCK_NEVER);
	return clock_min(again, plan.again);
}

/* -- counts -- */

unsigned
workers_count(void)
{
	return workers.children.at == NULL ? 0 : workers.children.workers +
	    (workers.children.at[CHILDREN_BUSY_SLOT].pid != 0);
}

int
workers_are_ready(void)
{
	unsigned slot, old = 0;

	for (slot = WORKERS_FIRST; slot < workers.children.used; slot++) {
		if (workers.children.at[slot].pid == 0)
			continue;
		if (workers.children.at[slot].generation != workers.generation)
			old += !is_leaving(slot);
		else if (scoreboard_get(workers.board, slot) >= SCOREBOARD_IDLE)
			return 1;
	}
	/*
	 * If sessions of earlier generations fill every slot, no new worker can start: do not
	 * wait for one.
	 */
	return old >= workers.context->conf->max_workers;
}

int
workers_cannot_work(void)
{
	return workers.cannot_work;
}

unsigned
workers_busy(void)
{
	unsigned slot, busy = 0;

	for (slot = WORKERS_FIRST; slot < workers.children.used; slot++)
		busy += workers.children.at[slot].pid != 0 &&
		    scoreboard_get(workers.board, slot) > SCOREBOARD_IDLE;
	return busy;
}

uint64_t
workers_clients(void)
{
	uint64_t n = 0;
	unsigned slot;

	for (slot = 0; slot < workers.slots; slot++)
		n += scoreboard_clients(&workers.board->slot[slot]);
	return n;
}

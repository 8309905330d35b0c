/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef POOL_H
#define POOL_H

#include <stdint.h>

/*
 * The policy of the pool of workers, as a pure function: from counts and limits it computes how
 * many workers to fork and to retire.  These functions do not fork, wait or use pids.  Times are
 * in milliseconds of the same clock.
 */
struct pool_limits {
	unsigned	start;		/* workers forked at startup */
	unsigned	min_spare;	/* idle workers, at least */
	unsigned	max_spare;	/* idle workers, at most */
	unsigned	max;		/* workers in all, at most */
};

struct pool_counts {
	unsigned	idle;		/* starting or idle workers, except retiring ones */
	unsigned	total;		/* workers that run */
	unsigned	refusing;	/* processes that answer 503 (0 or 1); not part of total */
};

struct pool {
	unsigned	batch;		/* workers to fork when spare workers are missing next */
	uint64_t	short_at;	/* last time at which spare workers were missing */
	uint64_t	retire_at;	/* earliest time at which workers may be retired */
	uint64_t	backoff;	/* ms of the last pause after an early exit; 0: none */
	uint64_t	not_before;	/* earliest time of the next fork */
	uint8_t		started;	/* 1: the first plan has been made */
	uint8_t		trial;		/* 1: a single worker was forked, to see whether it works */
};

struct pool_plan {
	unsigned	spawn;		/* workers to fork now */
	unsigned	retire;		/* idle workers to retire now */
	int		refuse;		/* 1: a process must answer new clients with 503 */
	uint64_t	again;		/* time of the next plan, at the latest; UINT64_MAX: none */
};

#define POOL_BATCH	32		/* workers forked at once, at most */
#define POOL_BACKOFF	1000		/* ms of the first pause after an early exit; it doubles */
#define POOL_BACKOFF_MAX 8000		/* ms of the longest pause after an early exit */
#define POOL_TRIAL	2000		/* ms; a worker that exits before this has exited early */

void	pool_init(struct pool *p);

/*
 * Returns what the caller must do before the next call: how many workers to fork and to retire,
 * and whether clients must be refused.
 */
struct pool_plan pool_plan(struct pool *p, const struct pool_limits *limits,
    const struct pool_counts *counts, uint64_t now);

/*
 * Must be called when a worker has exited abnormally before it has worked.  Forking pauses,
 * longer each time; after the pause a single worker is forked on trial before others follow.
 */
void	pool_died_early(struct pool *p, uint64_t now);

/*
 * Must be called when fork() has failed or a worker is out of resources.  Forking pauses for a
 * second.
 */
void	pool_pause(struct pool *p, uint64_t now);

/* Must be called when a worker has accepted its first client: this shows that workers can work. */
void	pool_worked(struct pool *p);

#endif

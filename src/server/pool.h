/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef POOL_H
#define POOL_H

#include <stdint.h>

/*
 * The policy of the pool of workers, as a pure function: it takes counts and limits, and returns
 * how many workers to fork and to retire.  Nothing here forks, waits or knows a process.  Times
 * are milliseconds of one clock.
 */
struct pool_limits {
	unsigned	start;		/* workers forked at the start */
	unsigned	min_spare;	/* at least this many idle workers, */
	unsigned	max_spare;	/* and at most this many */
	unsigned	max;		/* workers in all */
};

struct pool_counts {
	unsigned	idle;		/* workers that start or wait, without retiring ones */
	unsigned	total;		/* workers that live */
	unsigned	refusing;	/* processes that answer 503 (0 or 1); not in total */
};

struct pool {
	unsigned	batch;		/* forks the next time that spare workers are missing */
	uint64_t	short_at;	/* when they were last missing */
	uint64_t	retire_at;	/* no worker is retired before */
	uint64_t	backoff;	/* ms of the pause after the last early death; 0: none */
	uint64_t	not_before;	/* no fork before */
	uint8_t		started;	/* 1: the first plan has been made */
	uint8_t		trial;		/* a single worker was forked to see whether it lives */
};

struct pool_plan {
	unsigned	spawn;		/* workers to fork now */
	unsigned	retire;		/* idle workers to retire now */
	int		refuse;		/* 1: a process must answer new clients with 503 */
	uint64_t	again;		/* plan again then at the latest; UINT64_MAX: no need */
};

#define POOL_BATCH	32		/* forks at once, at most */
#define POOL_BACKOFF	1000		/* ms of the first pause after an early death; doubles */
#define POOL_BACKOFF_MAX 8000		/* up to this, so that a mended server works soon */
#define POOL_TRIAL	2000		/* ms: a worker that dies earlier has died early */

void	pool_init(struct pool *p);

/* Returns what to do now.  The caller does all of it before the next call. */
struct pool_plan pool_plan(struct pool *p, const struct pool_limits *limits,
    const struct pool_counts *counts, uint64_t now);

/*
 * To be called when a worker died abnormally before it could show that it works: forking pauses,
 * longer each time, and after the pause a single worker is tried before others follow.
 */
void	pool_died_early(struct pool *p, uint64_t now);

/* To be called when fork() failed or a worker was out of resources: forking pauses for a second. */
void	pool_pause(struct pool *p, uint64_t now);

/* To be called when a worker accepted its first client, which shows that workers can work. */
void	pool_worked(struct pool *p);

#endif

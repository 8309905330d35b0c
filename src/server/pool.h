/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef POOL_H
#define POOL_H

#include <stdint.h>

/*
 * The policy of the pool of workers: numbers in, a plan out.  Nothing here
 * forks, waits or knows a process.  Times are milliseconds of one clock.
 */
struct pool_limits {
	unsigned	start;		/* workers at the beginning */
	unsigned	min_spare;	/* idle workers at least, */
	unsigned	max_spare;	/* and at most */
	unsigned	max;		/* workers in all */
};

struct pool_counts {
	unsigned	idle;		/* waiting or starting; not those told to leave */
	unsigned	total;		/* all that live */
	unsigned	refusing;	/* of the one that answers 503, not in total */
};

struct pool {
	unsigned	batch;		/* forks the next time that spares are short */
	uint64_t	short_at;	/* when they last were */
	uint64_t	retire_at;	/* none is told to leave before */
	uint64_t	backoff;	/* ms to wait after the next early death */
	uint64_t	not_before;	/* no fork until then */
	uint8_t		started;	/* the first workers have been planned */
	uint8_t		trial;		/* one worker was forked to see whether it lives */
};

struct pool_plan {
	unsigned	spawn;		/* workers to fork now */
	unsigned	retire;		/* idle workers to tell to leave now */
	int		refuse;		/* 1: somebody must answer 503 to new clients */
	uint64_t	again;		/* look again then, even if nothing happens; UINT64_MAX: no need */
};

#define POOL_BATCH	32		/* forks at once at most */
#define POOL_BACKOFF	1000		/* first pause after an early death, doubling */
#define POOL_BACKOFF_MAX 8000		/* so that clients are served soon after what is wrong is mended */
#define POOL_TRIAL	2000		/* ms that a worker has to live to be none that died early */

void	pool_init(struct pool *p);

struct pool_plan pool_plan(struct pool *p, const struct pool_limits *limits,
    const struct pool_counts *counts, uint64_t now);

/*
 * A worker died abnormally, too early: forking pauses, longer each time, and then one worker is
 * tried before there are others.
 */
void	pool_died_early(struct pool *p, uint64_t now);

/* fork() failed, or a worker left for want of resources: forking pauses for a second. */
void	pool_short(struct pool *p, uint64_t now);

/* A worker took its first client: what is forked works. */
void	pool_worked(struct pool *p);

#endif

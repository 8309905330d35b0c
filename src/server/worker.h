/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef WORKER_H
#define WORKER_H

#include <sys/types.h>

#include "session/server_context.h"

/* The exit status of a worker, from which the master learns the reason. */
#define WORKER_DONE		0	/* was asked to exit, or has served all its clients */
#define WORKER_EXHAUSTED	3	/* out of descriptors or memory: fork more slowly */
#define WORKER_FATAL		4	/* the worker can never work */
#define WORKER_DEAF		5	/* a listener does not listen any more */

/* The arguments of a worker. */
struct worker {
	const struct server_context *context;
	unsigned		 slot;		/* slot of the worker on the scoreboard */
	unsigned		 generation;
	int			 lock;		/* the file that idle workers lock in turn */
	int			 wake;		/* write end of the wake pipe */
	int			 life;		/* read end of the life pipe */
	pid_t			 master;
	/* 1: wake the master at the start and the end of each session */
	int			 report_all;
};

/*
 * Runs a worker from its fork to its exit: drops privileges, then accepts and serves clients one
 * after the other, until the worker must exit or has served max-connections-per-worker clients.
 * Returns the exit status, WORKER_*.
 */
int	worker_run(const struct worker *w);

/* Like worker_run(), but for the process that answers 503 while all workers are busy (busy.h). */
int	worker_run_busy(const struct worker *w);

#endif

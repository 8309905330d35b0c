/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef WORKER_H
#define WORKER_H

#include <sys/types.h>

#include "conf/conf.h"
#include "module/backend.h"
#include "posix/listen.h"
#include "posix/privileges.h"
#include "status/scoreboard.h"

/* How a worker ends: its exit status is a word to the master. */
#define WORKER_DONE	0	/* as it should */
#define WORKER_SICK	3	/* short of descriptors or memory: fork more slowly */
#define WORKER_FATAL	4	/* it cannot ever work */

/* What the master gives to a worker. */
struct worker {
	const struct conf	*conf;
	const struct backend	*backend;
	const struct privileges	*privileges;
	struct listeners	*listeners;
	struct scoreboard	*board;
	unsigned		 slot, generation;
	int			 lock;	/* a file, locked by the one who waits for clients */
	int			 wake;	/* a byte here makes the master look at the scoreboard */
	int			 life;	/* read end of the life pipe */
	pid_t			 master;
	int			 tell_all;	/* it wants to know of every client */
};

/*
 * The life of a worker: waits for clients and serves them one by one, until it is told to
 * leave or has served its share.  Returns how it ended.
 */
int	worker_run(const struct worker *w);

/* The life of the one that answers 503 when all are busy. */
int	worker_run_busy(const struct worker *w);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef WORKERS_STATE_H
#define WORKERS_STATE_H

#include <sys/types.h>

#include "server/children.h"
#include "server/pool.h"
#include "session/server_context.h"

/* The state that workers.c, workers_pool.c and workers_exit.c share. */

#define WORKERS_FIRST	(CHILDREN_BUSY_SLOT + 1)	/* slot of the first worker */

struct workers_state {
	const struct server_context *context;
	struct scoreboard	*board;		/* context->board; NULL before workers_start() */
	int			 report_all;	/* see struct workers_options */
	void			(*in_worker)(void);
	struct pool		 pool;
	struct children		 children;
	unsigned		 slots;		/* number of slots for new workers */
	unsigned		 generation;
	pid_t			 master;	/* pid of this process */
	int			 wake[2];	/* both ends of the wake pipe */
	int			 life[2];	/* both ends of the life pipe of this generation */
	int			 old_life;	/* write end of the previous life pipe */
	int			 lock;		/* the file that idle workers lock in turn */
	int			 worked;	/* 1: a worker has had a client */
	int			 cannot_work;	/* see workers_cannot_work() */
	int			 deaf;		/* 1: a listener does not listen any more */
};

extern struct workers_state workers;

/* Returns whether the worker of a slot has accepted a client. */
int	workers_has_served(unsigned slot);

#endif

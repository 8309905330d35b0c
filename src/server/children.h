/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CHILDREN_H
#define CHILDREN_H

#include <stdint.h>
#include <sys/types.h>

/*
 * The master's table of its workers: which process has which slot of the scoreboard.  It is the
 * master's own memory, which no worker can write to.  This file only keeps the table: the
 * files of workers.h fork, signal and reap.
 */

/* The slot of the process that answers 503 while all workers are busy.  The others are workers'. */
#define CHILDREN_BUSY_SLOT	0

struct child {
	pid_t		pid;		/* 0: the slot is free */
	unsigned	generation;
	uint64_t	forked;		/* clock_now() at the fork; 0: by an earlier master */
	char		retiring;	/* 1: it was asked to exit when it has no client */
	char		worked;		/* 1: it has accepted a client */
};

struct children {
	struct child	*at;		/* by slot; NULL before children_create() */
	unsigned	 slots;		/* number of entries */
	unsigned	 used;		/* slots from this one on are free */
	unsigned	 workers;	/* processes, without the one in CHILDREN_BUSY_SLOT */
};

/* Makes a table with all slots free.  Returns 0, or -1 after a message. */
int	children_create(struct children *c, unsigned slots);

void	children_destroy(struct children *c);

/* Enters a process into a free slot; the fields but pid and generation are zero. */
void	children_add(struct children *c, unsigned slot, pid_t pid, unsigned generation);

/* Returns the slot of a process, c->slots if it has none. */
unsigned children_find(const struct children *c, pid_t pid);

/* Frees a slot. */
void	children_remove(struct children *c, unsigned slot);

#endif

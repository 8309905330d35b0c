/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CHILDREN_H
#define CHILDREN_H

#include <stdint.h>
#include <sys/types.h>

/*
 * The master's table of its workers: it maps slots of the scoreboard to processes.  The table is
 * in private memory of the master, to which no worker can write.  These functions only maintain
 * the table; the files of workers.h fork, signal and reap.
 */

/*
 * The slot of the process that answers 503 while all workers are busy.  All other slots are for
 * workers.
 */
#define CHILDREN_BUSY_SLOT	0

struct child {
	pid_t		pid;		/* 0: the slot is free */
	unsigned	generation;
	uint64_t	forked;	/* clock_now() at the fork; 0: of an earlier master */
	char		retiring;	/* 1: was asked to exit when it has no client */
	char		worked;		/* 1: has accepted a client */
};

struct children {
	struct child	*at;		/* indexed by slot; NULL before children_create() */
	unsigned	 slots;		/* number of entries of at */
	unsigned	 used;		/* number of slots up to the last used one */
	unsigned	 workers;	/* number of processes, except that in CHILDREN_BUSY_SLOT */
};

/* Makes a table of free slots.  Returns 0, or -1 after a message. */
int	children_create(struct children *c, unsigned slots);

void	children_destroy(struct children *c);

/* Adds a process in a free slot.  Members except pid and generation are zero. */
void	children_add(struct children *c, unsigned slot, pid_t pid, unsigned generation);

/* Returns the slot of a process, or c->slots if the process is not in the table. */
unsigned children_find(const struct children *c, pid_t pid);

/* Removes the process in a slot from the table. */
void	children_remove(struct children *c, unsigned slot);

#endif

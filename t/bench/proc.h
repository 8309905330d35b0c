/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PROC_H
#define PROC_H

#include <stdint.h>
#include <sys/types.h>

/*
 * The memory of a process and all its descendants, from /proc.  Without /proc, or for pid 0, all
 * numbers are 0.
 */
struct proc_memory {
	unsigned	processes;	/* number of descendants, without the process itself */
	uint64_t	pss;		/* KiB; sum of the proportional set sizes */
	uint64_t	dirty;		/* KiB; private dirty pages of all descendants */
	uint64_t	dirty_max;	/* KiB; private dirty pages of one descendant, the most */
};

/*
 * Returns the processor time of a process and its descendants in nanoseconds.  The time of
 * children that have exited is included, with the resolution of a clock tick.
 */
uint64_t proc_cpu(pid_t pid);

void	proc_memory(pid_t pid, struct proc_memory *m);

/* Returns MemAvailable, the memory that the system could still give to programs, in KiB. */
uint64_t proc_available(void);

#endif

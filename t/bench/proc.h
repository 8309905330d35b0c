/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PROC_H
#define PROC_H

#include <stdint.h>
#include <sys/types.h>

/*
 * What a process and all its descendants have used, from /proc.  Where there is no such thing (or
 * no process: pid 0), all numbers are 0.
 */
struct proc_memory {
	unsigned	processes;	/* descendants, without the process itself */
	uint64_t	pss;		/* KiB, of all together */
	uint64_t	dirty;		/* KiB of private dirty pages, of the descendants */
	uint64_t	dirty_most;	/* of the one that has most of them */
};

/* Nanoseconds of processor time, that of children that have ended included (in ticks). */
uint64_t proc_cpu(pid_t pid);

void	proc_memory(pid_t pid, struct proc_memory *m);

/* KiB that the system could give to programs. */
uint64_t proc_available(void);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef WORKERS_H
#define WORKERS_H

#include <stdint.h>
#include <sys/types.h>

#include "server/reload.h"
#include "session/server_context.h"

/*
 * The master's workers: forks them, asks them to exit and reaps them, so that there are as many as
 * the policy (pool.h) wants.  Which processes live is in a table of the master's own (children.h);
 * from the scoreboard only states and counts are taken.
 */

struct workers_options {
	const struct server_context *context;	/* of all workers; kept by reference */
	const char	*status_file;	/* path; NULL: none; kept by reference */
	int		 report_all;	/* 1: workers wake the master for each client and its end */
	void		(*in_worker)(void);	/* in a new worker: closes the master's files */
};

/*
 * Prepares for work and maps context->board; before: what an earlier master has handed over, or
 * NULL.  Forks nothing yet.  Returns 0, or -1 after a message.
 */
int	workers_start(const struct workers_options *options, const struct reload *before);

/*
 * Forks workers and retires idle ones as the policy wants.  Returns when it must be called again,
 * even if nothing happens, CLOCK_NEVER: not at all.
 */
uint64_t workers_maintain(void);

/*
 * Waits until a worker wakes the master, a signal arrives, the deadline passes, or the descriptor
 * extra (-1: none) is readable.
 */
void	workers_wait(uint64_t deadline, int extra);

/*
 * Reaps processes that have exited.  stopping: the workers were asked to exit, so their deaths are
 * not logged.  Returns the pid of a process that was not a worker, with its status, or 0 if there
 * are no more: call it until then.
 */
pid_t	workers_reap(int stopping, int *status);

/* Sends a signal to all workers. */
void	workers_signal(int number);

/* -- asking workers to exit; a busy one exits when its client has left -- */

/* Asks the workers of earlier generations to exit. */
void	workers_retire_old(void);

/* Asks all workers to exit; workers_maintain() forks others in their place. */
void	workers_replace(void);

/* Asks all workers to exit, since the server accepts no more clients. */
void	workers_drain(void);

/* -- counts -- */

/* Returns the number of living workers. */
unsigned workers_count(void);

/*
 * Returns whether a worker of this generation is idle or has a client; also if none can be, because
 * sessions of earlier generations fill every slot.
 */
int	workers_are_ready(void);

/* Returns whether a worker has exited with WORKER_FATAL before any worker ever had a client. */
int	workers_cannot_work(void);

/* Returns the number of workers with a client; and of clients accepted since the start. */
unsigned workers_busy(void);
uint64_t workers_clients(void);

/* -- reload and end -- */

/* Notes in the status file that a reload was refused just now, for websocksyctl reload. */
void	workers_note_refused_reload(void);

/* Fills in the workers' part of what the next master needs.  Returns 0, or -1 without memory. */
int	workers_hand_over(struct reload *r);

/* Removes the status file and closes what belongs to the workers, at the end of the process. */
void	workers_release(void);

#endif

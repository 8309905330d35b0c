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
 * The master's workers.  These functions fork workers, ask them to exit and reap them, so that
 * their number is the one that the policy (pool.h) requires.  The pids of the workers are in a
 * table of the master (children.h); only states and counts are read from the scoreboard.
 */

struct workers_options {
	const struct server_context *context;	/* for all workers; kept by reference */
	const char	*status_file;	/* path, or NULL for none; kept by reference */
	int		 report_all;	/* 1: each start and end of a session wakes the master */
	void		(*in_worker)(void);	/* closes the master's files in a worker */
};

/*
 * Prepares for the other functions and maps context->board, but forks no worker.  before is the
 * state that an earlier master has handed over, or NULL.  Returns 0, or -1 after a message.
 */
int	workers_start(const struct workers_options *options, const struct reload *before);

/*
 * Forks and retires workers as the policy requires.  Returns the time of the next call, at the
 * latest; CLOCK_NEVER if no call is needed until something changes.
 */
uint64_t workers_maintain(void);

/* The same for the auxiliary processes alone, while no more workers are forked. */
uint64_t workers_keep_auxiliary(void);

/*
 * Waits until a worker wakes the master, a signal arrives, the deadline passes, or the
 * descriptor extra is readable (-1: none).
 */
void	workers_wait(uint64_t deadline, int extra);

/*
 * Reaps processes that have exited.  Returns the pid and the wait status of a process that is
 * neither a worker nor an auxiliary process, and must then be called again; returns 0 if no more
 * processes have exited.  stopping is 1 if the workers were asked to exit: abnormal exits are then
 * not logged.
 */
pid_t	workers_reap(int stopping, int *status);

/* Sends a signal to all workers. */
void	workers_signal(int number);

/* Makes the workers and the auxiliary processes open the log file again. */
void	workers_reopen_log(void);

/* -- asking workers to exit; a busy worker exits when its session has ended -- */

/* Asks the workers of earlier generations to exit. */
void	workers_retire_old(void);

/*
 * Asks all workers and auxiliary processes to exit; workers_maintain() then forks new ones.
 */
void	workers_replace(void);

/*
 * Opens listeners again that a worker has shut down (listen_mend()), and replaces the workers, which
 * have the old sockets.
 */
void	workers_mend_listeners(void);

/* Asks all workers to exit, because the server accepts no more clients. */
void	workers_drain(void);

/* -- counts -- */

/* Returns the number of worker processes, including the one that answers 503. */
unsigned workers_count(void);

/*
 * Returns whether a worker of this generation is idle or has a client.  Also returns 1 if no new
 * worker can start because sessions of earlier generations fill every slot.
 */
int	workers_are_ready(void);

/*
 * Returns whether a worker has exited with WORKER_FATAL although no worker has ever had a
 * client.
 */
int	workers_cannot_work(void);

/* Return the number of workers with a client, and the number of clients accepted since startup. */
unsigned workers_busy(void);
uint64_t workers_clients(void);

/* -- reload and exit -- */

/* Records the time of a refused reload in the status file, for websocksyctl reload. */
void	workers_note_refused_reload(void);

/*
 * Clear the reason of the last refusal in the status file, and add a line to it; to be called before
 * workers_note_refused_reload().
 */
void	workers_clear_refusal(void);
void	workers_add_refusal(const char *line);

/*
 * Adds the workers' descriptors and pids to r, for the next master.  Returns 0, or -1 if out of
 * memory.
 */
int	workers_hand_over(struct reload *r);

/* Removes the status file and closes all descriptors of the workers, before the master exits. */
void	workers_release(void);

#endif

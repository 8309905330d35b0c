/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef AUXILIARY_H
#define AUXILIARY_H

#include <stdint.h>
#include <sys/types.h>

#include "posix/privileges.h"
#include "server/reload.h"

/*
 * Auxiliary processes: processes of the master beside the workers, each with one job and one socket
 * pair over which workers ask it (question.h).  The master forks them before the workers and has
 * both ends of each socket pair, so that questions wait while a process is started again.  They
 * have the rights of a worker, and exit with the master.  A reload starts new ones; those of the
 * previous generation serve its workers and are stopped when these have exited.
 */
#define AUXILIARY_MAX	4	/* jobs */

struct auxiliary_options {
	const struct privileges	*privileges;
	unsigned		 generation;
	pid_t			 master;	/* pid of this process */
	int			 life;		/* read end of the life pipe */
	/* Closes the descriptors of the master, in a new process. */
	void			(*in_process)(void);
};

/*
 * Must be called first.  Adopts the processes that an earlier master has handed over, which are
 * children of this process; before may be NULL.
 */
void	auxiliary_init(const struct auxiliary_options *options, const struct reload *before);

/*
 * Adds a job: the process calls run() with its end of the socket pair, and exits with the result.
 * name is for the title and the log, and is kept by reference.  Returns the workers' end of the
 * socket pair, or -1 after a message.
 */
int	auxiliary_add(const char *name, int (*run)(int fd));

/*
 * Forks the processes that do not run, and stops previous ones whose workers have exited:
 * is_needed() returns whether a generation still has workers.  Kills a process that does not exit.
 * Returns the time of the next call, at the latest.
 */
uint64_t auxiliary_maintain(int (*is_needed)(unsigned generation));

/*
 * Handles the exit of a process.  Returns 0 if it is not an auxiliary process.  Otherwise returns
 * 1; or 2 if its socket pair was unusable and has been replaced, so that the workers, which have
 * the previous one, must be replaced.  stopping is 1 if the server is being stopped.
 */
int	auxiliary_exited(pid_t pid, int status, int stopping);

/* Closes the ends of the auxiliary processes, in a new worker. */
void	auxiliary_in_worker(void);

/* Sends a signal to all auxiliary processes. */
void	auxiliary_signal(int number);

/* Asks the processes of this generation to exit; auxiliary_maintain() starts new ones. */
void	auxiliary_replace(void);

/* Closes the socket pairs and asks all processes to exit. */
void	auxiliary_stop(void);

/* Returns the number of auxiliary processes, including those of earlier generations. */
unsigned auxiliary_count(void);

/* Adds the processes to r, for the next master. */
void	auxiliary_hand_over(struct reload *r);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef RELOAD_CHECK_H
#define RELOAD_CHECK_H

#include <stdint.h>
#include <sys/types.h>

/*
 * The check before a reload: a child process of the master checks the configuration, and the
 * master logs the output of the child.  At most one check runs at a time.
 */

/* Starts a check.  If this fails, notes a refused reload, after a message. */
void	reload_check_start(void);

/* Returns whether a check is running. */
int	reload_check_is_on(void);

/*
 * Return the descriptor to wait for (-1: none), and the deadline of the check (CLOCK_NEVER:
 * none).
 */
int	reload_check_fd(void);
uint64_t reload_check_deadline(void);

/* Logs the output of the checking process.  Kills the process at the deadline. */
void	reload_check_watch(void);

/*
 * Handles the exit of a child that is not a worker, with its wait status.  Returns 1 if the
 * child was the check and the reload may proceed; otherwise 0.  A refused reload is logged.
 */
int	reload_check_exited(pid_t pid, int status);

/* Kills the checking process, if there is one, because the server stops. */
void	reload_check_cancel(void);

/* Closes the master's end of the pipe.  Called in a new worker. */
void	reload_check_close(void);

#endif

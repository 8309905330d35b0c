/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef RELOAD_CHECK_H
#define RELOAD_CHECK_H

#include <stdint.h>
#include <sys/types.h>

/*
 * The check before a reload: a child process of the master checks the configuration, and its
 * messages go to the master's log.  There is at most one at a time.
 */

/* Starts a check; notes a refused reload, after a message, if that fails. */
void	reload_check_start(void);

/* Returns whether a check is going on. */
int	reload_check_is_on(void);

/* The descriptor to wait for, -1: none; and the deadline of the check, CLOCK_NEVER: none. */
int	reload_check_fd(void);
uint64_t reload_check_deadline(void);

/* Logs what the checking process has written; kills that process at the deadline. */
void	reload_check_watch(void);

/*
 * To be called when a child that is not a worker has exited, with its pid and wait status.  Returns
 * 1 if it was the check and the reload may be done; otherwise 0, after a message if the reload is
 * refused.
 */
int	reload_check_exited(pid_t pid, int status);

/* Kills the checking process, if there is one: the server stops. */
void	reload_check_cancel(void);

/* In a new worker: closes the master's end of the pipe. */
void	reload_check_close(void);

#endif

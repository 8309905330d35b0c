/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CTL_SERVER_H
#define CTL_SERVER_H

#include <sys/types.h>

#include "status/scoreboard.h"

/*
 * A server, identified by its status file: its state, and functions to send signals to its
 * processes.
 *
 * A compromised worker can write any value to the status file.  Therefore no pid in the file is
 * trusted: the master is the process that holds the lock on the file, and a worker must be a
 * child of the master.  The kernel reports both.  Root sends signals with the rights of the
 * file's owner only, so that a user cannot, with a forged file, make root signal a process that
 * the user could not signal.
 */
struct ctl_server {
	const char		*path;
	struct scoreboard	 board;
};

enum ctl_server_state {
	CTL_SERVER_RUNS,
	CTL_SERVER_DOWN,		/* the server does not run, or there is no file */
	CTL_SERVER_HIDDEN,		/* the server runs, but its pid is unknown here */
	CTL_SERVER_UNKNOWN		/* the file cannot be read, or is no status file */
};

/*
 * Opens the status file at path, and returns the state of the server.  path must stay valid as
 * long as s is used.  *why is a sentence for every state except CTL_SERVER_RUNS (static, or from
 * strerror()).  The scoreboard is mapped if s->board.head is not NULL.  The caller must call
 * ctl_server_close(), whatever the state is.
 */
enum ctl_server_state ctl_server_open(struct ctl_server *s, const char *path, const char **why);
void	ctl_server_close(struct ctl_server *s);

/*
 * Returns the first of these paths (with NULL after the last) that is the status file of a running
 * server; otherwise the first at which there is a file; otherwise the first.
 */
const char *ctl_server_find(const char *const *paths);

/* Returns the present pid of the master; 0 if no master runs, -1 if the pid is unknown. */
pid_t	ctl_server_master(const struct ctl_server *s);

/*
 * Must be called before a signal is sent.  If this process has the rights of root, changes to
 * the user who owns the status file.  Returns 0, or -1 with a sentence in *why if this fails, or
 * if other users can write to the directory of the file and so could have created the file.
 */
int	ctl_server_prepare(const struct ctl_server *s, const char **why);

/*
 * Sends the signal `number` to the master.  Returns the pid of the master, or -1 with a sentence
 * in *why.
 */
pid_t	ctl_server_signal(const struct ctl_server *s, int number, const char **why);

/*
 * Sends the signal `number` to a worker; pid must be a child of the master.  Returns 0, 1 with a
 * sentence in *why if there is no such process, or -1 with a sentence in *why after another
 * error.
 */
int	ctl_server_signal_worker(const struct ctl_server *s, pid_t pid, int number,
    const char **why);

#endif

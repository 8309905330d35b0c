/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CTL_SERVER_H
#define CTL_SERVER_H

#include <sys/types.h>

#include "status/scoreboard.h"

/*
 * A server, known by its status file: whether it runs, and how to send signals to it.
 *
 * The workers can write to the status file, and a worker may be in an intruder's hands.  So no pid
 * in the file is trusted: the master is the process that holds the lock on the file, and a worker
 * must be a child of the master.  The kernel reports both.  Root sends signals with the rights of
 * the file's owner only, so that nobody can use a forged file to make root signal a process that
 * they could not signal themselves.
 */
struct ctl_server {
	const char		*path;
	struct scoreboard	 board;
};

enum ctl_server_state {
	CTL_SERVER_RUNS,
	CTL_SERVER_DOWN,		/* it does not run, or there is no such file */
	CTL_SERVER_HIDDEN,		/* it runs, but its pid is unknown here */
	CTL_SERVER_UNKNOWN		/* the file cannot be read, or is not a status file */
};

/*
 * Opens the status file at path, which must stay valid as long as s is used, and returns the state
 * of the server.  *why is a sentence for every state but CTL_SERVER_RUNS (static, or of
 * strerror()).  The scoreboard is mapped if s->board.head is not NULL.  The caller ends with
 * ctl_server_close(), whatever the state.
 */
enum ctl_server_state ctl_server_open(struct ctl_server *s, const char *path, const char **why);
void	ctl_server_close(struct ctl_server *s);

/* Returns the pid of the master at this moment; 0 if there is none, -1 if it is unknown. */
pid_t	ctl_server_master(const struct ctl_server *s);

/*
 * Must be called before a signal is sent.  If this process is root's, changes to the user who owns
 * the file.  Returns 0, or -1 with a sentence in *why if that fails, or if other users can write to
 * the directory of the file and so could have put it there.
 */
int	ctl_server_prepare(const struct ctl_server *s, const char **why);

/* Sends the signal number to the master.  Returns its pid, or -1 with a sentence in *why. */
pid_t	ctl_server_signal(const struct ctl_server *s, int number, const char **why);

/*
 * Sends the signal number to a worker; pid must be a child of the master.  Returns 0, 1 with a
 * sentence in *why if there is no such process, or -1 with a sentence in *why after another error.
 */
int	ctl_server_signal_worker(const struct ctl_server *s, pid_t pid, int number,
    const char **why);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CTL_SERVER_H
#define CTL_SERVER_H

#include <sys/types.h>

#include "status/scoreboard.h"

/*
 * A server, as others see it who know its status file: whether it lives, and signals to it.
 *
 * The workers can write to that file, and a worker may be in an intruder's hands.  So no pid that
 * stands there is believed.  The master is who holds the lock on the file; a worker is a child of
 * the master; both is the kernel's word.  And root signals with the rights of the file's owner
 * only, so that nobody can make a file by which root is led to what they could not do themselves.
 */
struct ctl_server {
	const char		*path;
	struct scoreboard	 board;
};

enum ctl_server_state {
	CTL_SERVER_ALIVE,
	CTL_SERVER_DEAD,		/* or there is no such file */
	CTL_SERVER_HIDDEN,		/* alive, but its pid cannot be told here */
	CTL_SERVER_UNKNOWN		/* the file cannot be read, or is something else */
};

/*
 * Opens its status file and says whether it lives.  *why is a sentence if it does not.  The
 * scoreboard is there unless board.head is NULL.
 */
enum ctl_server_state ctl_server_open(struct ctl_server *s, const char *path, const char **why);
void	ctl_server_close(struct ctl_server *s);

/* The pid of the master at this moment; 0: there is none, -1: it cannot be told. */
pid_t	ctl_server_master(const struct ctl_server *s);

/*
 * Before signals: gives up what root may do beyond the owner of the file.  0, or -1 with a sentence
 * in *why if the file's place is one where others could have put it.
 */
int	ctl_server_prepare(const struct ctl_server *s, const char **why);

/* Sends the master a signal; its pid, or -1 with a sentence in *why. */
pid_t	ctl_server_signal(const struct ctl_server *s, int number, const char **why);

/*
 * Sends one to a process if that is a child of the master.  0; or with a sentence in *why -1, or 1
 * if there is no such process.
 */
int	ctl_server_signal_worker(const struct ctl_server *s, pid_t pid, int number, const char **why);

#endif

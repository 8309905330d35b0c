/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef RELOAD_H
#define RELOAD_H

#include <sys/types.h>

#include "posix/listen.h"

/*
 * A reload is an exec: the program starts anew in the same process, with the listening
 * sockets and the living workers of the one before.  So a new configuration, new modules and a
 * new version of the program all come the same way, and a program that was started
 * with them is what runs.
 */

#define RELOAD_PATH_SIZE	1100

/* A worker that lives on. */
struct reload_child {
	pid_t		pid;
	unsigned	slot, generation;
};

/* What one master hands to the next.  Descriptors are -1 if there is none. */
struct reload {
	unsigned		 generation;	/* of the old one */
	struct listeners	 listeners;
	int			 pid_file, board, life, wake[2], lock, log;
	char			 pid_path[RELOAD_PATH_SIZE], board_path[RELOAD_PATH_SIZE];	/* or "" */
	unsigned		 children;
	struct reload_child	*child;		/* to be freed */
};

/* Remembers how the program was started; once, before anything changes that. */
void	reload_init(int argc, char **argv);

/*
 * Starts a process that checks the configuration with the program as it is now on disk; what
 * it says can be read from *out, and its exit status is the verdict.  Its pid, or -1 after a
 * message.
 */
pid_t	reload_check(int *out);

/*
 * In a program that checks: whether it could take over from the one that asks.  0, or -1 after
 * a message.
 */
int	reload_is_possible(void);

/*
 * Executes the program anew, all signals being blocked.  Returns only if that fails, after a
 * message; everything is then as it was before.
 */
void	reload_exec(const struct reload *r);

/*
 * In a program that was executed so: what was handed over, all descriptors close-on-exec again,
 * and no others open.  1, 0 if nothing was, or -1 after a message.
 */
int	reload_inherit(struct reload *r);

#endif

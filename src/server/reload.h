/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef RELOAD_H
#define RELOAD_H

#include <sys/types.h>

#include "posix/listen.h"

/*
 * A reload is an exec: the master executes its program again in the same process, with the same
 * arguments, and hands over its listeners and its living workers.  So a new configuration, new
 * modules and a new version of the program all take effect in the same way.
 *
 * The hand-over is a text in an unnamed file; WEBSOCKSY_STATE in the environment is its descriptor.
 * RELOAD_VERSION is the version of that text and of the fields of the scoreboard together: raise
 * it by one whenever a line is added to the text or a field to the scoreboard.  The rule, which
 * the tests of an upgrade (t/server/test_reload_upgrade.c) check:
 *
 * - A program takes over from each version from RELOAD_OLDEST up to and including its own.  It
 *   ignores lines that it does not know; a line that is missing leaves a default.
 * - A line or a number that has once been handed over keeps its meaning.  New numbers are appended
 *   to a line, or get a line of their own.
 * - A program refuses to take over from a newer version, when it checks the configuration for that
 *   one.  The newer program then goes on.
 */
#ifdef WEBSOCKSY_TEST_NEXT	/* a later version, to which the tests upgrade (t/build.am) */
#define RELOAD_VERSION		4
#else
#define RELOAD_VERSION		3
#endif
#define RELOAD_OLDEST		2

#define RELOAD_PATH_SIZE	1100

/*
 * The descriptors that survive a reload.  A new one is a row here, its name in reload.c, and the
 * place where it is used.  The order of those up to RELOAD_LOG is that of version 2 and stays.
 */
enum reload_fd {
	RELOAD_PID_FILE,	/* the pid file, with its lock */
	RELOAD_BOARD,		/* the status file, with its lock */
	RELOAD_LIFE,		/* write end of the life pipe of the generation that hands over */
	RELOAD_WAKE_READ,	/* the wake pipe */
	RELOAD_WAKE_WRITE,
	RELOAD_LOCK,		/* the file that idle workers lock in turn */
	RELOAD_LOG,		/* the log file */
	RELOAD_FDS
};

/* A worker that survives the reload. */
struct reload_child {
	pid_t		pid;
	unsigned	slot, generation;
};

/* What one master hands to the next. */
struct reload {
	unsigned		 version;	/* of the program that hands over */
	unsigned		 generation;	/* of its workers */
	int			 fd[RELOAD_FDS];	/* -1: not open */
	struct listeners	 listeners;
	char			 pid_path[RELOAD_PATH_SIZE];	/* "": no pid file */
	unsigned		 board_version;	/* SCOREBOARD_VERSION of the status file */
	char			 board_path[RELOAD_PATH_SIZE];	/* "": no name */
	unsigned		 children;
	struct reload_child	*child;		/* malloc()ed; the caller frees it */
};

/* Remembers how the program was started.  Call it once, before argv or the directory changes. */
void	reload_init(int argc, char **argv);

/* Makes r empty: no descriptors, no listeners, no workers. */
void	reload_clear(struct reload *r);

/*
 * Starts a process that checks the configuration with the program as it is now on disk.  Its
 * messages can be read from *out; its exit status is 0 if the configuration is valid and the
 * program can take over.  Returns its pid, or -1 after a message.
 */
pid_t	reload_start_check(int *out);

/*
 * In a program that checks: returns 0 if it could take over from the program that has started the
 * check, or if none has; -1 after a message.
 */
int	reload_is_possible(void);

/*
 * Executes the program again; all signals must be blocked.  Returns only if that fails, after a
 * message and with everything as it was before.
 */
void	reload_exec(const struct reload *r);

/*
 * In a program that reload_exec() has executed: reads what was handed over, makes its descriptors
 * close-on-exec again, and closes all others.  Returns 1, 0 if nothing was handed over, or -1 after
 * a message.
 */
int	reload_inherit(struct reload *r);

#endif

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
 * arguments, and hands over its listeners and its running workers.  So a new configuration, new
 * modules and a new version of the program all take effect in the same way.
 *
 * The hand-over is a text in an unnamed file; the environment variable WEBSOCKSY_STATE contains the
 * number of its descriptor.  RELOAD_VERSION is the version both of that text and of the fields of
 * the scoreboard: increment it whenever a line is added to the text or a field to the scoreboard.
 * The upgrade tests (t/server/test_reload_upgrade.c) check the following rules:
 *
 * - A program takes over from each version from RELOAD_OLDEST up to and including its own.  It
 *   ignores lines that it does not know; for a missing line it uses a default.
 * - A line or a number that was once handed over keeps its meaning.  New numbers are appended to a
 *   line, or are written on a line of their own.
 * - A program refuses to take over from a newer version.  It does so when the newer program
 *   executes it to check the configuration; the newer program then continues to run.
 */
#ifdef WEBSOCKSY_TEST_NEXT	/* a later version, which the upgrade tests use (t/build.am) */
#define RELOAD_VERSION		5
#else
#define RELOAD_VERSION		4
#endif
#define RELOAD_OLDEST		2

#define RELOAD_PATH_SIZE	1100

/*
 * The descriptors that are handed over in a reload.  To add one, add a row here, a name in
 * reload.c, and the code that uses it.  Those up to RELOAD_LOG have the order of version 2,
 * which must not change.
 */
enum reload_fd {
	RELOAD_PID_FILE,	/* the locked pid file */
	RELOAD_BOARD,		/* the locked status file */
	RELOAD_LIFE,		/* write end of the life pipe of the previous generation */
	RELOAD_WAKE_READ,	/* the two ends of the wake pipe */
	RELOAD_WAKE_WRITE,
	RELOAD_LOCK,		/* the file that idle workers lock in turn */
	RELOAD_LOG,		/* the log file */
	RELOAD_SOCKETS,		/* the lock of the directory of sockets */
	RELOAD_FDS
};

/* A worker that is handed over in a reload. */
struct reload_child {
	pid_t		pid;
	unsigned	slot, generation;
};

/* An auxiliary process that is handed over; since version 4. */
#define RELOAD_AUXILIARY	16	/* processes that are handed over, at most */
struct reload_auxiliary {
	pid_t		pid;
	unsigned	generation;
};

/* The state that one master hands over to the next. */
struct reload {
	unsigned		 version;	/* RELOAD_VERSION of the previous program */
	unsigned		 generation;	/* generation of the previous workers */
	int			 fd[RELOAD_FDS];	/* -1: not open */
	struct listeners	 listeners;
	char			 pid_path[RELOAD_PATH_SIZE];	/* "": there is no pid file */
	unsigned		 board_version;	/* SCOREBOARD_VERSION of the status file */
	char			 board_path[RELOAD_PATH_SIZE];	/* "": the file has no name */
	char			 sockets_path[RELOAD_PATH_SIZE];	/* "": no such directory */
	unsigned		 children;
	struct reload_child	*child;		/* from malloc(); the caller frees it */
	unsigned		 auxiliaries;
	struct reload_auxiliary	 auxiliary[RELOAD_AUXILIARY];
};

/*
 * Records how the program was started.  Must be called once, before argv or the directory
 * changes.
 */
void	reload_init(int argc, char **argv);

/* Clears r: no descriptors, no listeners, no workers. */
void	reload_clear(struct reload *r);

/*
 * Starts a process that executes the present program file to check the configuration.  The
 * messages of the check can be read from *out.  The exit status of the process is 0 if the
 * configuration is valid and the program can take over.  Returns its pid, or -1 after a message.
 */
pid_t	reload_start_check(int *out);

/*
 * In a program that checks the configuration: returns 0 if it can take over from the program
 * that has started the check, otherwise -1 after a message.  Returns 0 in any other program.
 */
int	reload_is_possible(void);

/* Returns 1 if this process is the check that a running master makes before a reload. */
int	reload_is_check(void);

/*
 * Executes the program again.  All signals must be blocked.  Returns only if this fails, after a
 * message, and then restores the previous state except the directory.
 */
void	reload_exec(const struct reload *r);

/*
 * In a program that reload_exec() has executed: reads the state that was handed over, makes its
 * descriptors close-on-exec again, and closes all others.  Returns 1, 0 if no state was handed
 * over, or -1 after a message.
 */
int	reload_inherit(struct reload *r);

#endif

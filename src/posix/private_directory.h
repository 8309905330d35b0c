/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PRIVATE_DIRECTORY_H
#define PRIVATE_DIRECTORY_H

#include <stddef.h>
#include <sys/types.h>

/*
 * A directory of our own below one that others can write to, such as /tmp.  Its name is new: no
 * other process can have taken it.  It has the mode 0711, so that other users can use a socket in
 * it whose name they have learnt, but cannot list the names.  Its file "lock" is locked for as long
 * as the process that has made the directory lives: a directory whose lock is free is a leftover.
 * A process id would not show this, because it means another process in another PID namespace.
 */
#define PRIVATE_DIRECTORY_SIZE	1100	/* bytes of a path, with the NUL */
#define PRIVATE_DIRECTORY_NAME	17	/* bytes of a slash and the directory's own name */

/* A directory.  lock is -1 if there is none. */
struct private_directory {
	char	path[PRIVATE_DIRECTORY_SIZE];
	int	lock;		/* close-on-exec */
};

/*
 * Makes a directory below `parent` whose owner is uid, and locks it.  Returns 0; or -1 with errno,
 * an empty path and no lock.
 */
int	private_directory_make(struct private_directory *d, const char *parent, uid_t uid,
	    gid_t gid);

/*
 * Returns 1 if a directory of this path and this lock, which a previous program in this process has
 * made, is below `parent` and belongs to uid; otherwise 0.
 */
int	private_directory_is(const struct private_directory *d, const char *parent, uid_t uid);

/*
 * Removes directories below `parent` that belong to uid or to this user, and whose lock is free.
 * Must not be called while this process has locked a directory below parent: closing any descriptor
 * of its lock would release the lock.
 */
void	private_directory_sweep(const char *parent, uid_t uid);

/* Removes the sockets in the directory whose names begin with a text. */
void	private_directory_clear(const struct private_directory *d, const char *begin);

/* Removes the sockets, the lock and the directory, and sets d->lock to -1.  Does nothing at -1. */
void	private_directory_remove(struct private_directory *d);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <stdint.h>
#include <sys/types.h>

/*
 * The user, the groups and the root directory of workers.  The master binds sockets, reads files
 * and loads modules as root.  A worker, which exchanges data with the network, gives up root and
 * cannot regain it.
 *
 * POSIX has no calls that set the groups or the root directory of a process.  On a system without
 * such calls, or with configure --disable-extensions, privileges_find() refuses all settings that
 * need them.
 */
#define PRIVILEGES_GROUPS	64

struct privileges {
	int		 drop;		/* 0: privileges_drop() does nothing */
	uid_t		 uid;
	gid_t		 gid;
	gid_t		 groups[PRIVILEGES_GROUPS];	/* all groups, including gid */
	int		 count;
	const char	*root;		/* argument of chroot(); NULL: no chroot() */
};

/*
 * Determines the user, the groups and the root directory that privileges_drop() has to set.  Runs
 * in the master, because names cannot be looked up below the new root directory.  user and group
 * are names or numbers.  If group is NULL, the user's primary group is used.  The user's other
 * groups are always set.  root, if not NULL, is the directory for chroot(); the pointer is kept.
 *
 * There is nothing to drop if user is NULL or the superuser, or if the process already runs as
 * user.  Returns 0; -1 after a message if a name is unknown, if the change needs superuser rights,
 * if users other than the superuser can write to the root directory (or, for a daemon, replace a
 * directory on the way to it), or if a group or a root
 * directory is given without a user.
 */
int	privileges_find(struct privileges *p, const char *user, const char *group,
    const char *root);

/* Returns 1 if this build can change the user and the groups of a process, otherwise 0. */
int	privileges_can_drop(void);

/*
 * In a worker: changes to the user, the groups and the root directory found by privileges_find(),
 * irrevocably.  Then verifies every id (real, effective and saved) and the list of groups, and that
 * no old id can be regained.  Returns 0, or -1 after a message.  After -1 the process must exit,
 * since its rights may be too many or too few.
 */
int	privileges_drop(const struct privileges *p);

/*
 * Forbids core files and limits the number of descriptors to nofile (0: no change), for this
 * process and its children.  Must be called before privileges_drop().  The limits cannot be raised
 * again. Returns 0, or -1 after a message.
 */
int	privileges_limit(uint64_t nofile);

/*
 * Returns a sentence, without a full stop, that lists the resolver files that are in our own /etc
 * but missing in the /etc below root; NULL if none is missing.  The sentence is valid until the
 * next call.
 */
const char *privileges_missing(const char *root);

#endif

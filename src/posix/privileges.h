/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <stdint.h>
#include <sys/types.h>

/*
 * The user, the groups and the root directory of workers.  The master binds sockets, reads
 * files and loads modules as root; a worker, which speaks to the network, gives up root for
 * good.
 *
 * POSIX has no calls that set the groups or the root directory of a process.  Where the system
 * has none (or with configure --disable-extensions), privileges_find() refuses what would need
 * them.
 */
#define PRIVILEGES_GROUPS	64

struct privileges {
	int		 drop;		/* 0: privileges_drop() does nothing */
	uid_t		 uid;
	gid_t		 gid;
	gid_t		 groups[PRIVILEGES_GROUPS];	/* all groups, including gid */
	int		 count;
	const char	*root;		/* for chroot(); NULL: not changed */
};

/*
 * In the master, where names can be looked up: finds out what privileges_drop() has to set.
 * user and group are names or numbers.  group NULL: the user's primary group.  The user's other
 * groups are set in any case.  root, unless NULL, is the directory for chroot(); it is kept,
 * not copied.
 *
 * There is nothing to drop if user is NULL or root, or if we already are this user.  Returns 0;
 * -1 after a message if a name is unknown, if a change would need root, if others could write
 * to the root directory, or if there is a group or a root directory but no user.
 */
int	privileges_find(struct privileges *p, const char *user, const char *group,
    const char *root);

/*
 * In a worker: changes to that user, irrevocably.  Then verifies every id (real, effective and
 * saved) and the list of groups, and that no old id can be regained.  Returns 0, or -1 after a
 * message; the process must exit then, since its rights may be too many or too few.
 */
int	privileges_drop(const struct privileges *p);

/*
 * To be called before privileges_drop(): forbids core files, and limits descriptors to nofile
 * (0: no change), for this process and its children.  The limits cannot be raised again.
 * Returns 0, or -1 after a message.
 */
int	privileges_limit(uint64_t nofile);

/*
 * Returns a sentence, without its full stop, that lists the resolver files which our own /etc
 * has and the /etc below root has not; NULL if none is missing.  It is valid until the next
 * call.
 */
const char *privileges_missing(const char *root);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Who the workers are.  Root binds, reads and loads; what speaks to the network is somebody
 * else, in groups of his own and perhaps below a directory of his own, and has no way back.
 *
 * Setting groups and the root directory is not in POSIX.  Where that is missing (or left out,
 * configure --disable-extensions) privileges_find() refuses whatever would need it.
 */
#define PRIVILEGES_GROUPS	64

struct privileges {
	int		 drop;		/* 0: there is nothing to do */
	uid_t		 uid;
	gid_t		 gid;
	gid_t		 groups[PRIVILEGES_GROUPS];	/* all of them, gid too */
	int		 count;
	const char	*root;		/* NULL: not changed */
};

/*
 * In the master, where names can be looked up: finds what privileges_drop() will do.  user and
 * group are names or numbers.  Without a group it is the user's; the user's other groups are
 * his in any case. root, if not NULL, is the directory for chroot(); it is kept, not copied.
 *
 * Nothing is to be dropped if user is NULL or stands for root, or if we are this user already.
 * 0, or -1 after a message: an unknown name, a change that only root could make, a root
 * directory that others could write to, a group or root directory without a user.
 */
int	privileges_find(struct privileges *p, const char *user, const char *group,
    const char *root);

/*
 * In a worker: becomes that user, irrevocably, and makes sure of it: every id (real, effective,
 * saved), the list of groups, and that none of the old ones can be had back.  0, or -1 after a
 * message; then the process has something that it should not have, or lacks something, and must
 * not go on.
 */
int	privileges_drop(const struct privileges *p);

/*
 * Before privileges_drop(): no core files, and no more than nofile descriptors (0: as it is),
 * for this process and its children for good.  0, or -1 after a message.
 */
int	privileges_limit(uint64_t nofile);

/*
 * What a process whose root directory is root would lack for looking up names: files that are
 * in our own /etc and not in its.  A sentence without its full stop, good until the next call;
 * NULL if nothing is missing.
 */
const char *privileges_missing(const char *root);

#endif

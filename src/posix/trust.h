/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TRUST_H
#define TRUST_H

#include <limits.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * Who can change the files that root reads or loads.  A file is trusted if it, each directory on
 * the way to it, and each directory on the way to the target of a symbolic link belong to root, and
 * only root and the group 0 can write to them.  A directory with the sticky bit, such as /tmp,
 * passes if it belongs to root: other users can create files there, but not replace those of root.
 */
struct trust_fault {
	char	path[PATH_MAX];		/* the file or directory that can be changed */
	char	why[160];		/* who can change it, and the remedy */
	int	is_on_way;		/* 1: it is on the way to the file */
};

/*
 * Finds the first fault on the way to path, which is relative to the current directory or absolute.
 * The user uid and the group gid are trusted like root; -1: no further user or group.  Returns 1
 * and fills in *fault, or 0: the file is trusted or does not exist.
 */
int	trust_find(const char *path, uid_t uid, gid_t gid, struct trust_fault *fault);

/*
 * Writes the fault as a sentence, which names path only if the fault is on the way to it.  Returns
 * out.
 */
#define TRUST_TEXT_SIZE	(2 * PATH_MAX + 256)
char	*trust_format(char out[TRUST_TEXT_SIZE], const struct trust_fault *fault, const char *path);

/* Whether faults are errors (1, for a daemon) or warnings (0, at first). */
void	trust_set_strict(int on);

/*
 * If this process is root: logs a fault of path, unless the same fault was the last one.  what says
 * what the file is.  Returns 0 if there is none; otherwise -1 if faults are errors, or 1.
 */
int	trust_check(const char *what, const char *path);

/*
 * The same for the owner and the rights that an open file had when it was read.  So it is noticed
 * if another file was at the path at that time.
 */
int	trust_check_opened(const char *what, const char *path, const struct stat *opened);

#endif

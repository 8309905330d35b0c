/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SAFE_PATH_H
#define SAFE_PATH_H

#define SAFE_PATH_SIZE	1024	/* bytes of a path, with the NUL */

/*
 * Finds out whether other users than root and the effective one can change which file a path leads
 * to, judged by the owners and modes of all directories on the way.  A directory with the sticky
 * bit, such as /tmp, may be writable for others, if what lies in it on this way belongs to root or
 * to the effective user.  The path must be a result of realpath(): absolute, without links.
 *
 * Returns 1 if they cannot; 0 if they can, with the first such directory in `unsafe`; or -1 with
 * errno, also if a part of the path has become a link.
 */
int	safe_path(const char *path, char unsafe[SAFE_PATH_SIZE]);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TEMPORARY_H
#define TEMPORARY_H

/* Files without a name. */

/* The remedy if no such file can be made, for messages. */
#define TEMPORARY_REMEDY \
	"set TMPDIR to a directory with free space that can be written to"

/*
 * Makes a file without a name: in memory if the system can do that, otherwise unlinked at once in
 * $TMPDIR, /dev/shm, /tmp or /var/tmp.  Then calls fill(), which writes the contents to fd and
 * returns 0, or -1 with errno; if it fails, for example on a full disk, the next place is tried.
 * fill may be NULL: the file stays empty.  The file has the mode 0600 and is close-on-exec.
 * Returns its descriptor, or -1 with errno.
 */
int	temporary_make(int (*fill)(int fd, void *arg), void *arg);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PIDFILE_H
#define PIDFILE_H

/*
 * The pid file: one line with the pid of the running master.  The master also holds the
 * exclusive fcntl() lock on the file while it runs, and the kernel releases the lock with the
 * process.  So a file that an earlier master has left does not prevent a start, whatever pid is
 * in it.
 *
 * The lock belongs to the process: exec keeps it together with the descriptor, a child does not
 * inherit it, and it is lost when the process closes any descriptor of the file.  So the daemon
 * opens the pid file after the fork, and only once.
 */

/*
 * Creates the file, or takes over an existing one, locks it and writes our pid.  An existing
 * file is used only if it is a regular file of our user, with no other hard link, that contains
 * a pid or nothing.  The path must be absolute, and no other user may be able to replace files
 * in its directory.  The mode becomes 0640, since a user who can read a file can lock it.
 *
 * Returns the descriptor, which is close-on-exec and which the caller must keep open; -1 after
 * a message, such as "already running as pid 4711".
 */
int	pidfile_open(const char *path);

/*
 * For a master after an exec: returns 0 if the inherited descriptor fd is the file at path and
 * has our pid and our lock; fd is close-on-exec again then.  Otherwise returns -1 without a
 * message: path names another file or none.  The caller then calls pidfile_open() for path and,
 * after that, pidfile_remove() for the old file.
 */
int	pidfile_adopt(int fd, const char *path);

/*
 * Removes the file if path still names it and it has our pid; where it cannot be removed,
 * empties it.  Closes *fd and sets it to -1.  Does nothing if *fd is -1.
 */
void	pidfile_remove(const char *path, int *fd);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PIDFILE_H
#define PIDFILE_H

/*
 * The pid file: one line with the pid of the running master.  While the master runs, it also holds
 * the exclusive fcntl() lock on the file.  The kernel releases the lock when the master exits, so a
 * file that an earlier master has left does not prevent a start, whatever pid it contains.
 *
 * The lock belongs to the process: exec keeps the lock together with the descriptor, a child does
 * not inherit it, and it is lost when the process closes any descriptor of the file.  So the daemon
 * opens the pid file after the fork, and only once.
 */

/*
 * Creates the pid file, or uses an existing file, locks it and writes our pid.  An existing file
 * must be a regular file of our user, without other hard links, that contains a pid or nothing.
 * The path must be absolute, and no other user may be able to replace files in its directory.  The
 * mode is set to 0640, since a user who can read a file can lock it.
 *
 * Returns the descriptor, which is close-on-exec and which the caller must keep open; -1 after a
 * message, such as "already running as pid 4711".
 */
int	pidfile_open(const char *path);

/*
 * For a master after an exec.  Returns 0 if the inherited descriptor fd is the file at path, with
 * our pid and our lock; fd is then close-on-exec again.  Otherwise returns -1 without a message,
 * because path names another file or none.  The caller must then call pidfile_open() for path, and
 * after that pidfile_remove() for the old file.
 */
int	pidfile_adopt(int fd, const char *path);

/*
 * Removes the pid file if path still names it and if it contains our pid; empties it if it cannot
 * be removed.  Closes *fd and sets it to -1.  Does nothing if *fd is -1.
 */
void	pidfile_remove(const char *path, int *fd);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PIDFILE_H
#define PIDFILE_H

/*
 * The pid file: one line with the pid of the running server.  What says that it runs is an
 * fcntl lock on the file, which the kernel takes away with the process; so a file that was left
 * behind, even with the pid of somebody else by now, stops nobody.
 *
 * The lock belongs to the process: it stays over an exec as long as the descriptor does, no
 * child has it, and it is lost when this process closes any descriptor of the file.  So a pid
 * file is opened in the daemon itself, and once.
 */

/*
 * Makes or takes over the file, locks it and writes our pid.  Nothing is touched but a regular
 * file of our own with this one name, which holds a pid or nothing, at an absolute path in a
 * directory in which nobody else can put another in its place.  Its mode is 0640: who can read
 * a file can lock it.  Returns the descriptor, close-on-exec, which is the caller's to keep
 * open; -1 after a message, such as "already running as pid 4711".
 */
int	pidfile_open(const char *path);

/*
 * After an exec: whether fd is the file at path, with our pid and our lock.  0, and fd is
 * close-on-exec again; or -1 without a message: path has another file or none.  Then
 * pidfile_open() it, and pidfile_remove() the old one after that.
 */
int	pidfile_adopt(int fd, const char *path);

/*
 * Removes the file if it is still ours (empties it where it cannot be removed), closes *fd and
 * makes it -1.  Nothing if it is -1.
 */
void	pidfile_remove(const char *path, int *fd);

#endif

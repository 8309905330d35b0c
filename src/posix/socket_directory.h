/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SOCKET_DIRECTORY_H
#define SOCKET_DIRECTORY_H

#include <sys/types.h>

#include "posix/private_directory.h"
#include "proto/transport.h"

/*
 * Our own sockets for unix-dgram peers.  They are in a directory of their own, which the master
 * makes at its start below the setting socket-directory (private_directory.h).  Their names begin
 * with the number of the process, for the master, and cannot be guessed: whoever knows a name could
 * send datagrams to it before it is connected.
 */

/*
 * In the master, before the first fork: makes the directory.  root is the root directory of the
 * workers, or ""; directory is the setting; uid and gid are those of the workers.  `before` is
 * NULL at a start: directories that killed processes have left are then removed, so this process
 * must not have locked any file yet.  After a reload, `before` is the directory of the previous
 * program in this process (its lock is -1 if there was none).  It is used again if it fits these
 * values, and is otherwise kept for the workers that use it.  Returns 0, or -1 with errno: the
 * server can work without it.
 */
int	socket_directory_open(const char *root, const char *directory, uid_t uid, gid_t gid,
	    const struct private_directory *before);

/* The directory that socket_directory_open() has made; its lock is -1 if there is none. */
const struct private_directory *socket_directory_get(void);

/* In a new worker: closes what only the master uses. */
void	socket_directory_leave(void);

/*
 * Binds a datagram socket to a new name, and writes this name to path.  If there is no directory,
 * as in inetd mode, or if it has been removed, makes one for this socket, below `directory`.
 * Returns 0, or -1 with errno; path is then "".
 */
int	socket_directory_bind(int fd, const char *directory, char path[TRANSPORT_PATH_SIZE]);

/* Removes a socket that socket_directory_bind() has bound; path becomes "".  "" does nothing. */
void	socket_directory_unbind(char path[TRANSPORT_PATH_SIZE]);

/* In the master: removes the sockets of a worker that was killed. */
void	socket_directory_reap(pid_t pid);

/* In the master, when all workers have exited: removes the directories. */
void	socket_directory_close(void);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef IO_H
#define IO_H

#include <stddef.h>
#include <sys/select.h>
#include <sys/types.h>
#include <sys/uio.h>

/*
 * Small answers about descriptors.  Unless said otherwise: 0, or -1 with errno.
 */

/* Reads and writes that have three answers besides a count. */
#define IO_EOF		0	/* (read) the other side is done */
#define IO_AGAIN	(-1)	/* nothing now; interrupted calls are repeated */
#define IO_ERROR	(-2)	/* errno says why */

ssize_t	io_read(int fd, void *data, size_t len);
ssize_t	io_write(int fd, const void *data, size_t len);
ssize_t	io_writev(int fd, const struct iovec *iov, int count);	/* perhaps not all of them */

/* Reads away what has come, or a part of it; answers like io_read(). */
ssize_t	io_discard(int fd);

/*
 * Datagrams: one is received or sent whole; an empty one is a count of 0, not the
 * end of anything.  *cut: it was longer than len and its end is lost.
 */
ssize_t	io_receive(int fd, void *data, size_t len, int *cut);
ssize_t	io_send(int fd, const void *data, size_t len);

/*
 * FD_SET(), FD_CLR() and FD_ISSET() for a descriptor from 0 to FD_SETSIZE - 1.  The systems'
 * macros compute with the descriptor as a long, an int or an unsigned long; only a short type
 * converts to all of these without a change of sign.
 */
_Static_assert(FD_SETSIZE <= 65536, "io_fd_set() takes descriptors of 16 bits");

static inline void
io_fd_set(int fd, fd_set *set)
{
	FD_SET((unsigned short)fd, set);
}

static inline void
io_fd_clear(int fd, fd_set *set)
{
	FD_CLR((unsigned short)fd, set);
}

static inline int
io_fd_isset(int fd, const fd_set *set)
{
	return FD_ISSET((unsigned short)fd, set) != 0;
}

/* Both flags of a descriptor that was just made. */
int	io_set_nonblocking(int fd);
int	io_set_cloexec(int fd);

/* A socket with both.  Its descriptor, or -1. */
int	io_socket(int family, int type);

/* No delay of small packets; silently nothing on sockets that are not TCP. */
void	io_set_nodelay(int fd);

/* A pipe, close-on-exec; the ends do not block. */
int	io_pipe(int fd[2]);

/* Closes *fd if it is not -1 and makes it so. */
void	io_close(int *fd);

/* Makes sure that 0, 1 and 2 are open, on /dev/null where they were not. */
int	io_open_standard(void);

/* Closes every descriptor from lowest up, or all of those but these. */
void	io_close_from(int lowest);
void	io_close_others(int lowest, const int *keep, size_t count);

/*
 * The descriptor that the next but IO_GAPS would get: gaps below, which descriptors leave that were
 * closed again, do not count.  -1 if there are not that many.
 */
#define IO_GAPS		8
int	io_level(void);

/*
 * Whether nobody but root and us can put another file in the place of path: 1, 0, or -1 with errno
 * if its directory cannot be looked at.
 */
int	io_is_safe_place(const char *path);

/* Returns whether a and b are the same file or socket; 0 if one of them cannot be looked at. */
int	io_same(int a, int b);

/* Returns whether two results of stat() are of the same file. */
struct stat;
int	io_same_file(const struct stat *a, const struct stat *b);

/* Returns whether path is a name of the open file fd; a symbolic link to the file is not. */
int	io_is_at(int fd, const char *path);

/*
 * The exclusive fcntl() lock on a whole file.  It belongs to the process, not to the descriptor: a
 * child does not inherit it, exec keeps it, and it is lost when the process exits or closes any
 * descriptor of the file.
 *
 * io_lock() fails with EACCES or EAGAIN if another process has a lock.  io_lock_wait() waits for
 * the lock; a wait that a signal has interrupted is repeated.
 */
int	io_lock(int fd);
int	io_lock_wait(int fd);
int	io_unlock(int fd);

/*
 * Returns the pid of another process whose lock conflicts with one of this type; 0 if there is
 * none; -1 with errno if that cannot be found out, or with errno 0 if the process is not visible
 * from here (it is in another container).  F_WRLCK finds any lock, F_RDLCK only an exclusive one,
 * which takes the right to write to the file.
 */
pid_t	io_lock_holder(int fd, short type);

/* An anonymous temporary file, close-on-exec, already unlinked.  Its descriptor or -1. */
int	io_temporary(void);

/* What an error of accept() means. */
enum io_accept {
	IO_ACCEPT_NEXT,		/* that client is gone, or there was none: go on */
	IO_ACCEPT_SHORT,	/* short of descriptors or memory: wait, do not spin */
	IO_ACCEPT_BROKEN	/* cannot ever work */
};
enum io_accept io_accept_error(int error);

/* accept() with close-on-exec and non-blocking set.  The descriptor, or -1. */
struct sockaddr_storage;
int	io_accept(int fd, struct sockaddr_storage *address);

#endif

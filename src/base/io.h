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
 * System calls on descriptors, with one way to report results.  Unless a comment states otherwise,
 * a function returns 0, or -1 with errno.
 */

/*
 * Results of the functions that read or write, if the result is not a number of bytes.  A call that
 * a signal has interrupted is repeated.
 */
#define IO_EOF		0	/* io_read(): end of file */
#define IO_AGAIN	(-1)	/* the call would block */
#define IO_ERROR	(-2)	/* the call has failed, with errno */

ssize_t	io_read(int fd, void *data, size_t len);
ssize_t	io_write(int fd, const void *data, size_t len);
ssize_t	io_writev(int fd, const struct iovec *iov, int count);	/* writes at most IOV_MAX parts */

/* Reads up to 4096 bytes and discards them.  Returns the same as io_read(). */
ssize_t	io_discard(int fd);

/*
 * io_receive() receives and io_send() sends one whole datagram.  Both return the length of the
 * datagram, IO_AGAIN or IO_ERROR; 0 is an empty datagram, not end of file.  *cut is 1 if the
 * datagram was longer than len, and the bytes after the first len are lost.
 */
ssize_t	io_receive(int fd, void *data, size_t len, int *cut);
ssize_t	io_send(int fd, const void *data, size_t len);

/*
 * Call FD_SET(), FD_CLR() and FD_ISSET() for a descriptor from 0 to FD_SETSIZE - 1.  Depending on
 * the system, these macros compute with the descriptor as a long, an int or an unsigned long; only
 * a short type converts to all of these types without a change of sign.
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

/* Set one flag of a descriptor: O_NONBLOCK or FD_CLOEXEC. */
int	io_set_nonblocking(int fd);
int	io_set_cloexec(int fd);

/*
 * Makes a socket that is non-blocking and close-on-exec.  Returns its descriptor, or -1 with errno.
 */
int	io_socket(int family, int type);

/* Makes a pipe whose ends are both close-on-exec and non-blocking. */
int	io_pipe(int fd[2]);

/* Closes *fd if it is not -1, and sets it to -1.  Does not change errno. */
void	io_close(int *fd);

/* Opens /dev/null on each of the descriptors 0, 1 and 2 that is closed. */
int	io_open_standard(void);

/*
 * io_close_from() closes all descriptors from `lowest` up.  io_close_others() does the same, but
 * leaves the `count` descriptors in the array `keep` open.
 */
void	io_close_from(int lowest);
void	io_close_others(int lowest, const int *keep, size_t count);

/*
 * Returns whether count more descriptors can be opened below FD_SETSIZE; count is at most IO_PROBE.
 */
#define IO_PROBE	8
int	io_can_open(int count);

/*
 * Returns 1 if only root and the effective user can replace the file path, judged by the owner and
 * the mode of its directory; 0 if another user can replace it; -1 with errno on failure.
 */
int	io_is_safe_place(const char *path);

/* Returns whether the descriptors a and b refer to the same file or socket; 0 if fstat() fails. */
int	io_same(int a, int b);

/* Returns whether a and b, results of stat(), describe the same file. */
struct stat;
int	io_same_file(const struct stat *a, const struct stat *b);

/* Returns whether path is a name of the open file fd; a symbolic link to that file is not. */
int	io_is_at(int fd, const char *path);

/*
 * The exclusive fcntl() lock on a whole file.  The lock belongs to the process, not to the
 * descriptor: a child does not inherit it, exec keeps it, and it is lost when the process exits or
 * closes any descriptor of the file.
 *
 * io_lock() fails with EACCES or EAGAIN if another process holds a lock on the file.
 * io_lock_wait() waits for the lock; a wait that a signal has interrupted is repeated.
 */
int	io_lock(int fd);
int	io_lock_wait(int fd);
int	io_unlock(int fd);

/*
 * Returns the pid of another process whose lock conflicts with a lock of this type; 0 if there is
 * none; -1 with errno on failure; -1 with errno 0 if the pid is not known because the process is in
 * another container.  The type F_WRLCK finds any lock; F_RDLCK finds only an exclusive lock, which
 * a process can take only if it may write to the file.
 */
pid_t	io_lock_holder(int fd, short type);

/* The action to take after an error of accept(), as returned by io_accept_error(). */
enum io_accept {
	IO_ACCEPT_NEXT,		/* no client, or it has disconnected: accept the next */
	IO_ACCEPT_SHORT,	/* out of descriptors or memory: wait before the next try */
	IO_ACCEPT_BROKEN	/* the descriptor can never accept: do not use it again */
};
enum io_accept io_accept_error(int error);

/*
 * Accepts a connection and stores the client's address in *address.  Returns the descriptor of the
 * connection, which is close-on-exec and non-blocking, or -1 with errno.
 */
struct sockaddr_storage;
int	io_accept(int fd, struct sockaddr_storage *address);

#endif

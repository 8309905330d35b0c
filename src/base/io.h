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
 * Descriptors: calls of the system with one way to report results.  Unless said otherwise a
 * function returns 0, or -1 with errno.
 */

/* Read and write: return the number of bytes, or one of these.  Interrupted calls are repeated. */
#define IO_EOF		0	/* end of file, of a read */
#define IO_AGAIN	(-1)	/* the call would block */
#define IO_ERROR	(-2)	/* errno says why */

ssize_t	io_read(int fd, void *data, size_t len);
ssize_t	io_write(int fd, const void *data, size_t len);
ssize_t	io_writev(int fd, const struct iovec *iov, int count);	/* at most IOV_MAX at once */

/* Reads up to 4096 bytes and discards them; returns what io_read() does. */
ssize_t	io_discard(int fd);

/*
 * Receive or send one datagram, whole.  They return its length, IO_AGAIN or IO_ERROR; 0 is an empty
 * datagram, not the end of file.  *cut is 1 if it was longer than len, so that its end is lost.
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

/* Set O_NONBLOCK and FD_CLOEXEC. */
int	io_set_nonblocking(int fd);
int	io_set_cloexec(int fd);

/* Makes a socket with both.  Returns its descriptor, or -1 with errno. */
int	io_socket(int family, int type);

/* Sets TCP_NODELAY; does nothing on a socket that is not TCP.  Does not change errno. */
void	io_set_nodelay(int fd);

/* Makes a pipe whose ends are both close-on-exec and non-blocking. */
int	io_pipe(int fd[2]);

/* Closes *fd if it is not -1, and sets it to -1.  Does not change errno. */
void	io_close(int *fd);

/* Makes sure that descriptors 0, 1 and 2 are open: one that is closed is opened on /dev/null. */
int	io_open_standard(void);

/* Close all descriptors from lowest up; io_close_others() except those in keep. */
void	io_close_from(int lowest);
void	io_close_others(int lowest, const int *keep, size_t count);

/* Returns whether count more descriptors, at most IO_PROBE, can be opened below FD_SETSIZE. */
#define IO_PROBE	8
int	io_can_open(int count);

/*
 * Returns 1 if nobody except root and this user can replace the file path, judged by owner and
 * mode of its directory; 0 if somebody can; -1 with errno if that cannot be found out.
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

/*
 * Creates a temporary file in $TMPDIR or /tmp, close-on-exec and already unlinked.  Returns its
 * descriptor, or -1 with errno.
 */
int	io_temporary(void);

/* Returns what to do after an error of accept(). */
enum io_accept {
	IO_ACCEPT_NEXT,		/* the client is gone, or there was none: accept the next */
	IO_ACCEPT_SHORT,	/* out of descriptors or memory: wait before the next try */
	IO_ACCEPT_BROKEN	/* the descriptor can never accept: give up */
};
enum io_accept io_accept_error(int error);

/*
 * Accepts a connection: close-on-exec and non-blocking are set.  Returns its descriptor, or -1 with
 * errno.
 */
struct sockaddr_storage;
int	io_accept(int fd, struct sockaddr_storage *address);

#endif

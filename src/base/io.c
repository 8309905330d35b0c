/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/io.h"

#if !defined(IOV_MAX)
#define IOV_MAX _XOPEN_IOV_MAX
#endif
#if !defined(MSG_NOSIGNAL)
#define MSG_NOSIGNAL 0	/* not needed: SIGPIPE is ignored */
#endif

static ssize_t
io_result(ssize_t n)
{
	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EWOULDBLOCK ? IO_AGAIN : IO_ERROR;
}

ssize_t
io_read(int fd, void *data, size_t len)
{
	ssize_t n;

	do
		n = read(fd, data, len);
	while (n == -1 && errno == EINTR);
	return io_result(n);
}

ssize_t
io_write(int fd, const void *data, size_t len)
{
	ssize_t n;

	do
		n = write(fd, data, len);
	while (n == -1 && errno == EINTR);
	return io_result(n);
}

ssize_t
io_writev(int fd, const struct iovec *iov, int count)
{
	ssize_t n;

	if (count > IOV_MAX)
		count = IOV_MAX;
	do
		n = writev(fd, iov, count);
	while (n == -1 && errno == EINTR);
	return io_result(n);
}

ssize_t
io_discard(int fd)
{
	uint8_t bytes[4096];

	return io_read(fd, bytes, sizeof(bytes));
}

ssize_t
io_receive(int fd, void *data, size_t len, int *cut)
{
	struct msghdr message;
	struct iovec iov;
	ssize_t n;

	iov.iov_base = data;
	iov.iov_len = len;
	memset(&message, 0, sizeof(message));
	message.msg_iov = &iov;
	message.msg_iovlen = 1;
	do
		n = recvmsg(fd, &message, 0);
	while (n == -1 && errno == EINTR);
	*cut = n >= 0 && (message.msg_flags & MSG_TRUNC);
	return io_result(n);
}

ssize_t
io_send(int fd, const void *data, size_t len)
{
	ssize_t n;

	do
		n = send(fd, data, len, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return io_result(n);
}

int
io_set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1)
		return -1;
	return flags & O_NONBLOCK ? 0 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

int
io_set_cloexec(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	if (flags == -1)
		return -1;
	return fcntl(fd, F_SETFD, flags | FD_CLOEXEC) == -1 ? -1 : 0;
}

int
io_socket(int family, int type)
{
#if defined(SOCK_CLOEXEC) && defined(SOCK_NONBLOCK)
	return socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
	int fd = socket(family, type, 0);

	if (fd != -1 && (io_set_cloexec(fd) == -1 || io_set_nonblocking(fd) == -1))
		io_close(&fd);
	return fd;
#endif
}

int
io_pipe(int fd[2])
{
	int i;

	if (pipe(fd) == -1)
		return -1;
	for (i = 0; i < 2; i++) {
		if (io_set_cloexec(fd[i]) == -1 || io_set_nonblocking(fd[i]) == -1) {
			io_close(&fd[0]);
			io_close(&fd[1]);
			return -1;
		}
	}
	return 0;
}

void
io_close(int *fd)
{
	int saved = errno;

	/*
	 * close() is not repeated after EINTR: the descriptor is closed by then, or already in use
	 * again.
	 */
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
	errno = saved;
}

int
io_open_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd != -1 && fd <= STDERR_FILENO);
	if (fd == -1)
		return -1;
	return close(fd);
}

static int
is_among(int fd, const int *list, size_t count)
{
	while (count > 0)
		if (list[--count] == fd)
			return 1;
	return 0;
}

/*
 * Closes the descriptors that a directory such as /proc/self/fd lists, from `lowest` up, except
 * those in keep.  Returns -1 if there is no such directory.
 */
static int
close_listed(const char *path, int lowest, const int *keep, size_t count)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	char *end;
	long fd;

	if (dir == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL) {
		fd = strtol(entry->d_name, &end, 10);
		if (*end == '\0' && end != entry->d_name && fd >= lowest && fd != dirfd(dir) &&
		    !is_among((int)fd, keep, count))
			(void)close((int)fd);
	}
	(void)closedir(dir);
	return 0;
}

void
io_close_others(int lowest, const int *keep, size_t count)
{
	long max;
	int fd;

	if (close_listed("/proc/self/fd", lowest, keep, count) == 0 ||
	    close_listed("/dev/fd", lowest, keep, count) == 0)
		return;
	max = sysconf(_SC_OPEN_MAX);
	if (max == -1 || max > 65536)
		max = 65536;
	for (fd = lowest; fd < max; fd++)
		if (!is_among(fd, keep, count))
			(void)close(fd);
}

void
io_close_from(int lowest)
{
	io_close_others(lowest, NULL, 0);
}

int
io_can_open(int count)
{
	int fd[IO_PROBE], n = 0, can;

	if (count > IO_PROBE)
		count = IO_PROBE;
	while (n < count && (fd[n] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)) != -1)
		n++;
	/* Each fcntl() has returned the lowest free descriptor, so the last one is the highest. */
	can = n == count && (n == 0 || fd[n - 1] < FD_SETSIZE);
	while (n > 0)
		(void)close(fd[--n]);
	return can;
}

int
io_is_safe_place(const char *path)
{
	mode_t others = geteuid() == 0 ? S_IWGRP | S_IWOTH : S_IWOTH;
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');
	struct stat st;
	size_t len;

	if (slash == NULL || (len = (size_t)(slash - path)) + 2 > sizeof(directory)) {
		errno = EINVAL;
		return -1;
	}
	memcpy(directory, path, len);
	strcpy(directory + len, "/");
	if (stat(directory, &st) == -1)
		return -1;
	return (st.st_uid == 0 || st.st_uid == geteuid()) &&
	    ((st.st_mode & others) == 0 || (st.st_mode & S_ISVTX) != 0);
}

int
io_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

int
io_same(int a, int b)
{
	struct stat sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && io_same_file(&sa, &sb);
}

int
io_is_at(int fd, const char *path)
{
	struct stat file, name;

	return fstat(fd, &file) == 0 && lstat(path, &name) == 0 && io_same_file(&file, &name);
}

/* Calls fcntl() with a lock of the whole file; repeats the call after EINTR. */
static int
lock_call(int fd, int how, struct flock *lock, short type)
{
	int result;

	memset(lock, 0, sizeof(*lock));
	lock->l_type = type;
	lock->l_whence = SEEK_SET;
	do
		result = fcntl(fd, how, lock);
	while (result == -1 && errno == EINTR);
	return result == -1 ? -1 : 0;
}

int
io_lock(int fd)
{
	struct flock lock;

	return lock_call(fd, F_SETLK, &lock, F_WRLCK);
}

int
io_lock_wait(int fd)
{
	struct flock lock;

	return lock_call(fd, F_SETLKW, &lock, F_WRLCK);
}

int
io_unlock(int fd)
{
	struct flock lock;

	return lock_call(fd, F_SETLK, &lock, F_UNLCK);
}

pid_t
io_lock_holder(int fd, short type)
{
	struct flock lock;

	if (lock_call(fd, F_GETLK, &lock, type) == -1)
		return -1;
	errno = 0;
	if (lock.l_type == F_UNLCK)
		return 0;
	/* The kernel reports the pid 0 for a process in another container. */
	return lock.l_pid > 0 ? lock.l_pid : -1;
}

enum io_accept
io_accept_error(int error)
{
	switch (error) {
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		return IO_ACCEPT_SHORT;
	case EBADF:
	case EINVAL:
	case ENOTSOCK:
	case EFAULT:
		return IO_ACCEPT_BROKEN;
	case EINTR:
	case EAGAIN:
#if EWOULDBLOCK != EAGAIN
	case EWOULDBLOCK:
#endif
	case ECONNABORTED:
	case EPROTO:
	case EPERM:
	/*
	 * Linux also reports the network errors that the new connection has already had
	 * (accept(2)).
	 */
	case ECONNRESET:
	case ECONNREFUSED:
	case ENETDOWN:
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENOPROTOOPT:
	case EOPNOTSUPP:
	case ETIMEDOUT:
	case ENOTCONN:
#if defined(EHOSTDOWN)
	case EHOSTDOWN:
#endif
#if defined(ENONET)
	case ENONET:
#endif
		return IO_ACCEPT_NEXT;
	default:
		/* An unknown error may persist, so do not repeat the call at once. */
		return IO_ACCEPT_SHORT;
	}
}

int
io_accept(int fd, struct sockaddr_storage *address)
{
	socklen_t size = sizeof(*address);
	int client;

#if defined(HAVE_ACCEPT4) && defined(SOCK_CLOEXEC) && defined(SOCK_NONBLOCK)
	client = accept4(fd, (struct sockaddr *)address, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
#else
	client = accept(fd, (struct sockaddr *)address, &size);
	if (client != -1 && (io_set_cloexec(client) == -1 || io_set_nonblocking(client) == -1))
		io_close(&client);
#endif
	return client;
}

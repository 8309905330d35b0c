/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Stands before the C library: calls fail, and do nothing, for as long as a file is there,
 * with the error whose number is in it.  WS_ACCEPT names the file for accept(), WS_WRITE the one
 * for write() and pwrite() to a file that WS_WRITE_TO names.
 */

#define _GNU_SOURCE	/* RTLD_NEXT */

#include <sys/socket.h>
#include <sys/stat.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The number, or 0. */
static int
ordered(const char *variable)
{
	const char *path = getenv(variable);
	char text[16] = "";
	int saved = errno, fd = path != NULL ? open(path, O_RDONLY) : -1, number = 0;

	if (fd != -1) {
		if (read(fd, text, sizeof(text) - 1) > 0)
			number = (int)strtol(text, NULL, 10);
		close(fd);
	}
	errno = number != 0 ? number : saved;
	return number;
}

static int
write_fails(int fd)
{
	const char *path = getenv("WS_WRITE_TO");
	struct stat meant, st;
	int saved = errno, is_it;

	is_it = path != NULL && stat(path, &meant) == 0 && fstat(fd, &st) == 0 &&
	    st.st_dev == meant.st_dev && st.st_ino == meant.st_ino;
	errno = saved;
	return is_it && ordered("WS_WRITE") != 0;
}

/* A function's address as POSIX lets it be had: ISO C knows no conversion between the two. */
static void
look_up(const char *name, void *function, size_t size)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	memcpy(function, &symbol, size);
}

/* Under names of their own, since the C library's declarations are not the same everywhere. */
int	accept_or_not(int fd, struct sockaddr *address, socklen_t *size) __asm__("accept");
int	accept4_or_not(int fd, struct sockaddr *address, socklen_t *size, int flags)
	    __asm__("accept4");
ssize_t	write_or_not(int fd, const void *data, size_t len) __asm__("write");
ssize_t	pwrite_or_not(int fd, const void *data, size_t len, off_t at) __asm__("pwrite");
ssize_t	pwrite64_or_not(int fd, const void *data, size_t len, off_t at) __asm__("pwrite64");

int
accept_or_not(int fd, struct sockaddr *address, socklen_t *size)
{
	int (*real)(int, struct sockaddr *, socklen_t *);

	if (ordered("WS_ACCEPT") != 0)
		return -1;
	look_up("accept", &real, sizeof(real));
	return real(fd, address, size);
}

int
accept4_or_not(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	int (*real)(int, struct sockaddr *, socklen_t *, int);

	if (ordered("WS_ACCEPT") != 0)
		return -1;
	look_up("accept4", &real, sizeof(real));
	return real(fd, address, size, flags);
}

ssize_t
write_or_not(int fd, const void *data, size_t len)
{
	ssize_t (*real)(int, const void *, size_t);

	if (write_fails(fd))
		return -1;
	look_up("write", &real, sizeof(real));
	return real(fd, data, len);
}

ssize_t
pwrite_or_not(int fd, const void *data, size_t len, off_t at)
{
	ssize_t (*real)(int, const void *, size_t, off_t);

	if (write_fails(fd))
		return -1;
	look_up("pwrite", &real, sizeof(real));
	return real(fd, data, len, at);
}

ssize_t
pwrite64_or_not(int fd, const void *data, size_t len, off_t at)
{
	return pwrite_or_not(fd, data, len, at);
}

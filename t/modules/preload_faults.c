/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Loaded before the C library (LD_PRELOAD): calls fail without doing anything while a file
 * exists, with the errno that it contains.  WS_ACCEPT names the file for accept(); WS_WRITE names
 * the one for write() and pwrite() to the file that WS_WRITE_TO names.
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

/* Returns the errno in the file that a variable names, and sets it; 0 if there is none. */
static int
fault_of(const char *variable)
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
	struct stat target, st;
	int saved = errno, same;

	same = path != NULL && stat(path, &target) == 0 && fstat(fd, &st) == 0 &&
	    st.st_dev == target.st_dev && st.st_ino == target.st_ino;
	errno = saved;
	return same && fault_of("WS_WRITE") != 0;
}

/* Finds the next function of a name.  ISO C has no conversion from void * to a function pointer. */
static void
look_up(const char *name, void *function, size_t size)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	memcpy(function, &symbol, size);
}

/*
 * These have names of their own, because the declarations of the C library differ between
 * systems.
 */
int	failing_accept(int fd, struct sockaddr *address, socklen_t *size) __asm__("accept");
int	failing_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
	    __asm__("accept4");
ssize_t	failing_write(int fd, const void *data, size_t len) __asm__("write");
ssize_t	failing_pwrite(int fd, const void *data, size_t len, off_t at) __asm__("pwrite");
ssize_t	failing_pwrite64(int fd, const void *data, size_t len, off_t at) __asm__("pwrite64");

int
failing_accept(int fd, struct sockaddr *address, socklen_t *size)
{
	int (*real)(int, struct sockaddr *, socklen_t *);

	if (fault_of("WS_ACCEPT") != 0)
		return -1;
	look_up("accept", &real, sizeof(real));
	return real(fd, address, size);
}

int
failing_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	int (*real)(int, struct sockaddr *, socklen_t *, int);

	if (fault_of("WS_ACCEPT") != 0)
		return -1;
	look_up("accept4", &real, sizeof(real));
	return real(fd, address, size, flags);
}

ssize_t
failing_write(int fd, const void *data, size_t len)
{
	ssize_t (*real)(int, const void *, size_t);

	if (write_fails(fd))
		return -1;
	look_up("write", &real, sizeof(real));
	return real(fd, data, len);
}

ssize_t
failing_pwrite(int fd, const void *data, size_t len, off_t at)
{
	ssize_t (*real)(int, const void *, size_t, off_t);

	if (write_fails(fd))
		return -1;
	look_up("pwrite", &real, sizeof(real));
	return real(fd, data, len, at);
}

ssize_t
failing_pwrite64(int fd, const void *data, size_t len, off_t at)
{
	return failing_pwrite(fd, data, len, at);
}

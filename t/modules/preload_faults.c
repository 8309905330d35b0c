/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A library for LD_PRELOAD.  While a file exists, calls fail with the errno that the file
 * contains, and have no other effect.  WS_ACCEPT is the path of this file for accept(), WS_WRITE
 * that for write() and pwrite() to the file with the path WS_WRITE_TO, WS_MEMFD that for
 * memfd_create(), WS_MKSTEMP that for mkstemp(), and WS_TEMPORARY that for both.
 *
 * If WS_THREAD is set, the process has a second thread before main(), as under an emulator.
 */

#define _GNU_SOURCE	/* RTLD_NEXT */

#include <sys/socket.h>
#include <sys/stat.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Returns the number in the file that the variable names, and sets errno to it; 0 if the file
 * does not exist.
 */
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

/*
 * Finds the next definition of a function.  ISO C has no conversion from void * to a function
 * pointer.
 */
static void
look_up(const char *name, void *function, size_t size)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	memcpy(function, &symbol, size);
}

static void *
sleep_for_ever(void *unused)
{
	(void)unused;
	while (pause() == -1)
		continue;
	return NULL;
}

/* The thread blocks all signals, so that they reach the program's own thread. */
__attribute__((constructor)) static void
start_thread(void)
{
	sigset_t all, before;
	pthread_t thread;

	if (getenv("WS_THREAD") == NULL)
		return;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&thread, NULL, sleep_for_ever, NULL) != 0)
		abort();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/*
 * The replacements have other names in C, because the declarations in the headers differ between
 * systems.
 */
int	failing_accept(int fd, struct sockaddr *address, socklen_t *size) __asm__("accept");
int	failing_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
	    __asm__("accept4");
ssize_t	failing_write(int fd, const void *data, size_t len) __asm__("write");
ssize_t	failing_pwrite(int fd, const void *data, size_t len, off_t at) __asm__("pwrite");
ssize_t	failing_pwrite64(int fd, const void *data, size_t len, off_t at) __asm__("pwrite64");

int	failing_memfd_create(const char *name, unsigned flags) __asm__("memfd_create");
int	failing_mkstemp(char *path) __asm__("mkstemp");
int	failing_mkstemp64(char *path) __asm__("mkstemp64");

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

int
failing_memfd_create(const char *name, unsigned flags)
{
	int (*real)(const char *, unsigned);

	if (fault_of("WS_MEMFD") != 0 || fault_of("WS_TEMPORARY") != 0)
		return -1;
	look_up("memfd_create", &real, sizeof(real));
	return real(name, flags);
}

int
failing_mkstemp(char *path)
{
	int (*real)(char *);

	if (fault_of("WS_MKSTEMP") != 0 || fault_of("WS_TEMPORARY") != 0)
		return -1;
	look_up("mkstemp", &real, sizeof(real));
	return real(path);
}

int
failing_mkstemp64(char *path)
{
	return failing_mkstemp(path);
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "posix/pidfile.h"

#define MODE	(S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH)
#define TRIES	16	/* attempts, if other processes remove or unlock the file meanwhile */
#define AGAIN	(-2)	/* the file has changed during an attempt; no message was logged */
#define LONGEST	32	/* bytes of the longest pid file */

/*
 * Returns 0, or -1 after a message if another user can write to the directory of the pid file. Such
 * a user could make another process look like the server.
 */
static int
check_directory(const char *path)
{
	int safe = *path == '/' ? io_is_safe_place(path) : -1;

	if (*path != '/')
		log_errorx("pid file %s: not an absolute path", path);
	else if (safe == -1)
		log_error("pid file %s: cannot check its directory", path);
	else if (safe == 0)
		log_errorx("pid file %s: other users can write to its directory, and could "
		    "replace it", path);
	return safe == 1 ? 0 : -1;
}

/*
 * Reads up to LONGEST + 1 bytes of the pid file as a string.  Returns the length, or -1 with errno.
 */
static ssize_t
read_pid_file(int fd, char text[LONGEST + 2])
{
	ssize_t n;

	do
		n = pread(fd, text, LONGEST + 1, 0);
	while (n == -1 && errno == EINTR);
	text[n > 0 ? n : 0] = '\0';
	return n;
}

/*
 * Returns whether the file is empty or contains only characters of a pid line, so that a wrong path
 * in the configuration does not overwrite another file.  NULs are valid: a system crash may leave
 * them in the file.
 */
static int
has_pid(int fd)
{
	char text[LONGEST + 2];
	ssize_t n = read_pid_file(fd, text), i;

	for (i = 0; i < n; i++)
		if (text[i] != '\0' && strchr("0123456789 \n", text[i]) == NULL)
			return 0;
	return n >= 0 && n <= LONGEST;
}

static int
has_our_pid(int fd)
{
	char text[LONGEST + 2];

	return read_pid_file(fd, text) > 0 && strtol(text, NULL, 10) == (long)getpid();
}

static int
check_file(int fd, const char *path)
{
	const char *why = NULL;
	struct stat st;

	if (fstat(fd, &st) == -1) {
		log_error("cannot check the pid file %s", path);
		return -1;
	}
	if (!S_ISREG(st.st_mode))
		why = "it is not a regular file";
	else if (st.st_nlink == 0)
		return AGAIN;
	else if (st.st_nlink > 1)
		why = "it is a hard link to another file";
	else if (st.st_uid != geteuid())
		why = "it belongs to another user";
	else if (!has_pid(fd))
		why = "it exists and contains something other than a pid";
	if (why != NULL)
		log_errorx("pid file %s: %s", path, why);
	return why != NULL ? -1 : 0;
}

static int
take_lock(int fd, const char *path)
{
	pid_t holder = -1;

	if (io_lock(fd) == 0)
		return 0;
	if (errno == EACCES || errno == EAGAIN)
		holder = io_lock_holder(fd, F_WRLCK);
	if (holder == 0)
		return AGAIN;
	if (holder > 0)
		log_errorx("already running as pid %ld (pid file %s)", (long)holder, path);
	else if (errno == 0)
		log_errorx("already running, in another container (pid file %s)", path);
	else
		log_error("cannot lock the pid file %s", path);
	return -1;
}

static int
write_pid(int fd, const char *path)
{
	char text[LONGEST];
	int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (ftruncate(fd, 0) == 0 && fchmod(fd, MODE) == 0 &&
	    pwrite(fd, text, (size_t)len, 0) == (ssize_t)len)
		return 0;
	log_error("cannot write the pid file %s (setting: pid-file)", path);
	/* The pid file may be removed: it was checked and this process has locked it. */
	(void)unlink(path);
	return -1;
}

/*
 * Tries once to open, check and lock the pid file.  Returns its descriptor, -1 after a message, or
 * AGAIN.
 */
static int
open_once(const char *path)
{
	/* With O_NONBLOCK and O_NOCTTY open() has no side effects on a FIFO or a terminal. */
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
	    MODE);
	int result;

	if (fd == -1 && (errno == ELOOP || errno == EMLINK)) {
		log_errorx("pid file %s: it is a symbolic link", path);
		return -1;
	}
	if (fd == -1) {
		log_error("cannot open the pid file %s (setting: pid-file)", path);
		return -1;
	}
	result = check_file(fd, path);
	if (result == 0)
		result = take_lock(fd, path);
	/* The previous owner may have removed the pid file between our open and our lock. */
	if (result == 0 && !io_is_at(fd, path))
		result = AGAIN;
	/* The pid file may have become a hard link to another file since the first check. */
	if (result == 0)
		result = check_file(fd, path);
	if (result == 0)
		result = write_pid(fd, path);
	if (result != 0) {
		io_close(&fd);
		return result;
	}
	return fd;
}

int
pidfile_open(const char *path)
{
	int fd = AGAIN, try;

	if (check_directory(path) == -1)
		return -1;
	for (try = 0; fd == AGAIN && try < TRIES; try++)
		fd = open_once(path);
	if (fd == AGAIN) {
		log_errorx("pid file %s: another process keeps replacing it", path);
		return -1;
	}
	return fd;
}

int
pidfile_adopt(int fd, const char *path)
{
	return io_is_at(fd, path) && has_our_pid(fd) && io_lock(fd) == 0 &&
	    io_set_cloexec(fd) == 0 ? 0 : -1;
}

void
pidfile_remove(const char *path, int *fd)
{
	if (*fd == -1)
		return;
	if (io_is_at(*fd, path) && has_our_pid(*fd) && unlink(path) == -1 &&
	    ftruncate(*fd, 0) == -1)
		log_warn("cannot remove the pid file %s", path);
	io_close(fd);
}

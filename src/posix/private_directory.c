/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "posix/private_directory.h"

#define BEGIN	"websocksy."
#define DIGITS	"XXXXXX"	/* mkdtemp() replaces them */
#define LOCK	"lock"
#define MODE	(S_IRWXU | S_IXGRP | S_IXOTH)
#define TRIES	16		/* attempts, if another process sweeps the directory meanwhile */
#define GONE	(-2)		/* another process has swept the directory */

/* Opens a directory, but no symbolic link to one.  Returns its descriptor, or -1 with errno. */
static int
open_directory(int parent, const char *name)
{
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* Locks a file.  Returns 0; -1 with errno: EAGAIN or EACCES if another process has locked it. */
static int
take_lock(int fd)
{
	struct flock lock;

	memset(&lock, 0, sizeof(lock));
	lock.l_type = F_WRLCK;
	lock.l_whence = SEEK_SET;
	return fcntl(fd, F_SETLK, &lock);
}

/*
 * Makes the lock in a new directory, and gives the directory to uid.  Returns the descriptor of the
 * lock, -1 with errno, or GONE: between the two steps, another process has locked the file and
 * taken the directory for a leftover.
 */
static int
make_lock(int directory, uid_t uid, gid_t gid)
{
	int fd = openat(directory, LOCK, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int error, result = -1;
	struct stat st;

	if (fd == -1)
		return errno == ENOENT ? GONE : -1;
	if (take_lock(fd) == -1)
		result = errno == EAGAIN || errno == EACCES ? GONE : -1;
	else if (fstat(fd, &st) == 0 && st.st_nlink == 0)
		result = GONE;
	else if ((uid == geteuid() || fchown(directory, uid, gid) == 0) &&
	    fchmod(directory, MODE) == 0)
		return fd;
	error = errno;
	(void)close(fd);
	errno = error;
	return result;
}

/* Tries to make a directory.  Returns like make_lock(). */
static int
try_to_make(struct private_directory *d, const char *parent, uid_t uid, gid_t gid)
{
	int directory, error, result;
	struct stat st;

	(void)snprintf(d->path, sizeof(d->path), "%s/" BEGIN DIGITS, parent);
	if (mkdtemp(d->path) == NULL)
		return -1;
	directory = open_directory(AT_FDCWD, d->path);
	/* Another owner: others can rename files in parent, and somebody has done so. */
	if (directory == -1 || fstat(directory, &st) == -1 || st.st_uid != geteuid())
		result = directory == -1 && errno == ENOENT ? GONE : -1;
	else
		result = make_lock(directory, uid, gid);
	error = errno;
	if (result == -1 && directory != -1)
		(void)unlinkat(directory, LOCK, 0);
	if (result == -1)
		(void)rmdir(d->path);
	io_close(&directory);
	errno = error;
	return result;
}

int
private_directory_make(struct private_directory *d, const char *parent, uid_t uid, gid_t gid)
{
	unsigned tries;

	memset(d, 0, sizeof(*d));
	d->lock = -1;
	if (strlen(parent) + PRIVATE_DIRECTORY_NAME >= sizeof(d->path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (tries = 0; tries < TRIES; tries++) {
		d->lock = try_to_make(d, parent, uid, gid);
		if (d->lock >= 0)
			return 0;
		if (d->lock == -1)
			break;
		errno = EAGAIN;
	}
	d->lock = -1;
	d->path[0] = '\0';
	return -1;
}

/* Returns 1 if this is the name of a directory that private_directory_make() can have made. */
static int
is_name(const char *name)
{
	return strlen(name) == sizeof(BEGIN DIGITS) - 1 &&
	    strncmp(name, BEGIN, sizeof(BEGIN) - 1) == 0;
}

int
private_directory_is(const struct private_directory *d, const char *parent, uid_t uid)
{
	size_t len = strlen(parent);
	char lock[PRIVATE_DIRECTORY_SIZE + sizeof(LOCK)];
	struct stat st;

	if (d->lock == -1 || strncmp(d->path, parent, len) != 0 || d->path[len] != '/' ||
	    !is_name(d->path + len + 1))
		return 0;
	(void)snprintf(lock, sizeof(lock), "%s/" LOCK, d->path);
	return lstat(d->path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == uid &&
	    io_is_at(d->lock, lock);
}

/*
 * Removes the sockets in an open directory whose names begin with a text, and the lock if `all` is
 * 1.  Other files are not ours.
 */
static void
clear_open(int directory, const char *begin, int all)
{
	int copy = open_directory(directory, ".");
	DIR *d = copy == -1 ? NULL : fdopendir(copy);
	struct dirent *entry;
	struct stat st;

	if (d == NULL) {
		io_close(&copy);
		return;
	}
	while ((entry = readdir(d)) != NULL)
		if (strncmp(entry->d_name, begin, strlen(begin)) == 0 &&
		    fstatat(directory, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISSOCK(st.st_mode))
			(void)unlinkat(directory, entry->d_name, 0);
	(void)closedir(d);
	if (all)
		(void)unlinkat(directory, LOCK, 0);
}

/*
 * Returns 1 if an open directory belongs to uid or to this user, and if its lock has no other name:
 * opening and closing a file releases the locks that this process has on it.
 */
static int
may_sweep(int directory, uid_t uid)
{
	struct stat st, lock;

	return fstat(directory, &st) == 0 && (st.st_uid == uid || st.st_uid == geteuid()) &&
	    fstatat(directory, LOCK, &lock, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(lock.st_mode) && lock.st_nlink == 1 && lock.st_size == 0;
}

/* Removes a directory below an open one if it belongs to uid and its lock is free. */
static void
sweep_one(int parent, const char *name, uid_t uid)
{
	int directory = open_directory(parent, name), lock = -1;

	if (directory != -1 && may_sweep(directory, uid))
		lock = openat(directory, LOCK, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (lock != -1 && take_lock(lock) == 0) {
		clear_open(directory, "", 1);
		(void)unlinkat(parent, name, AT_REMOVEDIR);
	}
	io_close(&lock);
	io_close(&directory);
}

void
private_directory_sweep(const char *parent, uid_t uid)
{
	DIR *d = opendir(parent);
	struct dirent *entry;

	if (d == NULL)
		return;
	while ((entry = readdir(d)) != NULL)
		if (is_name(entry->d_name))
			sweep_one(dirfd(d), entry->d_name, uid);
	(void)closedir(d);
}

void
private_directory_clear(const struct private_directory *d, const char *begin)
{
	int directory = d->lock == -1 ? -1 : open_directory(AT_FDCWD, d->path);

	if (directory != -1)
		clear_open(directory, begin, 0);
	io_close(&directory);
}

void
private_directory_remove(struct private_directory *d)
{
	char lock[PRIVATE_DIRECTORY_SIZE + sizeof(LOCK)];
	int directory;

	if (d->lock == -1)
		return;
	(void)snprintf(lock, sizeof(lock), "%s/" LOCK, d->path);
	directory = io_is_at(d->lock, lock) ? open_directory(AT_FDCWD, d->path) : -1;
	if (directory != -1) {
		clear_open(directory, "", 1);
		(void)rmdir(d->path);
	}
	io_close(&directory);
	io_close(&d->lock);
}

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

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "posix/address.h"
#include "posix/safe_path.h"
#include "posix/unix_target.h"
#include "proto/allow.h"

static enum unix_target_result
set_address(struct unix_target *t, const char *path)
{
	return address_unix(&t->address, path) == 0 ? UNIX_TARGET_OK : UNIX_TARGET_LONG;
}

/* Logs why a path is refused that the list would allow. */
static void
log_unsafe(const char *path, const char *directory)
{
	static struct log_limit limit;
	unsigned long skipped;

	if (log_allowed(&limit, clock_now(), &skipped))
		log_warnx("peer unix:%s: other users can write to the directory %s and so change "
		    "the path: allow-peers cannot allow it", path, directory);
}

/* Resolves the links in a path and compares the result with the list. */
static enum unix_target_result
find_by_path(struct unix_target *t, const char *path, peer_transport transport,
    const char *allowed)
{
	char *real = realpath(path, NULL), unsafe[SAFE_PATH_SIZE];
	enum unix_target_result result = UNIX_TARGET_ERROR;
	int safe, error;

	if (real == NULL)
		return UNIX_TARGET_ERROR;
	if (!allow_unix(allowed, transport, real)) {
		free(real);
		return UNIX_TARGET_FORBIDDEN;
	}
	safe = safe_path(real, unsafe);
	error = errno;
	if (safe == 1)
		result = set_address(t, real);
	if (safe == 0) {
		log_unsafe(real, unsafe);
		result = UNIX_TARGET_UNSAFE;
	}
	free(real);
	errno = error;
	return result;
}

#if defined(__linux__) && defined(O_PATH)

/*
 * Reads the path of an open file from /proc.  Returns its length, or -1 if there is no /proc.  A
 * file without a name below the root directory gives the path "".
 */
static ssize_t
own_path(int fd, char name[32], char real[PATH_MAX])
{
	struct stat st;
	ssize_t len;

	(void)snprintf(name, 32, "/proc/self/fd/%d", fd);
	len = readlink(name, real, PATH_MAX - 1);
	if (len == -1)
		return -1;
	real[len] = '\0';
	/* A path that could not be given in full is none; " (deleted)" may be part of a name. */
	if (*real != '/' || len == PATH_MAX - 1 || fstat(fd, &st) == -1 || st.st_nlink == 0)
		*real = '\0';
	return len;
}

/* Opens the path and compares what was opened with the list. */
static enum unix_target_result
find_by_descriptor(struct unix_target *t, const char *path, peer_transport transport,
    const char *allowed)
{
	char name[32], real[PATH_MAX];

	t->fd = open(path, O_PATH | O_CLOEXEC);
	if (t->fd == -1)
		return UNIX_TARGET_ERROR;
	if (own_path(t->fd, name, real) == -1) {
		io_close(&t->fd);
		return find_by_path(t, path, transport, allowed);
	}
	if (*real != '\0' && allow_unix(allowed, transport, real))
		return set_address(t, name);
	io_close(&t->fd);
	errno = ENOENT;
	return *real == '\0' ? UNIX_TARGET_ERROR : UNIX_TARGET_FORBIDDEN;
}

#else
#define find_by_descriptor	find_by_path
#endif

enum unix_target_result
unix_target_find(struct unix_target *t, const char *path, peer_transport transport,
    const char *allowed)
{
	t->fd = -1;
	if (strcmp(allowed, "any") == 0)
		return set_address(t, path);
	return find_by_descriptor(t, path, transport, allowed);
}

void
unix_target_release(struct unix_target *t)
{
	io_close(&t->fd);
}

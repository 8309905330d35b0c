/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "posix/safe_path.h"

static int
is_trusted(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

/* Returns 1 if other users cannot replace `inner`, which is in a directory. */
static int
is_fixed(const struct stat *directory, const struct stat *inner)
{
	if (!is_trusted(directory))
		return 0;
	if ((directory->st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return 1;
	return (directory->st_mode & S_ISVTX) != 0 && is_trusted(inner);
}

int
safe_path(const char *path, char unsafe[SAFE_PATH_SIZE])
{
	char part[SAFE_PATH_SIZE] = "/";
	struct stat directory, inner;
	size_t end = 1, len = strlen(path);

	if (*path != '/' || len >= sizeof(part)) {
		errno = *path != '/' ? EINVAL : ENAMETOOLONG;
		return -1;
	}
	if (lstat(part, &directory) == -1)
		return -1;
	while (end < len) {
		strcpy(unsafe, part);
		end += strcspn(path + end, "/");
		memcpy(part, path, end);
		part[end++] = '\0';
		if (lstat(part, &inner) == -1)
			return -1;
		if (!is_fixed(&directory, &inner))
			return 0;
		if (S_ISLNK(inner.st_mode)) {
			errno = ELOOP;
			return -1;
		}
		directory = inner;
	}
	return 1;
}

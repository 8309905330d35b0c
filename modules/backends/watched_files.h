/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef WATCHED_FILES_H
#define WATCHED_FILES_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * The text of a file, or of all files of a directory.  A change is noticed whether a file was
 * written to or another file was renamed over it.
 */

/* The properties of a file that differ between its versions, from stat(). */
struct watched_stamp {
	int		 error;		/* errno of stat(), otherwise 0 */
	uint64_t	 device, inode, size;
	struct timespec	 modified, changed;
	int		 recent;	/* 1: a further change may get the same time */
};

struct watched_file {
	char		*name;
	char		*text;		/* len bytes, with space for a NUL; NULL if not read */
	size_t		 len;
	struct watched_stamp stamp;
};

/* A set of files that were read together.  All zero: no file has been read. */
struct watched_files {
	struct watched_file *file;
	size_t		 count, room;
	uint64_t	 sum;		/* hash of all names and texts */
};

/*
 * Reads the file `name`.  If it is a directory, reads the regular files in it, sorted by name,
 * except those that leftover.h describes.  Overwrites *w.  Returns 0; or -1 with the reason in why
 * (size bytes), also for a text in UTF-16.  In both cases watched_files_changed() may be called
 * afterwards, and watched_files_free() must be called.
 */
int	watched_files_read(struct watched_files *w, const char *name, char *why, size_t size);

/*
 * Returns 1 if a file has changed since it was read, was added or was removed; also if it may
 * have changed, because it was less than 2 s old when it was read.  Otherwise returns 0.  Calls
 * stat() for each file.
 */
int	watched_files_changed(const struct watched_files *w);

/* Frees the texts of the files, but keeps the stamps, which watched_files_changed() compares. */
void	watched_files_drop_texts(struct watched_files *w);

void	watched_files_free(struct watched_files *w);

#endif

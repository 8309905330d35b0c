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
 * The text of a file, or of all files of a directory, and whether it has changed since it was
 * read.  Renaming another file over it and writing into it are both noticed.
 */

/* What tells one version of a file from another. */
struct watched_stamp {
	int		 error;		/* errno if it could not be looked at, else 0 */
	uint64_t	 device, inode, size;
	struct timespec	 modified, changed;
	int		 young;		/* it was changed a moment ago, and may be again unseen */
};

struct watched_file {
	char		*name;
	char		*text;		/* NULL for a directory and for what cannot be read */
	size_t		 len;
	struct watched_stamp stamp;
};

struct watched_files {
	struct watched_file *file;
	size_t		 count, room;
	uint64_t	 sum;		/* of all names and texts */
};

/*
 * Reads name; if it is a directory, its regular files in the order of their names, but not those
 * whose names begin with a dot or end with a ~.  Returns 0, or -1 with the reason in why, of size
 * bytes; s is good for watched_files_changed() in both cases.
 */
int	watched_files_read(struct watched_files *s, const char *name, char *why, size_t size);

/* Whether what was read, or could not be read, is of yesterday; a look at each file. */
int	watched_files_changed(const struct watched_files *s);

/* Frees the texts and keeps what watched_files_changed() needs. */
void	watched_files_forget(struct watched_files *s);

void	watched_files_free(struct watched_files *s);

#endif

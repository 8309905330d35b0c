/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LEFTOVER_H
#define LEFTOVER_H

#include <stddef.h>

/*
 * Names of files that editors and package managers leave beside the file that they change, and
 * hidden files.  All backends ignore such files.  The names are listed in websocksy-backends(7).
 */

/*
 * Returns the length of the beginning of a name by which the file is such a file, or 0: 1 for a
 * dot, and for # if the name ends with #.
 */
size_t	leftover_beginning(const char *name, size_t len);

/* Returns the length of the end of a name by which the file is such a file, or 0. */
size_t	leftover_end(const char *name, size_t len);

/* Returns 1 if this is the name of such a file, otherwise 0. */
int	leftover_name(const char *name);

#endif

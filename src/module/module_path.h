/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef MODULE_PATH_H
#define MODULE_PATH_H

/*
 * The directories of modules: a list with colons between them.  Of two files with the same name,
 * the one in the later directory is used.
 */
#define MODULE_PATH_SIZE	4096	/* bytes of the path of a module, with the NUL */
#define MODULE_PATH_BACKENDS	64	/* most backends that are listed */
#define MODULE_PATH_PREFIX	"backend_"
#define MODULE_PATH_SUFFIX	".so"

/*
 * Copies the next directory of a list to out, and moves *list after it.  Returns 1, or 0 at the
 * end.  Leaves out a directory that the list has again later, under the same name or another one.
 */
int	module_path_next(const char **list, char out[MODULE_PATH_SIZE]);

/*
 * Finds the file `name` in the last directory of the list that has it, and stores its path in out.
 * Returns 1, or 0 if no directory has it.
 */
int	module_path_find(const char *list, const char *name, char out[MODULE_PATH_SIZE]);

/*
 * Stores the names of the backends in the directories, without "internal", in names; those of the
 * last directory come first.  NULL follows the last name.  The caller frees the names with
 * module_path_free().
 */
void	module_path_backends(const char *list, char *names[MODULE_PATH_BACKENDS + 1]);
void	module_path_free(char *names[MODULE_PATH_BACKENDS + 1]);

#endif

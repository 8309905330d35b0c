/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef MODULE_H
#define MODULE_H

#include <stddef.h>

/*
 * Shared objects, loaded in the master before the fork and never unloaded.
 * Convention: 0, or -1 after a message that names the file.
 */
struct module {
	struct module	*next;
	char		*name;		/* of the file, without .so */
	void		*handle;
	int		(*worker_init)(void);
	void		(*worker_exit)(void);
};

/*
 * Loads every framing module of a directory (*.so, but not backend_*.so), in the order
 * of their names; they register their functions.  A directory that is not there holds none.
 */
int	module_load_framings(const char *directory);

/* Loads one framing module. */
int	module_load_framing(const char *path);

/* Loads backend_NAME.so.  NULL after a message. */
struct module *module_load_backend(const char *directory, const char *name);

/* Finds a function that a module exports: *function is set to it, or to NULL. */
void	module_function(const struct module *m, const char *name, void *function, size_t size);

/*
 * After a call to a module in the master: whether it has started a thread, which
 * would not be there after a fork.  Says so.
 */
int	module_is_threaded(const struct module *m);

/* In a worker: worker_init() of all modules, -1 if one of them cannot work; and worker_exit(). */
int	module_enter_worker(void);
void	module_leave_worker(void);

/*
 * The module directory of the build tree in which the program stands, if it does: program
 * is how it was called.  Whether it does.
 */
int	module_build_tree(const char *program, char *out, size_t size);

#endif

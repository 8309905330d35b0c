/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef MODULE_H
#define MODULE_H

#include <stddef.h>

/*
 * Shared objects, loaded in the master before the fork and never unloaded.  Functions that
 * return an int return 0, or -1 after a message that names the file, unless said otherwise.
 *
 * For root a module is loaded only if nobody but root and its owner can write to the file and
 * to the module directory.
 */
struct module {
	struct module	*next;
	char		*name;		/* of the file, without .so */
	void		*handle;	/* of dlopen() */
	int		(*worker_init)(void);	/* or NULL */
	void		(*worker_exit)(void);	/* or NULL */
};

/*
 * Loads every framing module of a directory (*.so, but not backend_*.so), in the order of their
 * names; they register their functions.  A directory that cannot be read counts as empty, after
 * a warning unless it is the default directory and does not exist.
 */
int	module_load_framings(const char *directory);

/* Loads one framing module. */
int	module_load_framing(const char *path);

/* Loads backend_NAME.so from the directory.  Returns NULL after a message. */
struct module *module_load_backend(const char *directory, const char *name);

/*
 * Looks up a function that a module exports.  function points to a function pointer of that
 * many bytes, which is set to the function, or to NULL if the module does not export it.
 */
void	module_function(const struct module *m, const char *name, void *function, size_t size);

/*
 * For use after a call of a module in the master.  Returns 1, after a message, if the process
 * now has more than one thread: the other threads would not exist in the workers.
 */
int	module_is_threaded(const struct module *m);

/*
 * Call worker_init() and worker_exit() of all modules, in a worker.  module_enter_worker()
 * returns -1 after a message if one of them cannot work.
 */
int	module_enter_worker(void);
void	module_leave_worker(void);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef MODULE_H
#define MODULE_H

#include <stddef.h>

/*
 * Modules: shared objects that are loaded in the master before the fork and never unloaded.  Unless
 * a comment states otherwise, a function of type int returns 0, or -1 after a message that names
 * the file.
 *
 * If the master runs as root, a module is loaded only if no user except root and the owner of the
 * module can write to the file and to the module directory.
 */
struct module {
	struct module	*next;
	char		*name;		/* name of the file without .so */
	void		*handle;	/* result of dlopen() */
	int		(*worker_init)(void);	/* or NULL */
	void		(*worker_exit)(void);	/* or NULL */
	unsigned	threads;	/* threads of the process before it was loaded */
};

/*
 * Loads every framing module (*.so, but not backend_*.so) of a list of directories (module_path.h),
 * directory by directory and in the order of the file names.  A file is left out, with a message,
 * if a later directory has one of the same name.  The modules register their framings.  A directory
 * that cannot be read is treated as empty, after a warning, but without a warning if it is the
 * default directory and does not exist.
 */
int	module_load_framings(const char *directories);

/* Loads the framing module at path. */
int	module_load_framing(const char *path);

/*
 * Loads backend_NAME.so from the last of the directories that has it.  place is the place of the
 * name in the configuration, for messages.  Returns NULL after a message on failure.
 */
struct module *module_load_backend(const char *directories, const char *name, const char *place);

/*
 * Looks up a function that a module exports.  function is the address of a function pointer of size
 * bytes, which is set to the function, or to NULL if the module does not export it.
 */
void	module_function(const struct module *m, const char *name, void *function, size_t size);

/*
 * To be called after a call of a module in the master.  Returns 1, after a message, if the process
 * has more threads than before the module was loaded, because the new ones would not exist in the
 * workers; otherwise 0.  Threads from before belong to an emulator or a tool that runs the program.
 */
int	module_is_threaded(const struct module *m);

/*
 * Call worker_init() or worker_exit() of all modules, in a worker.  module_enter_worker() returns
 * -1 after a message if a worker_init() has failed.
 */
int	module_enter_worker(void);
void	module_leave_worker(void);

#endif

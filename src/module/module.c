/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/conf_names.h"
#include "module/api.h"
#include "module/guard.h"
#include "module/module.h"
#include "module/module_path.h"
#include "posix/trust.h"
#include "websocksy.h"

#define PREFIX		MODULE_PATH_PREFIX
#define SUFFIX		MODULE_PATH_SUFFIX

static struct module *modules;

/*
 * Returns 1, after a message, if this process runs as root and other users can write to path, and
 * so change the code of modules.  A daemon also refuses what others than root own.  The way to a
 * file is checked only if the file is a symbolic link: that of its directory was checked before.
 */
static int
is_unsafe(const char *path)
{
	struct stat st, own;

	if (geteuid() != 0 || stat(path, &st) == -1)
		return 0;
	if ((st.st_mode & S_IWOTH) != 0)
		log_errorx("%s is writable by everybody: root does not load modules from there "
		    "(chmod o-w)", path);
	else if ((st.st_mode & S_IWGRP) != 0 && st.st_gid != 0)
		log_errorx("%s is writable by group %ld: root does not load modules from there "
		    "(chmod g-w)", path, (long)st.st_gid);
	else
		return (S_ISDIR(st.st_mode) || st.st_uid != 0 ||
		    (lstat(path, &own) == 0 && S_ISLNK(own.st_mode))) &&
		    trust_check("modules from there", path) == -1;
	return 1;
}

void
module_function(const struct module *m, const char *name, void *function, size_t size)
{
	void *symbol = dlsym(m->handle, name);

	/*
	 * memcpy(), because ISO C cannot convert void * to a function pointer; in POSIX both have
	 * the same representation.
	 */
	memcpy(function, &symbol, size);
}

/*
 * Returns the number of threads of this process.  POSIX has no function that counts them: without
 * /proc, a single thread is assumed.
 */
static unsigned
count_threads(void)
{
	struct dirent *entry;
	unsigned threads = 0;
	DIR *d;

	d = opendir("/proc/self/task");
	if (d == NULL)
		return 1;
	while ((entry = readdir(d)) != NULL)
		threads += entry->d_name[0] != '.';
	(void)closedir(d);
	return threads;
}

int
module_is_threaded(const struct module *m)
{
	if (count_threads() <= m->threads)
		return 0;
	log_errorx("module %s has started a thread, which workers do not inherit: "
	    "start it in worker_init()", m->name);
	return 1;
}

static struct module *
new_module(const char *path)
{
	const char *name = strrchr(path, '/');
	struct module *m = calloc(1, sizeof(*m));
	size_t len;

	name = name == NULL ? path : name + 1;
	len = strlen(name);
	if (len > sizeof(SUFFIX) - 1 && strcmp(name + len - (sizeof(SUFFIX) - 1), SUFFIX) == 0)
		len -= sizeof(SUFFIX) - 1;
	if (m != NULL)
		m->name = strndup(name, len);
	if (m == NULL || m->name == NULL) {
		log_errorx("out of memory while loading %s", path);
		free(m);
		return NULL;
	}
	return m;
}

static struct module *
load_module(const char *path)
{
	struct guard before;
	struct module *m;
	struct stat st;

	if (stat(path, &st) == -1) {
		log_error("cannot load module %s", path);
		return NULL;
	}
	if (is_unsafe(path) || (m = new_module(path)) == NULL)
		return NULL;
	m->threads = count_threads();
	guard_init();
	guard_enter(&before, m->name, "a constructor");
	m->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	guard_leave(&before);
	if (m->handle == NULL) {
		log_errorx("cannot load module %s: %s", path, dlerror());
		free(m->name);
		free(m);
		return NULL;
	}
	/*
	 * After this point the module is never unloaded: its registered framings point into its
	 * memory.
	 */
	module_function(m, "worker_init", &m->worker_init, sizeof(m->worker_init));
	module_function(m, "worker_exit", &m->worker_exit, sizeof(m->worker_exit));
	m->next = modules;
	modules = m;
	return module_is_threaded(m) ? NULL : m;
}

static int
start_framing(const struct module *m)
{
	struct guard before;
	uint64_t (*init)(void), version;

	module_function(m, "init", &init, sizeof(init));
	if (init == NULL)
		return 0;
	guard_enter(&before, m->name, "init()");
	version = init();
	guard_leave(&before);
	if (version == 1 || version == 2)
		return module_is_threaded(m) ? -1 : 0;
	log_errorx("module %s is written for version %llu of the interface; this program "
	    "supports 1 and 2", m->name, (unsigned long long)version);
	return -1;
}

int
module_load_framing(const char *path)
{
	unsigned before = api_registered();
	struct module *m;

	(void)api_faulted();
	m = load_module(path);
	if (m == NULL)
		return -1;
	/*
	 * A module that registers framings in a constructor may use the name init() for its own
	 * purpose.
	 */
	if (api_registered() == before && start_framing(m) == -1)
		return -1;
	return api_faulted() ? -1 : 0;
}

static int
is_framing(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > sizeof(SUFFIX) - 1 &&
	    strcmp(entry->d_name + len - (sizeof(SUFFIX) - 1), SUFFIX) == 0 &&
	    strncmp(entry->d_name, PREFIX, sizeof(PREFIX) - 1) != 0;
}

/* Makes the path of a module.  Returns 0, or -1 after a message if the path is too long. */
static int
module_path(char out[MODULE_PATH_SIZE], const char *directory, const char *name)
{
	if (snprintf(out, MODULE_PATH_SIZE, "%s/%s", directory, name) < MODULE_PATH_SIZE)
		return 0;
	log_errorx("module-directory: the path of module %s is too long", name);
	return -1;
}

/*
 * Loads the framing module `name` of a directory, unless one of the later directories has a file of
 * this name.  Returns 0, or -1 after a message.
 */
static int
load_framing(const char *directory, const char *later, const char *name)
{
	char path[MODULE_PATH_SIZE], other[MODULE_PATH_SIZE];

	if (module_path(path, directory, name) == -1)
		return -1;
	if (module_path_find(later, name, other)) {
		log_info("module %s is used instead of %s", other, path);
		return 0;
	}
	return module_load_framing(path);
}

/* Loads the framing modules of one directory.  Returns 0, or -1 after a message. */
static int
load_directory(const char *directory, const char *later)
{
	struct dirent **entries;
	int n, i, faults = 0;

	n = scandir(directory, &entries, is_framing, alphasort);
	if (n == -1) {
		/*
		 * If no modules are installed, the default directory does not exist, which is no
		 * error.
		 */
		if (errno != ENOENT || strcmp(directory, MODULE_DIRECTORY) != 0)
			log_warn("cannot read the module directory %s", directory);
		return 0;
	}
	if (n > 0 && is_unsafe(directory))
		faults++;
	for (i = 0; i < n; i++) {
		if (faults == 0 && load_framing(directory, later, entries[i]->d_name) == -1)
			faults++;
		free(entries[i]);
	}
	free(entries);
	return faults > 0 ? -1 : 0;
}

int
module_load_framings(const char *directories)
{
	char directory[MODULE_PATH_SIZE];

	while (module_path_next(&directories, directory))
		if (load_directory(directory, directories) == -1)
			return -1;
	return 0;
}

/*
 * Logs that the backend `name` does not exist, and the names of the available backends.  place is
 * the place of the name in the configuration.
 */
static void
report_no_backend(const char *directories, const char *name, const char *place)
{
	char *names[MODULE_PATH_BACKENDS + 1], bare[256], text[512] = "internal";
	const char *list[MODULE_PATH_BACKENDS + 2] = { "internal" }, *similar;
	size_t len, i;

	module_path_backends(directories, names);
	for (i = 0; names[i] != NULL; i++) {
		list[i + 1] = names[i];
		len = strlen(text);
		(void)snprintf(text + len, sizeof(text) - len, ", %s", names[i]);
	}
	/* A person may write the name of the file. */
	len = strncmp(name, PREFIX, sizeof(PREFIX) - 1) == 0 ? sizeof(PREFIX) - 1 : 0;
	(void)snprintf(bare, sizeof(bare), "%s", name + len);
	len = strlen(bare);
	if (len > sizeof(SUFFIX) && strcmp(bare + len - (sizeof(SUFFIX) - 1), SUFFIX) == 0)
		bare[len - (sizeof(SUFFIX) - 1)] = '\0';
	similar = conf_names_similar(bare, list);
	log_errorx("%s: there is no backend '%s', since there is no file " PREFIX "%s" SUFFIX
	    " in %s (setting: module-directory, -m); available: %s%s%s%s", place, name, name,
	    directories, text, similar != NULL ? "; is '" : "", similar != NULL ? similar : "",
	    similar != NULL ? "' meant?" : "");
	module_path_free(names);
}

struct module *
module_load_backend(const char *directories, const char *name, const char *place)
{
	char file[256], path[MODULE_PATH_SIZE], directory[MODULE_PATH_SIZE];
	char used[MODULE_PATH_SIZE];

	(void)snprintf(file, sizeof(file), PREFIX "%s" SUFFIX, name);
	if (!module_path_find(directories, file, used)) {
		report_no_backend(directories, name, place);
		return NULL;
	}
	while (module_path_next(&directories, directory))
		if (module_path(path, directory, file) == 0 && strcmp(path, used) != 0 &&
		    access(path, F_OK) == 0)
			log_info("module %s is used instead of %s", used, path);
	(void)snprintf(directory, sizeof(directory), "%.*s", (int)(strrchr(used, '/') - used),
	    used);
	return is_unsafe(directory) ? NULL : load_module(used);
}

int
module_enter_worker(void)
{
	const struct module *m;
	struct guard before;
	int result;

	for (m = modules; m != NULL; m = m->next) {
		if (m->worker_init == NULL)
			continue;
		guard_enter(&before, m->name, "worker_init()");
		result = m->worker_init();
		guard_leave(&before);
		if (result != 0) {
			log_errorx("module %s cannot work: worker_init() returned %d", m->name,
			    result);
			return -1;
		}
	}
	return 0;
}

void
module_leave_worker(void)
{
	const struct module *m;
	struct guard before;

	for (m = modules; m != NULL; m = m->next) {
		if (m->worker_exit == NULL)
			continue;
		guard_enter(&before, m->name, "worker_exit()");
		m->worker_exit();
		guard_leave(&before);
	}
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "module/module_path.h"

#define SEPARATOR	":"
#define LEAST		(sizeof(MODULE_PATH_PREFIX MODULE_PATH_SUFFIX) - 1)

/* Copies the next directory of a list as it is.  Returns 1, or 0 at the end of the list. */
static int
next_directory(const char **list, char out[MODULE_PATH_SIZE])
{
	size_t len;

	*list += strspn(*list, SEPARATOR);
	len = strcspn(*list, SEPARATOR);
	if (len == 0)
		return 0;
	(void)snprintf(out, MODULE_PATH_SIZE, "%.*s", (int)len, *list);
	*list += len;
	return 1;
}

static int
is_same_directory(const char *a, const char *b)
{
	struct stat one, other;

	return strcmp(a, b) == 0 ||
	    (stat(a, &one) == 0 && stat(b, &other) == 0 && io_same_file(&one, &other));
}

int
module_path_next(const char **list, char out[MODULE_PATH_SIZE])
{
	char later[MODULE_PATH_SIZE];
	const char *rest;
	int again;

	while (next_directory(list, out)) {
		again = 0;
		for (rest = *list; !again && next_directory(&rest, later); )
			again = is_same_directory(out, later);
		if (!again)
			return 1;
	}
	return 0;
}

int
module_path_find(const char *list, const char *name, char out[MODULE_PATH_SIZE])
{
	char directory[MODULE_PATH_SIZE], path[MODULE_PATH_SIZE];
	int found = 0;

	while (next_directory(&list, directory)) {
		if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path) ||
		    access(path, F_OK) == -1)
			continue;
		memcpy(out, path, sizeof(path));
		found = 1;
	}
	return found;
}

/* -- the names of backends -- */

static int
is_backend(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > LEAST &&
	    strncmp(entry->d_name, MODULE_PATH_PREFIX, sizeof(MODULE_PATH_PREFIX) - 1) == 0 &&
	    strcmp(entry->d_name + len - (sizeof(MODULE_PATH_SUFFIX) - 1), MODULE_PATH_SUFFIX) == 0;
}

/* Adds the name of a backend, if it is new and there is room. */
static void
add_name(char *names[MODULE_PATH_BACKENDS + 1], const char *file)
{
	char *name = strndup(file + sizeof(MODULE_PATH_PREFIX) - 1, strlen(file) - LEAST);
	unsigned i;

	for (i = 0; name != NULL && names[i] != NULL && strcmp(names[i], name) != 0; i++)
		;
	if (name == NULL || names[i] != NULL || i == MODULE_PATH_BACKENDS) {
		free(name);
		return;
	}
	names[i] = name;
	names[i + 1] = NULL;
}

void
module_path_backends(const char *list, char *names[MODULE_PATH_BACKENDS + 1])
{
	char directory[MODULE_PATH_SIZE];
	struct dirent **entries;
	int n, i;

	if (!module_path_next(&list, directory)) {
		names[0] = NULL;
		return;
	}
	/* The last directory comes first. */
	module_path_backends(list, names);
	n = scandir(directory, &entries, is_backend, alphasort);
	for (i = 0; i < n; i++) {
		add_name(names, entries[i]->d_name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

void
module_path_free(char *names[MODULE_PATH_BACKENDS + 1])
{
	unsigned i;

	for (i = 0; names[i] != NULL; i++)
		free(names[i]);
	names[0] = NULL;
}

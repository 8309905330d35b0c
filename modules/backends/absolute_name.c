/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#define _XOPEN_SOURCE		700
#define WEBSOCKSY_API_VERSION	2

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <websocksy.h>

#include "absolute_name.h"

#define DIRECTORY_SIZE	4096

char *
absolute_name(const char *name)
{
	char directory[DIRECTORY_SIZE] = "", *path;
	int is_absolute = *name == '/' || *name == '\0';
	size_t size;

	if (!is_absolute && getcwd(directory, sizeof(directory)) == NULL) {
		core_log(ws_log_error, "%s: cannot find the working directory: %s", name,
		    strerror(errno));
		return NULL;
	}
	size = strlen(directory) + 1 + strlen(name) + 1;
	path = malloc(size);
	if (path == NULL)
		core_log(ws_log_error, "%s: out of memory", name);
	else
		(void)snprintf(path, size, "%s%s%s", directory, is_absolute ? "" : "/", name);
	return path;
}

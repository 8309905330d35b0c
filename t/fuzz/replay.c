/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * replay: the main() of a fuzz target without libFuzzer. It runs the target once on each named
 * file, and on each file in the named directories (not in their subdirectories), and prints the
 * number of files.
 *
 *	fuzz_http [-v] file-or-directory...
 *
 * -v prints the name of each file on standard error before the run, so the last name is that of a
 * file on which the target crashes.
 */
#include "config.h"

#include <sys/stat.h>

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int verbose;

static void
replay_fail(const char *what, const char *name)
{
	fprintf(stderr, "replay: %s: ", name);
	perror(what);
	exit(2);
}

/*
 * The input is in a block of exactly its size, so that valgrind and the sanitizers report the
 * first byte read after it.
 */
static void
replay_file(const char *name, size_t size)
{
	uint8_t *data;
	FILE *f;

	if (verbose)
		fprintf(stderr, "%s\n", name);
	data = malloc(size > 0 ? size : 1);
	if (data == NULL)
		replay_fail("malloc", name);
	f = fopen(name, "rb");
	if (f == NULL)
		replay_fail("fopen", name);
	if (fread(data, 1, size, f) != size)
		replay_fail("fread", name);
	fclose(f);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

static unsigned long	replay_path(const char *name, int depth);

static unsigned long
replay_directory(const char *name)
{
	unsigned long count;
	struct dirent *entry;
	char *path;
	size_t size;
	DIR *dir;

	dir = opendir(name);
	if (dir == NULL)
		replay_fail("opendir", name);
	count = 0;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		size = strlen(name) + 1 + strlen(entry->d_name) + 1;
		path = malloc(size);
		if (path == NULL)
			replay_fail("malloc", name);
		snprintf(path, size, "%s/%s", name, entry->d_name);
		count += replay_path(path, 1);
		free(path);
	}
	closedir(dir);
	return count;
}

static unsigned long
replay_path(const char *name, int depth)
{
	struct stat st;

	if (stat(name, &st) == -1)
		replay_fail("stat", name);
	if (S_ISDIR(st.st_mode))
		return depth == 0 ? replay_directory(name) : 0;
	replay_file(name, (size_t)st.st_size);
	return 1;
}

int
main(int argc, char *argv[])
{
	unsigned long count;
	int i;

	count = 0;
	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-v") == 0)
			verbose = 1;
		else
			count += replay_path(argv[i], 0);
	}
	if (count == 0) {
		fprintf(stderr, "usage: %s [-v] file-or-directory...\n", argv[0]);
		return 2;
	}
	printf("%lu\n", count);
	return 0;
}

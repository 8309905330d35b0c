/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "modules.h"

#define ARGS	40

static char directory[256], trace[300];

/* Returns the path of the file that the build makes of a module. */
static const char *
built_module(const char *name)
{
	static char path[1024];

	snprintf(path, sizeof(path), "%s/t/modules/" LT_OBJDIR "%s.so", harness_build_directory(),
	    name);
	if (access(path, R_OK) == -1)
		expect_fail("%s: %s", path, strerror(errno));
	return path;
}

const char *
modules_directory(void)
{
	return directory;
}

const char *
modules_setting(void)
{
	static char text[300];

	snprintf(text, sizeof(text), "module-directory=%s", directory);
	return text;
}

const char *
modules_path(const char *name)
{
	static char paths[8][400];
	static unsigned turn;
	char *path = paths[turn++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

void
modules_link(const char *name, const char *as)
{
	char file[100];

	if (harness_is_foreign(built_module(name))) {
		modules_copy(name, as);
		return;
	}
	snprintf(file, sizeof(file), "%s.so", as);
	if (symlink(built_module(name), modules_path(file)) == -1)
		expect_fail("%s: %s", modules_path(file), strerror(errno));
}

void
modules_copy(const char *name, const char *as)
{
	char file[100], block[4096];
	FILE *from = fopen(built_module(name), "rb"), *to;
	size_t n;

	snprintf(file, sizeof(file), "%s.so", as);
	to = fopen(modules_path(file), "wb");
	if (from == NULL || to == NULL)
		expect_fail("%s: %s", modules_path(file), strerror(errno));
	while ((n = fread(block, 1, sizeof(block), from)) > 0)
		if (fwrite(block, 1, n, to) != n)
			expect_fail("%s: %s", modules_path(file), strerror(errno));
	if (ferror(from) || fclose(from) != 0 || fclose(to) != 0 ||
	    chmod(modules_path(file), 0755) == -1)
		expect_fail("%s: %s", modules_path(file), strerror(errno));
}

void
modules_begin(const char *name, ...)
{
	va_list ap;

	harness_directory(directory, sizeof(directory));
	snprintf(trace, sizeof(trace), "%s", modules_path("trace"));
	if (setenv("WS_TRACE", trace, 1) == -1 || unsetenv("WS_START") == -1)
		expect_fail("setenv: %s", strerror(errno));
	va_start(ap, name);
	for (; name != NULL; name = va_arg(ap, const char *))
		modules_link(name, name);
	va_end(ap);
}

int
modules_is_watched(const char *what)
{
	if (getenv("VALGRIND_PROGRAM") == NULL)
		return 0;
	fprintf(stderr, "*** SKIPPED under valgrind: %s\n", what);
	return 1;
}

const char *
modules_timeout(const char *time)
{
	static char text[64];

	snprintf(text, sizeof(text), "module-timeout=%s",
	    getenv("VALGRIND_PROGRAM") != NULL ? "1h" : time);
	return text;
}

void
modules_set_start(const char *what)
{
	if (setenv("WS_START", what, 1) == -1)
		expect_fail("setenv: %s", strerror(errno));
}

static void
start_server(struct harness *h, const char **args, unsigned n, va_list ap)
{
	harness_add_args(args, n, ARGS, ap);
	harness_start(h, args);
}

void
modules_start(struct harness *h, int peer, ...)
{
	char option[64];
	const char *args[ARGS] = { "-l", "127.0.0.1", "-p", "0", "-o", modules_setting(), "-b", "test",
	    "-c", option };
	va_list ap;

	snprintf(option, sizeof(option), "peer=tcp://127.0.0.1:%d", peer);
	va_start(ap, peer);
	start_server(h, args, 10, ap);
	va_end(ap);
}

void
modules_start_internal(struct harness *h, int peer, ...)
{
	char option[64];
	const char *args[ARGS] = { "-l", "127.0.0.1", "-p", "0", "-o", modules_setting(), "-c", option };
	va_list ap;

	snprintf(option, sizeof(option), "host=tcp://127.0.0.1:%d", peer);
	va_start(ap, peer);
	start_server(h, args, 8, ap);
	va_end(ap);
}

void
modules_refused(struct harness *h, const char *const *args, int status)
{
	int got;

	harness_spawn(h, args, NULL);
	got = harness_wait(h, EXPECT_MS);
	if (got != status)
		expect_fail("ended with status %d, should be %d; it said: %s", got, status,
		    harness_log_text(h));
}

unsigned
modules_traced(const char *word, long *pids, unsigned max)
{
	FILE *f = fopen(trace, "r");
	size_t len = strlen(word);
	unsigned n = 0;
	char line[300];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, word, len) != 0 || line[len] != ' ')
			continue;
		if (n < max)
			pids[n] = strtol(line + len, NULL, 10);
		n++;
	}
	if (f != NULL)
		fclose(f);
	return n;
}

void
modules_expect_traced(const char *word, unsigned n)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);

	while (modules_traced(word, NULL, 0) != n)
		if (!expect_again(deadline))
			expect_fail("the trace has '%s' %u times, should be %u", word,
			    modules_traced(word, NULL, 0), n);
}

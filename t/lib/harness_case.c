/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The state of a test case: its directory, and the list of its running programs. */

#include "config.h"

#include <sys/wait.h>

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "harness.h"
#include "standstill.h"

#define CHILDREN	1024
#define SHOWN		4000	/* bytes of each log that are printed after a failure */

static char top[256];			/* path of the test case's directory */
static char scratch[300];		/* directory in top for harness_scratch() */
static struct harness *running[8];	/* used only if Check does not fork */

void
harness_remove(const char *dir)
{
	char path[600];
	struct dirent *e;
	DIR *d = opendir(dir);

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			unlink(path);
	}
	closedir(d);
	rmdir(dir);
}

/* Prints the last bytes of the log in a directory that a failed test has left. */
static void
show_log(const char *dir)
{
	char path[700], line[1200];
	FILE *f;

	snprintf(path, sizeof(path), "%.600s/log", dir);
	f = fopen(path, "r");
	if (f == NULL)
		return;
	fprintf(stderr, "# a program that a failed test left, %s:\n", path);
	if (fseek(f, -SHOWN, SEEK_END) == 0 && fgets(line, sizeof(line), f) == NULL)
		clearerr(f);
	while (fgets(line, sizeof(line), f) != NULL)
		fprintf(stderr, "#   %s", line);
	fclose(f);
}

static void
case_begin(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(top, sizeof(top), "%s/websocksy-t.XXXXXX",
	    tmp == NULL || tmp[0] != '/' ? "/tmp" : tmp);
	if (mkdtemp(top) == NULL)
		expect_fail("%s: %s", top, strerror(errno));
}

/*
 * Removes what failed tests have left. If Check forks, it has already killed their processes, and
 * only files are left; otherwise the programs are still running.
 */
static void
case_end(void)
{
	pid_t pids[CHILDREN];
	char path[600];
	struct dirent *e;
	unsigned i, n;
	DIR *d;

	for (i = 0; i < sizeof(running) / sizeof(running[0]); i++) {
		if (running[i] == NULL || running[i]->pid <= 0)
			continue;
		n = harness_children(running[i]->pid, pids, CHILDREN);
		kill(running[i]->pid, SIGKILL);
		while (n > 0)
			kill(pids[--n], SIGKILL);
		waitpid(running[i]->pid, NULL, 0);
		running[i] = NULL;
	}
	d = opendir(top);
	while (d != NULL && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", top, e->d_name);
		show_log(path);
		harness_remove(path);
	}
	if (d != NULL)
		closedir(d);
	rmdir(top);
	top[0] = scratch[0] = '\0';
}

TCase *
harness_case(Suite *s, const char *name, double seconds)
{
	TCase *tc = tcase_create(name);

	standstill_watch();
	tcase_set_timeout(tc, seconds);
	tcase_add_unchecked_fixture(tc, case_begin, case_end);
	suite_add_tcase(s, tc);
	return tc;
}

void
harness_case_add(struct harness *h)
{
	unsigned i;

	for (i = 0; i < sizeof(running) / sizeof(running[0]); i++)
		if (running[i] == NULL) {
			running[i] = h;
			return;
		}
	expect_fail("too many programs at a time");
}

void
harness_case_forget(const struct harness *h)
{
	unsigned i;

	for (i = 0; i < sizeof(running) / sizeof(running[0]); i++)
		if (running[i] == h)
			running[i] = NULL;
}

void
harness_directory(char *dir, size_t size)
{
	if (top[0] == '\0')
		expect_fail("the test case was not made with harness_case()");
	snprintf(dir, size, "%s/XXXXXX", top);
	if (mkdtemp(dir) == NULL)
		expect_fail("%s: %s", dir, strerror(errno));
}

const char *
harness_scratch(const char *name)
{
	static char paths[8][600];
	static unsigned turn;
	char *path = paths[turn++ % 8];

	if (scratch[0] == '\0')
		harness_directory(scratch, sizeof(scratch));
	snprintf(path, sizeof(paths[0]), "%s/%s", scratch, name);
	return path;
}

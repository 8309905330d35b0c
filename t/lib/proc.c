/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "proc.h"

int
proc_is_available(void)
{
	return access("/proc/self/fd/0", F_OK) == 0 && access("/proc/self/status", R_OK) == 0;
}

unsigned
proc_descriptors(pid_t pid)
{
	char path[64];
	struct dirent *e;
	unsigned n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
	d = opendir(path);
	if (d == NULL && (errno == ENOENT || errno == ESRCH))
		return 0;
	if (d == NULL)
		expect_fail("%s: %s", path, strerror(errno));
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

int
proc_limit_descriptors(pid_t pid, unsigned n)
{
	char command[100];

	snprintf(command, sizeof(command), "prlimit --pid %ld --nofile=%u: >/dev/null 2>&1",
	    (long)pid, n);
	return system(command) == 0;
}

const char *
proc_link(pid_t pid, const char *name)
{
	static char target[4096];
	char path[128];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	return target;
}

const char *
proc_descriptor(pid_t pid, int fd)
{
	char name[32];

	snprintf(name, sizeof(name), "fd/%d", fd);
	return proc_link(pid, name);
}

#define SESSION_SOCKETS	3	/* listener, client, peer */
#define DESCRIPTORS	256	/* descriptors below this number are counted */

unsigned
proc_count(pid_t pid, const char *kind)
{
	unsigned n = 0;
	int fd;

	for (fd = 0; fd < DESCRIPTORS; fd++)
		n += strncmp(proc_descriptor(pid, fd), kind, strlen(kind)) == 0;
	return n;
}

int
proc_has_session(pid_t pid)
{
	return proc_count(pid, "socket:") >= SESSION_SOCKETS;
}

int
proc_state(pid_t pid)
{
	char path[64], line[1024], *end = NULL;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	if (fgets(line, sizeof(line), f) != NULL)
		end = strrchr(line, ')');
	fclose(f);
	return end != NULL && end[1] != '\0' ? end[2] : 0;
}

const char *
proc_status(pid_t pid, const char *name)
{
	static char line[4096];
	char path[64];
	size_t len = strlen(name);
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	f = fopen(path, "r");
	if (f == NULL && (errno == ENOENT || errno == ESRCH))
		return "";
	if (f == NULL)
		expect_fail("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, name, len) != 0 || line[len] != ':')
			continue;
		fclose(f);
		line[strcspn(line, "\n")] = '\0';
		return line + len + 1 + strspn(line + len + 1, " \t");
	}
	fclose(f);
	if (kill(pid, 0) == -1)
		return "";
	expect_fail("%s has no %s", path, name);
}

unsigned long
proc_memory(pid_t pid)
{
	return strtoul(proc_status(pid, "VmData"), NULL, 10);
}

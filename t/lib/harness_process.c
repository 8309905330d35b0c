/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "harness.h"
#include "proc.h"

#define CHILDREN	1024

/* Uses ps as POSIX describes it, because not every system has /proc. */
unsigned
harness_children(pid_t parent, pid_t *pids, unsigned max)
{
	long pid, of;
	unsigned n = 0;
	FILE *f = popen("ps -A -o pid= -o ppid=", "r");

	if (f == NULL)
		expect_fail("ps: %s", strerror(errno));
	while (fscanf(f, "%ld %ld", &pid, &of) == 2) {
		if (of != (long)parent)
			continue;
		if (n < max)
			pids[n] = (pid_t)pid;
		n++;
	}
	pclose(f);
	return n;
}

void
harness_expect_workers(const struct harness *h, unsigned least, unsigned most)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	unsigned n;

	while ((n = harness_children(h->pid, NULL, 0)) < least || n > most)
		if (!expect_again(deadline))
			expect_fail("%u workers, should be %u to %u", n, least, most);
}

void
harness_expect_gone(pid_t pid, int ms)
{
	uint64_t deadline = expect_deadline(ms);

	while ((kill(pid, 0) == 0 || errno != ESRCH) && proc_state(pid) != 'Z')
		if (!expect_again(deadline))
			expect_fail("process %ld is still there", (long)pid);
}

/* Returns the number in the line "name: number kB" of a file in /proc/PID; 0 if there is none. */
static unsigned long
read_kib(pid_t pid, const char *file, const char *name)
{
	char path[64], line[256];
	unsigned long kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, file);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			kib = strtoul(line + strlen(name), NULL, 10);
	fclose(f);
	return kib;
}

/* Returns the largest number of read_kib() among the program's children. */
static unsigned long
most_kib(const struct harness *h, const char *file, const char *name)
{
	pid_t pids[CHILDREN];
	unsigned n = harness_children(h->pid, pids, CHILDREN);
	unsigned long most = 0, kib;

	for (; n > 0; n--) {
		kib = read_kib(pids[n - 1], file, name);
		if (kib > most)
			most = kib;
	}
	return most;
}

unsigned long
harness_memory(const struct harness *h)
{
	return most_kib(h, "status", "VmRSS:");
}

void
harness_expect_memory(const struct harness *h, unsigned long before, unsigned long more)
{
	unsigned long after = harness_memory(h);

	if (before > 0 && after > before + more)
		expect_fail("a worker grew from %lu to %lu KiB", before, after);
}

unsigned long
harness_own_memory(const struct harness *h)
{
	return most_kib(h, "smaps_rollup", "Private_Dirty:");
}

/*
 * Returns the user and system time of a process in clock ticks, -1 if it has exited. The times
 * are fields 14 and 15; the search starts after the name (field 2), which may contain any byte.
 */
static long
ticks(pid_t pid)
{
	char path[64], line[1024], *field, *rest = NULL;
	long user = 0, sys = 0;
	int i;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return -1;
	field = fgets(line, sizeof(line), f);
	fclose(f);
	if (field == NULL || (field = strrchr(line, ')')) == NULL)
		return -1;
	strtok_r(field, " ", &rest);
	for (i = 3; i <= 15 && (field = strtok_r(NULL, " ", &rest)) != NULL; i++) {
		if (i == 14)
			user = strtol(field, NULL, 10);
		if (i == 15)
			sys = strtol(field, NULL, 10);
	}
	return user + sys;
}

long
harness_cpu(const struct harness *h)
{
	pid_t pids[CHILDREN];
	unsigned n = harness_children(h->pid, pids, CHILDREN);
	long sum = ticks(h->pid), each, second = sysconf(_SC_CLK_TCK);

	if (sum == -1 || second <= 0)
		return -1;
	for (; n > 0; n--) {
		each = ticks(pids[n - 1]);
		sum += each > 0 ? each : 0;
	}
	return sum * 1000 / second;
}

long
harness_cpu_of(pid_t pid)
{
	long used = ticks(pid), second = sysconf(_SC_CLK_TCK);

	return used == -1 || second <= 0 ? -1 : used * 1000 / second;
}

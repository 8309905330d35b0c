/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc.h"

#define PROCESSES	65536

struct process {
	pid_t		pid, parent;
	uint64_t	reaped;		/* ticks of children that have ended */
	int		ours;
};

static struct process table[PROCESSES];
static unsigned count;

static int
read_stat(const char *name, struct process *p)
{
	char path[64], line[1024], *rest;
	unsigned long long user, system;
	FILE *file;
	int parent, n;

	(void)snprintf(path, sizeof(path), "/proc/%.20s/stat", name);
	file = fopen(path, "r");
	if (file == NULL)
		return -1;
	rest = fgets(line, sizeof(line), file);
	(void)fclose(file);
	/* The name of the program, in brackets, may have anything in it. */
	rest = rest == NULL ? NULL : strrchr(line, ')');
	if (rest == NULL)
		return -1;
	n = sscanf(rest + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %llu %llu",
	    &parent, &user, &system);
	if (n != 3)
		return -1;
	p->pid = (pid_t)strtol(name, NULL, 10);
	p->parent = parent;
	p->reaped = user + system;
	p->ours = 0;
	return 0;
}

/* Marks what descends from pid; the order of the table does not matter. */
static void
mark(pid_t pid)
{
	unsigned i, j, marked = 1;

	for (i = 0; i < count; i++)
		table[i].ours = table[i].pid == pid || table[i].parent == pid;
	while (marked > 0) {
		marked = 0;
		for (i = 0; i < count; i++) {
			if (table[i].ours || table[i].parent <= 1)
				continue;
			for (j = 0; j < count && table[j].pid != table[i].parent; j++)
				;
			if (j < count && table[j].ours) {
				table[i].ours = 1;
				marked++;
			}
		}
	}
}

/* Keeps those of pid in the table; the process itself is the first. */
static void
find(pid_t pid)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	struct process first;
	unsigned i, kept = 0;

	count = 0;
	if (pid == 0 || dir == NULL) {
		if (dir != NULL)
			(void)closedir(dir);
		return;
	}
	while ((entry = readdir(dir)) != NULL && count < PROCESSES)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    read_stat(entry->d_name, &table[count]) == 0)
			count++;
	(void)closedir(dir);
	mark(pid);
	for (i = 0; i < count; i++)
		if (table[i].ours)
			table[kept++] = table[i];
	count = kept;
	for (i = 1; i < count; i++) {
		if (table[i].pid == pid) {
			first = table[i];
			table[i] = table[0];
			table[0] = first;
		}
	}
}

uint64_t
proc_cpu(pid_t pid)
{
	long ticks = sysconf(_SC_CLK_TCK);
	uint64_t sum = 0, own;
	char path[64];
	unsigned i;
	FILE *file;

	find(pid);
	for (i = 0; i < count; i++) {
		sum += table[i].reaped * (uint64_t)(1000000000 / ticks);
		(void)snprintf(path, sizeof(path), "/proc/%ld/schedstat", (long)table[i].pid);
		file = fopen(path, "r");
		if (file == NULL)
			continue;
		if (fscanf(file, "%" SCNu64, &own) == 1)
			sum += own;
		(void)fclose(file);
	}
	return sum;
}

/* Adds up a field of a file whose lines are "Name:  number kB". */
static void
read_rollup(pid_t pid, uint64_t *pss, uint64_t *dirty)
{
	char path[64], line[256];
	uint64_t n;
	FILE *file;

	*pss = *dirty = 0;
	(void)snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", (long)pid);
	file = fopen(path, "r");
	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "Pss: %" SCNu64, &n) == 1)
			*pss = n;
		else if (sscanf(line, "Private_Dirty: %" SCNu64, &n) == 1)
			*dirty = n;
	}
	(void)fclose(file);
}

void
proc_memory(pid_t pid, struct proc_memory *m)
{
	uint64_t pss, dirty;
	unsigned i;

	memset(m, 0, sizeof(*m));
	find(pid);
	for (i = 0; i < count; i++) {
		read_rollup(table[i].pid, &pss, &dirty);
		m->pss += pss;
		if (i == 0)
			continue;
		m->processes++;
		m->dirty += dirty;
		if (dirty > m->dirty_most)
			m->dirty_most = dirty;
	}
}

uint64_t
proc_available(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	uint64_t n = 0;
	char line[256];

	if (file == NULL)
		return 0;
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "MemAvailable: %" SCNu64, &n) == 1)
			break;
	(void)fclose(file);
	return n;
}

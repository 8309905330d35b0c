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
	uint64_t	reaped;		/* clock ticks of children that have exited */
	int		in_tree;
};

static struct process processes[PROCESSES];
static unsigned process_count;

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
	/*
	 * The name of the program is in parentheses and can contain any character, also
	 * parentheses.
	 */
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
	p->in_tree = 0;
	return 0;
}

/* Marks pid and its descendants, which can be in any order in the table. */
static void
mark_tree(pid_t pid)
{
	unsigned i, j, marked = 1;

	for (i = 0; i < process_count; i++)
		processes[i].in_tree = processes[i].pid == pid || processes[i].parent == pid;
	while (marked > 0) {
		marked = 0;
		for (i = 0; i < process_count; i++) {
			if (processes[i].in_tree || processes[i].parent <= 1)
				continue;
			j = 0;
			while (j < process_count && processes[j].pid != processes[i].parent)
				j++;
			if (j < process_count && processes[j].in_tree) {
				processes[i].in_tree = 1;
				marked++;
			}
		}
	}
}

/* Fills the table with pid, which comes first, and its descendants. */
static void
find_tree(pid_t pid)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	struct process first;
	unsigned i, kept = 0;

	process_count = 0;
	if (pid == 0 || dir == NULL) {
		if (dir != NULL)
			(void)closedir(dir);
		return;
	}
	while ((entry = readdir(dir)) != NULL && process_count < PROCESSES)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    read_stat(entry->d_name, &processes[process_count]) == 0)
			process_count++;
	(void)closedir(dir);
	mark_tree(pid);
	for (i = 0; i < process_count; i++)
		if (processes[i].in_tree)
			processes[kept++] = processes[i];
	process_count = kept;
	for (i = 1; i < process_count; i++) {
		if (processes[i].pid == pid) {
			first = processes[i];
			processes[i] = processes[0];
			processes[0] = first;
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

	find_tree(pid);
	for (i = 0; i < process_count; i++) {
		sum += processes[i].reaped * (uint64_t)(1000000000 / ticks);
		(void)snprintf(path, sizeof(path), "/proc/%ld/schedstat", (long)processes[i].pid);
		file = fopen(path, "r");
		if (file == NULL)
			continue;
		if (fscanf(file, "%" SCNu64, &own) == 1)
			sum += own;
		(void)fclose(file);
	}
	return sum;
}

/*
 * Reads two fields of smaps_rollup, whose lines are "Name:  number kB"; 0 if they cannot be read.
 */
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
	find_tree(pid);
	for (i = 0; i < process_count; i++) {
		read_rollup(processes[i].pid, &pss, &dirty);
		m->pss += pss;
		if (i == 0)
			continue;
		m->processes++;
		m->dirty += dirty;
		if (dirty > m->dirty_max)
			m->dirty_max = dirty;
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

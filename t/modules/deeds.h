/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef DEEDS_H
#define DEEDS_H

#include <sys/mman.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "websocksy.h"

/*
 * What bad modules do, for the modules of these tests.  Environment:
 *
 *	WS_TRACE	a file to which deeds_trace() adds lines
 *	WS_START	POINT:DEED, what is to be done where while the server starts or ends
 *	WS_WHILE	a file without which none of these is done
 *	WS_BOARD	the status file, for scribble, which goes on for
 *	WS_SCRIBBLE	so many seconds, and
 *	WS_VICTIM	a pid that it likes to write everywhere
 */
#define DEEDS_LEAK	20	/* descriptors, each time */

/* Adds a line that begins with a word and the number of this process. */
static inline void
deeds_trace(const char *word)
{
	const char *path = getenv("WS_TRACE");
	char line[200];
	int fd, n;

	if (path == NULL || (fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0600)) == -1)
		return;
	n = snprintf(line, sizeof(line), "%s %ld\n", word, (long)getpid());
	if (write(fd, line, (size_t)n) != n)
		core_log(ws_log_error, "the trace cannot be written");
	close(fd);
}

/* A page that nobody may touch: no null pointer, which sanitizers would see coming. */
static inline void
deeds_segfault(void)
{
	int fd = open("/dev/zero", O_RDWR);
	volatile char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE, fd, 0);

	page[100] = 1;
}

static inline int
deeds_overflow(const volatile char *above)
{
	volatile char here[4096];

	here[0] = above != NULL ? above[0] : 1;
	here[4095] = here[0];
	return here[0] != 0 ? deeds_overflow(here) + here[4095] : 0;
}

static inline void *
deeds_sleep(void *nothing)
{
	for (;;)
		pause();
	return nothing;
}

static inline void
deeds_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, deeds_sleep, NULL) != 0)
		abort();
}

static inline void
deeds_descriptors(int leak)
{
	int i;

	for (i = 0; leak && i < DEEDS_LEAK; i++)
		if (open("/dev/null", O_RDONLY) == -1)
			core_log(ws_log_error, "no more descriptors");
	for (i = 3; !leak && i < 256; i++)
		close(i);
}

static inline void
deeds_print(void)
{
	static const char text[] = "written by a module\n";

	printf("printed by a module\n");
	if (write(STDOUT_FILENO, text, sizeof(text) - 1) == -1)
		core_log(ws_log_info, "standard output cannot be written");
}

/* Where the status file is mapped, and its size in *size; NULL if it is not. */
static inline char *
deeds_board(size_t *size)
{
	const char *name = getenv("WS_BOARD");
	unsigned long begin, end;
	char line[1024], *at = NULL;
	FILE *f = fopen("/proc/self/maps", "r");

	while (f != NULL && name != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strstr(line, name) != NULL && sscanf(line, "%lx-%lx", &begin, &end) == 2) {
			at = (char *)(uintptr_t)begin;
			*size = end - begin;
		}
	if (f != NULL)
		fclose(f);
	return at;
}

/* Random bytes all over it, every other time in its first pages, and then a pid in every place. */
static inline void
deeds_scribble(void)
{
	const char *seconds = getenv("WS_SCRIBBLE"), *victim = getenv("WS_VICTIM");
	time_t until = time(NULL) + (seconds != NULL ? atoi(seconds) : 1);
	int64_t pid = victim != NULL ? atol(victim) : 0;
	uint64_t random = 1;
	size_t size = 0, i, at;
	char *board = deeds_board(&size);

	if (board == NULL) {
		core_log(ws_log_error, "the status file is not to be found");
		return;
	}
	deeds_trace("scribbling");
	while (time(NULL) < until) {
		for (i = 0; i < 100000; i++) {
			random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
			at = (size_t)(random >> 32) % (i % 2 == 0 ? size : 8192);
			board[at] = (char)(random >> 24);
		}
		for (at = 0; at + sizeof(pid) <= size; at += sizeof(pid))
			memcpy(board + at, &pid, sizeof(pid));
	}
}

/* Does it, if it is one of these. */
static inline void
deeds_do(const char *deed)
{
	volatile unsigned on = 1;

	if (strcmp(deed, "segfault") == 0)
		deeds_segfault();
	else if (strcmp(deed, "abort") == 0)
		abort();
	else if (strcmp(deed, "fpe") == 0)
		raise(SIGFPE);
	else if (strcmp(deed, "overflow") == 0)
		deeds_overflow(NULL);
	else if (strcmp(deed, "exit") == 0)
		exit(0);
	else if (strcmp(deed, "_exit") == 0)
		_exit(7);
	else if (strcmp(deed, "loop") == 0)
		while (on != 0)
			on |= 1;
	else if (strcmp(deed, "sleep") == 0)
		deeds_sleep(NULL);
	else if (strcmp(deed, "thread") == 0)
		deeds_thread();
	else if (strcmp(deed, "leak") == 0)
		deeds_descriptors(1);
	else if (strcmp(deed, "close") == 0)
		deeds_descriptors(0);
	else if (strcmp(deed, "print") == 0)
		deeds_print();
	else if (strcmp(deed, "scribble") == 0)
		deeds_scribble();
}

/* What is to be done at this point of the start, or "". */
static inline const char *
deeds_at(const char *point)
{
	const char *start = getenv("WS_START");
	size_t len = strlen(point);

	if (getenv("WS_WHILE") != NULL && access(getenv("WS_WHILE"), F_OK) == -1)
		return "";
	if (start == NULL || strncmp(start, point, len) != 0 || start[len] != ':')
		return "";
	return start + len + 1;
}

#endif

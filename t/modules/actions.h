/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef ACTIONS_H
#define ACTIONS_H

#include <sys/mman.h>
#include <sys/socket.h>

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
 * The harmful actions of the test modules.  Environment variables:
 *
 *	WS_TRACE	the file to which actions_trace() adds lines
 *	WS_START	POINT:ACTION: does the action at this point of the start or exit
 *	WS_WHILE	a file; WS_START has an effect only while it exists
 *	WS_BOARD	the status file that the action scribble overwrites
 *	WS_SCRIBBLE	how long the action scribble writes, in seconds
 *	WS_VICTIM	the pid that the action scribble writes to all places
 */
#define ACTIONS_LEAK	20	/* descriptors that the action leak opens each time */

/* Adds a line with the word and the pid of this process to the trace. */
static inline void
actions_trace(const char *word)
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

/*
 * Writes to a page without access. A null pointer is not used, since sanitizers handle it in
 * another way.
 */
static inline void
actions_segfault(void)
{
	int fd = open("/dev/zero", O_RDWR);
	volatile char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE, fd, 0);

	page[100] = 1;
}

static inline int
actions_overflow(const volatile char *above)
{
	volatile char here[4096];

	here[0] = above != NULL ? above[0] : 1;
	here[4095] = here[0];
	return here[0] != 0 ? actions_overflow(here) + here[4095] : 0;
}

static inline void *
actions_sleep(void *nothing)
{
	for (;;)
		pause();
	return nothing;
}

static inline void
actions_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, actions_sleep, NULL) != 0)
		abort();
}

static inline void
actions_descriptors(int leak)
{
	int i;

	for (i = 0; leak && i < ACTIONS_LEAK; i++)
		if (open("/dev/null", O_RDONLY) == -1)
			core_log(ws_log_error, "out of descriptors");
	for (i = 3; !leak && i < 256; i++)
		close(i);
}

static inline void
actions_print(void)
{
	static const char text[] = "written by a module\n";

	printf("printed by a module\n");
	if (write(STDOUT_FILENO, text, sizeof(text) - 1) == -1)
		core_log(ws_log_info, "standard output cannot be written");
}

/*
 * Returns the address at which the status file is mapped, with its size in *size; NULL if it is
 * not mapped.
 */
static inline char *
actions_board(size_t *size)
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

/*
 * Repeatedly writes random bytes into the status file, half of them into its first 8192 bytes,
 * and then the pid of WS_VICTIM to all places.
 */
static inline void
actions_scribble(void)
{
	const char *seconds = getenv("WS_SCRIBBLE"), *victim = getenv("WS_VICTIM");
	time_t until = time(NULL) + (seconds != NULL ? atoi(seconds) : 1);
	int64_t pid = victim != NULL ? atol(victim) : 0;
	uint64_t random = 1;
	size_t size = 0, i, at;
	char *board = actions_board(&size);

	if (board == NULL) {
		core_log(ws_log_error, "the status file is not mapped");
		return;
	}
	actions_trace("scribbling");
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

/* Calls shutdown() on all listening sockets. */
static inline void
actions_deaf(int how)
{
	socklen_t size = sizeof(int);
	int fd, listening;

	for (fd = 3; fd < 256; fd++)
		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 &&
		    listening && shutdown(fd, how) == -1)
			core_log(ws_log_error, "shutdown() fails");
}

/* Does the action with this name; ignores an unknown name. */
static inline void
actions_do(const char *action)
{
	volatile unsigned on = 1;

	if (strcmp(action, "segfault") == 0)
		actions_segfault();
	else if (strcmp(action, "abort") == 0)
		abort();
	else if (strcmp(action, "fpe") == 0)
		raise(SIGFPE);
	else if (strcmp(action, "overflow") == 0)
		actions_overflow(NULL);
	else if (strcmp(action, "exit") == 0)
		exit(0);
	else if (strcmp(action, "_exit") == 0)
		_exit(7);
	else if (strcmp(action, "loop") == 0)
		while (on != 0)
			on |= 1;
	else if (strcmp(action, "sleep") == 0)
		actions_sleep(NULL);
	else if (strcmp(action, "thread") == 0)
		actions_thread();
	else if (strcmp(action, "leak") == 0)
		actions_descriptors(1);
	else if (strcmp(action, "close") == 0)
		actions_descriptors(0);
	else if (strcmp(action, "print") == 0)
		actions_print();
	else if (strcmp(action, "deaf") == 0)
		actions_deaf(SHUT_RDWR);
	else if (strcmp(action, "deaf-read") == 0)
		actions_deaf(SHUT_RD);
	else if (strcmp(action, "scribble") == 0)
		actions_scribble();
}

/* Returns the action of WS_START for this point, or "" if there is none. */
static inline const char *
actions_at(const char *point)
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

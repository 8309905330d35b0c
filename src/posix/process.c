/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <fcntl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "posix/process.h"

#define TEXT	1024	/* bytes of a buffer for text, with a NUL */

/* Reads a file to its end, at most TEXT - 1 bytes, as a string. */
static void
read_all(int fd, char text[TEXT])
{
	size_t len = 0;
	ssize_t n;

	while (len < TEXT - 1) {
		n = read(fd, text + len, TEXT - 1 - len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
}

static pid_t
parse_pid(const char *text)
{
	long n = strtol(text, NULL, 10);

	return n > 0 && (long)(pid_t)n == n ? (pid_t)n : 0;
}

#if defined(HAVE_PROC_STAT)

/*
 * Returns the parent of a process from /proc/PID/stat, or 0.  The first fields of the file are the
 * pid, the name in parentheses, the state and the pid of the parent.
 */
static pid_t
parent_from_proc(pid_t pid)
{
	char path[64], text[TEXT];
	const char *p;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return 0;
	read_all(fd, text);
	io_close(&fd);
	/* The name of a process may contain parentheses: the last one in the file ends the name. */
	p = strrchr(text, ')');
	return p != NULL && strlen(p) > 4 ? parse_pid(p + 4) : 0;
}

#endif

/* Executes ps in a child.  The child looks for ps in the system's directories, not in our PATH. */
static _Noreturn void
become_ps(pid_t pid, int out)
{
	char path[TEXT], text[32];
	size_t len = confstr(_CS_PATH, path, sizeof(path));

	(void)snprintf(text, sizeof(text), "%ld", (long)pid);
	if (len > 0 && len <= sizeof(path) && setenv("PATH", path, 1) == 0 &&
	    dup2(out, STDOUT_FILENO) != -1)
		(void)execlp("ps", "ps", "-o", "ppid=", "-p", text, (char *)NULL);
	_exit(127);
}

static pid_t
parent_from_ps(pid_t pid)
{
	char text[TEXT];
	int fd[2], status;
	pid_t ps;

	if (pipe(fd) == -1)
		return 0;
	ps = fork();
	if (ps == 0)
		become_ps(pid, fd[1]);
	io_close(&fd[1]);
	text[0] = '\0';
	if (ps != -1) {
		read_all(fd[0], text);
		while (waitpid(ps, &status, 0) == -1 && errno == EINTR)
			;
	}
	io_close(&fd[0]);
	return parse_pid(text);
}

pid_t
process_parent(pid_t pid)
{
#if defined(HAVE_PROC_STAT)
	if (access("/proc/self/stat", R_OK) == 0)
		return parent_from_proc(pid);
#endif
	return parent_from_ps(pid);
}

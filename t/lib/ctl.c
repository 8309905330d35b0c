/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"
#include "expect.h"

#if !HAVE_DECL_ENVIRON
extern char **environ;
#endif

#define ARGS	32

static uid_t user;	/* user and group of websocksyctl; 0: those of the test */

const char *
ctl_path(void)
{
	const char *path = getenv("WEBSOCKSYCTL");

	return path != NULL && *path != '\0' ? path : "./websocksyctl";
}

void
ctl_become(uid_t uid)
{
	user = uid;
}

void
ctl_write(struct ctl *s, const char *lines)
{
	server_write(&s->server, "status-file = %s\n%s", s->file, lines);
}

void
ctl_start(struct ctl *s, const char *lines)
{
	user = 0;
	snprintf(s->file, sizeof(s->file), "%s", harness_scratch("status"));
	server_prepare(&s->server);
	ctl_write(s, lines);
	server_run(&s->server);
}

void
ctl_stop(struct ctl *s)
{
	server_stop(&s->server);
}

/* Executes websocksyctl in the child process. */
static void
ctl_exec(const char **args, int out, int err)
{
	/*
	 * Open the program before the change of user: the other user may not be able to reach the
	 * build directory.
	 */
	int program = open(args[0], O_RDONLY);

	if (dup2(out, STDOUT_FILENO) == -1 || dup2(err, STDERR_FILENO) == -1)
		_exit(126);
	if (user != 0 && (setgid(user) == -1 || setuid(user) == -1))
		_exit(126);
	/* fexecve() does not write to the arguments; their type in POSIX lacks a const. */
	fexecve(program, (char *const *)(uintptr_t)args, environ);
	_exit(127);
}

/*
 * Reads the pipes from standard output and standard error to end of file, into s->out and s->err.
 */
static void
collect(struct ctl *s, const int fd[2])
{
	struct { char *at; size_t size, len; } to[2] = {
		{ s->out, sizeof(s->out) - 1, 0 }, { s->err, sizeof(s->err) - 1, 0 }
	};
	struct pollfd p[2] = { { fd[0], POLLIN, 0 }, { fd[1], POLLIN, 0 } };
	uint64_t deadline = expect_deadline(4 * EXPECT_MS);
	ssize_t n;
	unsigned i;

	while (p[0].fd != -1 || p[1].fd != -1) {
		if (poll(p, 2, expect_left(deadline)) <= 0)
			expect_fail("websocksyctl does not end");
		for (i = 0; i < 2; i++) {
			if (p[i].fd == -1 || p[i].revents == 0)
				continue;
			n = read(p[i].fd, to[i].at + to[i].len, to[i].size - to[i].len);
			if (n <= 0)
				p[i].fd = -1;
			else
				to[i].len += (size_t)n;
		}
	}
	s->out[to[0].len] = s->err[to[1].len] = '\0';
}

static int
ctl_exec_and_wait(struct ctl *s, const char **args)
{
	int out[2], err[2], status, ends[2];
	pid_t pid;

	if (pipe(out) == -1 || pipe(err) == -1)
		expect_fail("pipe: %s", strerror(errno));
	pid = fork();
	if (pid == -1)
		expect_fail("fork: %s", strerror(errno));
	if (pid == 0)
		ctl_exec(args, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	ends[0] = out[0];
	ends[1] = err[0];
	collect(s, ends);
	close(out[0]);
	close(err[0]);
	if (waitpid(pid, &status, 0) != pid)
		expect_fail("waitpid: %s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 3)
		expect_fail("websocksyctl ended with %#x: %s", (unsigned)status, s->err);
	return WEXITSTATUS(status);
}

int
ctl_run(struct ctl *s, ...)
{
	const char *args[ARGS] = { ctl_path(), "-s", s->file };
	va_list ap;

	va_start(ap, s);
	harness_add_args(args, 3, ARGS, ap);
	va_end(ap);
	return ctl_exec_and_wait(s, args);
}

int
ctl_run_bare(struct ctl *s, ...)
{
	const char *args[ARGS] = { ctl_path() };
	va_list ap;

	va_start(ap, s);
	harness_add_args(args, 1, ARGS, ap);
	va_end(ap);
	return ctl_exec_and_wait(s, args);
}

void
ctl_expect_out(const struct ctl *s, const char *text)
{
	if (strstr(s->out, text) == NULL)
		expect_fail("'%s' is not in what it printed: %s", text, s->out);
}

void
ctl_expect_err(const struct ctl *s, const char *text)
{
	if (strstr(s->err, text) == NULL)
		expect_fail("'%s' is not in its standard error: %s", text, s->err);
}

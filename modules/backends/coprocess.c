/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#define _XOPEN_SOURCE		700
#define WEBSOCKSY_API_VERSION	2

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <websocksy.h>

#include "coprocess.h"

#define PAUSE_FIRST	1000		/* ms */
#define PAUSE_LAST	60000
#define GRACE		500		/* ms that a helper has to end after its input has */
#define STEP		16		/* ms between looks whether it has, at most */
#define DESCRIPTORS	1024		/* that the helper does not get, whatever their flags are */

static uint64_t
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

unsigned
coprocess_pause(unsigned long answers, unsigned last)
{
	if (answers > 0)
		return 0;
	if (last == 0)
		return PAUSE_FIRST;
	return last >= PAUSE_LAST / 2 ? PAUSE_LAST : last * 2;
}

/* -- starting -- */

/* In the child: never returns. */
static void
run(const char *command, int in, int out)
{
	static const int signals[] = {
		SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGCHLD, SIGUSR1, SIGUSR2
	};
	struct sigaction action;
	sigset_t none;
	size_t i;
	int fd;

	memset(&action, 0, sizeof(action));
	action.sa_handler = SIG_DFL;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)sigaction(signals[i], &action, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* A group of its own, so that all that the shell starts can be ended. */
	(void)setpgid(0, 0);
	in = fcntl(in, F_DUPFD, 3);
	out = fcntl(out, F_DUPFD, 3);
	if (in == -1 || out == -1 || dup2(in, STDIN_FILENO) == -1 || dup2(out, STDOUT_FILENO) == -1)
		_exit(126);
	for (fd = 3; fd < DESCRIPTORS; fd++)
		(void)close(fd);
	(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static void
close_both(int fd[2])
{
	(void)close(fd[0]);
	(void)close(fd[1]);
}

/* A pipe whose end number ours does not block, both ends being closed on exec. */
static int
make_pipe(int fd[2], int ours)
{
	if (pipe(fd) == -1)
		return -1;
	if (fcntl(fd[0], F_SETFD, FD_CLOEXEC) != -1 && fcntl(fd[1], F_SETFD, FD_CLOEXEC) != -1 &&
	    fcntl(fd[ours], F_SETFL, O_NONBLOCK) != -1)
		return 0;
	close_both(fd);
	return -1;
}

static int
start(struct coprocess *c, const char *command)
{
	int in[2], out[2];
	pid_t pid;

	if (make_pipe(in, 1) == -1)
		return -1;
	if (make_pipe(out, 0) == -1) {
		close_both(in);
		return -1;
	}
	pid = fork();
	if (pid == 0)
		run(command, in[0], out[1]);
	if (pid == -1) {
		close_both(in);
		close_both(out);
		return -1;
	}
	/* The child does it too; whoever comes first. */
	(void)setpgid(pid, pid);
	(void)close(in[0]);
	(void)close(out[1]);
	c->pid = pid;
	c->in = in[1];
	c->out = out[0];
	core_log(ws_log_debug, "helper %ld started: %s", (long)pid, command);
	return 0;
}

/* -- ending -- */

/* Waits until it has ended, for so long at most; 1 when it has, with how in *status. */
static int
ended(const struct coprocess *c, unsigned grace, int *status)
{
	uint64_t deadline = now() + grace;
	struct pollfd end = { c->out, POLLIN, 0 };
	int step = 1;
	pid_t pid;

	/* Its standard output ends a moment before it does, as a rule. */
	if (grace > 0)
		(void)poll(&end, 1, (int)grace);
	for (;;) {
		pid = waitpid(c->pid, status, WNOHANG);
		if (pid == c->pid || (pid == -1 && errno != EINTR))
			return 1;
		if (now() >= deadline)
			return 0;
		(void)poll(NULL, 0, step);
		step = step < STEP ? step * 2 : STEP;
	}
}

/* The end of a helper, for which it is given so long.  Returns how it ended, as waitpid() does. */
static int
finish(struct coprocess *c, unsigned grace)
{
	int status = 0;

	(void)close(c->in);
	if (!ended(c, grace, &status)) {
		(void)kill(-c->pid, SIGKILL);
		while (waitpid(c->pid, &status, 0) == -1 && errno == EINTR)
			continue;
	}
	(void)close(c->out);
	c->pid = 0;
	return status;
}

static void
failed(struct coprocess *c)
{
	c->pause = coprocess_pause(c->answers, c->pause);
	c->not_before = now() + c->pause;
	c->answers = 0;
}

void
coprocess_stop(struct coprocess *c)
{
	if (c->pid != 0)
		(void)finish(c, GRACE);
}

/* It has ended by itself. */
static enum coprocess_verdict
died(struct coprocess *c)
{
	long pid = (long)c->pid;
	int status = finish(c, GRACE);

	failed(c);
	if (WIFSIGNALED(status))
		core_log(ws_log_warn, "helper %ld was ended by signal %d", pid, WTERMSIG(status));
	else
		core_log(ws_log_warn, "helper %ld ended with status %d", pid, WEXITSTATUS(status));
	return COPROCESS_DEAD;
}

/* What comes from it now would be taken for the answer to another question: it goes at once. */
static enum coprocess_verdict
end_with(struct coprocess *c, enum coprocess_verdict verdict, const char *why)
{
	if (why != NULL)
		core_log(ws_log_warn, "helper %ld is ended: %s", (long)c->pid, why);
	(void)finish(c, 0);
	if (verdict != COPROCESS_STOP)
		failed(c);
	return verdict;
}

static enum coprocess_verdict
waited_in_vain(struct coprocess *c, uint64_t deadline)
{
	if (now() < deadline)
		return end_with(c, COPROCESS_STOP, NULL);
	return end_with(c, COPROCESS_LATE, "it did not answer in time");
}

/* -- asking -- */

static unsigned
left(uint64_t deadline)
{
	uint64_t time = now();

	return time >= deadline ? 0 : (unsigned)(deadline - time);
}

static enum coprocess_verdict
ask(struct coprocess *c, const char *question, uint64_t deadline)
{
	size_t len = strlen(question);
	ssize_t n;

	while (len > 0) {
		n = write(c->in, question, len);
		if (n > 0) {
			question += n;
			len -= (size_t)n;
		} else if (n == -1 && errno == EAGAIN) {
			if (!core_wait(c->in, 1, left(deadline)))
				return waited_in_vain(c, deadline);
		} else if (n == -1 && errno != EINTR) {
			return died(c);
		}
	}
	return COPROCESS_ANSWER;
}

static enum coprocess_verdict
listen_to(struct coprocess *c, char *out, size_t size, uint64_t deadline)
{
	size_t len = 0;
	char *end;
	ssize_t n;

	for (;;) {
		n = read(c->out, out + len, size - len);
		if (n == -1 && errno == EAGAIN) {
			if (!core_wait(c->out, 0, left(deadline)))
				return waited_in_vain(c, deadline);
			continue;
		}
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return died(c);
		end = memchr(out + len, '\n', (size_t)n);
		len += (size_t)n;
		if (end != NULL && end + 1 < out + len)
			return end_with(c, COPROCESS_GARBAGE, "it answered more than a line");
		if (end == NULL && len == size)
			return end_with(c, COPROCESS_GARBAGE, "its answer is too long");
		if (end == NULL)
			continue;
		*end = '\0';
		if (memchr(out, '\0', len - 1) != NULL)
			return end_with(c, COPROCESS_GARBAGE, "its answer has a NUL byte");
		return COPROCESS_ANSWER;
	}
}

/* Looks what the last one has done since its last answer: it should wait. */
static void
look_after(struct coprocess *c)
{
	char byte;
	ssize_t n;

	do {
		n = read(c->out, &byte, 1);
	} while (n == -1 && errno == EINTR);
	if (n > 0)
		(void)end_with(c, COPROCESS_GARBAGE, "it spoke without being asked");
	else if (n == 0 || errno != EAGAIN)
		(void)died(c);
}

enum coprocess_verdict
coprocess_ask(struct coprocess *c, const char *command, const char *question, char *out,
    size_t size, unsigned timeout)
{
	uint64_t deadline = now() + timeout;
	enum coprocess_verdict verdict;

	if (c->pid != 0)
		look_after(c);
	if (c->pid == 0) {
		if (now() < c->not_before)
			return COPROCESS_PAUSE;
		if (start(c, command) == -1) {
			core_log(ws_log_error, "the helper cannot be started: %s", strerror(errno));
			return COPROCESS_DEAD;
		}
	}
	verdict = ask(c, question, deadline);
	if (verdict == COPROCESS_ANSWER)
		verdict = listen_to(c, out, size, deadline);
	if (verdict == COPROCESS_ANSWER)
		c->answers++;
	return verdict;
}

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
#define GRACE		500		/* ms that a helper has to exit after its input is closed */
#define POLL_MAX	16		/* ms between two calls to waitpid(), at most */
#define DESCRIPTORS	1024		/* descriptors below this are closed in the helper */

/* Returns the monotonic clock in milliseconds. */
static uint64_t
now_ms(void)
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

/*
 * In the child: executes the helper, with in and out as its standard input and output.  Never
 * returns.
 */
static void
exec_helper(const char *command, int in, int out)
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
	/*
	 * A process group of its own, so that the programs started by the shell are killed
	 * together with the shell.
	 */
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

/*
 * Makes a pipe, close-on-exec, whose end fd[ours] (ours is 0 or 1) does not block.  Returns 0,
 * or -1 with errno.
 */
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
start_helper(struct coprocess *c, const char *command)
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
		exec_helper(command, in[0], out[1]);
	if (pid == -1) {
		close_both(in);
		close_both(out);
		return -1;
	}
	/*
	 * The child makes the same call: whichever runs first, the group exists when kill()
	 * needs it.
	 */
	(void)setpgid(pid, pid);
	(void)close(in[0]);
	(void)close(out[1]);
	c->pid = pid;
	c->in = in[1];
	c->out = out[0];
	core_log(ws_log_debug, "helper %ld started: %s", (long)pid, command);
	return 0;
}

/* -- stopping -- */

/*
 * Waits up to grace ms for the helper to exit.  Returns 1 with its *status if it has, otherwise
 * 0.
 */
static int
wait_for_end(const struct coprocess *c, unsigned grace, int *status)
{
	uint64_t deadline = now_ms() + grace;
	struct pollfd output = { c->out, POLLIN, 0 };
	int step = 1;
	pid_t pid;

	/*
	 * Usually the standard output of a helper is closed a moment before the process can be
	 * reaped.
	 */
	if (grace > 0)
		(void)poll(&output, 1, (int)grace);
	for (;;) {
		pid = waitpid(c->pid, status, WNOHANG);
		if (pid == c->pid || (pid == -1 && errno != EINTR))
			return 1;
		if (now_ms() >= deadline)
			return 0;
		(void)poll(NULL, 0, step);
		step = step < POLL_MAX ? step * 2 : POLL_MAX;
	}
}

/*
 * Closes the helper's input, kills the helper if it has not exited after grace ms, and reaps it.
 * Returns its exit status, as set by waitpid().
 */
static int
end_helper(struct coprocess *c, unsigned grace)
{
	int status = 0;

	(void)close(c->in);
	if (!wait_for_end(c, grace, &status)) {
		(void)kill(-c->pid, SIGKILL);
		while (waitpid(c->pid, &status, 0) == -1 && errno == EINTR)
			continue;
	}
	(void)close(c->out);
	c->pid = 0;
	return status;
}

/* Counts a failure of the helper: sets the time before which no helper may be started. */
static void
note_failure(struct coprocess *c)
{
	c->pause = coprocess_pause(c->answers, c->pause);
	c->not_before = now_ms() + c->pause;
	c->answers = 0;
}

void
coprocess_stop(struct coprocess *c)
{
	if (c->pid != 0)
		(void)end_helper(c, GRACE);
}

/* Handles the exit of a helper that was not stopped: reaps it and logs its exit status. */
static enum coprocess_verdict
handle_exit(struct coprocess *c)
{
	long pid = (long)c->pid;
	int status = end_helper(c, GRACE);

	note_failure(c);
	if (WIFSIGNALED(status))
		core_log(ws_log_warn, "helper %ld was ended by signal %d", pid, WTERMSIG(status));
	else
		core_log(ws_log_warn, "helper %ld ended with status %d", pid, WEXITSTATUS(status));
	return COPROCESS_DEAD;
}

/*
 * Kills the helper, logs why, and returns the verdict.  The helper gets no time to exit: a late
 * answer could be taken for the answer to another question.
 */
static enum coprocess_verdict
kill_helper(struct coprocess *c, enum coprocess_verdict verdict, const char *why)
{
	if (why != NULL)
		core_log(ws_log_warn, "helper %ld was killed: %s", (long)c->pid, why);
	(void)end_helper(c, 0);
	if (verdict != COPROCESS_STOP)
		note_failure(c);
	return verdict;
}

/*
 * Stops the helper after core_wait() has returned 0.  This happens at the deadline, or earlier
 * if the server is being stopped.
 */
static enum coprocess_verdict
handle_timeout(struct coprocess *c, uint64_t deadline)
{
	if (now_ms() < deadline)
		return kill_helper(c, COPROCESS_STOP, NULL);
	return kill_helper(c, COPROCESS_LATE, "it did not answer in time");
}

/* -- asking -- */

static unsigned
ms_left(uint64_t deadline)
{
	uint64_t time = now_ms();

	return time >= deadline ? 0 : (unsigned)(deadline - time);
}

static enum coprocess_verdict
send_question(struct coprocess *c, const char *question, uint64_t deadline)
{
	size_t len = strlen(question);
	ssize_t n;

	while (len > 0) {
		n = write(c->in, question, len);
		if (n > 0) {
			question += n;
			len -= (size_t)n;
		} else if (n == -1 && errno == EAGAIN) {
			if (!core_wait(c->in, 1, ms_left(deadline)))
				return handle_timeout(c, deadline);
		} else if (n == -1 && errno != EINTR) {
			return handle_exit(c);
		}
	}
	return COPROCESS_ANSWER;
}

static enum coprocess_verdict
receive_answer(struct coprocess *c, char *out, size_t size, uint64_t deadline)
{
	size_t len = 0;
	char *end;
	ssize_t n;

	for (;;) {
		n = read(c->out, out + len, size - len);
		if (n == -1 && errno == EAGAIN) {
			if (!core_wait(c->out, 0, ms_left(deadline)))
				return handle_timeout(c, deadline);
			continue;
		}
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return handle_exit(c);
		end = memchr(out + len, '\n', (size_t)n);
		len += (size_t)n;
		if (end != NULL && end + 1 < out + len)
			return kill_helper(c, COPROCESS_GARBAGE, "it answered more than one line");
		if (end == NULL && len == size)
			return kill_helper(c, COPROCESS_GARBAGE, "its answer is too long");
		if (end == NULL)
			continue;
		*end = '\0';
		if (memchr(out, '\0', len - 1) != NULL)
			return kill_helper(c, COPROCESS_GARBAGE, "its answer has a NUL byte");
		return COPROCESS_ANSWER;
	}
}

/*
 * Checks the helper before a question: handles a helper that has exited, or has written
 * anything, since its last answer.
 */
static void
check_idle(struct coprocess *c)
{
	char byte;
	ssize_t n;

	do {
		n = read(c->out, &byte, 1);
	} while (n == -1 && errno == EINTR);
	if (n > 0)
		(void)kill_helper(c, COPROCESS_GARBAGE, "it wrote something without a question");
	else if (n == 0 || errno != EAGAIN)
		(void)handle_exit(c);
}

enum coprocess_verdict
coprocess_ask(struct coprocess *c, const char *command, const char *question, char *out,
    size_t size, unsigned timeout)
{
	uint64_t deadline = now_ms() + timeout;
	enum coprocess_verdict verdict;

	if (c->pid != 0)
		check_idle(c);
	if (c->pid == 0) {
		if (now_ms() < c->not_before)
			return COPROCESS_PAUSE;
		if (start_helper(c, command) == -1) {
			core_log(ws_log_error, "cannot start the helper: %s", strerror(errno));
			return COPROCESS_DEAD;
		}
	}
	verdict = send_question(c, question, deadline);
	if (verdict == COPROCESS_ANSWER)
		verdict = receive_answer(c, out, size, deadline);
	if (verdict == COPROCESS_ANSWER)
		c->answers++;
	return verdict;
}

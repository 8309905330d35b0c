/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#define WEBSOCKSY_API_VERSION	2

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

#include <websocksy.h>

#include "coprocess.h"

#define PAUSE_FIRST	1000		/* ms */
#define PAUSE_LAST	60000
#define DESCRIPTORS	1024		/* descriptors below this are closed in the helper */

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
 * In the child: makes the system kill the helper when the process that has started it is killed and
 * cannot stop its helpers.  On other systems such a helper exits when it reads end of file.
 */
static void
end_with_parent(pid_t parent)
{
#if defined(HAVE_SYS_PRCTL_H) && defined(PR_SET_PDEATHSIG)
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
	if (getppid() != parent)
		_exit(126);
}

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

int
coprocess_start(struct coprocess *c, const char *command)
{
	int in[2], out[2];
	pid_t pid, parent = getpid();

	if (make_pipe(in, 1) == -1)
		return -1;
	if (make_pipe(out, 0) == -1) {
		close_both(in);
		return -1;
	}
	pid = fork();
	if (pid == 0) {
		end_with_parent(parent);
		exec_helper(command, in[0], out[1]);
	}
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
	memset(c, 0, sizeof(*c));
	c->pid = pid;
	c->in = in[1];
	c->out = out[0];
	core_log(ws_log_debug, "helper %ld started: %s", (long)pid, command);
	return 0;
}

/* -- asking -- */

void
coprocess_put(struct coprocess *c, const char *question, char *answer, size_t size)
{
	c->question = question;
	c->left = strlen(question);
	c->answer = answer;
	c->size = size;
	c->len = 0;
}

/* Writes the rest of the question, as far as the helper reads it. */
static enum coprocess_verdict
write_question(struct coprocess *c)
{
	ssize_t n;

	while (c->left > 0) {
		n = write(c->in, c->question, c->left);
		if (n > 0) {
			c->question += n;
			c->left -= (size_t)n;
		} else if (n == -1 && errno == EAGAIN) {
			return COPROCESS_BUSY;
		} else if (n == -1 && errno != EINTR) {
			return COPROCESS_DEAD;
		}
	}
	return COPROCESS_ANSWER;
}

/* Looks at the n bytes that were read last. */
static enum coprocess_verdict
check_answer(struct coprocess *c, size_t n, const char **why)
{
	char *end = memchr(c->answer + c->len, '\n', n);

	*why = NULL;
	c->len += n;
	if (end == NULL && c->len < c->size)
		return COPROCESS_BUSY;
	if (end == NULL) {
		*why = "its answer is too long";
		return COPROCESS_GARBAGE;
	}
	*end = '\0';
	if (end + 1 < c->answer + c->len)
		*why = "it answered more than one line";
	else if (memchr(c->answer, '\0', c->len - 1) != NULL)
		*why = "its answer has a NUL byte";
	return *why == NULL ? COPROCESS_ANSWER : COPROCESS_GARBAGE;
}

enum coprocess_verdict
coprocess_step(struct coprocess *c, const char **why)
{
	enum coprocess_verdict verdict = write_question(c);
	ssize_t n;

	while (verdict == COPROCESS_ANSWER || (verdict == COPROCESS_BUSY && c->left == 0)) {
		n = read(c->out, c->answer + c->len, c->size - c->len);
		if (n > 0)
			verdict = check_answer(c, (size_t)n, why);
		else if (n == -1 && errno == EAGAIN)
			return COPROCESS_BUSY;
		else if (n == 0 || errno != EINTR)
			return COPROCESS_DEAD;
		if (n > 0 && verdict == COPROCESS_ANSWER)
			break;
	}
	return verdict;
}

enum coprocess_verdict
coprocess_check(const struct coprocess *c)
{
	char byte;
	ssize_t n;

	do {
		n = read(c->out, &byte, 1);
	} while (n == -1 && errno == EINTR);
	if (n > 0)
		return COPROCESS_GARBAGE;
	return n == -1 && errno == EAGAIN ? COPROCESS_BUSY : COPROCESS_DEAD;
}

/* -- stopping -- */

void
coprocess_close(struct coprocess *c)
{
	if (c->in != -1)
		(void)close(c->in);
	c->in = -1;
}

void
coprocess_forget(struct coprocess *c)
{
	coprocess_close(c);
	(void)close(c->out);
	c->pid = 0;
}

void
coprocess_kill(struct coprocess *c, const char *why)
{
	if (why != NULL)
		core_log(ws_log_warn, "helper %ld was killed: %s", (long)c->pid, why);
	(void)kill(-c->pid, SIGKILL);
}

void
coprocess_log_exit(const struct coprocess *c, int status)
{
	if (WIFSIGNALED(status))
		core_log(ws_log_warn, "helper %ld was ended by signal %d", (long)c->pid,
		    WTERMSIG(status));
	else
		core_log(ws_log_warn, "helper %ld ended with status %d", (long)c->pid,
		    WEXITSTATUS(status));
}

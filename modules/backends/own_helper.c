/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#define _XOPEN_SOURCE		700
#define WEBSOCKSY_API_VERSION	2

#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <websocksy.h>

#include "milliseconds.h"
#include "own_helper.h"

#define POLL_MAX	16	/* ms between two calls to waitpid(), at most */

static struct {
	struct coprocess process;
	unsigned long	 answers;	/* number of answers since the last failure */
	unsigned	 pause;		/* ms before the next start, after the last failure */
	uint64_t	 not_before;	/* earliest next start */
} own;

/*
 * Waits up to grace ms for the helper to exit.  Returns 1 with its *status if it has, otherwise
 * 0.
 */
static int
wait_for_end(unsigned grace, int *status)
{
	uint64_t deadline = milliseconds_now() + grace;
	struct pollfd output = { own.process.out, POLLIN, 0 };
	int step = 1;
	pid_t pid;

	/*
	 * Usually the standard output of a helper is closed a moment before the process can be
	 * reaped.
	 */
	if (grace > 0)
		(void)poll(&output, 1, (int)grace);
	for (;;) {
		pid = waitpid(own.process.pid, status, WNOHANG);
		if (pid == own.process.pid || (pid == -1 && errno != EINTR))
			return 1;
		if (milliseconds_now() >= deadline)
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
end_helper(unsigned grace)
{
	int status = 0;

	coprocess_close(&own.process);
	if (!wait_for_end(grace, &status)) {
		coprocess_kill(&own.process, NULL);
		while (waitpid(own.process.pid, &status, 0) == -1 && errno == EINTR)
			continue;
	}
	return status;
}

/* Counts a failure of the helper: sets the time before which no helper may be started. */
static void
note_failure(void)
{
	own.pause = coprocess_pause(own.answers, own.pause);
	own.not_before = milliseconds_now() + own.pause;
	own.answers = 0;
}

void
own_helper_stop(void)
{
	if (own.process.pid == 0)
		return;
	(void)end_helper(COPROCESS_GRACE);
	coprocess_forget(&own.process);
}

/* Handles the exit of a helper that was not stopped: reaps it and logs its exit status. */
static enum coprocess_verdict
handle_exit(void)
{
	int status = end_helper(COPROCESS_GRACE);

	note_failure();
	coprocess_log_exit(&own.process, status);
	coprocess_forget(&own.process);
	return COPROCESS_DEAD;
}

/*
 * Kills the helper, logs why, and returns the verdict.  The helper gets no time to exit: a late
 * answer could be taken for the answer to another question.
 */
static enum coprocess_verdict
kill_helper(enum coprocess_verdict verdict, const char *why)
{
	coprocess_kill(&own.process, why);
	(void)end_helper(0);
	coprocess_forget(&own.process);
	if (verdict == COPROCESS_GARBAGE)
		note_failure();
	return verdict;
}

/* Waits for the answer to the question that was put. */
static enum coprocess_verdict
wait_for_answer(uint64_t deadline)
{
	struct coprocess *c = &own.process;
	enum coprocess_verdict verdict;
	const char *why;

	while ((verdict = coprocess_step(c, &why)) == COPROCESS_BUSY) {
		if (core_wait(c->left > 0 ? c->in : c->out, c->left > 0,
		    milliseconds_until(deadline)))
			continue;
		/* The wait ends before the deadline if the server is being stopped. */
		if (milliseconds_now() < deadline)
			return kill_helper(COPROCESS_STOP, NULL);
		return kill_helper(COPROCESS_LATE, "it did not answer in time");
	}
	if (verdict == COPROCESS_GARBAGE)
		return kill_helper(verdict, why);
	return verdict == COPROCESS_DEAD ? handle_exit() : verdict;
}

/*
 * Checks the helper before a question: handles a helper that has exited, or has written anything,
 * since its last answer.
 */
static void
check_idle(void)
{
	switch (coprocess_check(&own.process)) {
	case COPROCESS_GARBAGE:
		(void)kill_helper(COPROCESS_GARBAGE, "it wrote something without a question");
		break;
	case COPROCESS_DEAD:
		(void)handle_exit();
		break;
	default:
		break;
	}
}

enum coprocess_verdict
own_helper_ask(const char *command, const char *question, char *out, size_t size,
    unsigned timeout)
{
	uint64_t deadline = milliseconds_now() + timeout;
	enum coprocess_verdict verdict;

	if (own.process.pid != 0)
		check_idle();
	if (own.process.pid == 0) {
		if (milliseconds_now() < own.not_before)
			return COPROCESS_PAUSE;
		if (coprocess_start(&own.process, command) == -1) {
			core_log(ws_log_error, "cannot start the helper: %s", strerror(errno));
			return COPROCESS_DEAD;
		}
	}
	coprocess_put(&own.process, question, out, size);
	verdict = wait_for_answer(deadline);
	if (verdict == COPROCESS_ANSWER)
		own.answers++;
	return verdict;
}

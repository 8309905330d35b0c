/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "posix/signals.h"
#include "server/reload.h"
#include "server/reload_check.h"
#include "server/workers.h"

#define CHECK_TIME	10000	/* ms that a check may take */
#define LINES		20	/* lines of output that are logged, at most */
#define READS		16	/* reads of the output after the exit, at most */

static struct {
	pid_t		pid;		/* of the checking process; 0: no check is running */
	int		out;		/* pipe with the output; -1: all output was read */
	uint64_t	deadline;
	char		line[512];	/* the last line of output, which is still incomplete */
	size_t		len;
	unsigned	lines;		/* number of lines logged so far */
} check = { .out = -1 };

void
reload_check_start(void)
{
	workers_clear_refusal();
	check.pid = reload_start_check(&check.out);
	check.len = check.lines = 0;
	check.deadline = clock_now() + CHECK_TIME;
	if (check.pid == -1) {
		check.pid = 0;
		check.out = -1;
		workers_add_refusal("the server cannot start the check of the configuration");
		workers_note_refused_reload();
	} else {
		log_info("reload: checking the configuration");
	}
}

int
reload_check_is_on(void)
{
	return check.pid != 0;
}

int
reload_check_fd(void)
{
	return check.out;
}

uint64_t
reload_check_deadline(void)
{
	return check.pid != 0 ? check.deadline : CLOCK_NEVER;
}

static void
log_output_line(void)
{
	check.line[check.len] = '\0';
	if (check.len > 0 && check.lines++ < LINES) {
		log_warnx("reload: %s", check.line);
		workers_add_refusal(check.line);
	}
	check.len = 0;
}

/*
 * Reads a part of the output and logs the complete lines.  Returns whether there may be more
 * output.
 */
static int
read_output(void)
{
	char bytes[4096];
	ssize_t n, i;

	if (check.out == -1)
		return 0;
	n = io_read(check.out, bytes, sizeof(bytes));
	for (i = 0; i < n; i++) {
		if (bytes[i] == '\n' || check.len == sizeof(check.line) - 1)
			log_output_line();
		if (bytes[i] != '\n')
			check.line[check.len++] = bytes[i];
	}
	if (n == IO_EOF || n == IO_ERROR) {
		log_output_line();
		io_close(&check.out);
	}
	return n > 0;
}

void
reload_check_watch(void)
{
	(void)read_output();
	if (check.pid != 0 && clock_now() >= check.deadline) {
		log_errorx("reload: the check of the configuration takes too long");
		workers_add_refusal("the check of the configuration takes too long");
		(void)kill(check.pid, SIGKILL);
		check.deadline = CLOCK_NEVER;
	}
}

/* Logs why a check has failed that has printed nothing itself. */
static void
note_silent_failure(int status)
{
	char text[80];

	if (WIFSIGNALED(status))
		(void)snprintf(text, sizeof(text), "signal %d ended the check of the configuration",
		    WTERMSIG(status));
	else
		(void)snprintf(text, sizeof(text), "the check of the configuration failed without "
		    "a message, with status %d", WEXITSTATUS(status));
	log_warnx("reload: %s", text);
	workers_add_refusal(text);
}

int
reload_check_exited(pid_t pid, int status)
{
	unsigned reads;

	if (pid != check.pid)
		return 0;
	for (reads = 0; reads < READS && read_output(); reads++)
		;
	io_close(&check.out);
	check.pid = 0;
	/*
	 * After another HUP the file may have changed since the check: check again.  If a stop
	 * or a reopening of the log was requested, do not reload now: the exec would lose that
	 * request.
	 */
	if (signals_reload || signals_reopen || signals_stop || signals_quit) {
		signals_reload = signals_reload || signals_reopen;
		return 0;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS)
		return 1;
	if (check.lines == 0 && check.deadline != CLOCK_NEVER)
		note_silent_failure(status);
	log_errorx("reload: refused, the server goes on as it is");
	workers_note_refused_reload();
	return 0;
}

void
reload_check_cancel(void)
{
	if (check.pid != 0)
		(void)kill(check.pid, SIGKILL);
	check.pid = 0;
	io_close(&check.out);
}

void
reload_check_close(void)
{
	/* check.out is not set to -1: that write would give the worker its own copy of a page. */
	if (check.out != -1)
		(void)close(check.out);
}

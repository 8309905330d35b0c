/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "posix/daemon.h"

#define NEWS	(STDERR_FILENO + 1)	/* where the starter has its end of the pipe */

static int starter = -1;	/* to who started us and waits; -1: nobody does */
static int null = -1;		/* opened while a failure can still be told */

/* The end of a process that has handed on its work: what is open is the daemon's alone. */
static _Noreturn void
leave(int status)
{
	io_close_from(STDIN_FILENO);
	_exit(status);
}

/*
 * What the process that was started does: a byte says that the daemon is ready, the end that it
 * is gone.
 */
static _Noreturn void
wait_for_daemon(int news, pid_t between)
{
	struct pollfd p;
	char byte;
	ssize_t n;

	if (dup2(news, NEWS) == -1) {
		log_error("cannot wait for the daemon");
		leave(EXIT_FAILURE);
	}
	io_close_from(NEWS + 1);
	while (waitpid(between, NULL, 0) == -1 && errno == EINTR)
		;
	p.fd = NEWS;
	p.events = POLLIN;
	do {
		(void)poll(&p, 1, -1);
		n = io_read(NEWS, &byte, 1);
	} while (n == IO_AGAIN);
	leave(n == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static _Noreturn void
fail(const char *what)
{
	log_error("cannot become a daemon: %s", what);
	leave(EXIT_FAILURE);
}

/* From the child of the process that was started to the daemon. */
static void
detach(void)
{
	struct sigaction ignore;

	if (setsid() == -1)
		fail("setsid");
	/* The leader of a session without a terminal would get the first one that it opens. */
	switch (fork()) {
	case -1:
		fail("fork");
	case 0:
		break;
	default:
		leave(EXIT_SUCCESS);
	}
	if (chdir("/") == -1)
		fail("chdir to /");
	(void)umask(027);
	/* The starter may be interrupted while it waits. */
	memset(&ignore, 0, sizeof(ignore));
	ignore.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &ignore, NULL);
}

int
daemon_begin(void)
{
	int news[2];
	pid_t pid;

	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null == -1) {
		log_error("cannot become a daemon: /dev/null");
		return -1;
	}
	if (io_pipe(news) == -1) {
		log_error("cannot become a daemon: pipe");
		io_close(&null);
		return -1;
	}
	/* Otherwise what is buffered would be written by each of the processes. */
	(void)fflush(NULL);
	pid = fork();
	switch (pid) {
	case -1:
		log_error("cannot become a daemon: fork");
		io_close(&news[0]);
		io_close(&news[1]);
		io_close(&null);
		return -1;
	case 0:
		io_close(&news[0]);
		starter = news[1];
		detach();
		return 0;
	default:
		wait_for_daemon(news[0], pid);
	}
}

/* Lets go of what the caller gave us, all but the pipe. */
static void
redirect(int keep_stderr)
{
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	if (!keep_stderr)
		(void)dup2(null, STDERR_FILENO);
	io_close(&null);
}

void
daemon_ready(int keep_stderr)
{
	if (starter == -1)
		return;
	redirect(keep_stderr);
	(void)io_write(starter, "", 1);
	io_close(&starter);
}

void
daemon_release(int keep_stderr)
{
	if (starter == -1)
		return;
	redirect(keep_stderr);
	io_close(&starter);
}

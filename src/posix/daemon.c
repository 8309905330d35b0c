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

#define READY_FD	(STDERR_FILENO + 1)	/* ready pipe, in the foreground process */

static int ready_pipe = -1;	/* write end in the daemon; -1: no foreground process waits */
static int null_fd = -1;	/* /dev/null, opened before errors can no longer be reported */

/*
 * Exits from a process that is not the daemon, after closing its copies of the daemon's
 * descriptors.
 */
static _Noreturn void
close_and_exit(int status)
{
	io_close_from(STDIN_FILENO);
	_exit(status);
}

/*
 * Runs in the foreground process.  Exits with 0 after a byte in the ready pipe, which means that
 * the daemon is ready, and with 1 after end of file, which means that the daemon has exited.  child
 * is the intermediate process that forks the daemon and exits.
 */
static _Noreturn void
wait_for_daemon(int fd, pid_t child)
{
	struct pollfd p;
	char byte;
	ssize_t n;

	if (dup2(fd, READY_FD) == -1) {
		log_error("cannot wait for the daemon");
		close_and_exit(EXIT_FAILURE);
	}
	io_close_from(READY_FD + 1);
	while (waitpid(child, NULL, 0) == -1 && errno == EINTR)
		;
	p.fd = READY_FD;
	p.events = POLLIN;
	do {
		(void)poll(&p, 1, -1);
		n = io_read(READY_FD, &byte, 1);
	} while (n == IO_AGAIN);
	close_and_exit(n == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static _Noreturn void
daemon_fail(const char *what)
{
	log_error("cannot become a daemon: %s", what);
	close_and_exit(EXIT_FAILURE);
}

/*
 * Runs in the child of the foreground process: starts a session, forks the daemon and exits.
 * Returns in the daemon only.
 */
static void
detach(void)
{
	struct sigaction ignore;

	if (setsid() == -1)
		daemon_fail("setsid");
	/*
	 * Fork again: the leader of a session without a terminal gets the first terminal that it
	 * opens.
	 */
	switch (fork()) {
	case -1:
		daemon_fail("fork");
	case 0:
		break;
	default:
		close_and_exit(EXIT_SUCCESS);
	}
	if (chdir("/") == -1)
		daemon_fail("chdir to /");
	(void)umask(027);
	/*
	 * Ignore SIGPIPE: the foreground process may have been interrupted before the daemon writes
	 * to the ready pipe.
	 */
	memset(&ignore, 0, sizeof(ignore));
	ignore.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &ignore, NULL);
}

int
daemon_begin(void)
{
	int fd[2];
	pid_t pid;

	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null_fd == -1) {
		log_error("cannot become a daemon: /dev/null");
		return -1;
	}
	if (io_pipe(fd) == -1) {
		log_error("cannot become a daemon: pipe");
		io_close(&null_fd);
		return -1;
	}
	/*
	 * Flush stdio, because otherwise each process would write the data that are buffered now.
	 */
	(void)fflush(NULL);
	pid = fork();
	switch (pid) {
	case -1:
		log_error("cannot become a daemon: fork");
		io_close(&fd[0]);
		io_close(&fd[1]);
		io_close(&null_fd);
		return -1;
	case 0:
		io_close(&fd[0]);
		ready_pipe = fd[1];
		detach();
		return 0;
	default:
		wait_for_daemon(fd[0], pid);
	}
}

/* Redirects the standard descriptors, which belong to the foreground process, to /dev/null. */
static void
redirect(int keep_stderr)
{
	(void)dup2(null_fd, STDIN_FILENO);
	(void)dup2(null_fd, STDOUT_FILENO);
	if (!keep_stderr)
		(void)dup2(null_fd, STDERR_FILENO);
	io_close(&null_fd);
}

void
daemon_ready(int keep_stderr)
{
	if (ready_pipe == -1)
		return;
	redirect(keep_stderr);
	(void)io_write(ready_pipe, "", 1);
	io_close(&ready_pipe);
}

void
daemon_release(int keep_stderr)
{
	if (ready_pipe == -1)
		return;
	redirect(keep_stderr);
	io_close(&ready_pipe);
}

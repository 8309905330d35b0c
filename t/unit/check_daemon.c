/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Tests daemon.h. Each test starts a process that becomes a daemon. The test and the daemon
 * communicate over a socket pair, which stays open in the daemon when it closes all other
 * descriptors. At the end of the test the daemon reads end of file and exits.
 */

#include "config.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "lib/countof.h"
#include "lib/unit.h"
#include "posix/daemon.h"

#define REFUSED	99	/* exit status if daemon_begin() has returned -1 */

struct started {
	pid_t	pid;		/* the process that was started */
	int	talk;		/* socket to the daemon */
	int	out;		/* read end of its standard output and standard error */
};

/* The facts that a daemon reports to the test about itself. */
struct facts {
	pid_t	pid, session, parent;
	mode_t	mask;
	int	terminal;
	unsigned before, after;	/* open descriptors */
	char	directory[64];
};

static unsigned open_before;

/* Returns the number of open descriptors. Regular files are not counted: valgrind has some open. */
static unsigned
open_descriptors(void)
{
	struct stat st;
	unsigned n = 0;
	int fd;

	for (fd = 0; fd < 256; fd++)
		n += fstat(fd, &st) == 0 && !S_ISREG(st.st_mode);
	return n;
}

/*
 * Called in the daemon: sends bytes to the test, or waits for a byte from it. If the test has
 * exited, the daemon exits.
 */
static void
send_to_test(int talk, const void *data, size_t len)
{
	if (send(talk, data, len, MSG_NOSIGNAL) != (ssize_t)len)
		unit_leave(1);
}

static void
wait_for_test(int talk)
{
	char byte;

	if (read(talk, &byte, 1) != 1)
		unit_leave(0);
}

/* Called in the daemon: answers each byte from the test until the test closes its socket. */
static _Noreturn void
answer_test(int talk)
{
	for (;;) {
		wait_for_test(talk);
		send_to_test(talk, "p", 1);
	}
}

/* Called in the test: sends a byte to the daemon. */
static void
send_byte(const struct started *s)
{
	ck_assert_int_eq(send(s->talk, "", 1, MSG_NOSIGNAL), 1);
}

static void
expect_word(const struct started *s, char word)
{
	char byte = 0;

	ck_assert_int_eq(read(s->talk, &byte, 1), 1);
	ck_assert_int_eq(byte, word);
}

static void
expect_alive(const struct started *s)
{
	send_byte(s);
	expect_word(s, 'p');
}

/* Called in the started process: becomes a daemon, and calls the given function. */
static _Noreturn void
become(void (*run)(int talk), int talk, int out)
{
	if (dup2(out, 1) == -1 || dup2(out, 2) == -1)
		unit_leave(1);
	close(out);
	log_to_fd(2);
	open_before = open_descriptors();
	printf("once ");
	if (daemon_begin() == -1)
		unit_leave(REFUSED);
	run(talk);
	unit_leave(1);
}

static void
start(struct started *s, void (*run)(int talk))
{
	int talk[2], out[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, talk), 0);
	ck_assert_int_eq(pipe(out), 0);
	s->pid = fork();
	ck_assert_int_ne(s->pid, -1);
	if (s->pid == 0) {
		close(talk[0]);
		close(out[0]);
		become(run, talk[1], out[1]);
	}
	close(talk[1]);
	close(out[1]);
	s->talk = talk[0];
	s->out = out[0];
}

static void
assert_waiting(const struct started *s)
{
	int status;

	ck_assert_int_eq(waitpid(s->pid, &status, WNOHANG), 0);
}

/*
 * Returns the output of the daemon up to end of file, when no process has the pipe open any more.
 */
static const char *
output(const struct started *s)
{
	static char text[4096];
	size_t len = 0;
	ssize_t n;

	while ((n = read(s->out, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	ck_assert_int_eq(n, 0);
	text[len] = '\0';
	return text;
}

static void
finish(const struct started *s)
{
	close(s->talk);
	close(s->out);
}

static void
daemon_reports_facts(int talk)
{
	struct facts f;

	memset(&f, 0, sizeof(f));
	f.pid = getpid();
	f.session = getsid(0);
	f.parent = getppid();
	f.mask = umask(0);
	(void)umask(f.mask);
	f.terminal = open("/dev/tty", O_RDWR);
	if (getcwd(f.directory, sizeof(f.directory)) == NULL)
		unit_leave(1);
	send_to_test(talk, &f, sizeof(f));
	wait_for_test(talk);
	log_warnx("almost ready");
	daemon_ready(0);
	f.before = open_before;
	f.after = open_descriptors();
	send_to_test(talk, &f, sizeof(f));
	if (write(1, "lost", 4) != 4 || write(2, "lost", 4) != 4)
		unit_leave(1);
	daemon_ready(0);
	daemon_release(0);
	answer_test(talk);
}

START_TEST(daemon_is_on_its_own)
{
	struct started s;
	struct facts f;
	const char *text;

	(void)umask(0);
	start(&s, daemon_reports_facts);
	ck_assert_int_eq(recv(s.talk, &f, sizeof(f), MSG_WAITALL), sizeof(f));
	ck_assert_int_ne(f.session, getsid(0));
	ck_assert_int_ne(f.session, f.pid);
	ck_assert_int_ne(f.parent, getpid());
	ck_assert_int_eq(f.terminal, -1);
	ck_assert_str_eq(f.directory, "/");
	ck_assert_int_eq(f.mask, 027);
	assert_waiting(&s);
	send_byte(&s);
	ck_assert_int_eq(unit_exit_status(s.pid), 0);
	ck_assert_int_eq(recv(s.talk, &f, sizeof(f), MSG_WAITALL), sizeof(f));
	ck_assert_uint_eq(f.after, f.before);
	/*
	 * Text that was buffered before daemon_begin() must appear once. A message before
	 * daemon_ready() must appear, and output after it must not reach the pipe of the caller.
	 */
	text = output(&s);
	ck_assert_int_eq(strncmp(text, "once ", 5), 0);
	ck_assert_ptr_null(strstr(text + 5, "once"));
	ck_assert_ptr_nonnull(strstr(text, "almost ready"));
	ck_assert_ptr_null(strstr(text, "lost"));
	expect_alive(&s);
	finish(&s);
}
END_TEST

static void
daemon_writes_stderr(int talk)
{
	daemon_ready(1);
	wait_for_test(talk);
	log_warnx("still here");
	if (write(1, "lost", 4) != 4)
		unit_leave(1);
}

START_TEST(daemon_keeps_stderr_for_the_log)
{
	struct started s;
	const char *text;

	start(&s, daemon_writes_stderr);
	ck_assert_int_eq(unit_exit_status(s.pid), 0);
	send_byte(&s);
	text = output(&s);
	ck_assert_ptr_nonnull(strstr(text, "still here\n"));
	ck_assert_ptr_null(strstr(text, "lost"));
	finish(&s);
}
END_TEST

static void
daemon_exits(int talk)
{
	(void)talk;
	log_errorx("no room");
	unit_leave(0);
}

static void
daemon_fails(int talk)
{
	(void)talk;
	log_errorx("no room");
	unit_leave(7);
}

static void
daemon_is_killed(int talk)
{
	(void)talk;
	log_errorx("no room");
	io_close_from(0);
	(void)raise(SIGKILL);
}

START_TEST(daemon_that_ends_before_is_a_failure)
{
	static void (*const functions[])(int) = {
		daemon_exits, daemon_fails, daemon_is_killed
	};
	struct started s;
	size_t i;

	for (i = 0; i < COUNTOF(functions); i++) {
		start(&s, functions[i]);
		ck_assert_int_eq(unit_exit_status(s.pid), 1);
		ck_assert_ptr_nonnull(strstr(output(&s), "no room\n"));
		finish(&s);
	}
}
END_TEST

/*
 * The daemon exits. A child of the daemon keeps running, but has closed the pipes inherited from
 * the starting process.
 */
static void
daemon_with_a_child(int talk)
{
	int done[2];
	char byte;

	if (pipe(done) == -1)
		unit_leave(1);
	switch (fork()) {
	case -1:
		unit_leave(1);
	case 0:
		close(done[0]);
		log_warnx("the child's last word");
		daemon_release(0);
		daemon_ready(0);
		close(done[1]);
		answer_test(talk);
	default:
		close(done[1]);
		(void)!read(done[0], &byte, 1);
		unit_leave(0);
	}
}

START_TEST(daemon_child_holds_nobody_up)
{
	struct started s;

	start(&s, daemon_with_a_child);
	ck_assert_int_eq(unit_exit_status(s.pid), 1);
	ck_assert_ptr_nonnull(strstr(output(&s), "the child's last word\n"));
	expect_alive(&s);
	finish(&s);
}
END_TEST

/* The daemon closes the pipes to the starting process before it is ready. */
static void
daemon_without_a_pipe(int talk)
{
	int fd;

	for (fd = 3; fd < 256; fd++) {
		struct stat st;

		if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) && fcntl(fd, F_GETFL) == O_WRONLY)
			close(fd);
	}
	wait_for_test(talk);
	daemon_ready(0);
	answer_test(talk);
}

START_TEST(daemon_starter_lets_go)
{
	struct started s;
	int held[2];
	char byte;

	ck_assert_int_eq(pipe(held), 0);
	start(&s, daemon_without_a_pipe);
	close(held[1]);
	ck_assert_int_eq(read(held[0], &byte, 1), 0);
	assert_waiting(&s);
	send_byte(&s);
	ck_assert_int_eq(unit_exit_status(s.pid), 0);
	close(held[0]);
	expect_alive(&s);
	finish(&s);
}
END_TEST

static void
daemon_after_the_starter(int talk)
{
	send_to_test(talk, "s", 1);
	wait_for_test(talk);
	daemon_ready(0);
	answer_test(talk);
}

START_TEST(daemon_survives_an_impatient_caller)
{
	struct started s;
	int status;

	start(&s, daemon_after_the_starter);
	expect_word(&s, 's');
	ck_assert_int_eq(kill(s.pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(s.pid, &status, 0), s.pid);
	send_byte(&s);
	expect_alive(&s);
	finish(&s);
}
END_TEST

/* Returns the lowest descriptor that is not open. */
static int
next_descriptor(void)
{
	int fd = dup(STDERR_FILENO);

	if (fd != -1)
		close(fd);
	return fd;
}

/*
 * Limits the number of descriptors: daemon_begin() must fail, the process must not become a
 * daemon, and its open descriptors must not change.
 */
static void
try_with(unsigned descriptors)
{
	struct rlimit limit;
	int lowest;

	/*
	 * All descriptors below `lowest` are open, so this number more can be opened after the
	 * limit is set.
	 */
	lowest = next_descriptor();
	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		unit_leave(1);
	limit.rlim_cur = (rlim_t)lowest + descriptors;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1 || daemon_begin() != -1)
		unit_leave(1);
	/* After a failed daemon_begin(), daemon_ready() must do nothing. */
	daemon_ready(0);
	if (next_descriptor() != lowest || io_same(1, 0))
		unit_leave(2);
	unit_leave(REFUSED);
}

START_TEST(daemon_says_why_it_cannot)
{
	unsigned descriptors;
	int status;
	pid_t pid;

	for (descriptors = 1; descriptors < 3; descriptors++) {
		unit_log_capture();
		pid = fork();
		ck_assert_int_ne(pid, -1);
		if (pid == 0)
			try_with(descriptors);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == REFUSED, "status %x",
		    status);
		ck_assert_uint_eq(unit_log_count("cannot become a daemon: pipe: "), 1);
	}
	unit_log_release();
}
END_TEST

START_TEST(daemon_only_after_begin)
{
	int copy = dup(1);

	ck_assert_int_ne(copy, -1);
	daemon_ready(0);
	daemon_release(0);
	ck_assert(io_same(copy, 1));
	close(copy);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("daemon");
	TCase *tc = tcase_create("daemon");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, daemon_is_on_its_own);
	tcase_add_test(tc, daemon_keeps_stderr_for_the_log);
	tcase_add_test(tc, daemon_that_ends_before_is_a_failure);
	tcase_add_test(tc, daemon_child_holds_nobody_up);
	tcase_add_test(tc, daemon_starter_lets_go);
	tcase_add_test(tc, daemon_survives_an_impatient_caller);
	tcase_add_test(tc, daemon_says_why_it_cannot);
	tcase_add_test(tc, daemon_only_after_begin);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

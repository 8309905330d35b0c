/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * websocksyctl and the master: check, reload, drain and stop, also for a server that was killed
 * or does not answer; and the live view.
 */

#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/countof.h"
#include "lib/ctl.h"
#include "lib/expect.h"
#include "lib/json.h"
#include "lib/sock.h"
#include "status/scoreboard.h"

#define OTHER_USER	65534
#define LINES		6	/* height of the terminal, in lines */
#define COLUMNS		60

static struct ctl s;

static void
clean(void)
{
	harness_clean(&s.server.h);
	harness_stop(&s.server.echo);
}

/* -- check -- */

START_TEST(check)
{
	struct client c;
	uint64_t deadline;

	ctl_start(&s, "start-workers = 1\nmin-spare = 1\nmax-spare = 1\nmax-workers = 1\n");
	ck_assert_int_eq(ctl_run(&s, "check", NULL), 0);
	ctl_expect_out(&s, "ok: pid ");
	ctl_expect_out(&s, " of 1,");
	server_open(&s.server, &c);
	ck_assert_int_eq(ctl_run(&s, "check", NULL), 1);
	ctl_expect_out(&s, "full: pid ");
	client_finish(&c);
	/*
	 * The process that answers 503 looks only from time to time whether a worker is idle
	 * again.
	 */
	deadline = expect_deadline(EXPECT_MS);
	while (ctl_run(&s, "check", NULL) != 0)
		if (expect_left(deadline) == 0)
			expect_fail("it is still not ok: %s", s.out);
	ctl_stop(&s);
}
END_TEST

/* The commands, with the status file of a server that was killed. */
START_TEST(a_dead_server)
{
	static const char *const commands[] = { "status", "check", "drain", "reload", "stop" };
	char text[64];
	unsigned i;

	ctl_start(&s, "");
	harness_signal(&s.server.h, SIGKILL);
	ck_assert_int_eq(harness_wait(&s.server.h, EXPECT_MS), 128 + SIGKILL);
	for (i = 0; i < COUNTOF(commands); i++) {
		ck_assert_int_eq(ctl_run(&s, commands[i], NULL), 2);
		ctl_expect_err(&s, "the server does not run, and has left this file");
		ck_assert_str_eq(s.out, "");
	}
	ck_assert_int_eq(ctl_run(&s, "close", "4711.1", NULL), 2);
	ck_assert_int_eq(ctl_run(&s, "--json", NULL), 2);
	ck_assert(json_value(s.out, "alive", text, sizeof(text)));
	ck_assert_str_eq(text, "false");
	ck_assert_int_eq(ctl_run(&s, "--prometheus", NULL), 2);
	ctl_expect_out(&s, "\nwebsocksy_up 0\n");
	/* The next server replaces the status file of the killed one. */
	server_run(&s.server);
	ck_assert_int_eq(ctl_run(&s, "check", NULL), 0);
	ctl_stop(&s);
}
END_TEST

START_TEST(files_that_will_not_do)
{
	char none[600], path[600];

	ctl_start(&s, "");
	snprintf(none, sizeof(none), "%s", harness_scratch("none"));
	ck_assert_int_eq(ctl_run_bare(&s, "-s", none, "check", NULL), 2);
	ctl_expect_err(&s, "there is no such file");
	ctl_expect_err(&s, none);
	ck_assert_int_eq(ctl_run_bare(&s, "-s", s.server.conf, "stop", NULL), 3);
	ctl_expect_err(&s, "it is not a status file");
	ck_assert_int_eq(ctl_run_bare(&s, "-s", "/", "stop", NULL), 3);
	/* websocksyctl reads the path of the status file from the server's configuration. */
	ck_assert_int_eq(ctl_run_bare(&s, "-f", s.server.conf, "check", NULL), 0);
	ck_assert_int_eq(ctl_run_bare(&s, "-f", none, "check", NULL), 3);
	ctl_expect_err(&s, "cannot read the configuration file");
	snprintf(path, sizeof(path), "%s", s.file);
	snprintf(s.file, sizeof(s.file), "none");
	ctl_write(&s, "");
	ck_assert_int_eq(ctl_run_bare(&s, "-f", s.server.conf, "check", NULL), 3);
	ctl_expect_err(&s, "has no status file");
	ck_assert_int_eq(ctl_run_bare(&s, "halt", NULL), 3);
	ctl_expect_err(&s, "there is no command 'halt'");
	ck_assert_int_eq(ctl_run_bare(&s, "-h", NULL), 0);
	ctl_expect_out(&s, "usage: websocksyctl ");
	ck_assert_int_eq(ctl_run_bare(&s, "-V", NULL), 0);
	ctl_expect_out(&s, "websocksyctl " PACKAGE_VERSION "\n");
	snprintf(s.file, sizeof(s.file), "%s", path);
	ctl_stop(&s);
}
END_TEST

/* -- permissions -- */

/* Lets other users read and enter, but not write to, the two directories above the status file. */
static void
open_directory(void)
{
	char directory[600];
	unsigned i;

	snprintf(directory, sizeof(directory), "%s", s.file);
	for (i = 0; i < 2; i++) {
		*strrchr(directory, '/') = '\0';
		ck_assert_int_eq(chmod(directory, 0755), 0);
	}
}

START_TEST(others_may_not)
{
	struct client c;

	if (geteuid() != 0) {
		expect_skip("only root can become another user");
		return;
	}
	ctl_start(&s, "");
	server_open(&s.server, &c);
	open_directory();
	ctl_become(OTHER_USER);
	ck_assert_int_eq(ctl_run(&s, "status", NULL), 3);
	ctl_expect_err(&s, strerror(EACCES));
	/*
	 * A user who may read the status file is still not allowed to send signals to the server.
	 */
	ck_assert_int_eq(chmod(s.file, 0644), 0);
	ck_assert_int_eq(ctl_run(&s, "check", NULL), 0);
	ck_assert_int_eq(ctl_run(&s, "stop", NULL), 1);
	ctl_expect_err(&s, "only root, or the user who runs the server, may do that");
	ck_assert_int_eq(ctl_run(&s, "drain", NULL), 1);
	ck_assert_int_eq(ctl_run(&s, "close", "--client", "127.0.0.1", NULL), 1);
	ctl_expect_err(&s, "only root, or the user");
	client_echo(&c);
	client_echo_finish(&c);
	ctl_stop(&s);
}
END_TEST

/* With the status file of another user, root can do no more than that user could. */
START_TEST(root_is_not_led)
{
	if (geteuid() != 0) {
		expect_skip("it needs root");
		return;
	}
	ctl_start(&s, "");
	open_directory();
	ck_assert_int_eq(chown(s.file, OTHER_USER, OTHER_USER), 0);
	ck_assert_int_eq(ctl_run(&s, "check", NULL), 0);
	ck_assert_int_eq(ctl_run(&s, "stop", NULL), 1);
	ctl_expect_err(&s, "only root, or the user who runs the server, may do that");
	ck_assert_int_eq(ctl_run(&s, "close", "--client", "127.0.0.1", NULL), 1);
	ctl_stop(&s);
}
END_TEST

/* -- reload -- */

START_TEST(reload)
{
	struct client old, new;

	ctl_start(&s, "start-workers = 2\n");
	server_open(&s.server, &old);
	ck_assert_int_eq(ctl_run(&s, "reload", NULL), 0);
	ck_assert_str_eq(s.out, "reloaded: generation 2\n");
	/* websocksyctl waits for the new workers; the line "reload: done" is logged after that. */
	harness_log(&s.server.h, "reload: done", EXPECT_MS);
	server_open(&s.server, &new);
	ck_assert_int_eq(ctl_run(&s, "status", "--sort", "age", NULL), 0);
	ctl_expect_out(&s, ", generation 2, started ");
	ctl_expect_out(&s, ", reloaded ");
	ctl_expect_out(&s, "pool: 2 busy of ");
	ctl_expect_out(&s, ", 1 of earlier generations");
	/*
	 * A refused reload is reported immediately, and the server goes on with its old
	 * configuration.
	 */
	ctl_write(&s, "colour = blue\n");
	ck_assert_int_eq(ctl_run(&s, "reload", NULL), 1);
	/* The reason has the file and the line. */
	ctl_expect_err(&s, "the reload was refused and nothing has changed:\n  ");
	ctl_expect_err(&s, s.server.conf);
	ctl_expect_err(&s, ": there is no setting 'colour'");
	ck_assert_int_eq(ctl_run(&s, "status", NULL), 0);
	ctl_expect_out(&s, ", generation 2, ");
	ctl_expect_out(&s, "a reload refused ");
	ctl_write(&s, "start-workers = 2\n");
	ck_assert_int_eq(ctl_run(&s, "reload", NULL), 0);
	ck_assert_str_eq(s.out, "reloaded: generation 3\n");
	client_echo(&old);
	client_echo_finish(&new);
	client_echo_finish(&old);
	ctl_stop(&s);
}
END_TEST

/* The master is stopped with SIGSTOP: each command gives up at its timeout. */
START_TEST(reload_and_no_answer)
{
	ctl_start(&s, "start-workers = 1\n");
	harness_signal(&s.server.h, SIGSTOP);
	ck_assert_int_eq(ctl_run(&s, "reload", "-t", "50ms", NULL), 1);
	ctl_expect_err(&s, "the reload is not done after 0.0s");
	ck_assert_int_eq(ctl_run(&s, "stop", "--timeout=50ms", NULL), 1);
	ctl_expect_err(&s, " still runs after ");
	harness_signal(&s.server.h, SIGCONT);
	ck_assert_int_eq(harness_wait(&s.server.h, EXPECT_MS), 0);
	clean();
}
END_TEST

/* -- stop and drain -- */

START_TEST(drain)
{
	struct client c;

	ctl_start(&s, "");
	server_open(&s.server, &c);
	ck_assert_int_eq(ctl_run(&s, "drain", NULL), 0);
	ctl_expect_out(&s, "draining: pid ");
	harness_log(&s.server.h, "draining", EXPECT_MS);
	ck_assert_int_eq(ctl_run(&s, "check", NULL), 1);
	ctl_expect_out(&s, "ending: pid ");
	ck_assert_int_eq(ctl_run(&s, "status", NULL), 0);
	ctl_expect_out(&s, ", accepts no more clients");
	client_echo(&c);
	client_echo_finish(&c);
	ck_assert_int_eq(harness_wait(&s.server.h, EXPECT_MS), 0);
	ck_assert_int_eq(ctl_run(&s, "check", NULL), 2);
	clean();
}
END_TEST

/* The command stop returns after the server has exited and removed its status file. */
START_TEST(stop)
{
	struct client c;
	char line[64];

	ctl_start(&s, _i == 0 ? "" : "start-workers = 1\n");
	server_open(&s.server, &c);
	/* The master keeps its lock when it executes itself again. */
	if (_i == 1)
		ck_assert_int_eq(ctl_run(&s, "reload", NULL), 0);
	ck_assert_int_eq(ctl_run(&s, "stop", NULL), 0);
	snprintf(line, sizeof(line), "stopped: pid %ld\n", (long)s.server.h.pid);
	ck_assert_str_eq(s.out, line);
	ck_assert_int_eq(access(s.file, F_OK), -1);
	client_expect_end(&c, 1001);
	ck_assert_int_eq(harness_wait(&s.server.h, 100), 0);
	ck_assert_int_eq(ctl_run(&s, "stop", NULL), 2);
	clean();
}
END_TEST

/* -- the live view -- */

/* The live view refuses to start without a terminal. */
START_TEST(no_terminal)
{
	ctl_start(&s, "");
	ck_assert_int_eq(ctl_run(&s, "status", "-w", NULL), 3);
	ctl_expect_err(&s, "needs a terminal");
	ctl_stop(&s);
}
END_TEST

/* Starts the live view on a new pseudo-terminal. Returns the master side. */
static int
start_view(pid_t *pid)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY), slave;

	ck_assert(fd != -1 && grantpt(fd) == 0 && unlockpt(fd) == 0);
	*pid = fork();
	ck_assert_int_ne(*pid, -1);
	if (*pid == 0) {
		slave = open(ptsname(fd), O_RDWR | O_NOCTTY);
		if (slave == -1 || dup2(slave, STDOUT_FILENO) == -1 ||
		    setenv("TERM", "xterm", 1) == -1 || setenv("LINES", "6", 1) == -1 ||
		    setenv("COLUMNS", "60", 1) == -1)
			_exit(126);
		close(fd);
		execl(ctl_path(), ctl_path(), "-s", s.file, "-w", "-i", "100ms", (char *)NULL);
		_exit(127);
	}
	return fd;
}

static char shown[1024 * 1024];		/* output of the view that is not searched yet */

/* Reads until `text` has come. The next call discards all bytes up to the end of `text`. */
static void
expect_view(int fd, const char *text)
{
	static size_t len, used;
	struct pollfd p = { fd, POLLIN, 0 };
	uint64_t deadline = expect_deadline(EXPECT_MS);
	const char *found;
	ssize_t n;

	memmove(shown, shown + used, len - used + 1);
	len -= used;
	while ((found = strstr(shown, text)) == NULL) {
		if (len == sizeof(shown) - 1 || poll(&p, 1, expect_left(deadline)) != 1)
			expect_fail("'%s' is not in the output of the view: %s", text, shown);
		n = read(fd, shown + len, sizeof(shown) - 1 - len);
		ck_assert_int_gt(n, 0);
		len += (size_t)n;
		shown[len] = '\0';
	}
	used = (size_t)(found - shown) + strlen(text);
}

/*
 * Fails if a line of the output is wider than the terminal, or a picture has more lines than the
 * terminal.
 */
static void
expect_clipped(void)
{
	const char *line = shown, *end;
	unsigned lines = 0;

	while ((end = strstr(line, "\033[K")) != NULL) {
		if (strncmp(line, "\033[J", 3) == 0)
			line += 3;
		if (strncmp(line, "\033[H", 3) == 0) {
			line += 3;
			lines = 0;
		}
		lines++;
		line += strspn(line, "\r\n");
		ck_assert_msg(end - line <= COLUMNS, "a line of %d: %.*s", (int)(end - line),
		    (int)(end - line), line);
		ck_assert_uint_le(lines, LINES);
		line = end + 3;
	}
}

START_TEST(view)
{
	struct client c;
	int status, fd;
	pid_t pid;

	ctl_start(&s, "");
	fd = start_view(&pid);
	expect_view(fd, "pool: 0 busy");
	client_open(&c, s.server.h.port, "/a-path-that-is-longer-than-the-window-is-wide");
	expect_view(fd, "pool: 1 busy");
	expect_view(fd, "  open ");
	/* Wait for one whole picture, from its first byte to its last. */
	expect_view(fd, "\033[H");
	expect_view(fd, "IN/S");
	expect_view(fd, "\033[H");
	expect_view(fd, "\033[J");
	expect_clipped();
	ck_assert_ptr_nonnull(strstr(shown, "open"));
	ck_assert_ptr_null(strstr(shown, "a-path"));
	/* The view goes on after the server was killed. */
	harness_signal(&s.server.h, SIGKILL);
	ck_assert_int_eq(harness_wait(&s.server.h, EXPECT_MS), 128 + SIGKILL);
	expect_view(fd, "/status: ");
	client_end(&c);
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	/* At its end the view restores the terminal. */
	expect_view(fd, "\033[?25h\033[?1049l");
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	close(fd);
	s.server.h.deaths = 1;
	clean();
}
END_TEST

void
ctl_master_cases(Suite *suite)
{
	TCase *tc = harness_case(suite, "master", 60);

	tcase_add_test(tc, check);
	tcase_add_test(tc, a_dead_server);
	tcase_add_test(tc, files_that_will_not_do);
	tcase_add_test(tc, others_may_not);
	tcase_add_test(tc, root_is_not_led);
	tcase_add_test(tc, reload);
	tcase_add_test(tc, reload_and_no_answer);
	tcase_add_test(tc, drain);
	tcase_add_loop_test(tc, stop, 0, 2);
	tcase_add_test(tc, no_terminal);
	tcase_add_test(tc, view);
}

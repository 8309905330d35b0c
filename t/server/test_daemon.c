/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The daemon: the errors that the starting process reports, the daemon's state, and the files
 * that are left after its exit.
 */

#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/logfile.h"
#include "lib/proc.h"
#include "lib/server.h"
#include "lib/sock.h"

#define PIDS	64

static struct server s;
static char pid_file[600], status_file[600], log_file[600];
static pid_t daemon_pid;
static int guardian = -1;		/* write end of the pipe to the guardian */
static int starter_err = -1;		/* standard error of the starting process, read end */

/* -- a guardian kills the daemon of a failed test -- */

/* Returns the pid of the process that holds the lock on the pid file; 0 if there is none. */
static pid_t
holder(void)
{
	struct flock lock;
	int fd = open(pid_file, O_RDWR | O_CLOEXEC);

	if (fd == -1)
		return 0;
	memset(&lock, 0, sizeof(lock));
	lock.l_type = F_WRLCK;
	lock.l_whence = SEEK_SET;
	if (fcntl(fd, F_GETLK, &lock) == -1)
		lock.l_type = F_UNLCK;
	close(fd);
	return lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

/*
 * Starts a guardian: a process that waits for the end of the test, and kills the daemon if the
 * test has failed. Check cannot do that, because the daemon is not in the process group of the
 * test. The guardian is not in that group either.
 */
static void
start_guardian(void)
{
	int end[2], null = open("/dev/null", O_RDWR), i;
	pid_t pid, left;
	char byte;

	ck_assert(null != -1 && pipe(end) == 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		(void)setsid();
		for (i = 0; i < 3; i++)
			(void)dup2(null, i);
		(void)dup2(end[0], 3);
		for (i = 4; i < 256; i++)
			close(i);
		/* The test sends a byte when the daemon has been stopped. */
		if (read(3, &byte, 1) != 1 && (left = holder()) > 1)
			(void)kill(left, SIGKILL);
		_exit(0);
	}
	close(end[0]);
	close(null);
	guardian = end[1];
	(void)fcntl(guardian, F_SETFD, FD_CLOEXEC);
}

/* Sends the byte that ends the guardian, and reaps it. */
static void
end_guardian(void)
{
	ck_assert_int_eq(write(guardian, "", 1), 1);
	close(guardian);
	guardian = -1;
	ck_assert_int_ne(wait(NULL), -1);
}

/* -- starting -- */

static void
prepare(void)
{
	server_prepare(&s);
	snprintf(pid_file, sizeof(pid_file), "%s", harness_scratch("pid"));
	snprintf(status_file, sizeof(status_file), "%s", harness_scratch("status"));
	snprintf(log_file, sizeof(log_file), "%s", harness_scratch("messages"));
}

/* Writes a configuration without any file outside the test's directories. */
static void
configure(const char *more)
{
	server_write(&s, "pid-file = %s\nstatus-file = %s\nlog = %s\nstart-workers = 2\n%s",
	    pid_file, status_file, log_file, more);
}

/* Starts the daemon. Returns the exit status of the starting process. */
static int
run(void)
{
	const char *args[] = { "-d", "-f", s.conf, NULL };
	int fds[3] = { -1, -1, -1 }, end[2];

	ck_assert_int_eq(pipe(end), 0);
	ck_assert_int_ne(fcntl(end[0], F_SETFD, FD_CLOEXEC), -1);
	sock_close(&starter_err);
	starter_err = end[0];
	fds[2] = end[1];
	harness_spawn(&s.h, args, fds);
	close(end[1]);
	return harness_wait(&s.h, EXPECT_MS);
}

/*
 * Returns all text that was written to the standard error of the starting process, by that
 * process and by any other that inherited the descriptor.
 */
static const char *
said(void)
{
	static char text[8192];
	struct pollfd p = { .fd = starter_err, .events = POLLIN };
	uint64_t deadline = expect_deadline(EXPECT_MS);
	size_t have = 0;
	ssize_t n;

	do {
		if (poll(&p, 1, expect_left(deadline)) == 0)
			expect_fail("a process still has the starter's standard error");
		n = read(starter_err, text + have, sizeof(text) - 1 - have);
		have += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	text[have] = '\0';
	return text;
}

static void
read_pid(void)
{
	char text[64], want[64];
	FILE *f = fopen(pid_file, "r");
	size_t n;

	ck_assert_msg(f != NULL, "no pid file when the starter has ended");
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	daemon_pid = (pid_t)strtol(text, NULL, 10);
	ck_assert_int_gt(daemon_pid, 1);
	snprintf(want, sizeof(want), "%ld\n", (long)daemon_pid);
	ck_assert_str_eq(text, want);
	ck_assert_int_eq(kill(daemon_pid, 0), 0);
}

/* Starts the daemon and its guardian. The pid file must exist when the starting process exits. */
static void
start(void)
{
	char line[32];
	int status;

	start_guardian();
	status = run();
	if (status != 0)
		expect_fail("status %d: %s", status, said());
	harness_line(&s.h, line, sizeof(line));
	s.h.port = (int)strtol(line, NULL, 10);
	read_pid();
}

/* Ends the guardian, and removes the files and processes that the test has created. */
static void
clean(void)
{
	end_guardian();
	sock_close(&starter_err);
	harness_clean(&s.h);
	harness_stop(&s.echo);
}

/* Stops the daemon with a signal, and checks that no process and no file is left. */
static void
stop(int signal)
{
	pid_t pids[PIDS];
	unsigned n = harness_children(daemon_pid, pids, PIDS);

	ck_assert_int_eq(kill(daemon_pid, signal), 0);
	harness_expect_gone(daemon_pid, EXPECT_MS);
	while (n > 0)
		harness_expect_gone(pids[--n], 1000);
	ck_assert_int_eq(access(pid_file, F_OK), -1);
	ck_assert_int_eq(access(status_file, F_OK), -1);
	clean();
}

/* -- a daemon -- */

START_TEST(starts_and_stops)
{
	struct stat st;

	prepare();
	configure("");
	start();
	/* When the starting process exits, the daemon already accepts clients. */
	server_use(&s);
	ck_assert_int_eq(lstat(pid_file, &st), 0);
	ck_assert(S_ISREG(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 0133, 0);
	ck_assert_int_eq(holder(), daemon_pid);
	ck_assert_int_eq(access(status_file, F_OK), 0);
	/*
	 * The daemon has closed the standard output and error of the starting process: both pipes
	 * have end of file.
	 */
	ck_assert_str_eq(said(), "");
	ck_assert(sock_readable(s.h.out, EXPECT_MS));
	stop(_i == 0 ? SIGTERM : SIGQUIT);
}
END_TEST

static void
check_process(pid_t pid)
{
	int fd;

	ck_assert_str_eq(proc_link(pid, "cwd"), "/");
	for (fd = 0; fd < 3; fd++)
		ck_assert_str_eq(proc_descriptor(pid, fd), "/dev/null");
}

/*
 * The daemon has left the session, terminal and directory of the starting process, and has closed
 * its descriptors.
 */
START_TEST(is_on_its_own)
{
	char path[64], line[1024], *field;
	pid_t pids[PIDS];
	unsigned n;
	long tty;
	FILE *f;

	if (!proc_is_available()) {
		expect_skip("no /proc to look into");
		return;
	}
	prepare();
	configure("");
	start();
	/* The daemon is not the leader of its session, so it cannot get a controlling terminal. */
	ck_assert_int_ne(getsid(daemon_pid), getsid(0));
	ck_assert_int_ne(getsid(daemon_pid), daemon_pid);
	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)daemon_pid);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	field = fgets(line, sizeof(line), f);
	fclose(f);
	ck_assert_ptr_nonnull(field);
	ck_assert_int_eq(sscanf(strrchr(line, ')') + 1, " %*c %*d %*d %*d %ld", &tty), 1);
	ck_assert_int_eq(tty, 0);
	ck_assert_str_eq(proc_status(daemon_pid, "Umask"), "0027");
	/* All workers have closed standard error too. */
	ck_assert_str_eq(said(), "");
	check_process(daemon_pid);
	n = harness_children(daemon_pid, pids, PIDS);
	ck_assert_uint_gt(n, 0);
	while (n > 0)
		check_process(pids[--n]);
	stop(SIGTERM);
}
END_TEST

/* With log = stderr standard error stays open. */
START_TEST(standard_error_may_be_the_log)
{
	const char *text;

	prepare();
	server_write(&s, "pid-file = %s\nstatus-file = %s\nlog = stderr\n", pid_file, status_file);
	start();
	server_use(&s);
	ck_assert_int_eq(kill(daemon_pid, SIGTERM), 0);
	harness_expect_gone(daemon_pid, EXPECT_MS);
	text = said();
	ck_assert_ptr_nonnull(strstr(text, "listening on 127.0.0.1"));
	ck_assert_ptr_nonnull(strstr(text, "closed client="));
	ck_assert_ptr_nonnull(strstr(text, "stopping"));
	clean();
}
END_TEST

/* -- errors at the start -- */

static const struct {
	const char	*settings, *words;
	int		 root;		/* 1: the error occurs only for root */
} rows[] = {
	{ "ping = soon\n", "ping", 0 },
	{ "backend = nobody-has-this\n", "nobody-has-this", 0 },
	{ "pid-file = /nonexistent/pid\n", "/nonexistent/pid", 0 },
	{ "pid-file = /dev/null\n", "/dev/null", 0 },
	{ "status-file = /nonexistent/status\n", "/nonexistent/status", 0 },
	{ "log = /nonexistent/log\n", "/nonexistent/log", 0 },
	{ "listen = unix:///nonexistent/socket\n", "/nonexistent/socket", 0 },
	{ "listen = 192.0.2.1:80\n", "192.0.2.1", 0 },
	{ "worker-files = 7\n", "worker-files", 0 },
	{ "user = nobody-has-this\n", "nobody-has-this", 0 },
	{ "user =\n", "user", 1 },
	{ "user = nobody\nchroot = /nonexistent\n", "/nonexistent", 1 },
};

/*
 * Starts the daemon, which must fail with status 1 and a message with these words. said() returns
 * only after all processes have exited.
 */
static void
refused(const char *words)
{
	const char *text;
	int status = run();

	text = said();
	ck_assert_msg(status == 1, "status %d: %s", status, text);
	ck_assert_msg(strstr(text, words) != NULL, "'%s' is not in: %s", words, text);
	ck_assert_int_eq(holder(), 0);
	ck_assert_int_eq(access(status_file, F_OK), -1);
	clean();
}

START_TEST(does_not_start)
{
	int wrapped;

	if (rows[_i].root && geteuid() != 0) {
		expect_skip("only root is refused");
		return;
	}
	if (strstr(rows[_i].settings, "user = nobody") != NULL && !server_can_drop()) {
		expect_skip("workers cannot be another user here");
		return;
	}
	expect_context("%s", rows[_i].settings);
	prepare();
	configure(rows[_i].settings);
	start_guardian();
	/* Remove the two arguments with which the harness sets the user for root. */
	wrapped = geteuid() == 0 && strncmp(rows[_i].settings, "user", 4) == 0;
	if (wrapped)
		harness_wrap("shift 2", "", "");
	refused(rows[_i].words);
	if (wrapped)
		harness_unwrap();
}
END_TEST

START_TEST(does_not_start_on_a_taken_port)
{
	int port, other = sock_listen(&port);

	prepare();
	snprintf(s.listen, sizeof(s.listen), "127.0.0.1:%d", port);
	configure("");
	start_guardian();
	refused(s.listen);
	sock_close(&other);
}
END_TEST

/*
 * An error that occurs only in a worker is reported too: the starting process waits for the first
 * workers.
 */
START_TEST(does_not_start_with_useless_workers)
{
	int status;

	if (geteuid() != 0 ||
	    system("setpriv --bounding-set=-setuid,-setgid --inh-caps=-setuid,-setgid true "
	    "2>/dev/null") != 0) {
		expect_skip("no setpriv to take a capability away from root");
		return;
	}
	prepare();
	configure("user = nobody\n");
	start_guardian();
	harness_wrap("shift 2", "setpriv --bounding-set=-setuid,-setgid --inh-caps=-setuid,-setgid",
	    "");
	status = run();
	harness_unwrap();
	ck_assert_msg(status == 1 && strstr(said(), "cannot give up root") != NULL, "status %d",
	    status);
	ck_assert_int_eq(holder(), 0);
	ck_assert_int_eq(access(pid_file, F_OK), -1);
	clean();
}
END_TEST

/* -- two daemons -- */

START_TEST(a_second_one)
{
	pid_t first;
	char words[64];
	const char *text;
	struct client c;
	uint64_t begun;
	struct server one;
	int out;

	prepare();
	configure("");
	start();
	server_open(&s, &c);
	first = daemon_pid;
	one = s;
	out = s.h.out;
	begun = expect_now();
	ck_assert_int_eq(run(), 1);
	expect_elapsed(begun, 0, 1000);
	text = said();
	snprintf(words, sizeof(words), "already running as pid %ld", (long)first);
	ck_assert_msg(strstr(text, words) != NULL, "%s", text);
	harness_clean(&s.h);
	s = one;
	s.h.out = out;
	read_pid();
	ck_assert_int_eq(daemon_pid, first);
	ck_assert_int_eq(holder(), first);
	ck_assert_int_eq(access(status_file, F_OK), 0);
	client_echo_finish(&c);
	server_use(&s);
	stop(SIGTERM);
}
END_TEST

/*
 * A pid file that no process has locked is ignored, even if a process with the pid in the file
 * exists.
 */
START_TEST(a_stale_pid_file)
{
	FILE *f;

	prepare();
	f = fopen(pid_file, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "%ld\n", (long)getpid());
	ck_assert_int_eq(fclose(f), 0);
	configure("");
	start();
	ck_assert_int_ne(daemon_pid, getpid());
	server_use(&s);
	stop(SIGTERM);
}
END_TEST

START_TEST(after_a_kill)
{
	pid_t pids[PIDS], first;
	struct harness dead;
	unsigned n;

	prepare();
	configure("");
	start();
	first = daemon_pid;
	n = harness_children(daemon_pid, pids, PIDS);
	ck_assert_int_eq(kill(daemon_pid, SIGKILL), 0);
	harness_expect_gone(daemon_pid, EXPECT_MS);
	while (n > 0)
		harness_expect_gone(pids[--n], 1000);
	ck_assert_int_eq(access(pid_file, F_OK), 0);
	dead = s.h;
	end_guardian();
	start();
	ck_assert_int_ne(daemon_pid, first);
	server_use(&s);
	stop(SIGTERM);
	harness_clean(&dead);
}
END_TEST

/* -- reload -- */

START_TEST(reloads)
{
	char moved[600], from[600];
	struct client c;
	pid_t pid;

	prepare();
	configure("");
	start();
	pid = daemon_pid;
	server_open(&s, &c);
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	free(logfile_expect(log_file, "listening on", 2));
	read_pid();
	ck_assert_int_eq(daemon_pid, pid);
	ck_assert_int_eq(holder(), pid);
	ck_assert_int_eq(access(status_file, F_OK), 0);
	server_use(&s);
	if (proc_is_available())
		check_process(pid);
	/* A reload may change the path of the pid file. */
	snprintf(from, sizeof(from), "%s", pid_file);
	snprintf(moved, sizeof(moved), "%s", harness_scratch("moved"));
	snprintf(pid_file, sizeof(pid_file), "%s", moved);
	configure("");
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	free(logfile_expect(log_file, "listening on", 3));
	read_pid();
	ck_assert_int_eq(daemon_pid, pid);
	ck_assert_int_eq(holder(), pid);
	ck_assert_int_eq(access(from, F_OK), -1);
	client_echo_finish(&c);
	stop(SIGTERM);
}
END_TEST

/*
 * A relative path of the configuration file keeps its meaning at a reload, although the daemon's
 * directory is /.
 */
START_TEST(reloads_from_where_it_was_started)
{
	char *name;

	prepare();
	configure("");
	name = strdup(strrchr(s.conf, '/') + 1);
	ck_assert_ptr_nonnull(name);
	/* Change to the directory of the configuration file, which is the last argument. */
	harness_wrap("for f in \"$@\"; do :; done; cd \"${f%/*}\"; "
	    "set -- -d -o user=\"$(id -u)\" -f websocksy.conf", "", "");
	start();
	harness_unwrap();
	configure("max-spare = 8\n");
	ck_assert_int_eq(kill(daemon_pid, SIGHUP), 0);
	free(logfile_expect(log_file, "listening on", 2));
	server_use(&s);
	ck_assert_str_eq(name, "websocksy.conf");
	free(name);
	stop(SIGTERM);
}
END_TEST

/* -- syslog -- */

/*
 * Starts the next program with the directory `dev` as its /dev, which contains only log and null.
 */
static int
wrap_dev(const char *dev)
{
	char words[2400];

	if (geteuid() != 0 || system("unshare -m true 2>/dev/null") != 0)
		return 0;
	snprintf(words, sizeof(words),
	    "unshare -m sh -c ': >%s/null; mount --bind /dev/null %s/null && "
	    "mount --rbind %s /dev && exec \"$@\"' sh", dev, dev, dev);
	harness_wrap(":", words, "");
	return 1;
}

static void
remove_dev(const char *dev)
{
	char path[700];

	snprintf(path, sizeof(path), "%s/null", dev);
	(void)unlink(path);
	snprintf(path, sizeof(path), "%s/log", dev);
	(void)unlink(path);
	(void)rmdir(dev);
}

START_TEST(syslog_is_the_log)
{
	char dev[600], path[700], text[2048] = "", pid[32];
	int fd;
	ssize_t n;

	prepare();
	snprintf(dev, sizeof(dev), "%s", harness_scratch("dev"));
	ck_assert_int_eq(mkdir(dev, 0755), 0);
	snprintf(path, sizeof(path), "%s/log", dev);
	fd = sock_unix_datagram(path);
	if (!wrap_dev(dev)) {
		expect_skip("no /dev of our own without root and unshare");
		remove_dev(dev);
		return;
	}
	server_write(&s, "pid-file = %s\nstatus-file = %s\n", pid_file, status_file);
	start();
	harness_unwrap();
	ck_assert_str_eq(said(), "");
	server_use(&s);
	snprintf(pid, sizeof(pid), "websocksy[%ld]: ", (long)daemon_pid);
	do {
		n = sock_read(fd, text, sizeof(text) - 1, EXPECT_MS);
		ck_assert_int_gt(n, 0);
		text[n] = '\0';
		ck_assert_msg(text[0] == '<' && strchr(text, '>') != NULL, "%s", text);
		ck_assert_msg(strstr(text, "websocksy[") != NULL, "%s", text);
		/* <30> is daemon.info. The line has no time of its own, because syslog adds one. */
		if (strstr(text, "listening on") != NULL)
			ck_assert_msg(strncmp(text, "<30>", 4) == 0 && strstr(text, pid) != NULL,
			    "%s", text);
	} while (strstr(text, "closed client=") == NULL);
	sock_close(&fd);
	stop(SIGTERM);
	remove_dev(dev);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("daemon");
	TCase *tc = harness_case(suite, "daemon", 60);

	tcase_add_loop_test(tc, starts_and_stops, 0, 2);
	tcase_add_test(tc, is_on_its_own);
	tcase_add_test(tc, standard_error_may_be_the_log);
	tcase_add_loop_test(tc, does_not_start, 0, (int)COUNTOF(rows));
	tcase_add_test(tc, does_not_start_on_a_taken_port);
	tcase_add_test(tc, does_not_start_with_useless_workers);
	tcase_add_test(tc, a_second_one);
	tcase_add_test(tc, a_stale_pid_file);
	tcase_add_test(tc, after_a_kill);
	tcase_add_test(tc, reloads);
	tcase_add_test(tc, reloads_from_where_it_was_started);
	tcase_add_test(tc, syslog_is_the_log);
	return suite;
}

#include "lib/check_main.h"

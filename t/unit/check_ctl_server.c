/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Tests ctl_server.h: finds a server by its status file. Signals are sent only to the process
 * that holds the lock on the file, and to children of that process, whatever pids the file
 * contains. Also tests process_parent().
 */

#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <grp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/ctl_commands.h"
#include "ctl/ctl_server.h"
#include "ctl/ctl_watch.h"
#include "lib/unit.h"
#include "posix/process.h"
#include "status/status.h"

#define DESCRIPTORS	64	/* greater than any descriptor of a child */

/*
 * A process that has created a status file, and a child of that process. Both wait until they are
 * stopped.
 */
struct holder {
	pid_t	pid, child;
	int	end;		/* write end of a pipe: both processes exit when it is closed */
	char	path[512];
};

/* Closes all descriptors before an exit, because valgrind reports open ones as leaks. */
static void
close_all(void)
{
	int fd;

	for (fd = 3; fd < DESCRIPTORS; fd++)
		close(fd);
}

static _Noreturn void
wait_for_end(int fd)
{
	char byte;

	while (read(fd, &byte, 1) == -1 && errno == EINTR)
		;
	close_all();
	_exit(0);
}

static void
start_holder(struct holder *h, const char *name)
{
	struct scoreboard b;
	int tell[2], end[2];

	snprintf(h->path, sizeof(h->path), "%s", unit_path(name));
	ck_assert(pipe(tell) == 0 && pipe(end) == 0);
	h->pid = fork();
	ck_assert_int_ne(h->pid, -1);
	if (h->pid == 0) {
		/* The signal handler inherited from Check would terminate the whole test. */
		signal(SIGTERM, SIG_DFL);
		close(end[1]);
		if (scoreboard_create(&b, h->path, 4) == -1)
			_exit(1);
		h->child = fork();
		if (h->child == 0)
			wait_for_end(end[0]);
		/* With SIGCHLD ignored, the system reaps the child without waitpid(). */
		signal(SIGCHLD, SIG_IGN);
		if (write(tell[1], &h->child, sizeof(h->child)) != sizeof(h->child))
			_exit(1);
		wait_for_end(end[0]);
	}
	ck_assert_int_eq(read(tell[0], &h->child, sizeof(h->child)), sizeof(h->child));
	close(tell[0]);
	close(tell[1]);
	close(end[0]);
	h->end = end[1];
}

/* Ends both processes.  Returns the status of the holder, from waitpid(). */
static int
stop_holder(struct holder *h)
{
	int status;

	close(h->end);
	ck_assert_int_eq(waitpid(h->pid, &status, 0), h->pid);
	return status;
}

START_TEST(the_holder_of_the_lock)
{
	struct ctl_server s;
	struct holder h;
	const char *why;
	int status;

	start_holder(&h, "status");
	ck_assert_int_eq(ctl_server_open(&s, h.path, &why), CTL_SERVER_RUNS);
	ck_assert_int_eq(ctl_server_master(&s), h.pid);
	ck_assert_int_eq(ctl_server_prepare(&s, &why), 0);
	ck_assert_int_eq(ctl_server_signal(&s, SIGTERM, &why), h.pid);
	status = stop_holder(&h);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	ck_assert_int_eq(ctl_server_master(&s), 0);
	ck_assert_int_eq(ctl_server_signal(&s, SIGTERM, &why), -1);
	ctl_server_close(&s);
	ck_assert_int_eq(ctl_server_open(&s, h.path, &why), CTL_SERVER_DOWN);
	ck_assert_ptr_nonnull(strstr(why, "has left this file"));
	ctl_server_close(&s);
}
END_TEST

/* Of several paths, that of a running server is found; a stale file comes before no file. */
START_TEST(find_the_server)
{
	char missing[512], stale[512] = "";
	struct holder h, dead;
	const char *all[] = { missing, stale, NULL, NULL };

	snprintf(missing, sizeof(missing), "%s", unit_path("missing"));
	ck_assert_str_eq(ctl_server_find(all), missing);
	start_holder(&dead, "stale");
	ck_assert_int_eq(stop_holder(&dead), 0);
	snprintf(stale, sizeof(stale), "%s", dead.path);
	ck_assert_str_eq(ctl_server_find(all), stale);
	start_holder(&h, "running");
	all[2] = h.path;
	ck_assert_str_eq(ctl_server_find(all), h.path);
	all[0] = h.path;
	all[2] = missing;
	ck_assert_str_eq(ctl_server_find(all), h.path);
	ck_assert_int_eq(stop_holder(&h), 0);
	ck_assert_str_eq(ctl_server_find(all), h.path);
}
END_TEST

/* The status file contains pids of processes of another server: they must not be signalled. */
START_TEST(pids_in_the_file_are_not_trusted)
{
	struct holder h, foreign;
	struct scoreboard_head head;
	struct ctl_server s;
	const char *why;
	int fd;

	start_holder(&h, "status");
	start_holder(&foreign, "foreign");
	fd = open(h.path, O_RDWR);
	ck_assert_int_eq(pread(fd, &head, sizeof(head), 0), sizeof(head));
	head.master = foreign.pid;
	ck_assert_int_eq(pwrite(fd, &head, sizeof(head), 0), sizeof(head));
	close(fd);
	ck_assert_int_eq(ctl_server_open(&s, h.path, &why), CTL_SERVER_RUNS);
	ck_assert_int_eq(ctl_server_master(&s), h.pid);
	ck_assert_int_eq(ctl_server_signal_worker(&s, foreign.pid, SIGKILL, &why), -1);
	ck_assert_ptr_nonnull(strstr(why, "not a process of this server"));
	ck_assert_int_eq(ctl_server_signal_worker(&s, foreign.child, SIGKILL, &why), -1);
	ck_assert_int_eq(ctl_server_signal_worker(&s, getpid(), SIGKILL, &why), -1);
	ck_assert_int_eq(ctl_server_signal_worker(&s, h.pid, SIGKILL, &why), -1);
	ck_assert_int_eq(ctl_server_signal_worker(&s, 1, SIGCONT, &why), -1);
	ck_assert_int_eq(ctl_server_signal_worker(&s, 0, SIGCONT, &why), -1);
	/*
	 * To kill(), -1 means all processes of the user, and other negative numbers are process
	 * groups.
	 */
	ck_assert_int_eq(ctl_server_signal_worker(&s, -1, SIGCONT, &why), -1);
	ck_assert_int_eq(ctl_server_signal_worker(&s, -h.child, SIGCONT, &why), -1);
	ck_assert_int_eq(ctl_server_signal_worker(&s, h.child, SIGTERM, &why), 0);
	ck_assert_int_eq(stop_holder(&foreign), 0);
	ck_assert_int_eq(stop_holder(&h), 0);
	ctl_server_close(&s);
}
END_TEST

START_TEST(files_that_are_not_status_files)
{
	static const char zeros[100000];
	struct ctl_server s;
	const char *why, *path;

	ck_assert_int_eq(ctl_server_open(&s, unit_path("nothing"), &why), CTL_SERVER_DOWN);
	ck_assert_ptr_nonnull(strstr(why, "no such file"));
	ctl_server_close(&s);
	ck_assert_int_eq(ctl_server_open(&s, unit_file("empty", "", 0), &why), CTL_SERVER_UNKNOWN);
	ctl_server_close(&s);
	ck_assert_int_eq(ctl_server_open(&s, unit_file("zeros", zeros, sizeof(zeros)), &why),
	    CTL_SERVER_UNKNOWN);
	ck_assert_ptr_nonnull(strstr(why, "not a status file"));
	ctl_server_close(&s);
	ck_assert_int_eq(ctl_server_open(&s, unit_file("short", SCOREBOARD_MAGIC, 16), &why),
	    CTL_SERVER_UNKNOWN);
	ctl_server_close(&s);
	ck_assert_int_eq(ctl_server_open(&s, "/", &why), CTL_SERVER_UNKNOWN);
	ctl_server_close(&s);
	/* If the path is a named pipe without a writer, opening it must not block. */
	path = unit_path("pipe");
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(ctl_server_open(&s, path, &why), CTL_SERVER_UNKNOWN);
	ctl_server_close(&s);
}
END_TEST

/* A status file in a directory that other users can write to is not trusted. */
START_TEST(a_directory_for_all_users)
{
	struct ctl_server s;
	struct holder h;
	const char *why;
	char path[600];

	start_holder(&h, "status");
	snprintf(path, sizeof(path), "%s/status", unit_path("open"));
	ck_assert_int_eq(mkdir(unit_path("open"), 0700), 0);
	ck_assert_int_eq(chmod(unit_path("open"), 0777), 0);
	ck_assert_int_eq(link(h.path, path), 0);
	ck_assert_int_eq(ctl_server_open(&s, path, &why), CTL_SERVER_RUNS);
	ck_assert_int_eq(ctl_server_prepare(&s, &why), -1);
	ck_assert_ptr_nonnull(strstr(why, "other users can write to its directory"));
	ctl_server_close(&s);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(stop_holder(&h), 0);
}
END_TEST

/* Root becomes the owner of the status file, and is in no group but the owner's. */
START_TEST(root_gives_up_its_groups)
{
	static const gid_t groups[] = { 0, 12 };
	struct ctl_server s;
	struct holder h;
	const char *why;
	gid_t have[8];
	char path[512];
	int status;
	pid_t pid;

	if (geteuid() != 0)
		return;
	snprintf(path, sizeof(path), "%s", unit_path("owned"));
	ck_assert_int_eq(mkdir(path, 0755), 0);
	/* The new user must be able to reach the directory. */
	*strrchr(path, '/') = '\0';
	ck_assert_int_eq(chmod(path, 0711), 0);
	start_holder(&h, "status");
	snprintf(path, sizeof(path), "%s", unit_path("owned/status"));
	ck_assert_int_eq(link(h.path, path), 0);
	ck_assert_int_eq(chown(path, 12345, 12346), 0);
	ck_assert_int_eq(chown(unit_path("owned"), 12345, 12346), 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
#if defined(HAVE_SETGROUPS)
		if (setgroups(2, groups) == -1)
			_exit(1);
#else
		(void)groups;
#endif
		if (ctl_server_open(&s, path, &why) != CTL_SERVER_RUNS ||
		    ctl_server_prepare(&s, &why) == -1)
			_exit(2);
		if (geteuid() != 12345 || getuid() != 12345 || getgid() != 12346 ||
		    getegid() != 12346)
			_exit(3);
#if defined(HAVE_SETGROUPS)
		if (getgroups(8, have) != 1 || have[0] != 12346)
			_exit(4);
#else
		(void)have;
#endif
		status = setuid(0) == 0 || setgid(0) == 0 ? 5 : 0;
		close_all();
		_exit(status);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", status);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(stop_holder(&h), 0);
}
END_TEST

/* If the status file is truncated while it is mapped, the program exits with an error. */
START_TEST(a_truncated_file)
{
	struct ctl_server s;
	struct status v;
	struct holder h;
	const char *why;
	int status;
	pid_t pid;

	start_holder(&h, "status");
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		ctl_watch_init();
		if (ctl_server_open(&s, h.path, &why) != CTL_SERVER_RUNS ||
		    truncate(h.path, 4096) == -1)
			_exit(126);
		close_all();
		(void)status_take(&v, &s.board, clock_now());
		_exit(127);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), CTL_EXIT_ERROR);
	ck_assert_int_eq(ctl_server_open(&s, h.path, &why), CTL_SERVER_UNKNOWN);
	ctl_server_close(&s);
	ck_assert_int_eq(stop_holder(&h), 0);
}
END_TEST

START_TEST(parents)
{
	int end[2], status;
	pid_t pid;

	ck_assert_int_eq(process_parent(getpid()), getppid());
	ck_assert_int_eq(pipe(end), 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		close(end[1]);
		wait_for_end(end[0]);
	}
	ck_assert_int_eq(process_parent(pid), getpid());
	close(end[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(process_parent(pid), 0);
	close(end[0]);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("ctl_server");
	TCase *tc = tcase_create("ctl_server");

	tcase_set_timeout(tc, 60);
	tcase_add_unchecked_fixture(tc, unit_files_setup, unit_files_remove);
	tcase_add_test(tc, the_holder_of_the_lock);
	tcase_add_test(tc, find_the_server);
	tcase_add_test(tc, pids_in_the_file_are_not_trusted);
	tcase_add_test(tc, files_that_are_not_status_files);
	tcase_add_test(tc, a_directory_for_all_users);
	tcase_add_test(tc, root_gives_up_its_groups);
	tcase_add_test(tc, a_truncated_file);
	tcase_add_test(tc, parents);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

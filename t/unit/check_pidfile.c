/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "lib/countof.h"
#include "lib/unit.h"
#include "posix/pidfile.h"

/* The path of the pid file, and of a file of another program in the same directory. */
static char path[300], other[300];

static void
setup(void)
{
	snprintf(path, sizeof(path), "%s", unit_path("pid"));
	snprintf(other, sizeof(other), "%s", unit_path("other"));
	unit_log_capture();
}

static void
teardown(void)
{
	if (unlink(path) == -1)
		(void)rmdir(path);
	(void)unlink(other);
	unit_log_release();
}

/* Returns the contents of a file, or "" if it does not exist. */
static const char *
contents(const char *name)
{
	static char text[128];
	int fd = open(name, O_RDONLY);
	ssize_t n = fd == -1 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd != -1)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static const char *
line(long pid)
{
	static char text[32];

	snprintf(text, sizeof(text), "%ld\n", pid);
	return text;
}

static int
is_there(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0;
}

START_TEST(pidfile_life)
{
	static const mode_t masks[] = { 0, 022, 027, 077 };
	struct stat st;
	size_t i;
	int fd;

	for (i = 0; i < COUNTOF(masks); i++) {
		(void)umask(masks[i]);
		fd = pidfile_open(path);
		ck_assert_int_ge(fd, 0);
		ck_assert_str_eq(contents(path), line(getpid()));
		ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
		ck_assert_int_eq(lstat(path, &st), 0);
		ck_assert_int_eq(st.st_mode & 07777, 0644);
		pidfile_remove(path, &fd);
		ck_assert_int_eq(fd, -1);
		ck_assert(!is_there(path));
		pidfile_remove(path, &fd);
	}
	ck_assert_uint_eq(unit_log_count(NULL), 0);
}
END_TEST

/* A pid file of an exited server is replaced, even if its pid is now that of a running process. */
START_TEST(pidfile_stale)
{
	static const char zeros[16];
	struct {
		const char	*text;
		size_t		 len;
	} rows[] = {
		{ "", 0 }, { "1\n", 2 }, { "999999\n", 7 }, { "4711", 4 }, { " 4711 \n", 7 },
		{ "12345678901234567890123456789012", 32 }, { zeros, sizeof(zeros) },
		{ NULL, 0 }
	};
	size_t i;
	int fd;

	for (i = 0; i < COUNTOF(rows); i++) {
		if (rows[i].text == NULL) {
			rows[i].text = line(getppid());
			rows[i].len = strlen(rows[i].text);
		}
		ck_assert_str_eq(unit_file("pid", rows[i].text, rows[i].len), path);
		ck_assert_int_eq(chmod(path, 0666), 0);
		fd = pidfile_open(path);
		ck_assert_msg(fd >= 0, "row %zu: %s", i, unit_log_text());
		ck_assert_str_eq(contents(path), line(getpid()));
		pidfile_remove(path, &fd);
		ck_assert(!is_there(path));
	}
}
END_TEST

static void
make_link(void)
{
	ck_assert_int_eq(symlink(other, path), 0);
}

static void
make_dangling(void)
{
	ck_assert_int_eq(symlink("/nowhere/at/all", path), 0);
}

static void
make_hard_link(void)
{
	ck_assert_int_eq(link(other, path), 0);
}

static void
make_fifo(void)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void
make_directory(void)
{
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void
make_socket(void)
{
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memset(&address, 0, sizeof(address));
	address.sun_family = AF_UNIX;
	ck_assert_uint_lt(strlen(path), sizeof(address.sun_path));
	strcpy(address.sun_path, path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

static void
make_text(void)
{
	(void)unit_file("pid", "port = 1\n", 9);
}

static void
make_long(void)
{
	(void)unit_file("pid", "123456789012345678901234567890123", 33);
}

static void
make_foreign(void)
{
	(void)unit_file("pid", "1\n", 2);
	ck_assert_int_eq(chown(path, 12345, (gid_t)-1), 0);
}

/* Makes an object at path. It must be refused with these words, and nothing may change. */
static void
assert_refused(void (*make)(void), const char *words)
{
	struct stat before, after, neighbour;
	int lowest = unit_lowest_free();

	unit_log_capture();
	ck_assert_str_eq(unit_file("other", "1\n", 2), other);
	make();
	ck_assert_int_eq(lstat(path, &before), 0);
	ck_assert_int_eq(pidfile_open(path), -1);
	ck_assert_msg(unit_log_count(words) == 1 && unit_log_count(NULL) == 1, "not '%s': %s",
	    words, unit_log_text());
	ck_assert_uint_eq(unit_log_count(path), 1);
	ck_assert_int_eq(unit_lowest_free(), lowest);
	ck_assert_int_eq(lstat(path, &after), 0);
	ck_assert_uint_eq(after.st_ino, before.st_ino);
	ck_assert_int_eq(after.st_size, before.st_size);
	ck_assert_uint_eq(after.st_mode, before.st_mode);
	ck_assert_int_eq(stat(other, &neighbour), 0);
	ck_assert_str_eq(contents(other), "1\n");
	if (unlink(path) == -1)
		ck_assert_int_eq(rmdir(path), 0);
}

START_TEST(pidfile_refuses_what_is_no_pid_file)
{
	static const struct {
		void		(*make)(void);
		const char	*words;
	} rows[] = {
		{ make_link, "it is a symbolic link" },
		{ make_dangling, "it is a symbolic link" },
		{ make_hard_link, "it is a hard link to another file" },
		{ make_fifo, "it is not a regular file" },
		{ make_directory, "cannot open the pid file" },
		{ make_socket, "cannot open the pid file" },
		{ make_text, "it exists and contains something other than a pid" },
		{ make_long, "it exists and contains something other than a pid" }
	};
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++)
		assert_refused(rows[i].make, rows[i].words);
}
END_TEST

START_TEST(pidfile_refuses_places)
{
	static const struct {
		const char	*path, *words;
	} rows[] = {
		{ "", "not an absolute path" },
		{ "websocksy.pid", "not an absolute path" },
		{ "/nowhere/at/all/pid",
		    "pid file /nowhere/at/all/pid: cannot check its directory: " },
		{ "/dev/null/pid", "pid file /dev/null/pid: cannot check its directory: " },
		{ "/", "cannot open the pid file /" }
	};
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		unit_log_capture();
		ck_assert_int_eq(pidfile_open(rows[i].path), -1);
		ck_assert_msg(unit_log_count(rows[i].words) == 1 && unit_log_count(NULL) == 1,
		    "%s: %s", rows[i].path, unit_log_text());
	}
}
END_TEST

/* Sets the mode of the directory: a pid file in it must be accepted or refused. */
static void
assert_directory(mode_t mode, int accepted)
{
	char *slash = strrchr(path, '/');
	int fd;

	*slash = '\0';
	ck_assert_int_eq(chmod(path, mode), 0);
	*slash = '/';
	unit_log_capture();
	fd = pidfile_open(path);
	ck_assert_msg((fd != -1) == accepted, "mode %o: %s", (unsigned)mode, unit_log_text());
	if (accepted)
		pidfile_remove(path, &fd);
	else
		ck_assert_uint_eq(unit_log_count("other users can write to its directory"), 1);
	ck_assert(!is_there(path));
}

START_TEST(pidfile_directory_of_others)
{
	assert_directory(0755, 1);
	assert_directory(0777, 0);
	assert_directory(01777, 1);
	assert_directory(0775, geteuid() != 0);
	assert_directory(01775, 1);
	assert_directory(0700, 1);
}
END_TEST

/* Needs root, to make files and directories of other users. */
START_TEST(pidfile_of_another_user)
{
	char *slash = strrchr(path, '/');

	assert_refused(make_foreign, "it belongs to another user");
	*slash = '\0';
	ck_assert_int_eq(chown(path, 12345, (gid_t)-1), 0);
	*slash = '/';
	assert_directory(0755, 0);
	assert_directory(01777, 0);
	*slash = '\0';
	ck_assert_int_eq(chown(path, 0, (gid_t)-1), 0);
	*slash = '/';
	assert_directory(0700, 1);
}
END_TEST

/* Needs root: the process gives up its write access to the directory. */
START_TEST(pidfile_empties_what_it_cannot_remove)
{
	char *slash = strrchr(path, '/');
	pid_t pid;
	int fd;

	*slash = '\0';
	ck_assert_int_eq(chmod(path, 0755), 0);
	*slash = '/';
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		fd = pidfile_open(path);
		if (fd == -1 || seteuid(12345) == -1)
			unit_leave(1);
		pidfile_remove(path, &fd);
		unit_leave(fd == -1 ? 0 : 2);
	}
	ck_assert_int_eq(unit_exit_status(pid), 0);
	ck_assert(is_there(path));
	ck_assert_str_eq(contents(path), "");
	ck_assert_uint_eq(unit_log_count(NULL), 0);
	/* The existing file does not prevent a new lock. */
	fd = pidfile_open(path);
	ck_assert_int_ge(fd, 0);
	pidfile_remove(path, &fd);
}
END_TEST

/* Forks a process that holds the lock on the pid file until it is killed. */
static pid_t
hold(void)
{
	int ready[2];
	char byte = 0;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		close(ready[0]);
		if (pidfile_open(path) == -1 || write(ready[1], "r", 1) != 1)
			unit_leave(1);
		for (;;)
			(void)pause();
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

START_TEST(pidfile_second_instance)
{
	pid_t pid = hold();
	char text[64];
	int fd, lowest = unit_lowest_free();

	ck_assert_int_eq(pidfile_open(path), -1);
	snprintf(text, sizeof(text), "error: already running as pid %ld (pid file ", (long)pid);
	ck_assert_uint_eq(unit_log_count(text), 1);
	ck_assert_uint_eq(unit_log_count(NULL), 1);
	ck_assert_str_eq(contents(path), line(pid));
	ck_assert_int_eq(unit_lowest_free(), lowest);

	/* A killed process leaves a pid file, but no lock. */
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_str_eq(contents(path), line(pid));
	fd = pidfile_open(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_str_eq(contents(path), line(getpid()));
	pidfile_remove(path, &fd);
}
END_TEST

#define RIVALS	4
#define ROUNDS	50

/*
 * Opens and removes the pid file ROUNDS times, and checks each time that no other process holds
 * it.
 */
static _Noreturn void
compete(atomic_int *inside)
{
	unsigned mine = 0;
	char text[32] = "";
	int fd;

	while (mine < ROUNDS) {
		fd = pidfile_open(path);
		if (fd == -1) {
			(void)sched_yield();
			continue;
		}
		mine++;
		/*
		 * The file must not be opened by its name here: closing any descriptor of it
		 * would release the lock.
		 */
		if (atomic_fetch_add(inside, 1) != 0 || pread(fd, text, sizeof(text) - 1, 0) <= 0 ||
		    strcmp(text, line(getpid())) != 0)
			unit_leave(1);
		(void)atomic_fetch_sub(inside, 1);
		pidfile_remove(path, &fd);
	}
	unit_leave(0);
}

START_TEST(pidfile_one_at_a_time)
{
	static const char zeros[sizeof(atomic_int)];
	atomic_int *inside;
	pid_t pids[RIVALS];
	unsigned i;
	int fd;

	fd = open(unit_file("other", zeros, sizeof(zeros)), O_RDWR);
	inside = mmap(NULL, sizeof(*inside), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(inside, MAP_FAILED);
	close(fd);
	log_to_fd(-1);
	for (i = 0; i < RIVALS; i++) {
		pids[i] = fork();
		ck_assert_int_ne(pids[i], -1);
		if (pids[i] == 0)
			compete(inside);
	}
	for (i = 0; i < RIVALS; i++)
		ck_assert_int_eq(unit_exit_status(pids[i]), 0);
	ck_assert(!is_there(path));
	ck_assert_int_eq(munmap(inside, sizeof(*inside)), 0);
}
END_TEST

/* An attacker changes a directory that every user can write to. The other file must not change. */
static void
assert_no_way_through(uid_t attacker)
{
	static const char kept[] = "4711\n";
	const char *paths[] = { path };
	unsigned i, made = 0;
	char left[320];
	pid_t pid;
	int fd;

	ck_assert_str_eq(unit_file("other", kept, strlen(kept)), other);
	log_to_fd(-1);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0)
		unit_put_links(other, paths, 1, attacker);
	for (i = 0; i < 5000; i++) {
		fd = pidfile_open(path);
		made += fd != -1;
		pidfile_remove(path, &fd);
		ck_assert_str_eq(contents(other), kept);
	}
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	snprintf(left, sizeof(left), "%s.link", other);
	(void)unlink(left);
	(void)unlink(path);
	ck_assert_uint_gt(made, 0);
}

START_TEST(pidfile_never_through_a_link)
{
	char *slash = strrchr(path, '/');

	*slash = '\0';
	ck_assert_int_eq(chmod(path, 01777), 0);
	*slash = '/';
	assert_no_way_through(geteuid());
	if (geteuid() == 0)
		assert_no_way_through(12345);
	*slash = '\0';
	ck_assert_int_eq(chmod(path, 0700), 0);
	*slash = '/';
}
END_TEST

/* The object at path is not the pid file of this process, so it must not be removed. */
START_TEST(pidfile_remove_leaves_what_is_not_ours)
{
	char moved[320];
	int fd, copy;
	pid_t pid;

	snprintf(moved, sizeof(moved), "%s.moved", path);
	fd = pidfile_open(path);
	ck_assert_int_eq(rename(path, moved), 0);
	ck_assert_str_eq(unit_file("pid", "4711\n", 5), path);
	pidfile_remove(path, &fd);
	ck_assert_int_eq(fd, -1);
	ck_assert_str_eq(contents(path), "4711\n");
	ck_assert_str_eq(contents(moved), line(getpid()));
	ck_assert_int_eq(unlink(moved), 0);

	/* A child inherits the descriptor, but must not remove the file of its parent. */
	fd = pidfile_open(path);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		copy = fd;
		pidfile_remove(path, &copy);
		unit_leave(copy == -1 ? 0 : 1);
	}
	ck_assert_int_eq(unit_exit_status(pid), 0);
	ck_assert(is_there(path));

	/* The file has been removed already. */
	ck_assert_int_eq(unlink(path), 0);
	pidfile_remove(path, &fd);
	ck_assert_int_eq(fd, -1);
	ck_assert_uint_eq(unit_log_count(NULL), 0);
}
END_TEST

/* No byte can be written: no file may remain that could be taken for a pid file. */
START_TEST(pidfile_full_disk)
{
	struct rlimit none = { 0, 0 };
	char text[512] = "";
	int log_pipe[2];
	pid_t pid;

	ck_assert_int_eq(pipe(log_pipe), 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		log_to_fd(log_pipe[1]);
		signal(SIGXFSZ, SIG_IGN);
		if (setrlimit(RLIMIT_FSIZE, &none) == -1)
			unit_leave(1);
		unit_leave(pidfile_open(path) == -1 ? 0 : 2);
	}
	ck_assert_int_eq(unit_exit_status(pid), 0);
	ck_assert_int_gt(read(log_pipe[0], text, sizeof(text) - 1), 0);
	ck_assert_ptr_nonnull(strstr(text, "cannot write the pid file "));
	close(log_pipe[0]);
	close(log_pipe[1]);
	ck_assert(!is_there(path));
}
END_TEST

START_TEST(pidfile_adopts_its_own)
{
	int fd = pidfile_open(path), wrong;

	ck_assert_int_eq(fcntl(fd, F_SETFD, 0), 0);
	ck_assert_int_eq(pidfile_adopt(fd, path), 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);

	ck_assert_int_eq(pidfile_adopt(fd, other), -1);
	wrong = open("/dev/null", O_RDWR);
	ck_assert_int_eq(pidfile_adopt(wrong, path), -1);
	close(wrong);
	ck_assert_int_eq(pidfile_adopt(wrong, path), -1);
	ck_assert_int_eq(pidfile_adopt(-1, path), -1);

	ck_assert_int_eq(rename(path, other), 0);
	ck_assert_int_eq(pidfile_adopt(fd, path), -1);
	ck_assert_int_eq(symlink(other, path), 0);
	ck_assert_int_eq(pidfile_adopt(fd, path), -1);
	ck_assert_int_eq(rename(other, path), 0);
	ck_assert_int_eq(pidfile_adopt(fd, path), 0);
	ck_assert_int_eq(pwrite(fd, "1\n", 2, 0), 2);
	ck_assert_int_eq(pidfile_adopt(fd, path), -1);
	pidfile_remove(path, &fd);
	ck_assert_uint_eq(unit_log_count(NULL), 0);
}
END_TEST

START_TEST(pidfile_adopts_no_lock_of_others)
{
	pid_t pid = hold();
	int fd = open(path, O_RDWR);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, line(getpid()), strlen(line(getpid())), 0),
	    (ssize_t)strlen(line(getpid())));
	ck_assert_int_eq(ftruncate(fd, (off_t)strlen(line(getpid()))), 0);
	ck_assert_int_eq(pidfile_adopt(fd, path), -1);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(pidfile_adopt(fd, path), 0);
	pidfile_remove(path, &fd);
	ck_assert(!is_there(path));
}
END_TEST

/* The file keeps its pid and its lock across an exec if the descriptor stays open. */
START_TEST(pidfile_over_an_exec)
{
	int in[2], out[2], fd;
	char text[64], byte;
	pid_t pid;

	ck_assert_int_eq(pipe(in), 0);
	ck_assert_int_eq(pipe(out), 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		fd = pidfile_open(path);
		if (fd == -1 || fcntl(fd, F_SETFD, 0) == -1 || dup2(in[0], 0) == -1 ||
		    dup2(out[1], 1) == -1)
			unit_leave(1);
		close(in[1]);
		(void)execl("/bin/sh", "sh", "-c", "echo; read line", (char *)NULL);
		unit_leave(2);
	}
	ck_assert_int_eq(read(out[0], &byte, 1), 1);
	ck_assert_int_eq(pidfile_open(path), -1);
	snprintf(text, sizeof(text), "already running as pid %ld ", (long)pid);
	ck_assert_uint_eq(unit_log_count(text), 1);
	ck_assert_int_eq(write(in[1], "\n", 1), 1);
	ck_assert_int_eq(unit_exit_status(pid), 0);
	fd = pidfile_open(path);
	ck_assert_int_ge(fd, 0);
	pidfile_remove(path, &fd);
	close(in[0]);
	close(in[1]);
	close(out[0]);
	close(out[1]);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("pidfile");
	TCase *tc = tcase_create("pidfile");

	tcase_set_timeout(tc, 60);
	tcase_add_unchecked_fixture(tc, unit_files_setup, unit_files_remove);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, pidfile_life);
	tcase_add_test(tc, pidfile_stale);
	tcase_add_test(tc, pidfile_refuses_what_is_no_pid_file);
	tcase_add_test(tc, pidfile_refuses_places);
	tcase_add_test(tc, pidfile_directory_of_others);
	if (geteuid() == 0) {
		tcase_add_test(tc, pidfile_of_another_user);
		tcase_add_test(tc, pidfile_empties_what_it_cannot_remove);
	} else {
		printf("# SKIPPED without root: files and directories of other users\n");
	}
	tcase_add_test(tc, pidfile_second_instance);
	tcase_add_test(tc, pidfile_one_at_a_time);
	tcase_add_test(tc, pidfile_never_through_a_link);
	tcase_add_test(tc, pidfile_remove_leaves_what_is_not_ours);
	tcase_add_test(tc, pidfile_full_disk);
	tcase_add_test(tc, pidfile_adopts_its_own);
	tcase_add_test(tc, pidfile_adopts_no_lock_of_others);
	tcase_add_test(tc, pidfile_over_an_exec);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

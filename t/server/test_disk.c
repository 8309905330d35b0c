/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Log, pid file and status file on a disk that is full, read-only or broken. Clients must not
 * notice, and the number of lines missing in the log is reported.
 */

#include "config.h"

#include <sys/stat.h>

#include <check.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/mount.h>
#else
#define MS_RDONLY 0
#endif

#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/faults.h"
#include "lib/logfile.h"
#include "lib/proc.h"
#include "lib/server.h"

static struct server s;

/* -- a disk of the server's own -- */

static char disk[500];		/* mount point of the disk, in the server's mount namespace */

/* Returns 1 if the test can mount a disk; otherwise 0, after a message. */
static int
can_mount(void)
{
	if (geteuid() == 0 && proc_is_available() &&
	    system("unshare -m true 2>/dev/null && nsenter -V >/dev/null 2>&1") == 0)
		return 1;
	expect_skip("a disk of its own needs root");
	return 0;
}

/* Mounts a tmpfs with these options as the disk, for the next program that is started. */
static void
mount_disk(const char *options)
{
	char words[1200];

	snprintf(disk, sizeof(disk), "%s", harness_scratch("disk"));
	ck_assert_int_eq(mkdir(disk, 0755), 0);
	snprintf(words, sizeof(words),
	    "unshare -m sh -c 'mount -t tmpfs -o %s none %s && exec \"$@\"' sh", options, disk);
	harness_wrap(":", words, "");
}

/*
 * Mounts a read-only disk over the disk of the running server: until uncover_disk() the server
 * can create and open no file there. The server's disk itself cannot be remounted read-only while
 * the log is open.
 */
static void
cover_disk(void)
{
	char command[1200];

	snprintf(command, sizeof(command), "nsenter -m -t %ld mount -t tmpfs -o ro none %s",
	    (long)s.h.pid, disk);
	ck_assert_int_eq(system(command), 0);
}

static void
uncover_disk(void)
{
	char command[1200];

	snprintf(command, sizeof(command), "nsenter -m -t %ld umount %s", (long)s.h.pid, disk);
	ck_assert_int_eq(system(command), 0);
}

static void
remove_disk(void)
{
	ck_assert_int_eq(rmdir(disk), 0);
}

/* Returns the path at which the test finds a file on the running server's disk. */
static const char *
seen(const char *name)
{
	static char path[1200];

	snprintf(path, sizeof(path), "/proc/%ld/root%s/%s", (long)s.h.pid, disk, name);
	return path;
}

/* -- lost lines -- */

#define TWO_WORKERS	"start-workers = 2\nmin-spare = 1\nmax-spare = 2\nmax-workers = 2\n" \
	"max-connections-per-worker = 0\n"	/* each worker counts its own lost lines */

/* Returns the number of lost lines: the sum over the messages in the log that report some. */
static unsigned
reported_lost(const char *text)
{
	const char *at = text, *number;
	unsigned sum = 0;

	for (; (at = strstr(at, " log lines could not be")) != NULL; at++) {
		for (number = at; isdigit((unsigned char)number[-1]); number--)
			;
		sum += (unsigned)strtoul(number, NULL, 10);
	}
	return sum;
}

/*
 * Opens a session in both workers. A worker that accepts a client has finished its earlier
 * session, so the lines of all earlier sessions are logged.
 */
static void
occupy_both(struct client c[2])
{
	server_open(&s, &c[0]);
	server_open(&s, &c[1]);
}

static void
finish_both(struct client c[2])
{
	client_echo_finish(&c[0]);
	client_echo_finish(&c[1]);
}

/*
 * Opens sessions in both workers until they have reported at least `lost` lost lines. Returns the
 * number of reported lines.
 */
static unsigned
use_until_reported(const char *path, unsigned lost)
{
	struct client c[2];
	unsigned i, reported = 0;
	char *text;

	for (i = 0; i < 100 && reported < lost; i++) {
		occupy_both(c);
		finish_both(c);
		text = logfile_text(path);
		reported = reported_lost(text);
		free(text);
	}
	return reported;
}

/* -- a full disk -- */

/* All writes to the log fail with ENOSPC: clients do not notice. */
START_TEST(a_full_device)
{
	unsigned i;

	if (access("/dev/full", W_OK) == -1) {
		expect_skip("no /dev/full");
		return;
	}
	server_prepare(&s);
	server_write(&s, "log = /dev/full\n");
	server_run(&s);
	for (i = 0; i < 20; i++)
		server_use(&s);
	harness_signal(&s.h, SIGUSR1);
	server_use(&s);
	server_stop(&s);
}
END_TEST

/* The disk is full for a while: lost lines are counted and reported. */
START_TEST(a_full_disk)
{
	unsigned i, lost, reported;
	struct client c[2];
	char *text;

	if (!can_mount())
		return;
	server_prepare(&s);
	mount_disk("size=64k");
	server_write(&s, "log = %s/messages\n" TWO_WORKERS, disk);
	server_run(&s);
	harness_unwrap();
	/* 600 sessions have 1200 lines of more than 100 bytes: they do not fit on the disk. */
	for (i = 0; i < 600; i++)
		server_use(&s);
	occupy_both(c);
	text = logfile_text(seen("messages"));
	lost = 2 * i + 2 - logfile_count(text, "closed client=") -
	    logfile_count(text, "opened client=");
	ck_assert_uint_gt(lost, 100);
	free(text);
	ck_assert_int_eq(truncate(seen("messages"), 0), 0);
	finish_both(c);
	reported = use_until_reported(seen("messages"), lost);
	/* A line of which only the first bytes were written counts as lost too. */
	ck_assert_msg(reported >= lost && reported <= lost + 2,
	    "%u lines are reported, %u were lost", reported, lost);
	server_stop(&s);
	remove_disk();
}
END_TEST

/* -- a broken disk -- */

static const struct {
	int		 number;
	const char	*name, *format;
} errors[] = {
	{ EIO, "EIO", "text" }, { EIO, "EIO", "json" }, { EROFS, "EROFS", "text" },
	{ EDQUOT, "EDQUOT", "text" }
};

static char broken_file[600];

/*
 * Makes writes of the next program to broken_file fail, from faults_begin() on. Returns 1; or 0,
 * after a message, if this is impossible.
 */
static int
can_break(void)
{
	snprintf(broken_file, sizeof(broken_file), "%s", harness_scratch("file"));
	if (faults_wrap("WS_WRITE", broken_file))
		return 1;
	expect_skip("under valgrind the library cannot be loaded");
	return 0;
}

/* Every write to the log fails for a while. */
START_TEST(a_broken_disk)
{
	struct client c[2];
	unsigned reported;
	int i;

	expect_context("%s, %s", errors[_i].name, errors[_i].format);
	if (!can_break())
		return;
	server_prepare(&s);
	server_write(&s, "log = %s\nlog-format = %s\n" TWO_WORKERS, broken_file, errors[_i].format);
	server_run(&s);
	harness_unwrap();
	server_use(&s);
	occupy_both(c);
	faults_begin(errors[_i].number);
	client_echo(&c[0]);
	finish_both(c);
	for (i = 0; i < 98; i++)
		server_use(&s);
	occupy_both(c);
	faults_end();
	finish_both(c);
	/* 100 sessions end without a line, and 100 begin without one. */
	reported = use_until_reported(broken_file, 200);
	ck_assert_uint_eq(reported, 200);
	expect_figure("E3, %s, %s: 0 errors in 101 sessions, %u of 200 lost lines reported",
	    errors[_i].name, errors[_i].format, reported);
	server_stop(&s);
}
END_TEST

/*
 * If the log cannot be written, the server starts; if the pid file cannot be written, the server
 * does not start.
 */
START_TEST(a_start_on_a_broken_disk)
{
	const char *args[] = { "-f", s.conf, NULL };

	if (!can_break())
		return;
	faults_begin(EIO);
	server_prepare(&s);
	server_write(&s, "%s = %s\n", _i == 0 ? "log" : "pid-file", broken_file);
	if (_i == 0) {
		server_run(&s);
		server_use(&s);
		server_stop(&s);
	} else {
		harness_spawn(&s.h, args, NULL);
		ck_assert_int_eq(harness_wait(&s.h, EXPECT_MS), 1);
		harness_log(&s.h, "cannot write the pid file", 0);
		ck_assert_int_eq(access(broken_file, F_OK), -1);
		harness_clean(&s.h);
		harness_stop(&s.echo);
	}
	harness_unwrap();
}
END_TEST

/* -- a read-only disk -- */

static const char *const files[] = { "log", "pid-file", "status-file" };

START_TEST(a_start_on_a_read_only_disk)
{
	const char *args[] = { "-f", s.conf, NULL };

	expect_context("%s", files[_i]);
	if (!can_mount())
		return;
	server_prepare(&s);
	mount_disk("ro");
	server_write(&s, "%s = %s/file\n", files[_i], disk);
	harness_spawn(&s.h, args, NULL);
	harness_unwrap();
	ck_assert_int_eq(harness_wait(&s.h, EXPECT_MS), 1);
	harness_log(&s.h, strerror(EROFS), 0);
	ck_assert_ptr_nonnull(strstr(harness_log_text(&s.h), disk));
	harness_clean(&s.h);
	harness_stop(&s.echo);
	remove_disk();
}
END_TEST

/* The server goes on with its open log, and reopens its files when the disk is writable again. */
START_TEST(a_disk_that_becomes_read_only)
{
	struct client held;
	char log[64];
	int fd;

	if (!can_mount())
		return;
	server_prepare(&s);
	mount_disk("size=4m");
	server_write(&s, "log = %s/log\npid-file = %s/pid\nstatus-file = %s/status\n", disk, disk,
	    disk);
	server_run(&s);
	harness_unwrap();
	server_open(&s, &held);
	/* Open the log now: while the disk is covered, the path does not lead to the log. */
	fd = open(seen("log"), O_RDONLY);
	ck_assert_int_ne(fd, -1);
	snprintf(log, sizeof(log), "/proc/self/fd/%d", fd);
	cover_disk();
	harness_signal(&s.h, SIGUSR1);
	free(logfile_expect(log, "cannot open the log", 1));
	server_use(&s);
	harness_signal(&s.h, SIGHUP);
	free(logfile_expect(log, "cannot write the log", 1));
	free(logfile_expect(log, "the previous log stays in use", 1));
	free(logfile_expect(log, "listening on", 2));
	server_use(&s);
	client_echo(&held);
	uncover_disk();
	harness_signal(&s.h, SIGHUP);
	free(logfile_expect(log, "listening on", 3));
	server_use(&s);
	client_echo(&held);
	client_echo_finish(&held);
	ck_assert_int_eq(access(seen("pid"), F_OK), 0);
	ck_assert_int_eq(access(seen("status"), F_OK), 0);
	close(fd);
	server_stop(&s);
	remove_disk();
}
END_TEST

/* -- files without a name -- */

/*
 * The server starts and reloads where no file can be made in a directory, or none in memory and
 * TMPDIR is too small or does not exist.
 */
START_TEST(no_directory_for_temporary_files)
{
#if defined(HAVE_MEMFD_CREATE)
	if (!faults_wrap("WS_MKSTEMP", "")) {
		expect_skip("under valgrind the library cannot be loaded");
		return;
	}
	faults_begin(_i == 0 ? EROFS : ENOSPC);
	server_start(&s, "%s", "");
	server_use(&s);
	server_reload(&s, 0);
	server_use(&s);
	harness_unwrap();
	server_stop(&s);
#else
	expect_skip("this build makes no files in memory");
#endif
}
END_TEST

/* Mounts a small disk in a mount namespace of this test's own.  Returns whether this worked. */
static int
mount_own(unsigned long flags)
{
#if defined(CLONE_NEWNS)
	snprintf(disk, sizeof(disk), "%s", harness_scratch("disk"));
	return mkdir(disk, 0755) == 0 && unshare(CLONE_NEWNS) == 0 &&
	    mount("", "/", "", MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("none", disk, "tmpfs", flags, "size=4k") == 0;
#else
	(void)flags;
	return 0;
#endif
}

START_TEST(useless_directory_for_temporary_files)
{
	if (!can_mount() || !mount_own(_i == 0 ? MS_RDONLY : 0)) {
		expect_skip("no mount namespace");
		return;
	}
	if (!faults_wrap("WS_MEMFD", "")) {
		expect_skip("under valgrind the library cannot be loaded");
		return;
	}
	faults_begin(ENOSYS);
	ck_assert_int_eq(setenv("TMPDIR", _i == 2 ? "/nonexistent" : disk, 1), 0);
	server_start(&s, "%s", "");
	server_use(&s);
	server_reload(&s, 0);
	server_use(&s);
	harness_unwrap();
	server_stop(&s);
}
END_TEST

/* If no such file can be made anywhere, the message says what to set. */
START_TEST(no_temporary_files_at_all)
{
	const char *args[] = { "-f", s.conf, NULL };

	if (!faults_wrap("WS_TEMPORARY", "")) {
		expect_skip("under valgrind the library cannot be loaded");
		return;
	}
	faults_begin(EROFS);
	server_prepare(&s);
	if (_i == 0)
		server_write(&s, "%s", "");
	else
		server_write(&s, "status-file = %s\n", harness_scratch("status"));
	harness_spawn(&s.h, args, NULL);
	harness_unwrap();
	ck_assert_int_eq(harness_wait(&s.h, EXPECT_MS), 1);
	harness_log(&s.h, _i == 0 ? "workers share (set TMPDIR to a directory" :
	    "lock file (set TMPDIR to a directory", 0);
	harness_log(&s.h, strerror(EROFS), 0);
	harness_clean(&s.h);
	harness_stop(&s.echo);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("disk");
	TCase *tc = harness_case(suite, "full", 60);

	tcase_add_test(tc, a_full_device);
	tcase_add_test(tc, a_full_disk);

	tc = harness_case(suite, "broken", 60);
	tcase_add_loop_test(tc, a_broken_disk, 0, (int)COUNTOF(errors));
	tcase_add_loop_test(tc, a_start_on_a_broken_disk, 0, 2);

	tc = harness_case(suite, "read-only", 60);
	tcase_add_loop_test(tc, a_start_on_a_read_only_disk, 0, (int)COUNTOF(files));
	tcase_add_test(tc, a_disk_that_becomes_read_only);

	tc = harness_case(suite, "temporary", 60);
	tcase_add_loop_test(tc, no_directory_for_temporary_files, 0, 2);
	tcase_add_loop_test(tc, useless_directory_for_temporary_files, 0, 3);
	tcase_add_loop_test(tc, no_temporary_files_at_all, 0, 2);
	return suite;
}

#include "lib/check_main.h"

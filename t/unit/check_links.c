/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Tests the files that the server creates in a directory that every user can write to. An
 * attacker repeatedly puts links to another file in their place; the other file must not change.
 */

#include "config.h"

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

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "conf/conf.h"
#include "lib/countof.h"
#include "lib/unit.h"
#include "posix/listen.h"
#include "posix/pidfile.h"
#include "status/scoreboard.h"

#define SHORT_MS	300
#define FULL_MS		15000	/* ms for each of four kinds of file: a minute for each user */
#define ATTACKER	12345
#define SERVER		54321	/* a user other than root */

static const char kept[] = "4711\n";

/* The path of the file that the server creates, and another file, to which the server may write. */
static char path[300], other[300];

static void
setup(void)
{
	snprintf(path, sizeof(path), "%s", unit_path("file"));
	snprintf(other, sizeof(other), "%s", unit_file("other", kept, sizeof(kept) - 1));
	ck_assert_int_eq(chmod(other, 0600), 0);
	*strrchr(path, '/') = '\0';
	ck_assert_int_eq(chmod(path, 01777), 0);
	path[strlen(path)] = '/';
	unit_log_capture();
}

/* -- creating each kind of file; each function returns 1 if it succeeded -- */

static int
pid(void)
{
	int fd = pidfile_open(path), got = fd != -1;

	pidfile_remove(path, &fd);
	return got;
}

static int
log_file_of_ours(void)
{
	int got = log_to_file(path, (uid_t)-1, (gid_t)-1) == 0, fd;

	if (got)
		log_info("this is not to be in the other file");
	/* The log is reopened, as after logrotate has renamed it. */
	log_reopen();
	if (got)
		log_info("nor is this");
	fd = log_file();
	log_to_fd(-1);
	io_close(&fd);
	return got;
}

static int
status(void)
{
	struct scoreboard b;

	if (scoreboard_create(&b, path, 1) == -1)
		return 0;
	scoreboard_set(&b, 0, SCOREBOARD_IDLE);
	scoreboard_destroy(&b);
	return 1;
}

static int
unix_socket(void)
{
	static struct listeners l;
	struct conf conf;
	char setting[320];
	int got;

	conf_init(&conf);
	snprintf(setting, sizeof(setting), "unix://%s", path);
	got = conf_set(&conf, "listen", setting, "test") == 0 &&
	    listen_open(&l, &conf, NULL) == 0;
	if (got) {
		listen_remove(&l);
		listen_close(&l);
	}
	conf_free(&conf);
	return got;
}

static const struct {
	const char	*name;
	int		(*make)(void);
	int		 by_others;	/* 1: protected only from other users, not from its owner */
} kinds[] = {
	{ "pid file", pid, 0 }, { "log", log_file_of_ours, 0 }, { "status file", status, 0 },
	{ "Unix socket", unix_socket, 1 }
};

/* -- attack and service -- */

static int
is_unchanged(void)
{
	char text[16] = "";
	int fd = open(other, O_RDONLY);
	ssize_t n = fd == -1 ? -1 : read(fd, text, sizeof(text) - 1);
	struct stat st;
	int same = n == (ssize_t)sizeof(kept) - 1 && strcmp(text, kept) == 0 &&
	    fstat(fd, &st) == 0 && (st.st_mode & 07777) == 0600;

	io_close(&fd);
	return same;
}

/* Creates the file repeatedly as this user, and exits with 0 if the other file has not changed. */
static _Noreturn void
serve(int (*make)(void), uid_t user, uint64_t ms)
{
	uint64_t until = clock_now() + ms;
	unsigned made = 0;

	log_to_fd(-1);
	if (user != geteuid() && setuid(user) == -1)
		_exit(2);
	while (clock_now() < until) {
		made += make() != 0;
		if (!is_unchanged())
			_exit(1);
		(void)unlink(path);
	}
	io_close_from(0);
	_exit(made > 0 ? 0 : 3);
}

static void
assert_no_way_through(int kind, uid_t server, uid_t attacker)
{
	uint64_t ms = getenv("WS_FULL") != NULL ? FULL_MS : SHORT_MS;
	char made[320];
	/*
	 * The attacker replaces the temporary name as well, under which some files are created
	 * first.
	 */
	const char *paths[] = { made, path, path };
	pid_t bad, good;
	int result;

	snprintf(made, sizeof(made), "%s.new", path);

	if (server != geteuid())
		ck_assert_int_eq(chown(other, server, (gid_t)-1), 0);
	bad = fork();
	ck_assert_int_ne(bad, -1);
	if (bad == 0)
		unit_put_links(other, paths, COUNTOF(paths), attacker);
	good = fork();
	ck_assert_int_ne(good, -1);
	if (good == 0)
		serve(kinds[kind].make, server, ms);
	ck_assert_int_eq(waitpid(good, &result, 0), good);
	ck_assert_int_eq(kill(bad, SIGKILL), 0);
	ck_assert_int_eq(waitpid(bad, NULL, 0), bad);
	ck_assert_msg(WIFEXITED(result) && WEXITSTATUS(result) == 0,
	    "%s, user %ld: %s (%x)", kinds[kind].name, (long)server,
	    WEXITSTATUS(result) == 1 ? "the other file was changed" :
	    WEXITSTATUS(result) == 3 ? "it was never made" : "ended", (unsigned)result);
}

START_TEST(links_of_others)
{
	if (geteuid() != 0) {
		fprintf(stderr, "*** SKIPPED, links_of_others of check_links: not root\n");
		return;
	}
	assert_no_way_through(_i, 0, ATTACKER);
	assert_no_way_through(_i, SERVER, ATTACKER);
}
END_TEST

START_TEST(links_of_our_own)
{
	if (!kinds[_i].by_others)
		assert_no_way_through(_i, geteuid(), geteuid());
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("links");
	TCase *tc = tcase_create("links");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, unit_files_setup, unit_files_remove);
	tcase_add_checked_fixture(tc, setup, unit_log_release);
	tcase_add_loop_test(tc, links_of_others, 0, (int)COUNTOF(kinds));
	tcase_add_loop_test(tc, links_of_our_own, 0, (int)COUNTOF(kinds));
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

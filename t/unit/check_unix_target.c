/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Tests unix_target.h and safe_path.h.  An attacker repeatedly exchanges a directory or a socket
 * below the allowed directory and a link that leads to a forbidden socket: no connection may reach
 * the latter.
 */

#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/countof.h"
#include "lib/unit.h"
#include "posix/address.h"
#include "posix/safe_path.h"
#include "posix/unix_target.h"

#define CONNECTIONS	2000	/* to the allowed socket, during the attack */

static char base[300];	/* the directory of the test, without links */

static void
setup(void)
{
	char *real = realpath(unit_path(""), NULL);

	ck_assert_ptr_nonnull(real);
	/* A directory for each test: they run in processes of their own. */
	snprintf(base, sizeof(base), "%s/%ld", real, (long)getpid());
	free(real);
	ck_assert_int_eq(mkdir(base, 0755), 0);
	unit_log_capture();
}

static void
teardown(void)
{
	char command[400];

	unit_log_release();
	snprintf(command, sizeof(command), "rm -rf '%s'", base);
	ck_assert_int_eq(system(command), 0);
}

/* Returns the path of a file below base, in one of eight buffers. */
static const char *
at(const char *name)
{
	static char paths[8][400];
	static unsigned turn;
	char *path = paths[turn++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", base, name);
	return path;
}

static int
bind_socket(const char *path, int type)
{
	int fd = socket(AF_UNIX, type, 0);
	struct sockaddr_un un;

	ck_assert_int_eq(address_unix(&un, path), 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	if (type == SOCK_STREAM)
		ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

/* Returns 1 if this build finds a socket by a descriptor of its path. */
static int
has_descriptors(void)
{
#if defined(__linux__) && defined(O_PATH)
	return access("/proc/self/fd", F_OK) == 0;
#else
	return 0;
#endif
}

/* -- the attacker -- */

/* Exchanges what is at `path`, by `aside`, and a link to `target`, for ever. */
static pid_t
attack(const char *path, const char *aside, const char *target)
{
	pid_t pid = fork();

	ck_assert_int_ne(pid, -1);
	if (pid != 0)
		return pid;
#if defined(RENAME_EXCHANGE)
	/* Some file systems cannot do this. */
	ck_assert_int_eq(symlink(target, aside), 0);
	while (renameat2(AT_FDCWD, path, AT_FDCWD, aside, RENAME_EXCHANGE) == 0)
		;
	ck_assert_int_eq(unlink(aside), 0);
#endif
	for (;;)
		if (rename(path, aside) != 0 || symlink(target, path) != 0 ||
		    unlink(path) != 0 || rename(aside, path) != 0)
			_exit(1);
}

/* Empties the queue of a socket.  Returns the number of connections or datagrams. */
static unsigned
take_all(int fd, int type)
{
	char byte;
	unsigned n = 0;
	int client;

	if (type == SOCK_DGRAM) {
		while (recv(fd, &byte, 1, 0) >= 0)
			n++;
		return n;
	}
	while ((client = accept(fd, NULL, NULL)) != -1) {
		close(client);
		n++;
	}
	return n;
}

/* Finds the socket at the path, connects to it and sends a byte. */
static void
use_target(const char *path, int type, const char *allowed)
{
	int fd = socket(AF_UNIX, type, 0);
	struct unix_target t;

	ck_assert_int_ne(fd, -1);
	if (unix_target_find(&t, path, type == SOCK_DGRAM ? peer_unix_dgram : peer_unix_stream,
	    allowed) == UNIX_TARGET_OK) {
		if (connect(fd, (struct sockaddr *)&t.address, sizeof(t.address)) == 0)
			(void)send(fd, "x", 1, MSG_NOSIGNAL);
		unix_target_release(&t);
	}
	close(fd);
}

/* _i: bit 0: datagrams; bit 1: the attacker exchanges the socket, not its directory. */
START_TEST(exchanged)
{
	int type = _i & 1 ? SOCK_DGRAM : SOCK_STREAM, inside, outside, status;
	unsigned good = 0, bad = 0;
	char allowed[500], path[400];
	pid_t attacker;

	if (!has_descriptors()) {
		printf("# SKIPPED: no descriptors of paths\n");
		return;
	}
	ck_assert_int_eq(mkdir(at("in"), 0755), 0);
	ck_assert_int_eq(mkdir(at("in/dir"), 0755), 0);
	ck_assert_int_eq(mkdir(at("out"), 0755), 0);
	inside = bind_socket(at("in/dir/s"), type);
	outside = bind_socket(at("out/s"), type);
	snprintf(allowed, sizeof(allowed), "unix://%s/,unix-dgram://%s/", at("in"), at("in"));
	snprintf(path, sizeof(path), "%s", at("in/dir/s"));
	attacker = _i & 2 ? attack(path, at("in/dir/aside"), at("out/s")) :
	    attack(at("in/dir"), at("in/aside"), at("out"));
	for (; good < CONNECTIONS / unit_stride(); (void)sched_yield()) {
		use_target(path, type, allowed);
		good += take_all(inside, type);
		bad += take_all(outside, type);
	}
	ck_assert_int_eq(kill(attacker, SIGKILL), 0);
	ck_assert_int_eq(waitpid(attacker, &status, 0), attacker);
	ck_assert(WIFSIGNALED(status));
	ck_assert_uint_eq(bad, 0);
	close(inside);
	close(outside);
}
END_TEST

/* The results for paths that do not change. */
START_TEST(paths_at_rest)
{
	struct unix_target t;
	char allowed[400], link[400];
	int fd;

	ck_assert_int_eq(mkdir(at("in"), 0755), 0);
	fd = bind_socket(at("in/s"), SOCK_STREAM);
	snprintf(allowed, sizeof(allowed), "unix://%s/", at("in"));
	snprintf(link, sizeof(link), "%s", at("link"));
	ck_assert_int_eq(symlink("in/s", link), 0);
	ck_assert_int_eq(unix_target_find(&t, link, peer_unix_stream, allowed), UNIX_TARGET_OK);
	unix_target_release(&t);
	ck_assert_int_eq(unix_target_find(&t, link, peer_unix_dgram, allowed),
	    UNIX_TARGET_FORBIDDEN);
	ck_assert_int_eq(unix_target_find(&t, at("nothing"), peer_unix_stream, allowed),
	    UNIX_TARGET_ERROR);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(unix_target_find(&t, at("nothing"), peer_unix_stream, "any"),
	    UNIX_TARGET_OK);
	ck_assert_str_eq(t.address.sun_path, at("nothing"));
	unix_target_release(&t);
	/* A descriptor of the path makes the owners and modes of directories unimportant. */
	ck_assert_int_eq(chmod(at("in"), 0777), 0);
	ck_assert_int_eq(unix_target_find(&t, link, peer_unix_stream, allowed),
	    has_descriptors() ? UNIX_TARGET_OK : UNIX_TARGET_UNSAFE);
	if (has_descriptors())
		unix_target_release(&t);
	close(fd);
}
END_TEST

/* -- safe_path -- */

/* Modes of two directories, one in the other, and owners, as far as root can set them. */
static const struct {
	mode_t	outer, inner;
	int	outer_owner, inner_owner, file_owner;	/* 0: this user; otherwise a number */
	int	safe;
	const char *unsafe;
} modes[] = {
	{ 0755, 0755, 0, 0, 0, 1, NULL },
	{ 0711, 0700, 0, 0, 0, 1, NULL },
	{ 0755, 0777, 0, 0, 0, 0, "a/b" },
	{ 0755, 0775, 0, 0, 0, 0, "a/b" },
	{ 0757, 0755, 0, 0, 0, 0, "a" },
	{ 01777, 0755, 0, 0, 0, 1, NULL },
	{ 0755, 01777, 0, 0, 0, 1, NULL },
	{ 0755, 01777, 0, 0, 12345, 0, "a/b" },
	{ 01777, 0755, 0, 12345, 0, 0, "a" },
	{ 0755, 0755, 0, 12345, 0, 0, "a/b" },
	{ 0755, 0755, 12345, 0, 0, 0, "a" },
	{ 0755, 0755, 0, 0, 12345, 1, NULL }
};

static void
set_owner(const char *path, int owner)
{
	if (owner != 0)
		ck_assert_int_eq(chown(path, (uid_t)owner, (gid_t)-1), 0);
}

START_TEST(ways)
{
	char unsafe[SAFE_PATH_SIZE] = "";
	int fd;

	if (geteuid() != 0 &&
	    modes[_i].outer_owner + modes[_i].inner_owner + modes[_i].file_owner != 0) {
		printf("# SKIPPED: only root can give files away\n");
		return;
	}
	ck_assert_int_eq(mkdir(at("a"), 0700), 0);
	ck_assert_int_eq(mkdir(at("a/b"), 0700), 0);
	fd = open(at("a/b/c"), O_CREAT | O_WRONLY, 0666);
	ck_assert_int_ne(fd, -1);
	close(fd);
	set_owner(at("a/b/c"), modes[_i].file_owner);
	set_owner(at("a/b"), modes[_i].inner_owner);
	set_owner(at("a"), modes[_i].outer_owner);
	ck_assert_int_eq(chmod(at("a/b"), modes[_i].inner), 0);
	ck_assert_int_eq(chmod(at("a"), modes[_i].outer), 0);
	ck_assert_int_eq(safe_path(at("a/b/c"), unsafe), modes[_i].safe);
	if (!modes[_i].safe)
		ck_assert_str_eq(unsafe, at(modes[_i].unsafe));
}
END_TEST

START_TEST(no_ways)
{
	char unsafe[SAFE_PATH_SIZE], name[SAFE_PATH_SIZE + 2];

	ck_assert_int_eq(safe_path("/", unsafe), 1);
	ck_assert_int_eq(safe_path("relative", unsafe), -1);
	ck_assert_int_eq(safe_path(at("nothing"), unsafe), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(symlink(".", at("loop")), 0);
	ck_assert_int_eq(safe_path(at("loop"), unsafe), -1);
	ck_assert_int_eq(errno, ELOOP);
	memset(name, '/', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	ck_assert_int_eq(safe_path(name, unsafe), -1);
	ck_assert_int_eq(errno, ENAMETOOLONG);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("unix_target");
	TCase *tc = tcase_create("unix_target");

	tcase_add_unchecked_fixture(tc, unit_files_setup, unit_files_remove);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, exchanged, 0, 4);
	tcase_add_test(tc, paths_at_rest);
	suite_add_tcase(s, tc);
	tc = tcase_create("safe_path");
	tcase_add_unchecked_fixture(tc, unit_files_setup, unit_files_remove);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, ways, 0, COUNTOF(modes));
	tcase_add_test(tc, no_ways);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

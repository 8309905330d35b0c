/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The users, groups, root directory and limits of the workers of a server that root starts, and
 * the descriptors of a worker. Most of these tests need root and /proc.
 */

#include "config.h"

#include <sys/stat.h>

#include <check.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/proc.h"
#include "lib/server.h"
#include "lib/sock.h"

#define PIDS	256

static struct server s;
static struct passwd *nobody;

/* Returns 1 if this machine allows the tests that need root. */
static int
can(void)
{
	nobody = getpwnam("nobody");
	if (server_can_drop() && nobody != NULL && proc_is_available() &&
	    getenv("VALGRIND_PROGRAM") == NULL)
		return 1;
	expect_skip("root, a user nobody and /proc are needed, and no valgrind");
	return 0;
}

/* -- user and group ids -- */

/* Checks all four ids of a process: real, effective, saved, and that of the file system. */
static void
expect_ids(pid_t pid, const char *name, unsigned long id)
{
	const char *line = proc_status(pid, name);
	unsigned long ids[4];
	unsigned i;

	ck_assert_int_eq(sscanf(line, "%lu %lu %lu %lu", &ids[0], &ids[1], &ids[2], &ids[3]), 4);
	for (i = 0; i < 4; i++)
		if (ids[i] != id)
			expect_fail("process %ld, %s: %s, should be %lu", (long)pid, name, line,
			    id);
}

/* Fails unless the process is in exactly these groups, in any order. */
static void
expect_groups(pid_t pid, const gid_t *groups, int n)
{
	char line[1024], *word, *rest = NULL;
	unsigned long id;
	int i, found = 0;

	snprintf(line, sizeof(line), "%s", proc_status(pid, "Groups"));
	for (word = strtok_r(line, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
		id = strtoul(word, NULL, 10);
		for (i = 0; i < n && groups[i] != id; i++)
			;
		if (i == n)
			expect_fail("process %ld is in group %lu", (long)pid, id);
		found++;
	}
	if (found != n)
		expect_fail("process %ld is in %d groups, should be in %d", (long)pid, found, n);
}

static void
expect_powerless(pid_t pid)
{
	static const char *const sets[] = { "CapPrm", "CapEff" };
	unsigned i;

	for (i = 0; i < COUNTOF(sets); i++)
		ck_assert_uint_eq(strtoull(proc_status(pid, sets[i]), NULL, 16), 0);
}

/* Waits until every worker has changed its user; returns the number of workers. */
static unsigned
settled_workers(pid_t *pids, unsigned long uid)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	const char *uids;
	unsigned n, i;

	for (;;) {
		n = harness_children(s.h.pid, pids, PIDS);
		for (i = 0; i < n; i++) {
			uids = proc_status(pids[i], "Uid");
			if (*uids == '\0' || strtoul(uids, NULL, 10) != uid)
				break;
		}
		if (n > 0 && i == n)
			return n;
		if (!expect_again(deadline))
			expect_fail("worker %ld is user %s", (long)pids[i],
			    proc_status(pids[i], "Uid"));
	}
}

static void
expect_all(unsigned long uid, gid_t gid, const gid_t *groups, int count)
{
	pid_t pids[PIDS];
	unsigned n = settled_workers(pids, uid);

	while (n-- > 0) {
		expect_ids(pids[n], "Uid", uid);
		expect_ids(pids[n], "Gid", gid);
		expect_groups(pids[n], groups, count);
		if (uid != 0)
			expect_powerless(pids[n]);
	}
	expect_ids(s.h.pid, "Uid", 0);
}

/* With so many spare workers none is retired while the test reads its state in /proc. */
static const char pool[] = "start-workers = 2\nmin-spare = 2\nmax-spare = 8\n";

/* The workers are in the groups that a login gives the user, and in none of the master's groups. */
START_TEST(a_user)
{
	gid_t groups[64];
	struct client c;
	int n = 64, wrapped;

	wrapped = system("setpriv --groups 4,24 true 2>/dev/null") == 0;
	if (wrapped)
		harness_wrap(":", "setpriv --groups 4,24", "");
	ck_assert_int_ne(getgrouplist("nobody", nobody->pw_gid, groups, &n), -1);
	server_start(&s, "user = nobody\n%s", pool);
	if (wrapped)
		harness_unwrap();
	server_open(&s, &c);
	expect_all(nobody->pw_uid, nobody->pw_gid, groups, n);
	client_echo_finish(&c);
	ck_assert_uint_eq(harness_log_count(&s.h, " warn: "), 0);
	server_stop(&s);
}
END_TEST

START_TEST(a_user_and_a_group)
{
	struct group *daemons = getgrnam("daemon");
	gid_t groups[64], gid;
	int n = 64;

	if (daemons == NULL) {
		expect_skip("there is no group daemon");
		return;
	}
	gid = daemons->gr_gid;
	ck_assert_int_ne(getgrouplist("nobody", gid, groups, &n), -1);
	server_start(&s, "user = nobody\ngroup = daemon\n%s", pool);
	server_use(&s);
	expect_all(nobody->pw_uid, gid, groups, n);
	server_stop(&s);
}
END_TEST

START_TEST(numbers)
{
	static const gid_t group = 54322;

	server_start(&s, "user = 54321\ngroup = 54322\n%s", pool);
	server_use(&s);
	expect_all(54321, group, &group, 1);
	server_stop(&s);
}
END_TEST

/*
 * With user = root the workers run as root without a warning; with an empty value they run as
 * root, and a warning is logged.
 */
START_TEST(root_may_be_kept)
{
	gid_t groups[64];
	int n;

	n = getgroups(64, groups);
	server_start(&s, _i == 0 ? "user = root\n%s" : "user =\n%s", pool);
	server_use(&s);
	expect_all(0, getegid(), groups, n);
	ck_assert_uint_eq(harness_log_count(&s.h, "workers run as root"), _i == 0 ? 0 : 1);
	server_stop(&s);
}
END_TEST

static const struct {
	const char	*settings, *words;
} impossible[] = {
	{ "user = nobody-has-this\n", "nobody-has-this" },
	{ "user = nobody\ngroup = nobody-has-this\n", "nobody-has-this" },
	{ "user = 4294967295\n", "4294967295" },
	{ "user = 54321\n", "54321" },		/* no such user, so the group is unknown */
	{ "user =\ngroup = daemon\n", "group" },
	{ "user =\nchroot = /\n", "chroot" },
	{ "user = nobody\nchroot = /nonexistent\n", "/nonexistent" },
	{ "user = nobody\nchroot = /dev/null\n", "/dev/null" },
	{ "user = nobody\nchroot = /tmp\n", "/tmp" },	/* every user can write to /tmp */
	{ "user = nobody\nchroot = relative\n", "relative" },
};

START_TEST(refused)
{
	const char *args[] = { s.conf, NULL };

	expect_context("%s", impossible[_i].settings);
	server_prepare(&s);
	server_write(&s, "%s", impossible[_i].settings);
	harness_spawn(&s.h, args, NULL);
	ck_assert_int_eq(harness_wait(&s.h, EXPECT_MS), 1);
	harness_log(&s.h, impossible[_i].words, EXPECT_MS);
	harness_clean(&s.h);
	harness_stop(&s.echo);
}
END_TEST

/* -- the user auto -- */

/*
 * Gives the programs that are started from now on a copy of /etc/passwd with no websocksy and
 * _websocksy but those in `lines`.  Returns 0 after a message if this is impossible.
 */
static int
wrap_users(const char *lines)
{
	const char *path = harness_scratch("passwd");
	char command[1500], words[1024];
	FILE *f;

	if (system("unshare -m true 2>/dev/null") != 0) {
		expect_skip("no user database of our own without unshare");
		return 0;
	}
	snprintf(command, sizeof(command), "grep -v '^_*websocksy:' /etc/passwd >%s", path);
	ck_assert_int_eq(system(command), 0);
	f = fopen(path, "a");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(lines, f), 0);
	ck_assert_int_eq(fclose(f), 0);
	snprintf(words, sizeof(words),
	    "unshare -m sh -c 'mount --bind %s /etc/passwd && exec \"$@\"' sh", path);
	harness_wrap(":", words, "");
	return 1;
}

#define PLAIN		"websocksy:x:54321:54322::/:/bin/false\n"
#define UNDERSCORE	"_websocksy:x:54323:54324::/:/bin/false\n"
#define ZERO		"websocksy:x:0:0::/:/bin/false\n"

static const struct {
	const char	*lines;
	unsigned long	 uid;
	gid_t		 gid;
} automatic[] = {
	{ PLAIN, 54321, 54322 },
	{ UNDERSCORE, 54323, 54324 },
	{ UNDERSCORE PLAIN, 54321, 54322 },
	{ ZERO UNDERSCORE, 54323, 54324 },
	{ ZERO, 0, 0 },
	{ "", 0, 0 },
};

/* Runs the program; returns its exit status. The log holds its messages. */
static int
run_to_end(const char *const *args, const int fds[3])
{
	harness_spawn(&s.h, args, fds);
	return harness_wait(&s.h, EXPECT_MS);
}

START_TEST(auto_finds_the_user)
{
	const unsigned long uid = automatic[_i].uid;
	gid_t groups[64];
	int n = 1;

	groups[0] = automatic[_i].gid;
	if (uid == 0)
		n = getgroups(64, groups);
	expect_context("%s", automatic[_i].lines);
	if (!wrap_users(automatic[_i].lines))
		return;
	server_start(&s, "user = auto\n%s", pool);
	harness_unwrap();
	server_use(&s);
	expect_all(uid, uid == 0 ? getegid() : automatic[_i].gid, groups, n);
	ck_assert_uint_eq(harness_log_count(&s.h, "workers run as root"), uid == 0);
	ck_assert_uint_eq(harness_log_count(&s.h, "useradd --system websocksy"), uid == 0);
	ck_assert_uint_eq(harness_log_count(&s.h, "workers run as user"), uid != 0);
	server_stop(&s);
}
END_TEST

/* Without such a user -d -t fails as -d does; -t is a success with a warning. */
START_TEST(auto_without_the_user)
{
	const char *daemon[] = { "-t", "-d", "-f", s.conf, NULL };
	const char *group[] = { "-t", "-o", "group=daemon", "-f", s.conf, NULL };
	const char *check[] = { "-t", "-f", s.conf, NULL };

	server_prepare(&s);
	server_write(&s, "user = auto\n");
	if (!wrap_users(""))
		return;
	ck_assert_int_eq(run_to_end(daemon, NULL), 1);
	harness_log(&s.h, "root's daemon needs a user for its workers, and there is no user "
	    "websocksy or _websocksy: create", EXPECT_MS);
	ck_assert_uint_eq(harness_log_count(&s.h, "useradd --system websocksy"), 1);
	harness_clean(&s.h);
	ck_assert_int_eq(run_to_end(group, NULL), 1);
	harness_clean(&s.h);
	ck_assert_int_eq(run_to_end(check, NULL), 0);
	ck_assert_uint_eq(harness_log_count(&s.h, "workers run as root"), 1);
	harness_clean(&s.h);
	harness_unwrap();
	if (!wrap_users(PLAIN))
		return;
	ck_assert_int_eq(run_to_end(daemon, NULL), 0);
	ck_assert_uint_eq(harness_log_count(&s.h, "workers run as root"), 0);
	harness_clean(&s.h);
	ck_assert_int_eq(run_to_end(group, NULL), 0);
	harness_clean(&s.h);
	harness_unwrap();
	harness_stop(&s.echo);
}
END_TEST

/* The process for one connection does not warn; the server that inetd starts warns once. */
START_TEST(auto_in_inetd_mode)
{
	const char *args[] = { "-i", "-o", "user=auto", "-o", "wait-timeout=1ms", NULL };
	int port, listener = sock_listen(&port), client = sock_connect(port, 0), fds[3];

	if (!wrap_users(""))
		return;
	fds[0] = _i == 0 ? sock_accept(listener, EXPECT_MS) : listener;
	fds[1] = fds[2] = -1;
	sock_close(&client);
	ck_assert_int_eq(run_to_end(args, fds), 0);
	harness_unwrap();
	ck_assert_uint_eq(harness_log_count(&s.h, "workers run as root"), _i == 0 ? 0 : 1);
	harness_clean(&s.h);
	if (_i == 0)
		sock_close(&fds[0]);
	sock_close(&listener);
}
END_TEST

/* A server that was not started by root accepts only its own user as the setting user. */
START_TEST(not_root)
{
	static const char *const users[] = { "nobody", "daemon" };
	const char *args[] = { s.conf, NULL };
	char path[600];

	if (system("setpriv --reuid nobody --regid nogroup --clear-groups true 2>/dev/null") != 0) {
		expect_skip("no setpriv to run the server as another user");
		return;
	}
	server_prepare(&s);
	/* The user nobody must be able to reach the configuration file. */
	snprintf(path, sizeof(path), "%s", s.conf);
	*strrchr(path, '/') = '\0';
	ck_assert_int_eq(chmod(path, 0711), 0);
	*strrchr(path, '/') = '\0';
	ck_assert_int_eq(chmod(path, 0711), 0);
	server_write(&s, "user = %s\n%s", users[_i], pool);
	harness_wrap("id=$(id -g nobody)", "setpriv --reuid nobody --regid $id --clear-groups", "");
	if (_i == 0) {
		server_run(&s);
		harness_unwrap();
		server_use(&s);
		expect_ids(s.h.pid, "Uid", nobody->pw_uid);
		server_stop(&s);
		return;
	}
	harness_spawn(&s.h, args, NULL);
	harness_unwrap();
	ck_assert_int_eq(harness_wait(&s.h, EXPECT_MS), 1);
	harness_log(&s.h, "only root can become user daemon", EXPECT_MS);
	harness_clean(&s.h);
	harness_stop(&s.echo);
}
END_TEST

/* -- another root directory -- */

/* Makes a directory for the setting chroot, which every user can reach. */
static void
make_root(char *root, size_t size)
{
	char path[600];

	snprintf(root, size, "%s", harness_scratch("root"));
	ck_assert_int_eq(mkdir(root, 0755), 0);
	snprintf(path, sizeof(path), "%s", root);
	*strrchr(path, '/') = '\0';
	ck_assert_int_eq(chmod(path, 0711), 0);
	*strrchr(path, '/') = '\0';
	ck_assert_int_eq(chmod(path, 0711), 0);
}

/* The path of a Unix peer is looked up below the new root directory. */
START_TEST(chroot_and_a_unix_socket)
{
	char root[500], path[600];
	int listener, peer;
	FILE *f;
	pid_t pids[PIDS];
	struct client c;
	unsigned n;

	server_prepare(&s);
	make_root(root, sizeof(root));
	snprintf(path, sizeof(path), "%s/peer", root);
	listener = sock_listen_unix(path);
	ck_assert_int_eq(chmod(path, 0666), 0);
	/* server_write() names the echo peer, so the test writes this configuration by itself. */
	f = fopen(s.conf, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "listen = 127.0.0.1\nport = 0\nuser = nobody\nchroot = %s\n%s[backend]\n"
	    "host = unix:///peer\n", root, pool);
	ck_assert_int_eq(fclose(f), 0);
	server_run(&s);
	client_open(&c, s.h.port, "/");
	peer = sock_accept(listener, EXPECT_MS);
	client_text(&c, "to below");
	sock_expect(peer, "to below", 8, EXPECT_MS);
	for (n = settled_workers(pids, nobody->pw_uid); n-- > 0; ) {
		ck_assert_str_eq(proc_link(pids[n], "root"), root);
		ck_assert_str_eq(proc_link(pids[n], "cwd"), root);
		expect_powerless(pids[n]);
	}
	ck_assert_str_eq(proc_link(s.h.pid, "root"), "/");
	client_finish(&c);
	sock_close(&peer);
	server_stop(&s);
	sock_close(&listener);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(root), 0);
}
END_TEST

/* Peers at a numeric address and at localhost are reached as without chroot. */
START_TEST(chroot_and_an_address)
{
	char root[500];

	server_prepare(&s);
	make_root(root, sizeof(root));
	server_write(&s, "user = nobody\nchroot = %s\n%s", root, pool);
	server_run(&s);
	server_use(&s);
	/* A resolver file that is missing below the new root directory is logged. */
	if (access("/etc/resolv.conf", F_OK) == 0)
		ck_assert_uint_eq(harness_log_count(&s.h, "/etc/resolv.conf"), 1);
	/*
	 * The master does not change its root directory: a reload finds modules, log and
	 * configuration.
	 */
	server_reload(&s, 0);
	server_use(&s);
	server_stop(&s);
	ck_assert_int_eq(rmdir(root), 0);
}
END_TEST

/* -- reload -- */

static unsigned
workers_of(unsigned long uid)
{
	pid_t pids[PIDS];
	unsigned n, of = 0;

	for (n = harness_children(s.h.pid, pids, PIDS); n-- > 0; )
		of += strtoul(proc_status(pids[n], "Uid"), NULL, 10) == uid;
	return of;
}

START_TEST(after_a_reload)
{
	static const gid_t group = 54322;
	gid_t groups[64];
	uint64_t deadline;
	struct client c;
	unsigned old;
	int count = 64;

	ck_assert_int_ne(getgrouplist("nobody", nobody->pw_gid, groups, &count), -1);
	server_start(&s, "user = nobody\n%s", pool);
	server_open(&s, &c);
	server_reload(&s, 1);
	expect_all(nobody->pw_uid, nobody->pw_gid, groups, count);
	server_write(&s, "user = 54321\ngroup = 54322\n%s", pool);
	server_reload(&s, 1);
	server_use(&s);
	/*
	 * The worker with the session keeps its user. When the other old workers have exited, all
	 * other workers run as the new user.
	 */
	deadline = expect_deadline(EXPECT_MS);
	while ((old = workers_of(nobody->pw_uid)) != 1)
		if (!expect_again(deadline))
			expect_fail("%u workers of the old user", old);
	client_echo_finish(&c);
	expect_all(54321, group, &group, 1);
	server_stop(&s);
}
END_TEST

/* -- limits -- */

/* Copies the soft and the hard limit with this name from /proc/PID/limits. */
static void
limits(pid_t pid, const char *name, char soft[32], char hard[32])
{
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/limits", (long)pid);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, name, strlen(name)) != 0)
			continue;
		ck_assert_int_eq(sscanf(line + strlen(name), "%31s %31s", soft, hard), 2);
		fclose(f);
		return;
	}
	expect_fail("no %s in %s", name, path);
}

/*
 * A worker writes no core file and has the configured limit of descriptors. The limits of the
 * master do not change.
 */
START_TEST(worker_limits)
{
	char soft[32], hard[32], soft_was[32], hard_was[32];
	struct client c;
	pid_t pid;

	if (!proc_is_available() || getenv("VALGRIND_PROGRAM") != NULL) {
		expect_skip("/proc is needed, and no valgrind");
		return;
	}
	server_start(&s, "worker-files = %s\n%s", _i == 0 ? "64" : "0", pool);
	server_open(&s, &c);
	pid = server_busy_worker(&s);
	limits(s.h.pid, "Max open files", soft_was, hard_was);
	ck_assert_str_ne(soft_was, "64");
	limits(pid, "Max open files", soft, hard);
	ck_assert_str_eq(soft, _i == 0 ? "64" : soft_was);
	ck_assert_str_eq(hard, _i == 0 ? "64" : hard_was);
	limits(pid, "Max core file size", soft, hard);
	ck_assert_str_eq(soft, "0");
	ck_assert_str_eq(hard, "0");
	client_echo_finish(&c);
	server_stop(&s);
}
END_TEST

/* -- the descriptors of a worker -- */

/* Numbers of open descriptors, by kind. */
struct open_files {
	unsigned	standard, sockets, pipes, files, others;
};

static struct open_files
look(pid_t pid)
{
	struct open_files have = { 0, 0, 0, 0, 0 };
	const char *target;
	int fd;

	for (fd = 0; fd < 1024; fd++) {
		target = proc_descriptor(pid, fd);
		if (target[0] == '\0')
			continue;
		if (fd < 3)
			have.standard++;
		else if (strncmp(target, "socket:", 7) == 0)
			have.sockets++;
		else if (strncmp(target, "pipe:", 5) == 0)
			have.pipes++;
		else if (target[0] == '/')
			have.files++;
		else
			have.others++;
	}
	return have;
}

/*
 * A worker has three standard descriptors; three sockets: listener, client and peer; two pipes:
 * the life pipe and the wake pipe; and two files: the lock and the log. It has neither the pid
 * file nor the status file open, and no descriptor from the process that started the server.
 */
START_TEST(descriptors_of_a_session)
{
	char pid_file[600], log[600], status[600];
	struct open_files have;
	struct client c;
	pid_t pid;

	if (!proc_is_available() || getenv("VALGRIND_PROGRAM") != NULL) {
		expect_skip("/proc is needed, and no valgrind");
		return;
	}
	snprintf(pid_file, sizeof(pid_file), "%s", harness_scratch("pid"));
	snprintf(status, sizeof(status), "%s", harness_scratch("status"));
	snprintf(log, sizeof(log), "%s", harness_scratch("messages"));
	harness_wrap(":", "", "5</dev/null 7</dev/zero 9>/dev/null");
	server_start(&s, "pid-file = %s\nstatus-file = %s\nlog = %s\n%s", pid_file, status, log,
	    pool);
	harness_unwrap();
	server_open(&s, &c);
	pid = server_busy_worker(&s);
	have = look(pid);
	ck_assert_uint_eq(have.standard, 3);
	ck_assert_str_eq(proc_descriptor(pid, 0), "/dev/null");
	ck_assert_str_eq(proc_descriptor(pid, 1), "/dev/null");
	ck_assert_str_eq(proc_descriptor(pid, 2), s.h.log);
	ck_assert_uint_eq(have.sockets, 3);
	ck_assert_uint_eq(have.pipes, 2);
	ck_assert_uint_eq(have.files, 2);
	ck_assert_uint_eq(have.others, 0);
	client_echo_finish(&c);
	server_stop(&s);
}
END_TEST

/* Adds the tests that need root. */
static void
root_cases(Suite *suite)
{
	TCase *tc = harness_case(suite, "users", 60);

	tcase_add_test(tc, a_user);
	tcase_add_test(tc, a_user_and_a_group);
	tcase_add_test(tc, numbers);
	tcase_add_loop_test(tc, root_may_be_kept, 0, 2);
	tcase_add_loop_test(tc, refused, 0, (int)COUNTOF(impossible));
	tcase_add_loop_test(tc, auto_finds_the_user, 0, (int)COUNTOF(automatic));
	tcase_add_test(tc, auto_without_the_user);
	tcase_add_loop_test(tc, auto_in_inetd_mode, 0, 2);
	tcase_add_loop_test(tc, not_root, 0, 2);
	tcase_add_test(tc, after_a_reload);

	tc = harness_case(suite, "root", 60);
	tcase_add_test(tc, chroot_and_a_unix_socket);
	tcase_add_test(tc, chroot_and_an_address);
}

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("privileges");
	TCase *tc;

	if (can())
		root_cases(suite);
	tc = harness_case(suite, "processes", 60);
	tcase_add_loop_test(tc, worker_limits, 0, 2);
	tcase_add_test(tc, descriptors_of_a_session);
	return suite;
}

#include "lib/check_main.h"

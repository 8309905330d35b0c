/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The directory of the bridge's own sockets for unix-dgram peers: its mode, the names in it,
 * several servers beside each other, what is removed and what is not.
 */

#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <check.h>
#include <dirent.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/datagram.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/proc.h"
#include "lib/server.h"
#include "lib/sock.h"

#define PIDS	256

/* The setting socket-directory, and the peer's socket, which is elsewhere. */
static char directory[300], setting[400], peer_path[300], peer_name[400];
static struct datagram_peer remote;

static void
prepare(void)
{
	snprintf(directory, sizeof(directory), "%s", harness_scratch("sockets"));
	ck_assert_int_eq(mkdir(directory, 0755), 0);
	snprintf(setting, sizeof(setting), "socket-directory=%s", directory);
	snprintf(peer_path, sizeof(peer_path), "%s", harness_scratch("peer"));
	snprintf(peer_name, sizeof(peer_name), "unix-dgram://%s", peer_path);
	memset(&remote, 0, sizeof(remote));
	remote.fd = sock_unix_datagram(peer_path);
}

static void
finish(void)
{
	sock_close(&remote.fd);
}

static void
start(struct harness *h)
{
	harness_bridge_to(h, peer_name, "-c", "framing=binary", "-o", setting, NULL);
}

/* Opens a session through a server; the bridge's address is then in remote. */
static void
open_session(struct client *c, int port)
{
	client_open(c, port, "/");
	client_text(c, "hello");
	datagram_expect(&remote, "hello", 5);
}

/* One message in each direction. */
static void
talk(struct client *c, struct datagram_peer *at)
{
	client_text(c, "to the peer");
	datagram_expect(at, "to the peer", 11);
	datagram_send(at, "to the client", 13);
	client_expect(c, CLIENT_BINARY, "to the client", 13);
}

/*
 * Counts the entries of a directory whose names have this beginning.  The name of the last one is
 * copied to name.
 */
static unsigned
entries(const char *path, const char *begin, char name[300])
{
	struct dirent *e;
	unsigned n = 0;
	DIR *d = opendir(path);

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' || strncmp(e->d_name, begin, strlen(begin)) != 0)
			continue;
		snprintf(name, 300, "%s", e->d_name);
		n++;
	}
	closedir(d);
	return n;
}

static void
expect_entries(const char *begin, unsigned n)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	char name[300];

	while (entries(directory, begin, name) != n)
		if (!expect_again(deadline))
			expect_fail("%u entries %s in socket-directory, should be %u",
			    entries(directory, begin, name), begin, n);
}

/* Returns the part of the bridge's address after socket-directory. */
static const char *
bridge_name(void)
{
	const char *path = remote.bridge.un.sun_path;
	size_t len = strlen(directory);

	ck_assert_msg(strncmp(path, directory, len) == 0 && path[len] == '/', "%s", path);
	return path + len + 1;
}

/* -- modes and names -- */

START_TEST(names_are_secret)
{
	char first[300], name[300], path[700];
	struct harness h;
	struct client c[2];
	struct stat st;

	prepare();
	start(&h);
	ck_assert_uint_eq(entries(directory, "", name), 1);
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISDIR(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777, 0711);
	ck_assert_uint_eq(st.st_uid, geteuid());
	open_session(&c[0], h.port);
	snprintf(first, sizeof(first), "%s", bridge_name());
	ck_assert_msg(strncmp(first, name, strlen(name)) == 0, "%s", first);
	open_session(&c[1], h.port);
	/* At least 12 digits that differ, after the dot that follows the number of the process. */
	ck_assert_ptr_nonnull(strrchr(first, '.'));
	ck_assert_uint_ge(strlen(strrchr(first, '.')), 13);
	ck_assert_str_ne(strrchr(first, '.'), strrchr(bridge_name(), '.'));
	ck_assert_uint_eq(entries(path, "", first), 3);
	client_finish(&c[0]);
	client_finish(&c[1]);
	harness_stop(&h);
	expect_entries("", 0);
	finish();
}
END_TEST

/* Sessions one after the other leave no descriptors in the worker. */
START_TEST(no_descriptors_are_left)
{
	unsigned i, before = 0, now;
	struct harness h;
	struct client c;
	unsigned long worker;

	prepare();
	harness_bridge_to(&h, peer_name, "-c", "framing=binary", "-o", setting,
	    HARNESS_ONE_WORKER, "-o", "max-workers=1", NULL);
	for (i = 0; i < 4; i++) {
		open_session(&c, h.port);
		ck_assert_int_eq(sscanf(strrchr(bridge_name(), '/'), "/%lx.", &worker), 1);
		now = proc_descriptors((pid_t)worker);
		if (i > 0)
			ck_assert_uint_eq(now, before);
		before = now;
		client_finish(&c);
	}
	harness_stop(&h);
	finish();
}
END_TEST

/* Files with names that earlier versions used, or that look like ours, are left alone. */
START_TEST(files_of_others_stay)
{
	static const char *const names[] = { "websocksy.1.sock", "websocksy.abcdef",
	    "websocksy.lock", "lock" };
	char path[400], lock[500], name[300];
	struct harness h;
	struct client c;
	size_t i;
	FILE *f;

	prepare();
	for (i = 0; i < COUNTOF(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		f = fopen(path, "w");
		ck_assert_ptr_nonnull(f);
		fclose(f);
	}
	/* A directory without a lock, and one whose lock has contents. */
	snprintf(path, sizeof(path), "%s/websocksy.bcdefg", directory);
	ck_assert_int_eq(mkdir(path, 0711), 0);
	snprintf(path, sizeof(path), "%s/websocksy.cdefgh", directory);
	ck_assert_int_eq(mkdir(path, 0711), 0);
	snprintf(lock, sizeof(lock), "%s/lock", path);
	f = fopen(lock, "w");
	ck_assert_ptr_nonnull(f);
	fputs("not empty\n", f);
	fclose(f);
	start(&h);
	open_session(&c, h.port);
	talk(&c, &remote);
	client_finish(&c);
	ck_assert_uint_eq(entries(directory, "", name), COUNTOF(names) + 3);
	harness_stop(&h);
	ck_assert_uint_eq(entries(directory, "", name), COUNTOF(names) + 2);
	finish();
}
END_TEST

/* -- several servers -- */

/*
 * Two servers share the directory and the service, each in a PID namespace of its own if _i is 1,
 * so that their processes have the same numbers.  Each client gets its own answers.  When an idle
 * worker of one is killed, the sockets of the other stay.
 */
START_TEST(two_servers)
{
	struct harness h[2];
	struct client c[2];
	struct datagram_peer at[2];
	pid_t master[2], pids[PIDS];
	unsigned i, n;

	if (_i == 1 && system("unshare -pf true 2>/dev/null") != 0) {
		expect_skip("no PID namespaces without unshare");
		return;
	}
	prepare();
	if (_i == 1)
		harness_wrap("", "unshare -pf", "");
	for (i = 0; i < 2; i++) {
		start(&h[i]);
		master[i] = h[i].pid;
		if (_i == 1)
			ck_assert_uint_eq(harness_children(h[i].pid, &master[i], 1), 1);
		h[i].deaths = 1;
	}
	harness_unwrap();
	expect_entries("websocksy.", 2);
	for (i = 0; i < 2; i++) {
		open_session(&c[i], h[i].port);
		at[i] = remote;
	}
	ck_assert_str_ne(at[0].bridge.un.sun_path, at[1].bridge.un.sun_path);
	for (i = 0; i < 2; i++)
		talk(&c[i], &at[i]);
	/* One of the first server's workers serves the client; kill all others, and this one. */
	n = harness_children(master[0], pids, PIDS);
	for (i = 0; i < n && i < PIDS; i++)
		ck_assert_int_eq(kill(pids[i], SIGKILL), 0);
	sock_expect_gone(c[0].fd, EXPECT_MS);
	client_end(&c[0]);
	harness_log_times(&h[0], "was ended by signal 9", 1, EXPECT_MS);
	talk(&c[1], &at[1]);
	client_finish(&c[1]);
	for (i = 0; i < 2; i++) {
		if (_i == 0) {
			harness_stop(&h[i]);
			continue;
		}
		ck_assert_int_eq(kill(master[i], SIGTERM), 0);
		ck_assert_int_eq(harness_wait(&h[i], EXPECT_MS), 0);
		harness_clean(&h[i]);
	}
	expect_entries("", 0);
	finish();
}
END_TEST

/* The next start removes what a killed server has left, but nothing of a living one. */
START_TEST(a_killed_server)
{
	struct harness killed, living, next;
	struct client c, other;
	struct datagram_peer at;
	pid_t pids[PIDS];
	unsigned n;

	prepare();
	start(&living);
	open_session(&other, living.port);
	at = remote;
	start(&killed);
	open_session(&c, killed.port);
	expect_entries("websocksy.", 2);
	n = harness_children(killed.pid, pids, PIDS);
	harness_signal(&killed, SIGKILL);
	ck_assert_int_eq(harness_wait(&killed, EXPECT_MS), 128 + SIGKILL);
	sock_expect_gone(c.fd, EXPECT_MS);
	client_end(&c);
	while (n-- > 0)
		harness_expect_gone(pids[n], EXPECT_MS);
	harness_clean(&killed);
	expect_entries("websocksy.", 2);
	start(&next);
	expect_entries("websocksy.", 2);
	talk(&other, &at);
	client_finish(&other);
	open_session(&c, next.port);
	talk(&c, &remote);
	client_finish(&c);
	harness_stop(&next);
	harness_stop(&living);
	expect_entries("", 0);
	finish();
}
END_TEST

/* -- reload -- */

static struct server s;

static void
write_server(const char *lines, const char *sockets)
{
	FILE *f = fopen(s.conf, "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "listen = 127.0.0.1\nport = 0\n%ssocket-directory = %s\n[backend]\n"
	    "host = %s\nframing = binary\n", lines, sockets, peer_name);
	ck_assert_int_eq(fclose(f), 0);
}

/* A session goes on over a reload, also over one that changes the directory (_i is 1). */
START_TEST(over_a_reload)
{
	const char *user = geteuid() == 0 ? "user = root\n" : "";
	struct datagram_peer at;
	struct client c, later;
	char name[300];

	prepare();
	server_prepare(&s);
	write_server(user, directory);
	server_run(&s);
	open_session(&c, s.h.port);
	at = remote;
	if (_i == 1) {
		strcat(directory, "/more");
		ck_assert_int_eq(mkdir(directory, 0755), 0);
		write_server(user, directory);
	}
	server_reload(&s, 1);
	talk(&c, &at);
	/* The new server has the same directory, or one of its own. */
	ck_assert_uint_eq(entries(directory, "websocksy.", name), 1);
	open_session(&later, s.h.port);
	talk(&later, &remote);
	ck_assert_msg(strncmp(bridge_name(), name, strlen(name)) == 0, "%s", bridge_name());
	client_finish(&later);
	client_finish(&c);
	server_stop(&s);
	expect_entries("", 0);
	if (_i == 1) {
		ck_assert_int_eq(rmdir(directory), 0);
		*strrchr(directory, '/') = '\0';
		expect_entries("", 0);
	}
	finish();
}
END_TEST

/* -- other modes -- */

/*
 * In inetd mode each connection has a directory of its own.  If the process is killed (_i is 1), a
 * later start removes it.
 */
START_TEST(inetd)
{
	const char *all[] = { "-i", "-c", NULL, "-c", "framing=binary", "-o", setting, NULL };
	char host[500], name[300], path[700];
	struct harness h;
	struct client c;
	struct stat st;
	int fds[2], three[3];

	prepare();
	snprintf(host, sizeof(host), "host=%s", peer_name);
	all[2] = host;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	client_init(&c, fds[0]);
	three[0] = fds[1];
	three[1] = three[2] = -1;
	harness_spawn(&h, all, three);
	sock_close(&fds[1]);
	client_request(&c, NULL);
	client_answer(&c);
	client_expect_accepted(&c, REQUEST_KEY, NULL);
	client_text(&c, "hello");
	datagram_expect(&remote, "hello", 5);
	talk(&c, &remote);
	ck_assert_uint_eq(entries(directory, "", name), 1);
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0711);
	if (_i == 1) {
		harness_signal(&h, SIGKILL);
		ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 128 + SIGKILL);
		client_end(&c);
		harness_clean(&h);
		expect_entries(name, 1);
		start(&h);
		expect_entries(name, 0);
		harness_stop(&h);
	} else {
		client_finish(&c);
		ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 0);
		harness_clean(&h);
	}
	expect_entries("", 0);
	finish();
}
END_TEST

/* A program that cleans up /tmp has removed the directory: a session makes one of its own. */
START_TEST(a_removed_directory)
{
	char path[700], lock[800], name[300];
	struct harness h;
	struct client c;

	prepare();
	start(&h);
	ck_assert_uint_eq(entries(directory, "", name), 1);
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	snprintf(lock, sizeof(lock), "%s/lock", path);
	ck_assert_int_eq(unlink(lock), 0);
	ck_assert_int_eq(rmdir(path), 0);
	open_session(&c, h.port);
	talk(&c, &remote);
	expect_entries("websocksy.", 1);
	client_finish(&c);
	expect_entries("", 0);
	harness_stop(&h);
	finish();
}
END_TEST

/*
 * Workers of another user, below another root directory if _i is 1, use the directory that root
 * has made for them, although they cannot write to socket-directory.
 */
START_TEST(without_privileges)
{
	char root[300], lines[500], name[300], path[900], inner[500];
	const struct passwd *nobody = getpwnam("nobody");
	struct stat st;
	struct client c;

	if (!server_can_drop() || nobody == NULL) {
		expect_skip("root and a user nobody are needed");
		return;
	}
	prepare();
	snprintf(root, sizeof(root), "%s", harness_scratch(""));
	if (root[strlen(root) - 1] == '/')
		root[strlen(root) - 1] = '\0';
	ck_assert_int_eq(chmod(root, 0711), 0);
	snprintf(inner, sizeof(inner), "%s", root);
	*strrchr(inner, '/') = '\0';
	ck_assert_int_eq(chmod(inner, 0711), 0);
	ck_assert_int_eq(chmod(peer_path, 0666), 0);
	snprintf(lines, sizeof(lines), "user = nobody\n%s%s%s", _i == 1 ? "chroot = " : "",
	    _i == 1 ? root : "", _i == 1 ? "\n" : "");
	if (_i == 1)
		snprintf(peer_name, sizeof(peer_name), "unix-dgram://%s", peer_path + strlen(root));
	server_prepare(&s);
	write_server(lines, directory + (_i == 1 ? strlen(root) : 0));
	server_run(&s);
	ck_assert_uint_eq(entries(directory, "", name), 1);
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0711);
	ck_assert_uint_eq(st.st_uid, nobody->pw_uid);
	open_session(&c, s.h.port);
	if (_i == 1) {
		/* The name is one below the other root directory. */
		snprintf(inner, sizeof(inner), "%s%s", root, remote.bridge.un.sun_path);
		snprintf(remote.bridge.un.sun_path, sizeof(remote.bridge.un.sun_path), "%.100s",
		    inner);
		remote.size = sizeof(remote.bridge.un);
	}
	datagram_send(&remote, "answer", 6);
	client_expect(&c, CLIENT_BINARY, "answer", 6);
	client_finish(&c);
	server_stop(&s);
	expect_entries("", 0);
	finish();
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("socket_directory");
	TCase *tc = harness_case(suite, "names", 60);

	tcase_add_test(tc, names_are_secret);
	tcase_add_test(tc, no_descriptors_are_left);
	tcase_add_test(tc, files_of_others_stay);
	tc = harness_case(suite, "servers", 60);
	tcase_add_loop_test(tc, two_servers, 0, 2);
	tcase_add_test(tc, a_killed_server);
	tcase_add_loop_test(tc, over_a_reload, 0, 2);
	tc = harness_case(suite, "modes", 60);
	tcase_add_loop_test(tc, inetd, 0, 2);
	tcase_add_test(tc, a_removed_directory);
	tcase_add_loop_test(tc, without_privileges, 0, 2);
	return suite;
}

#include "lib/check_main.h"

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Listening: several addresses, Unix sockets, and sockets from systemd or inetd. */

#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/server.h"
#include "lib/sock.h"

#define LOOK_MS	5

static struct server s;
static char path[300];

/* -- clients -- */

/* Connects to the Unix socket at `path`; returns -1 with errno set if that fails. */
static int
try_unix(void)
{
	struct sockaddr_un un;
	int fd;

	memset(&un, 0, sizeof(un));
	un.sun_family = AF_UNIX;
	ck_assert_uint_lt(strlen(path), sizeof(un.sun_path));
	strcpy(un.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd != -1 && connect(fd, (struct sockaddr *)&un, sizeof(un)) == -1)
		sock_close(&fd);
	return fd;
}

/* Runs a whole session on a connected socket. */
static void
use(int fd, const char *what)
{
	struct client c;

	if (fd == -1)
		expect_fail("%s: %s", what, strerror(errno));
	client_open_on(&c, fd);
	client_echo_finish(&c);
}

/* -- addresses -- */

START_TEST(several)
{
	int v4, v6, i;

	if (!sock_has_v6()) {
		expect_skip("this machine has no IPv6");
		return;
	}
	server_prepare(&s);
	snprintf(path, sizeof(path), "%s", harness_scratch("socket"));
	snprintf(s.listen, sizeof(s.listen), "127.0.0.1, [::1]:0 ,unix://%s", path);
	server_write(&s, "start-workers = 2\nmax-spare = 2\nmin-spare = 1\n");
	server_run(&s);
	v4 = harness_logged_port(&s.h, "127.0.0.1");
	v6 = harness_logged_port(&s.h, "[::1]");
	ck_assert_int_eq(v4, s.h.port);
	for (i = 0; i < 20; i++) {
		use(sock_try("127.0.0.1", v4), "127.0.0.1");
		use(sock_try_v6("::1", v6), "::1");
		use(sock_connect_unix(path), path);
	}
	harness_log_times(&s.h, "closed client=127.0.0.1:", 20, EXPECT_MS);
	harness_log_times(&s.h, "closed client=[::1]:", 20, EXPECT_MS);
	harness_log_times(&s.h, "closed client=unix ", 20, EXPECT_MS);
	server_stop(&s);
}
END_TEST

/* "::" accepts both families on one port, and IPv4 clients are logged with their IPv4 addresses. */
START_TEST(both_families)
{
	if (!sock_has_v6()) {
		expect_skip("this machine has no IPv6");
		return;
	}
	server_prepare(&s);
	strcpy(s.listen, _i == 0 ? "::" : "*");
	server_write(&s, "start-workers = 1\n");
	server_run(&s);
	use(sock_try("127.0.0.1", s.h.port), "127.0.0.1");
	harness_log(&s.h, "closed client=127.0.0.1:", EXPECT_MS);
	use(sock_try_v6("::1", s.h.port), "::1");
	harness_log(&s.h, "closed client=[::1]:", EXPECT_MS);
	server_stop(&s);
}
END_TEST

/* An IPv6 address other than "::" does not accept IPv4 clients. */
START_TEST(one_family)
{
	if (!sock_has_v6()) {
		expect_skip("this machine has no IPv6");
		return;
	}
	server_prepare(&s);
	strcpy(s.listen, "[::1]:0");
	server_write(&s, "start-workers = 1\n");
	server_run(&s);
	use(sock_try_v6("::1", s.h.port), "::1");
	ck_assert_int_eq(sock_try("127.0.0.1", s.h.port), -1);
	server_stop(&s);
}
END_TEST

/* The server prints the port of the first address that has one. */
START_TEST(port_is_printed)
{
	server_prepare(&s);
	snprintf(path, sizeof(path), "%s", harness_scratch("socket"));
	snprintf(s.listen, sizeof(s.listen), "unix://%s, 127.0.0.1", path);
	server_write(&s, "start-workers = 1\n");
	server_run(&s);
	ck_assert_int_eq(harness_logged_port(&s.h, "127.0.0.1"), s.h.port);
	use(sock_try("127.0.0.1", s.h.port), "127.0.0.1");
	server_stop(&s);
}
END_TEST

/* -- Unix sockets -- */

static void
prepare_path(void)
{
	server_prepare(&s);
	snprintf(path, sizeof(path), "%s", harness_scratch("socket"));
	snprintf(s.listen, sizeof(s.listen), "unix://%s", path);
}

/* Starts a server that listens only on the Unix socket at `path`. */
static void
run_on_path(void)
{
	const char *args[] = { s.conf, NULL };
	char line[400];

	harness_spawn(&s.h, args, NULL);
	snprintf(line, sizeof(line), "listening on unix://%s", path);
	harness_log(&s.h, line, EXPECT_MS);
}

/* Fails unless the server refuses to start and its log has these words. */
static void
run_refused(const char *words)
{
	const char *args[] = { s.conf, NULL };

	harness_spawn(&s.h, args, NULL);
	ck_assert_int_eq(harness_wait(&s.h, EXPECT_MS), 1);
	harness_log(&s.h, words, EXPECT_MS);
	ck_assert_uint_eq(harness_log_count(&s.h, " error: "), 1);
	harness_clean(&s.h);
}

/* Fails if the temporary socket file of the server still exists. */
static void
expect_no_rest(void)
{
	char other[400];

	snprintf(other, sizeof(other), "%s.new", path);
	ck_assert_int_eq(access(other, F_OK), -1);
}

static const struct {
	const char	*setting;
	mode_t		 mode;
} modes[] = {
	{ "", 0660 }, { "listen-mode = 0600\n", 0600 }, { "listen-mode = 666\n", 0666 },
	{ "listen-mode = 0777\n", 0777 }
};

START_TEST(path_mode)
{
	struct stat st;
	mode_t mask = umask(0777);

	(void)umask(mask);
	prepare_path();
	server_write(&s, "%s", modes[_i].setting);
	(void)umask(077);
	run_on_path();
	(void)umask(mask);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISSOCK(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777, modes[_i].mode);
	use(sock_connect_unix(path), path);
	expect_no_rest();
	harness_stop(&s.h);
	ck_assert_int_eq(lstat(path, &st), -1);
	harness_stop(&s.echo);
}
END_TEST

START_TEST(path_owner)
{
	struct passwd *pw = getpwnam("nobody");
	struct group *gr = getgrgid(pw != NULL ? pw->pw_gid : 0);
	struct stat st;

	if (geteuid() != 0 || pw == NULL || gr == NULL) {
		expect_skip("only root can change the owner of a socket");
		return;
	}
	prepare_path();
	server_write(&s, "listen-owner = nobody\nlisten-group = %s\nlisten-mode = 0640\n",
	    gr->gr_name);
	run_on_path();
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_uint_eq(st.st_uid, pw->pw_uid);
	ck_assert_uint_eq(st.st_gid, pw->pw_gid);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	server_stop(&s);
}
END_TEST

START_TEST(path_owner_unknown)
{
	prepare_path();
	server_write(&s, _i == 0 ? "listen-owner = nobody-of-this-name\n" :
	    "listen-group = nobody-of-this-name\n");
	run_refused("nobody-of-this-name");
	ck_assert_int_eq(access(path, F_OK), -1);
	expect_no_rest();
	harness_stop(&s.echo);
}
END_TEST

/* The socket file of a killed server is replaced, and a temporary socket file is removed. */
START_TEST(path_left_behind)
{
	struct stat before, after;
	char rest[400];
	int fd;

	prepare_path();
	fd = sock_listen_unix(path);
	sock_close(&fd);
	snprintf(rest, sizeof(rest), "%s.new", path);
	fd = sock_listen_unix(rest);
	sock_close(&fd);
	ck_assert_int_eq(lstat(path, &before), 0);
	server_write(&s, "start-workers = 1\n");
	run_on_path();
	ck_assert_int_eq(lstat(path, &after), 0);
	ck_assert(before.st_ino != after.st_ino || before.st_ctime != after.st_ctime);
	use(sock_connect_unix(path), path);
	expect_no_rest();
	server_stop(&s);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

/* After the server was killed with SIGKILL, the next server replaces the socket file. */
START_TEST(path_of_a_killed_server)
{
	struct harness dead;
	int fd;

	prepare_path();
	server_write(&s, "start-workers = 1\n");
	run_on_path();
	harness_signal(&s.h, SIGKILL);
	ck_assert_int_eq(harness_wait(&s.h, EXPECT_MS), 128 + SIGKILL);
	dead = s.h;
	ck_assert_int_eq(access(path, F_OK), 0);
	/* The workers close the listening socket a moment after the master's exit. */
	while ((fd = try_unix()) != -1) {
		sock_close(&fd);
		poll(NULL, 0, LOOK_MS);
	}
	run_on_path();
	use(sock_connect_unix(path), path);
	server_stop(&s);
	harness_clean(&dead);
}
END_TEST

/* A socket on which a process listens is not replaced, even if its backlog is full. */
START_TEST(path_of_a_living_server)
{
	struct stat before, after;
	int fd, other, n = 0, queue[64];
	struct sockaddr_un un;

	prepare_path();
	other = sock_listen_unix(path);
	ck_assert_int_eq(listen(other, 0), 0);
	memset(&un, 0, sizeof(un));
	un.sun_family = AF_UNIX;
	strcpy(un.sun_path, path);
	/* With a full backlog, connect() fails although a process listens. */
	for (; _i == 1 && n < 64; n++) {
		queue[n] = socket(AF_UNIX, SOCK_STREAM, 0);
		ck_assert_int_ne(fcntl(queue[n], F_SETFL, O_NONBLOCK), -1);
		if (connect(queue[n], (struct sockaddr *)&un, sizeof(un)) == -1)
			break;
	}
	ck_assert_int_lt(n, 64);
	ck_assert_int_eq(lstat(path, &before), 0);
	server_write(&s, "start-workers = 1\n");
	run_refused(path);
	ck_assert_int_eq(lstat(path, &after), 0);
	ck_assert(before.st_ino == after.st_ino);
	expect_no_rest();
	for (; _i == 1 && n >= 0; n--)
		close(queue[n]);
	/* The socket of the other process works as before. */
	while (sock_readable(other, 0)) {
		fd = sock_accept(other, EXPECT_MS);
		sock_close(&fd);
	}
	fd = sock_connect_unix(path);
	n = sock_accept(other, EXPECT_MS);
	sock_close(&n);
	sock_close(&fd);
	sock_close(&other);
	harness_stop(&s.echo);
}
END_TEST

/* A second instance of the server does not replace the socket of the first. */
START_TEST(path_of_ourselves)
{
	const char *args[] = { s.conf, NULL };
	struct harness second;

	prepare_path();
	server_write(&s, "start-workers = 1\n");
	run_on_path();
	harness_spawn(&second, args, NULL);
	ck_assert_int_eq(harness_wait(&second, EXPECT_MS), 1);
	harness_log(&second, path, EXPECT_MS);
	harness_clean(&second);
	use(sock_connect_unix(path), path);
	server_stop(&s);
}
END_TEST

enum { FILE_THERE, DIRECTORY, FIFO, LINK, LINK_TO_NOTHING, KINDS };

/* If the path is a file other than a socket, the server leaves it unchanged and does not start. */
START_TEST(path_of_something_else)
{
	struct stat before, after;
	char target[400];
	int fd;

	prepare_path();
	snprintf(target, sizeof(target), "%s", harness_scratch("target"));
	fd = open(target, O_CREAT | O_RDWR, 0600);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, "precious", 8), 8);
	switch (_i) {
	case FILE_THERE:
		ck_assert_int_eq(link(target, path), 0);
		break;
	case DIRECTORY:
		ck_assert_int_eq(mkdir(path, 0700), 0);
		break;
	case FIFO:
		ck_assert_int_eq(mkfifo(path, 0600), 0);
		break;
	case LINK:
		ck_assert_int_eq(symlink(target, path), 0);
		break;
	default:
		ck_assert_int_eq(symlink("nothing", path), 0);
	}
	ck_assert_int_eq(lstat(path, &before), 0);
	server_write(&s, "start-workers = 1\n");
	run_refused(path);
	ck_assert_int_eq(lstat(path, &after), 0);
	ck_assert(before.st_ino == after.st_ino && before.st_mode == after.st_mode);
	ck_assert_int_eq(fstat(fd, &after), 0);
	ck_assert_int_eq(after.st_size, 8);
	expect_no_rest();
	close(fd);
	(void)remove(path);
	harness_stop(&s.echo);
}
END_TEST

/* When the server exits, it removes only its own socket file. */
START_TEST(path_taken_away)
{
	int other = -1;

	prepare_path();
	server_write(&s, "start-workers = 1\n");
	run_on_path();
	ck_assert_int_eq(unlink(path), 0);
	if (_i == 1)
		other = sock_listen_unix(path);
	server_stop(&s);
	ck_assert_int_eq(access(path, F_OK), _i == 1 ? 0 : -1);
	sock_close(&other);
}
END_TEST

/* -- invalid addresses -- */

static const struct {
	const char	*listen, *words;
} impossible[] = {
	{ "unix:///nonexistent/directory/socket", "/nonexistent/directory/socket" },
	{ "unix:///dev/null/socket", "/dev/null/socket" },
	{ "192.0.2.1:80", "192.0.2.1" },	/* an address for documentation (RFC 5737) */
	{ "nobody.has.this.name.invalid:80", "nobody.has.this.name.invalid" },
	{ "127.0.0.1:no-such-service", "no-such-service" }
};

/* The log names the invalid address, and sockets opened before the error are removed again. */
START_TEST(refusals_name_the_place)
{
	expect_context("%s", impossible[_i].listen);
	server_prepare(&s);
	snprintf(path, sizeof(path), "%s", harness_scratch("socket"));
	snprintf(s.listen, sizeof(s.listen), "unix://%s, %s", path, impossible[_i].listen);
	server_write(&s, "start-workers = 1\n");
	run_refused(impossible[_i].words);
	ck_assert_int_eq(access(path, F_OK), -1);
	harness_stop(&s.echo);
}
END_TEST

START_TEST(a_taken_port)
{
	int port, other = sock_listen(&port);
	char place[32];

	server_prepare(&s);
	snprintf(path, sizeof(path), "%s", harness_scratch("socket"));
	snprintf(place, sizeof(place), "127.0.0.1:%d", port);
	snprintf(s.listen, sizeof(s.listen), "unix://%s, %s", path, place);
	server_write(&s, "start-workers = 1\n");
	run_refused(place);
	ck_assert_int_eq(access(path, F_OK), -1);
	harness_stop(&s.echo);
	sock_close(&other);
}
END_TEST

#define MOST	64	/* most addresses that a server may have */

START_TEST(too_many)
{
	unsigned n = _i == 0 ? MOST : MOST + 1, i;
	size_t at;
	char dir[280];

	if (getenv("VALGRIND_PROGRAM") != NULL) {
		expect_skip("so many open descriptors would be reported as leaks");
		return;
	}
	server_prepare(&s);
	snprintf(dir, sizeof(dir), "%s", harness_scratch("u"));
	at = strlen(s.listen);
	for (i = 0; i < n - 1; i++)
		at += (size_t)snprintf(s.listen + at, sizeof(s.listen) - at, ",unix://%s%u", dir,
		    i);
	server_write(&s, "start-workers = 1\n");
	if (_i == 0) {
		server_run(&s);
		ck_assert_uint_eq(harness_log_count(&s.h, "listening on"), MOST);
		harness_stop(&s.h);
	} else {
		run_refused("64");
	}
	for (i = 0; i < n - 1; i++) {
		snprintf(path, sizeof(path), "%s%u", dir, i);
		ck_assert_int_eq(access(path, F_OK), -1);
	}
	harness_stop(&s.echo);
}
END_TEST

/* -- sockets passed by systemd (LISTEN_FDS) -- */

/*
 * Starts the server from a shell that runs `lines` and has these redirections; fd is the standard
 * input of the shell.
 */
static void
run_with(const char *lines, const char *redirections, int fd)
{
	const char *args[] = { s.conf, NULL };
	int fds[3] = { -1, -1, -1 };

	fds[0] = fd;
	harness_wrap(lines, "", redirections);
	harness_spawn(&s.h, args, fds);
	harness_unwrap();
}

START_TEST(given)
{
	int port, fd = sock_listen(&port);

	server_prepare(&s);
	server_write(&s, "start-workers = 1\n");
	/* $$ is also the pid of the server, because the shell executes it. */
	run_with("LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web\n"
	    "export LISTEN_PID LISTEN_FDS LISTEN_FDNAMES", "3<&0 </dev/null", fd);
	harness_log(&s.h, "listening on 127.0.0.1:", EXPECT_MS);
	s.h.port = port;
	use(sock_try("127.0.0.1", port), "given");
	ck_assert_uint_eq(harness_log_count(&s.h, "listening on"), 1);
	harness_stop(&s.h);
	/* The socket still listens, because the test has it open. */
	ck_assert_int_eq(sock_readable(fd, 0), 0);
	port = sock_try("127.0.0.1", port);
	ck_assert_int_ne(port, -1);
	sock_close(&port);
	sock_close(&fd);
	harness_stop(&s.echo);
}
END_TEST

/*
 * Two sockets are passed. The server does not remove the file of a Unix socket that it has not
 * made.
 */
START_TEST(given_two)
{
	int fd;

	prepare_path();
	fd = sock_listen_unix(path);
	server_write(&s, "start-workers = 1\n");
	run_with("LISTEN_PID=$$ LISTEN_FDS=2; export LISTEN_PID LISTEN_FDS",
	    "3<&0 4<&0 </dev/null", fd);
	harness_log_times(&s.h, "listening on", 2, EXPECT_MS);
	use(sock_connect_unix(path), path);
	harness_stop(&s.h);
	ck_assert_int_eq(access(path, F_OK), 0);
	sock_close(&fd);
	harness_stop(&s.echo);
}
END_TEST

static const char *const not_for_us[] = {
	"LISTEN_PID=1 LISTEN_FDS=1; export LISTEN_PID LISTEN_FDS",
	"LISTEN_PID=$$ LISTEN_FDS=0; export LISTEN_PID LISTEN_FDS",
	"LISTEN_FDS=1; export LISTEN_FDS",
	"LISTEN_PID=$$; export LISTEN_PID",
	"LISTEN_PID=$$x LISTEN_FDS=1; export LISTEN_PID LISTEN_FDS",
	"LISTEN_PID=$$ LISTEN_FDS=many; export LISTEN_PID LISTEN_FDS",
	"LISTEN_PID=$$ LISTEN_FDS=-1; export LISTEN_PID LISTEN_FDS",
	"LISTEN_PID=$$ LISTEN_FDS=18446744073709551617; export LISTEN_PID LISTEN_FDS"
};

/* LISTEN_PID and LISTEN_FDS are ignored if they are invalid or for another process. */
START_TEST(not_given)
{
	char line[64];
	int port, fd = sock_listen(&port), one;

	expect_context("%s", not_for_us[_i]);
	server_prepare(&s);
	server_write(&s, "start-workers = 1\n");
	run_with(not_for_us[_i], "3<&0 </dev/null", fd);
	harness_line(&s.h, line, sizeof(line));
	s.h.port = (int)strtol(line, NULL, 10);
	ck_assert_int_ne(s.h.port, port);
	use(sock_try("127.0.0.1", s.h.port), "own");
	/* The server has closed descriptor 3, the only other copy of the socket. */
	sock_close(&fd);
	one = sock_try("127.0.0.1", port);
	ck_assert_int_eq(one, -1);
	server_stop(&s);
}
END_TEST

/* A passed descriptor that is not a listening socket is an error. */
START_TEST(given_nonsense)
{
	int port, fd = -1;

	server_prepare(&s);
	server_write(&s, "start-workers = 1\n");
	if (_i == 0)
		fd = sock_reserve(&port);	/* bound, but not listening */
	else if (_i == 1)
		fd = sock_udp(&port);
	run_with("LISTEN_PID=$$ LISTEN_FDS=1; export LISTEN_PID LISTEN_FDS",
	    _i < 3 ? "3<&0 </dev/null" : "3<&-", fd);
	ck_assert_int_eq(harness_wait(&s.h, EXPECT_MS), 1);
	harness_log(&s.h, "descriptor 3", EXPECT_MS);
	harness_clean(&s.h);
	sock_close(&fd);
	harness_stop(&s.echo);
}
END_TEST

/* -- a listening socket from inetd -- */

START_TEST(lent)
{
	const char *args[] = { "-i", "-f", s.conf, NULL };
	int port, fd = sock_listen(&port), fds[3] = { -1, -1, -1 };
	struct client c[3];
	uint64_t begun = 0;
	unsigned i;

	server_prepare(&s);
	server_write(&s, "start-workers = 2\nwait-timeout = 500ms\n");
	fds[0] = fd;
	harness_spawn(&s.h, args, fds);
	s.h.port = port;
	for (i = 0; i < COUNTOF(c); i++)
		server_open(&s, &c[i]);
	/* The server does not exit while it has clients. */
	ck_assert(client_is_silent(&c[0], 700));
	for (i = 0; i < COUNTOF(c); i++) {
		begun = expect_now();
		client_echo_finish(&c[i]);
	}
	ck_assert_int_eq(harness_wait(&s.h, EXPECT_MS), 0);
	expect_elapsed(begun, 500, 1000);
	harness_clean(&s.h);
	/* A client that connects after the exit is served by the next server. */
	client_connect(&c[0], port);
	client_request(&c[0], NULL);
	harness_spawn(&s.h, args, fds);
	client_answer(&c[0]);
	client_expect_accepted(&c[0], REQUEST_KEY, NULL);
	client_echo_finish(&c[0]);
	sock_close(&fd);
	server_stop(&s);
}
END_TEST

/*
 * Each session restarts wait-timeout, even one that began and ended while the master was stopped.
 */
START_TEST(lent_and_used_in_passing)
{
	const char *args[] = { "-i", "-f", s.conf, NULL };
	int port, fd = sock_listen(&port), fds[3] = { fd, -1, -1 };
	unsigned i;

	server_prepare(&s);
	server_write(&s, "start-workers = 2\nwait-timeout = 2s\n");
	harness_spawn(&s.h, args, fds);
	use(sock_try("127.0.0.1", port), "first");
	for (i = 0; i < 3; i++) {
		poll(NULL, 0, 1200);
		harness_signal(&s.h, SIGSTOP);
		use(sock_try("127.0.0.1", port), "in passing");
		harness_signal(&s.h, SIGCONT);
	}
	ck_assert_int_eq(harness_wait(&s.h, EXPECT_MS), 0);
	harness_clean(&s.h);
	harness_stop(&s.echo);
	sock_close(&fd);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("listen");
	TCase *tc = harness_case(suite, "several", 60);

	tcase_add_test(tc, several);
	tcase_add_loop_test(tc, both_families, 0, 2);
	tcase_add_test(tc, one_family);
	tcase_add_test(tc, port_is_printed);
	tcase_add_loop_test(tc, refusals_name_the_place, 0, (int)COUNTOF(impossible));
	tcase_add_test(tc, a_taken_port);
	tcase_add_loop_test(tc, too_many, 0, 2);

	tc = harness_case(suite, "path", 60);
	tcase_add_loop_test(tc, path_mode, 0, (int)COUNTOF(modes));
	tcase_add_test(tc, path_owner);
	tcase_add_loop_test(tc, path_owner_unknown, 0, 2);
	tcase_add_test(tc, path_left_behind);
	tcase_add_test(tc, path_of_a_killed_server);
	tcase_add_loop_test(tc, path_of_a_living_server, 0, 2);
	tcase_add_test(tc, path_of_ourselves);
	tcase_add_loop_test(tc, path_of_something_else, 0, KINDS);
	tcase_add_loop_test(tc, path_taken_away, 0, 2);

	tc = harness_case(suite, "given", 60);
	tcase_add_test(tc, given);
	tcase_add_test(tc, given_two);
	tcase_add_loop_test(tc, not_given, 0, (int)COUNTOF(not_for_us));
	tcase_add_loop_test(tc, given_nonsense, 0, 4);
	tcase_add_test(tc, lent);
	tcase_add_test(tc, lent_and_used_in_passing);
	return suite;
}

#include "lib/check_main.h"

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Listening sockets over a reload: a socket whose address is still configured stays open. */

#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/server.h"
#include "lib/sock.h"
#include "test_reload.h"

static struct server s;

static int
is_open(const char *address, int port)
{
	int fd = sock_try(address, port), result = fd != -1;

	sock_close(&fd);
	return result;
}

static void
expect_closed(const char *address, int port)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);

	while (is_open(address, port))
		if (!expect_again(deadline))
			expect_fail("port %d of %s is still listened on", port, address);
}

static void
open_at(struct client *c, const char *address, int port)
{
	int fd = sock_try(address, port);

	if (fd == -1)
		expect_fail("no server listens on port %d of %s", port, address);
	client_open_on(c, fd);
}

static void
use_at(const char *address, int port)
{
	struct client c;

	open_at(&c, address, port);
	client_echo_finish(&c);
}

static void
use_port(int port)
{
	use_at("127.0.0.1", port);
}

static void
use_path(const char *path)
{
	struct client c;

	client_open_on(&c, sock_connect_unix(path));
	client_echo_finish(&c);
}

static int
has_second_address(void)
{
	int fd = sock_try("127.0.0.2", 1), result = fd != -1 || errno == ECONNREFUSED;

	sock_close(&fd);
	return result;
}

START_TEST(more_and_fewer)
{
	static const char second[] = "127.0.0.2";
	struct client c;
	int more;

	if (!has_second_address()) {
		expect_skip("this machine has one address of loopback");
		return;
	}
	server_start(&s, "start-workers = 2\n");
	strcpy(s.listen, "127.0.0.1, 127.0.0.2");
	server_write(&s, "start-workers = 2\n");
	server_reload(&s, 0);
	more = harness_logged_port(&s.h, second);
	ck_assert_int_eq(harness_logged_port(&s.h, "127.0.0.1"), s.h.port);
	use_port(s.h.port);
	use_at(second, more);
	open_at(&c, second, more);
	/* If only the order of the addresses changes, the sockets stay the same. */
	strcpy(s.listen, "127.0.0.2, 127.0.0.1");
	server_write(&s, "start-workers = 2\n");
	server_reload(&s, 1);
	ck_assert_int_eq(harness_logged_port(&s.h, second), more);
	ck_assert_int_eq(harness_logged_port(&s.h, "127.0.0.1"), s.h.port);
	use_port(s.h.port);
	use_at(second, more);
	strcpy(s.listen, "127.0.0.1");
	server_write(&s, "start-workers = 2\n");
	server_reload(&s, 1);
	use_port(s.h.port);
	/* A busy worker keeps its client, but closes the listening sockets. */
	expect_closed(second, more);
	client_echo_finish(&c);
	server_stop(&s);
}
END_TEST

#define PIDS	256

/* A connection that waits in the backlog is accepted after the reload. */
START_TEST(the_queue_is_kept)
{
	struct client waiting[8];
	pid_t pids[PIDS];
	unsigned i, n;

	server_start(&s, "start-workers = 2\nmin-spare = 1\n");
	harness_expect_workers(&s.h, 2, 2);
	/* Stop the workers, so that no client is accepted. */
	n = harness_children(s.h.pid, pids, PIDS);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(kill(pids[i], SIGSTOP), 0);
	for (i = 0; i < COUNTOF(waiting); i++) {
		client_connect(&waiting[i], s.h.port);
		client_request(&waiting[i], NULL);
	}
	server_write(&s, "start-workers = 12\n");
	harness_signal(&s.h, SIGHUP);
	harness_log_times(&s.h, "listening on", 2, EXPECT_MS);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(kill(pids[i], SIGCONT), 0);
	for (i = 0; i < COUNTOF(waiting); i++) {
		client_answer(&waiting[i]);
		client_expect_accepted(&waiting[i], REQUEST_KEY, NULL);
		client_echo_finish(&waiting[i]);
	}
	for (i = 0; i < n; i++)
		harness_expect_gone(pids[i], EXPECT_MS);
	server_stop(&s);
}
END_TEST

/* -- Unix sockets -- */

static char path[300];

static void
start_with_path(void)
{
	server_prepare(&s);
	snprintf(path, sizeof(path), "%s", harness_scratch("socket"));
	snprintf(s.listen, sizeof(s.listen), "127.0.0.1, unix://%s", path);
	server_write(&s, "start-workers = 2\n");
	server_run(&s);
	use_path(path);
}

START_TEST(a_path_is_kept)
{
	struct stat before, after;

	start_with_path();
	ck_assert_int_eq(lstat(path, &before), 0);
	server_reload(&s, 0);
	server_reload(&s, 0);
	ck_assert_int_eq(lstat(path, &after), 0);
	ck_assert(before.st_ino == after.st_ino && before.st_dev == after.st_dev);
	use_path(path);
	use_port(s.h.port);
	server_stop(&s);
	ck_assert_int_eq(lstat(path, &after), -1);
}
END_TEST

START_TEST(a_path_goes_and_comes)
{
	struct stat st;
	struct client c;

	start_with_path();
	client_open_on(&c, sock_connect_unix(path));
	strcpy(s.listen, "127.0.0.1");
	server_write(&s, "start-workers = 2\n");
	server_reload(&s, 1);
	ck_assert_int_eq(lstat(path, &st), -1);
	ck_assert_int_eq(errno, ENOENT);
	snprintf(s.listen, sizeof(s.listen), "127.0.0.1, unix://%s", path);
	server_write(&s, "start-workers = 2\n");
	server_reload(&s, 1);
	use_path(path);
	client_echo_finish(&c);
	server_stop(&s);
	ck_assert_int_eq(lstat(path, &st), -1);
}
END_TEST

/*
 * If another program has put its own socket at the path of a Unix listener, the server does not
 * remove that socket, even after a reload.
 */
START_TEST(a_path_that_another_has_taken)
{
	int other;

	start_with_path();
	ck_assert_int_eq(unlink(path), 0);
	other = sock_listen_unix(path);
	harness_log_mark(&s.h);
	harness_signal(&s.h, SIGHUP);
	harness_log(&s.h, "reload: executing the program again", EXPECT_MS);
	harness_log(&s.h, "listening on 127.0.0.1", EXPECT_MS);
	use_port(s.h.port);
	ck_assert_int_eq(access(path, F_OK), 0);
	harness_stop(&s.h);
	ck_assert_int_eq(access(path, F_OK), 0);
	ck_assert(!sock_readable(other, 0));
	sock_close(&other);
	harness_stop(&s.echo);
}
END_TEST

/* -- sockets that the server was given -- */

START_TEST(given_sockets)
{
	int port, fd = sock_listen(&port), fds[3] = { -1, -1, -1 };
	const char *args[] = { s.conf, NULL };
	struct client c;

	server_prepare(&s);
	server_write(&s, "start-workers = 2\n");
	/* The shell gets the socket as its standard input, and moves it to descriptor 3. */
	harness_wrap("LISTEN_PID=$$ LISTEN_FDS=1; export LISTEN_PID LISTEN_FDS", "",
	    "3<&0 </dev/null");
	fds[0] = fd;
	harness_spawn(&s.h, args, fds);
	harness_unwrap();
	s.h.port = port;
	harness_log(&s.h, "listening on", EXPECT_MS);
	server_open(&s, &c);
	server_reload(&s, 1);
	use_port(port);
	server_reload(&s, 1);
	use_port(port);
	client_echo_finish(&c);
	server_stop(&s);
	/*
	 * The server has closed its copies of the socket: no process listens when the test closes
	 * its own copy.
	 */
	sock_close(&fd);
	ck_assert(!is_open("127.0.0.1", port));
}
END_TEST

/* A server with a listening socket from inetd refuses a reload: inetd starts the next server. */
START_TEST(a_lent_socket)
{
	int port, fd = sock_listen(&port), fds[3] = { -1, -1, -1 };
	const char *args[] = { "-i", "-f", s.conf, NULL };
	struct client c;

	server_prepare(&s);
	server_write(&s, "start-workers = 2\nwait-timeout = 2s\n");
	fds[0] = fd;
	harness_spawn(&s.h, args, fds);
	s.h.port = port;
	harness_log(&s.h, "listening on", EXPECT_MS);
	server_open(&s, &c);
	harness_signal(&s.h, SIGHUP);
	harness_log(&s.h, "reload: impossible with a listener from a super-server", EXPECT_MS);
	use_port(port);
	client_echo_finish(&c);
	ck_assert_int_eq(harness_wait(&s.h, EXPECT_MS), 0);
	ck_assert(is_open("127.0.0.1", port));
	harness_clean(&s.h);
	harness_stop(&s.echo);
	sock_close(&fd);
}
END_TEST

void
reload_listen_cases(Suite *suite)
{
	TCase *tc = harness_case(suite, "listen", 60);

	tcase_add_test(tc, more_and_fewer);
	tcase_add_test(tc, the_queue_is_kept);
	tcase_add_test(tc, a_path_is_kept);
	tcase_add_test(tc, a_path_goes_and_comes);
	tcase_add_test(tc, a_path_that_another_has_taken);
	tcase_add_test(tc, given_sockets);
	tcase_add_test(tc, a_lent_socket);
}

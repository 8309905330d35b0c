/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Listeners on which a worker, or another process that shares them, has called shutdown(): the
 * server goes on, and listens on the same addresses again.
 */

#include "config.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/modules.h"
#include "lib/server.h"
#include "lib/sock.h"

static struct harness h;
static struct server s;
static char path[600];		/* of the Unix listener */
static int peer;		/* the listener of the peer */

static const char *const actions[] = { "/deaf", "/deaf-read" };

/* Starts a server with a backend that shuts down the listeners, and with these settings. */
static void
start(const char *workers, const char *spare)
{
	char setting[700];
	int port;

	snprintf(path, sizeof(path), "%s", harness_scratch("socket"));
	snprintf(setting, sizeof(setting), "listen=127.0.0.1,unix://%s", path);
	peer = sock_listen(&port);
	modules_begin("backend_test", NULL);
	modules_start(&h, port, "-o", setting, "-o", workers, "-o", spare, "-o", "start-workers=2",
	    NULL);
}

static void
use_with(struct client *c, int at)
{
	client_text(c, "hello");
	sock_expect(at, "hello", 5, EXPECT_MS);
	client_finish(c);
	sock_close(&at);
}

/* A whole session through each listener. */
static void
use_both(void)
{
	struct client c;

	client_open(&c, h.port, "/");
	use_with(&c, sock_accept(peer, EXPECT_MS));
	client_open_on(&c, sock_connect_unix(path));
	use_with(&c, sock_accept(peer, EXPECT_MS));
}

/* The session that has shut the listeners down goes on, and new clients can connect. */
START_TEST(shut_down_by_a_worker)
{
	struct client c;
	int at, round;

	start("max-workers=8", "min-spare=2");
	for (round = 1; round <= 2; round++) {
		client_open(&c, h.port, actions[_i]);
		at = sock_accept(peer, EXPECT_MS);
		harness_log_times(&h, "the listener had been shut down", 2 * (unsigned)round,
		    EXPECT_MS);
		use_both();
		use_with(&c, at);
	}
	harness_stop(&h);
	ck_assert_int_eq(access(path, F_OK), -1);
	sock_close(&peer);
}
END_TEST

/* No worker is idle, so that the reload finds the dead listeners. */
START_TEST(found_by_a_reload)
{
	struct client c[2];
	int at[2], i;

	start("max-workers=2", "min-spare=1");
	for (i = 0; i < 2; i++) {
		client_open(&c[i], h.port, i == 0 ? "/" : actions[_i]);
		at[i] = sock_accept(peer, EXPECT_MS);
	}
	harness_signal(&h, SIGHUP);
	harness_log(&h, "reload: done", EXPECT_MS);
	ck_assert_uint_eq(harness_log_count(&h, "the listener had been shut down"), 2);
	for (i = 0; i < 2; i++)
		use_with(&c[i], at[i]);
	use_both();
	harness_stop(&h);
	sock_close(&peer);
}
END_TEST

/* Returns a listening socket that was bound to an explicit port, as by a service manager. */
static int
listen_explicitly(int *port)
{
	struct sockaddr_in a;
	uint64_t deadline = expect_deadline(EXPECT_MS);
	int fd, free_port, on = 1;

	for (;;) {
		free_port = sock_listen(port);
		memset(&a, 0, sizeof(a));
		a.sin_family = AF_INET;
		a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		a.sin_port = htons((uint16_t)*port);
		sock_close(&free_port);
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (fd != -1 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
		    bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, 10) == 0)
			return fd;
		sock_close(&fd);
		if (!expect_again(deadline))
			expect_fail("no free port");
	}
}

/* Starts the server with a listening socket that this process has, too. */
static void
start_given(int fd)
{
	const char *args[] = { s.conf, NULL };
	int fds[3] = { -1, -1, -1 };

	fds[0] = fd;
	server_prepare(&s);
	server_write(&s, "start-workers = 1\n");
	harness_wrap("LISTEN_PID=$$ LISTEN_FDS=1; export LISTEN_PID LISTEN_FDS", "",
	    "3<&0 </dev/null");
	harness_spawn(&s.h, args, fds);
	harness_unwrap();
	harness_log(&s.h, "listening on", EXPECT_MS);
	harness_log_mark(&s.h);
}

/* A socket that a service manager has passed is kept; if it lost its port, it is replaced. */
START_TEST(passed)
{
	int port, fd = _i == 0 ? listen_explicitly(&port) : sock_listen(&port), i;

	start_given(fd);
	s.h.port = port;
	for (i = 0; i < 2; i++) {
		(void)shutdown(fd, SHUT_RDWR);
		if (i == 0 || _i == 0)
			harness_log_times(&s.h, _i == 0 ? "it listens again" : "it was bound again",
			    (unsigned)i + 1, EXPECT_MS);
		server_use(&s);
	}
	(void)shutdown(fd, SHUT_RDWR);
	server_reload(&s, 0);
	server_use(&s);
	harness_stop(&s.h);
	sock_close(&fd);
	harness_stop(&s.echo);
}
END_TEST

START_TEST(passed_unix)
{
	struct stat before, after;
	int fd, client;

	snprintf(path, sizeof(path), "%s", harness_scratch("socket"));
	fd = sock_listen_unix(path);
	ck_assert_int_eq(chmod(path, 0642), 0);
	ck_assert_int_eq(stat(path, &before), 0);
	start_given(fd);
	ck_assert_int_eq(shutdown(fd, SHUT_RDWR), 0);
	harness_log(&s.h, "it was bound again", EXPECT_MS);
	client = sock_connect_unix(path);
	sock_close(&client);
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_uint_ne(after.st_ino, before.st_ino);
	ck_assert_uint_eq(after.st_mode, before.st_mode);
	harness_stop(&s.h);
	sock_close(&fd);
	harness_stop(&s.echo);
}
END_TEST

/* A listener that cannot be opened again is reported; the server goes on with the others. */
START_TEST(cannot_be_mended)
{
	const char *args[] = { s.conf, NULL };
	int fds[3] = { -1, -1, -1 }, port, unix_listener;

	server_prepare(&s);
	server_write(&s, "start-workers = 1\n");
	snprintf(path, sizeof(path), "%s", harness_scratch("socket"));
	unix_listener = sock_listen_unix(path);
	fds[0] = sock_listen(&port);
	fds[1] = unix_listener;
	harness_wrap("LISTEN_PID=$$ LISTEN_FDS=2; export LISTEN_PID LISTEN_FDS", "",
	    "3<&0 4<&1 </dev/null >/dev/null");
	harness_spawn(&s.h, args, fds);
	harness_unwrap();
	harness_log_times(&s.h, "listening on", 2, EXPECT_MS);
	/* A file that is no socket takes the place of the socket. */
	ck_assert_int_eq(unlink(path), 0);
	fclose(fopen(path, "w"));
	ck_assert_int_eq(shutdown(unix_listener, SHUT_RDWR), 0);
	harness_log(&s.h, "and cannot be bound again: restart its socket unit", EXPECT_MS);
	s.h.port = port;
	server_use(&s);
	server_reload(&s, 0);
	server_use(&s);
	harness_stop(&s.h);
	sock_close(&fds[0]);
	sock_close(&unix_listener);
	ck_assert_int_eq(unlink(path), 0);
	harness_stop(&s.echo);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("listen_mend");
	TCase *tc = harness_case(suite, "mend", 60);

	tcase_add_loop_test(tc, shut_down_by_a_worker, 0, (int)COUNTOF(actions));
	tcase_add_loop_test(tc, found_by_a_reload, 0, (int)COUNTOF(actions));
	tcase_add_loop_test(tc, passed, 0, 2);
	tcase_add_test(tc, passed_unix);
	tcase_add_test(tc, cannot_be_mended);
	return suite;
}

#include "lib/check_main.h"

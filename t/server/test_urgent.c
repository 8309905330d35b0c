/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Urgent data (MSG_OOB) of clients and peers: no byte is lost, and the urgent byte keeps its place
 * among the others, whatever kind of listener or peer the connection has.
 */

#include "config.h"

#include <sys/socket.h>

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/pair.h"
#include "lib/server.h"
#include "lib/sock.h"

/* The mark that telnet sends after an interrupt: IAC DM, of which DM is urgent (RFC 854). */
static const char telnet[] = "before\xff\xf2" "after";
#define BEFORE	7	/* bytes before the urgent one */
#define WHOLE	(sizeof(telnet) - 1)

/* Sends len bytes; the one at offset `urgent` is urgent.  Returns 0; -1: not supported. */
static int
send_urgent(int fd, const void *data, size_t len, size_t urgent)
{
	const char *bytes = data;

	sock_write(fd, bytes, urgent, EXPECT_MS);
	if (send(fd, bytes + urgent, 1, MSG_OOB) != 1) {
		ck_assert_int_eq(errno, EOPNOTSUPP);
		expect_skip("Unix sockets of this system have no urgent data");
		return -1;
	}
	sock_write(fd, bytes + urgent + 1, len - urgent - 1, EXPECT_MS);
	return 0;
}

/* The peer sends urgent data to the client. */
static void
check_down(struct client *c, int peer)
{
	if (send_urgent(peer, telnet, WHOLE, BEFORE) == 0)
		client_expect_bytes(c, telnet, WHOLE);
}

/* The client sends urgent data: first a byte of the payload, then one of the frame's header. */
static void
check_up(struct client *c, int peer)
{
	uint8_t frame[CLIENT_HEADER + WHOLE];
	size_t len = client_frame(c, frame, CLIENT_FIN | CLIENT_BINARY, telnet, WHOLE);

	if (send_urgent(c->fd, frame, len, len - WHOLE + BEFORE) == -1)
		return;
	sock_expect(peer, telnet, WHOLE, EXPECT_MS);
	(void)send_urgent(c->fd, frame, len, 1);
	sock_expect(peer, telnet, WHOLE, EXPECT_MS);
}

static void
check_both(struct client *c, int peer)
{
	check_down(c, peer);
	check_up(c, peer);
	check_down(c, peer);
}

/* -- listeners of the server, and kinds of peers -- */

START_TEST(tcp)
{
	static struct pair t;

	pair_start(&t, "-c", "framing=binary", NULL);
	pair_open(&t);
	check_both(&t.c, t.peer);
	pair_close(&t);
	/* A worker's second client. */
	pair_open(&t);
	check_both(&t.c, t.peer);
	pair_close(&t);
	pair_stop(&t);
}
END_TEST

START_TEST(tcp_of_ipv6)
{
	static struct harness h;
	struct client c;
	int port, peer, listener = sock_listen(&port);

	if (!sock_has_v6()) {
		expect_skip("this machine has no ::1");
		sock_close(&listener);
		return;
	}
	harness_bridge(&h, port, "-c", "framing=binary", "-o", "listen=::1", NULL);
	client_open_on(&c, sock_try_v6("::1", h.port));
	peer = sock_accept(listener, EXPECT_MS);
	check_both(&c, peer);
	pair_finish(&c, &peer);
	harness_stop(&h);
	sock_close(&listener);
}
END_TEST

START_TEST(unix_sockets)
{
	static struct harness h;
	char peer_path[300], path[300], setting[400], host[400];
	struct client c;
	int listener, peer;

	snprintf(path, sizeof(path), "%s", harness_scratch("socket"));
	snprintf(peer_path, sizeof(peer_path), "%s", harness_scratch("peer"));
	snprintf(setting, sizeof(setting), "listen=127.0.0.1, unix://%s", path);
	snprintf(host, sizeof(host), "unix://%s", peer_path);
	listener = sock_listen_unix(peer_path);
	harness_bridge_to(&h, host, "-c", "framing=binary", "-o", setting, NULL);
	client_open_on(&c, sock_connect_unix(path));
	peer = sock_accept(listener, EXPECT_MS);
	check_both(&c, peer);
	pair_finish(&c, &peer);
	harness_stop(&h);
	sock_close(&listener);
}
END_TEST

/* The first bytes of a peer are urgent: they can arrive before connect() has returned. */
START_TEST(at_once)
{
	static struct pair t;

	pair_start(&t, "-c", "framing=binary", NULL);
	client_connect(&t.c, t.h.port);
	client_request(&t.c, NULL);
	t.peer = sock_accept(t.listener, EXPECT_MS);
	ck_assert_int_eq(send_urgent(t.peer, telnet, WHOLE, 0), 0);
	client_answer(&t.c);
	client_expect_accepted(&t.c, REQUEST_KEY, NULL);
	client_expect_bytes(&t.c, telnet, WHOLE);
	pair_close(&t);
	pair_stop(&t);
}
END_TEST

/* -- listeners and connections of other programs -- */

/*
 * Starts a server for the peer listener `port`, with fd as its standard input; `lines` and
 * redirections are those of harness_wrap().
 */
static void
start_with(struct harness *h, int port, int fd, const char *lines, const char *redirections)
{
	char host[64];
	const char *args[] = { "-c", host, "-c", "framing=binary", *lines == '\0' ? "-i" : NULL,
	    NULL };
	int fds[3] = { fd, -1, -1 };

	snprintf(host, sizeof(host), "host=127.0.0.1:%d", port);
	harness_wrap(*lines != '\0' ? lines : ":", "", redirections);
	harness_spawn(h, args, fds);
	harness_unwrap();
}

/* Opens a session of a client that has connected already, and checks it. */
static void
use_connected(struct client *c, int listener)
{
	int peer;

	client_request(c, NULL);
	client_answer(c);
	client_expect_accepted(c, REQUEST_KEY, NULL);
	peer = sock_accept(listener, EXPECT_MS);
	check_both(c, peer);
	pair_finish(c, &peer);
}

/*
 * A listener from systemd, with a client that was in the queue before the server started, and one
 * that comes later.
 */
START_TEST(from_systemd)
{
	static struct harness h;
	struct client c;
	int port, peer_port, fd = sock_listen(&port), listener = sock_listen(&peer_port);

	client_connect(&c, port);
	start_with(&h, peer_port, fd, "LISTEN_PID=$$ LISTEN_FDS=1; export LISTEN_PID LISTEN_FDS",
	    "3<&0 </dev/null");
	use_connected(&c, listener);
	client_connect(&c, port);
	use_connected(&c, listener);
	harness_stop(&h);
	sock_close(&fd);
	sock_close(&listener);
}
END_TEST

/* The same with a listener from inetd ("wait"). */
START_TEST(from_inetd)
{
	static struct harness h;
	struct client c;
	int port, peer_port, fd = sock_listen(&port), listener = sock_listen(&peer_port);

	client_connect(&c, port);
	start_with(&h, peer_port, fd, "", "");
	use_connected(&c, listener);
	client_connect(&c, port);
	use_connected(&c, listener);
	harness_stop(&h);
	sock_close(&fd);
	sock_close(&listener);
}
END_TEST

/* A connection from inetd ("nowait"): TCP, then Unix. */
START_TEST(connection_from_inetd)
{
	static struct harness h;
	struct client c;
	int port, peer_port, any = sock_listen(&port), listener = sock_listen(&peer_port), fds[2];

	if (_i == 0) {
		fds[0] = sock_connect(port, 0);
		fds[1] = sock_accept(any, EXPECT_MS);
	} else {
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	}
	client_init(&c, fds[0]);
	start_with(&h, peer_port, fds[1], "", "");
	sock_close(&fds[1]);
	use_connected(&c, listener);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 0);
	harness_clean(&h);
	sock_close(&any);
	sock_close(&listener);
}
END_TEST

/* A listener that is kept over a reload. */
START_TEST(after_a_reload)
{
	static struct server s;
	struct client c;
	int peer, listener;

	server_prepare(&s);
	listener = sock_listen(&s.peer);
	server_write(&s, "start-workers = 2\n");
	server_run(&s);
	server_reload(&s, 0);
	client_open(&c, s.h.port, "/");
	peer = sock_accept(listener, EXPECT_MS);
	check_both(&c, peer);
	pair_finish(&c, &peer);
	server_stop(&s);
	sock_close(&listener);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("urgent");
	TCase *tc = harness_case(s, "own", 60);

	tcase_add_test(tc, tcp);
	tcase_add_test(tc, tcp_of_ipv6);
	tcase_add_test(tc, unix_sockets);
	tcase_add_test(tc, at_once);
	tcase_add_test(tc, after_a_reload);

	tc = harness_case(s, "inherited", 60);
	tcase_add_test(tc, from_systemd);
	tcase_add_test(tc, from_inetd);
	tcase_add_loop_test(tc, connection_from_inetd, 0, 2);
	return s;
}

#include "lib/check_main.h"

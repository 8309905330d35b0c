/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Peers of each kind, reachable or not, and the peer addresses with which the server refuses to
 * start. The contents of datagrams are tested in test_datagrams.c.
 */

#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/pair.h"
#include "lib/sock.h"

#define UNIX_PATH_MAX	107

union address {
	struct sockaddr		sa;
	struct sockaddr_in	in;
	struct sockaddr_in6	in6;
	struct sockaddr_storage	storage;
};

static struct harness h;

/* Sends data in both directions between an open client and its stream peer, then closes. */
static void
use(struct client *c, int *peer)
{
	client_text(c, "to the peer");
	sock_expect(*peer, "to the peer", 11, EXPECT_MS);
	sock_write(*peer, "and back", 8, EXPECT_MS);
	client_expect_text(c, "and back");
	pair_finish(c, peer);
}

static void
use_listener(int listener)
{
	struct client c;
	int peer;

	client_open(&c, h.port, "/");
	peer = sock_accept(listener, EXPECT_MS);
	use(&c, &peer);
}

static void
start_port(const char *format, int port)
{
	char peer[200];

	snprintf(peer, sizeof(peer), "%s:%d", format, port);
	expect_context("%s", peer);
	harness_bridge_to(&h, peer, "-o", "connect-timeout=2s", NULL);
}

/* -- tcp -- */

static const char *const names_of_loopback[] = {
	"tcp://127.0.0.1", "127.0.0.1", "TCP://127.0.0.1", "tcp://localhost", "localhost",
	"tcp://127.0.0.1.", "tcp://[127.0.0.1]"
};

START_TEST(tcp)
{
	int port, listener = sock_listen(&port);

	/* A numeric address with a dot after it is a host name, and no such host exists. */
	start_port(names_of_loopback[_i], port);
	if (strchr(names_of_loopback[_i], '\0')[-1] == '.')
		client_expect_refusal(h.port, NULL, 502, "not found");
	else
		use_listener(listener);
	harness_stop(&h);
	sock_close(&listener);
}
END_TEST

/*
 * Returns a socket bound to the address `text` and *port. If *port is 0, the system chooses a
 * port, and *port is set to it. Returns -1 if the machine does not have the address.
 */
static int
bind_to(const char *text, int *port)
{
	union address a;
	socklen_t size = sizeof(a.in);
	int fd, on = 1;

	memset(&a, 0, sizeof(a));
	a.in.sin_family = AF_INET;
	a.in.sin_port = htons((uint16_t)*port);
	if (inet_pton(AF_INET, text, &a.in.sin_addr) != 1) {
		a.in6.sin6_family = AF_INET6;
		a.in6.sin6_port = htons((uint16_t)*port);
		ck_assert_int_eq(inet_pton(AF_INET6, text, &a.in6.sin6_addr), 1);
		size = sizeof(a.in6);
	}
	fd = socket(a.sa.sa_family, SOCK_STREAM, 0);
	if (fd == -1)
		return -1;
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	if (bind(fd, &a.sa, size) == -1) {
		close(fd);
		return -1;
	}
	ck_assert_int_eq(getsockname(fd, &a.sa, &size), 0);
	*port = ntohs(a.sa.sa_family == AF_INET ? a.in.sin_port : a.in6.sin6_port);
	ck_assert_int_ne(fcntl(fd, F_SETFL, O_NONBLOCK), -1);
	ck_assert_int_ne(fcntl(fd, F_SETFD, FD_CLOEXEC), -1);
	return fd;
}

/* Like bind_to(), but the socket listens. */
static int
listen_on(const char *text, int *port)
{
	int fd = bind_to(text, port);

	if (fd != -1 && listen(fd, 16) == -1)
		sock_close(&fd);
	return fd;
}

START_TEST(tcp_ipv6_literal)
{
	int port = 0, listener = listen_on("::1", &port);
	char option[32];

	if (listener == -1) {
		expect_skip("this machine has no IPv6");
		return;
	}
	start_port("tcp://[::1]", port);
	use_listener(listener);
	ck_assert_ptr_nonnull(strstr(harness_log(&h, "closed client", EXPECT_MS),
	    "peer=tcp://[::1]:"));
	harness_stop(&h);

	/* If the port is a setting of its own, the address needs no brackets. */
	snprintf(option, sizeof(option), "port=%d", port);
	harness_bridge_to(&h, "tcp://::1", "-c", option, NULL);
	use_listener(listener);
	harness_stop(&h);
	sock_close(&listener);
}
END_TEST

/*
 * Starts a server with a hosts file of its own, in which the name "several" has three addresses.
 * Returns 0 if the system does not allow a private hosts file.
 */
static int
start_several(const char *peer)
{
	if (!harness_wrap_hosts(HARNESS_SEVERAL))
		return 0;
	harness_bridge_to(&h, peer, "-o", "connect-timeout=3s", NULL);
	harness_unwrap();
	return 1;
}

#define QUEUE	64

/* Fills the backlog of a listening socket, so that the next connection must wait. */
static unsigned
fill_queue(int listener, int fds[QUEUE])
{
	ck_assert_int_eq(listen(listener, 1), 0);
	return sock_fill(listener, fds, QUEUE);
}

static void
empty_queue(int fds[QUEUE], unsigned n)
{
	while (n > 0)
		sock_close(&fds[--n]);
}

/*
 * Binds a socket to the same port of each address. Returns 0 if that port is in use at one of the
 * addresses.
 */
static int
bind_to_all(const char *const *where, unsigned n, int *fds, int *port)
{
	unsigned i;

	*port = 0;
	for (i = 0; i < n; i++) {
		fds[i] = bind_to(where[i], port);
		if (fds[i] != -1)
			continue;
		while (i > 0)
			sock_close(&fds[--i]);
		return 0;
	}
	return 1;
}

/*
 * The peer's name has three addresses, of which only one has a listener: the first, the second or
 * the third.
 */
START_TEST(tcp_every_address_is_tried)
{
	static const char *const where[] = { "127.0.0.1", "127.0.0.2", "::1" };
	int port, fds[COUNTOF(where)], tries = 0, holder;
	char peer[64];
	unsigned i;

	/*
	 * The test holds the port at all three addresses, so that no other program can listen
	 * there; at the address of the listener also when the listener has been closed.
	 */
	while (!bind_to_all(where, COUNTOF(where), fds, &port))
		if (++tries == 20) {
			expect_skip("one of the addresses is not there");
			return;
		}
	holder = bind_to(where[_i], &port);
	ck_assert_int_ne(holder, -1);
	ck_assert_int_eq(listen(fds[_i], 16), 0);
	expect_context("%s", where[_i]);
	snprintf(peer, sizeof(peer), "tcp://several:%d", port);
	if (!start_several(peer)) {
		expect_skip("no hosts file of our own without unshare");
		for (i = 0; i < COUNTOF(where); i++)
			sock_close(&fds[i]);
		sock_close(&holder);
		return;
	}
	use_listener(fds[_i]);
	sock_close(&fds[_i]);
	client_expect_refusal(h.port, NULL, 502, "refused");
	harness_stop(&h);
	for (i = 0; i < COUNTOF(where); i++)
		sock_close(&fds[i]);
	sock_close(&holder);
}
END_TEST

/* If one address of the peer never answers, there is time left to try the next address. */
START_TEST(tcp_a_silent_address_does_not_take_all_the_time)
{
	static const char *const where[2][2] = {
		{ "127.0.0.1", "127.0.0.2" }, { "127.0.0.2", "127.0.0.1" }
	};
	int fds[QUEUE], port = 0, silent, listener;
	unsigned n;
	char peer[64];

	silent = listen_on(where[_i][0], &port);
	listener = listen_on(where[_i][1], &port);
	if (silent == -1 || listener == -1) {
		expect_skip("one of the addresses is not there");
		return;
	}
	n = fill_queue(silent, fds);
	snprintf(peer, sizeof(peer), "tcp://several:%d", port);
	if (start_several(peer)) {
		use_listener(listener);
		harness_stop(&h);
	} else {
		expect_skip("no hosts file of our own without unshare");
	}
	empty_queue(fds, n);
	sock_close(&silent);
	sock_close(&listener);
}
END_TEST

/* A DNS name has no label of more than 63 bytes, so the resolver sends no query for this name. */
START_TEST(unknown_host)
{
	char peer[100] = "tcp://";

	memset(peer + 6, 'a', 70);
	strcpy(peer + 76, ":1");
	harness_bridge_to(&h, peer, NULL);
	client_expect_refusal(h.port, NULL, 502, "not found");
	harness_log(&h, "status=502", EXPECT_MS);
	harness_stop(&h);
}
END_TEST

START_TEST(tcp_refused)
{
	int port, fd = sock_reserve(&port);

	start_port("tcp://127.0.0.1", port);
	client_expect_refusal(h.port, NULL, 502, "refused");
	harness_stop(&h);
	sock_close(&fd);
}
END_TEST

START_TEST(tcp_connect_deadline)
{
	int fds[QUEUE], port = 0, silent = listen_on("127.0.0.1", &port);
	unsigned n;
	uint64_t start;
	char peer[64];

	n = fill_queue(silent, fds);
	snprintf(peer, sizeof(peer), "tcp://127.0.0.1:%d", port);
	harness_bridge_to(&h, peer, "-o", "connect-timeout=400ms", NULL);
	start = expect_now();
	client_expect_refusal(h.port, NULL, 504, "in time");
	expect_elapsed(start, 400, 400);
	harness_stop(&h);
	empty_queue(fds, n);
	sock_close(&silent);
}
END_TEST

/* -- unix -- */

static void
start_unix(const char *scheme, const char *path, const char *setting)
{
	char peer[300];

	snprintf(peer, sizeof(peer), "%s%s", scheme, path);
	harness_bridge_to(&h, peer, "-o", setting, NULL);
}

START_TEST(unix_stream)
{
	const char *path = harness_scratch("peer");
	int listener = sock_listen_unix(path);

	start_unix("unix://", path, "connect-timeout=2s");
	use_listener(listener);
	/* The socket file exists, but no process listens on it. */
	sock_close(&listener);
	client_expect_refusal(h.port, NULL, 502, "refused");
	ck_assert_int_eq(unlink(path), 0);
	client_expect_refusal(h.port, NULL, 502, "does not exist");
	listener = sock_unix_datagram(path);
	client_expect_refusal(h.port, NULL, 502, "of another kind");
	sock_close(&listener);
	harness_stop(&h);
}
END_TEST

/* A socket path of the maximum length is not cut. */
START_TEST(unix_longest_path)
{
	char path[UNIX_PATH_MAX + 1];
	const char *short_path = harness_scratch("p");
	int listener;

	if (strlen(short_path) >= UNIX_PATH_MAX) {
		expect_skip("the temporary directory's path is too long");
		return;
	}
	strcpy(path, short_path);
	memset(path + strlen(path), 'p', UNIX_PATH_MAX - strlen(short_path));
	path[UNIX_PATH_MAX] = '\0';
	listener = sock_listen_unix(path);
	start_unix("unix://", path, "connect-timeout=2s");
	use_listener(listener);
	harness_stop(&h);
	sock_close(&listener);
}
END_TEST

START_TEST(unix_full_queue_ends_at_the_deadline)
{
	const char *path = harness_scratch("peer");
	int listener = sock_listen_unix(path), fds[QUEUE];
	unsigned n;
	uint64_t start;

	n = fill_queue(listener, fds);
	start_unix("unix://", path, "connect-timeout=300ms");
	start = expect_now();
	client_expect_refusal(h.port, NULL, 504, "in time");
	expect_elapsed(start, 300, 300);
	harness_stop(&h);
	empty_queue(fds, n);
	sock_close(&listener);
}
END_TEST

START_TEST(unix_full_queue_is_waited_for)
{
	const char *path = harness_scratch("peer");
	int listener = sock_listen_unix(path), fds[QUEUE], peer;
	unsigned n;
	struct request r = { 0 };
	struct client c;

	n = fill_queue(listener, fds);
	start_unix("unix://", path, "connect-timeout=10s");
	client_connect(&c, h.port);
	client_request(&c, &r);
	/*
	 * The test cannot see whether the worker already waits for a place in the peer's backlog.
	 * If the worker does not wait yet, the test checks less, but does not fail.
	 */
	ck_assert(client_is_silent(&c, 100));
	for (n--; n > 0; n--) {
		peer = sock_accept(listener, EXPECT_MS);
		sock_close(&peer);
	}
	client_answer(&c);
	client_expect_accepted(&c, REQUEST_KEY, NULL);
	/*
	 * The peer's connection of this session may be any of those in the backlog: find it by
	 * its data.
	 */
	client_text(&c, "here");
	do
		peer = sock_accept(listener, EXPECT_MS);
	while (!sock_readable(peer, 1000));
	sock_expect(peer, "here", 4, EXPECT_MS);
	client_finish(&c);
	sock_close(&peer);
	harness_stop(&h);
	sock_close(&listener);
}
END_TEST

/* -- invalid addresses -- */

static const struct {
	const char	*host, *port, *says;
} bad[] = {
	{ "", NULL, "no host" },
	{ "tcp://", NULL, "no host" },
	{ "tcp://:5900", NULL, "no host" },
	{ "udp://:53", NULL, "no host" },
	{ "tcp://h:0", NULL, "between 1 and 65535" },
	{ "tcp://h:65536", NULL, "between 1 and 65535" },
	{ "tcp://h:99999999999999999999", NULL, "between 1 and 65535" },
	{ "tcp://h:", NULL, "no port" },
	{ "tcp://h:80:90", NULL, "brackets" },
	{ "tcp://::1:5900", NULL, "brackets" },
	{ "tcp://[::1", NULL, "without ']'" },
	{ "tcp://[::1]x", "1", "']'" },
	{ "tcp://[]", "1", "no host" },
	{ "tcp://a b", "1", "neither a name nor an address" },
	{ "tcp://a/b", "1", "neither a name nor an address" },
	{ "tcp://h", "0", "between 1 and 65535" },
	{ "tcp://h", "-1", "neither a number nor a service" },
	{ "tcp://h", "http!", "neither a number nor a service" },
	{ "http://h", "1", "unknown scheme" },
	{ "ws://h", "1", "unknown scheme" },
	{ "fifotx:///tmp/x", NULL, "FIFO" },
	{ "fiforx:///tmp/x", NULL, "FIFO" },
	{ "unix://", NULL, "no path" },
	{ "unix-dgram://", NULL, "no path" },
	{ "unix://LONG", NULL, "too long" },
	{ "unix-dgram://LONG", NULL, "too long" }
};

static void
expect_no_start(const char *const *args, const char *says)
{
	harness_spawn(&h, args, NULL);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 1);
	if (strstr(harness_log_text(&h), says) == NULL)
		expect_fail("stderr should say \"%s\": %s", says, harness_log_text(&h));
	harness_clean(&h);
}

START_TEST(bad_addresses_are_refused_at_the_start)
{
	char host[300], port[64], path[UNIX_PATH_MAX + 2];
	const char *args[] = { "-l", "127.0.0.1", "-p", "0", "-c", host, NULL, port, NULL };
	const char *dir = harness_scratch("");
	const char *scheme = bad[_i].host, *tail = strstr(scheme, "LONG");

	/*
	 * The path is one byte too long. A program that cut the path would find the socket at the
	 * cut path.
	 */
	memset(path, 'p', sizeof(path));
	memcpy(path, dir, strlen(dir));
	path[UNIX_PATH_MAX] = '\0';
	if (tail != NULL)
		close(sock_listen_unix(path));
	strcat(path, "p");
	snprintf(host, sizeof(host), "host=%.*s%s",
	    (int)(tail == NULL ? strlen(scheme) : (size_t)(tail - scheme)), scheme,
	    tail == NULL ? "" : path);
	if (bad[_i].port != NULL) {
		args[6] = "-c";
		snprintf(port, sizeof(port), "port=%s", bad[_i].port);
	}
	expect_context("%s", host);
	expect_no_start(args, bad[_i].says);
	harness_spawn(&h, args, NULL);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 1);
	/* In the rows whose host is valid, the error is in the port. */
	ck_assert_ptr_nonnull(strstr(harness_log_text(&h),
	    strcmp(scheme, "tcp://h") == 0 ? "port = " : "host = "));
	harness_clean(&h);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("peers");
	TCase *tc = harness_case(s, "tcp", 60);

	tcase_add_loop_test(tc, tcp, 0, (int)COUNTOF(names_of_loopback));
	tcase_add_test(tc, tcp_ipv6_literal);
	tcase_add_loop_test(tc, tcp_every_address_is_tried, 0, 3);
	tcase_add_loop_test(tc, tcp_a_silent_address_does_not_take_all_the_time, 0, 2);
	tcase_add_test(tc, unknown_host);
	tcase_add_test(tc, tcp_refused);
	tcase_add_test(tc, tcp_connect_deadline);
	tcase_add_loop_test(tc, bad_addresses_are_refused_at_the_start, 0,
	    expect_rows(COUNTOF(bad), 4));

	tc = harness_case(s, "unix", 60);
	tcase_add_test(tc, unix_stream);
	tcase_add_test(tc, unix_longest_path);
	tcase_add_test(tc, unix_full_queue_ends_at_the_deadline);
	tcase_add_test(tc, unix_full_queue_is_waited_for);
	return s;
}

#include "lib/check_main.h"

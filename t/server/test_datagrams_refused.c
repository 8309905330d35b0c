/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Datagram peers that refuse: a name whose first addresses have no service, services that are
 * restarted, and services that do not come back.
 */

#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/datagram.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/sock.h"

/* The addresses of the name "both": IPv6 comes first. */
#define BOTH	"127.0.0.1 localhost\n::1 both\n127.0.0.1 both\n"

static struct harness h;

/* Returns a UDP socket that is bound to a port of 127.0.0.1 or, if v6 is 1, of ::1. */
static int
bind_udp(int v6, int port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = in.sin_port };
	int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0), result;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in6.sin6_addr = in6addr_loopback;
	result = v6 ? bind(fd, (struct sockaddr *)&in6, sizeof(in6)) :
	    bind(fd, (struct sockaddr *)&in, sizeof(in));
	if (fd == -1 || result == -1)
		expect_fail("bind to port %d: %s", port, strerror(errno));
	return fd;
}

static void
start(const char *peer, const char *stall)
{
	harness_bridge_to(&h, peer, "-c", "framing=binary", "-o", "ping=0", "-o", stall, NULL);
}

/* Sends a text and waits until the server has handled it. */
static void
send_text(struct client *c, const char *text)
{
	client_text(c, text);
	client_ping(c, "handled?");
	client_expect(c, CLIENT_PONG, "handled?", 8);
}

/* Reads datagrams until this one; earlier ones may have been sent again. */
static void
expect_late(struct datagram_peer *remote, const char *text)
{
	char received[64];
	ssize_t n;

	do {
		if (!sock_readable(remote->fd, EXPECT_MS))
			expect_fail("the datagram \"%s\" did not come", text);
		remote->size = sizeof(remote->bridge);
		n = recvfrom(remote->fd, received, sizeof(received) - 1, 0, &remote->bridge.sa,
		    &remote->size);
		ck_assert_int_ge(n, 0);
		received[n] = '\0';
	} while (strcmp(received, text) != 0);
}

static void
answer(struct client *c, struct datagram_peer *remote)
{
	datagram_send(remote, "answer", 6);
	client_expect(c, CLIENT_BINARY, "answer", 6);
}

/* Sends texts until the server closes the session with code 1011. */
static void
expect_given_up(struct client *c)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);

	while (!sock_readable(c->fd, 20)) {
		client_text(c, "is anybody there?");
		if (!expect_again(deadline))
			expect_fail("the session goes on");
	}
	client_expect_close(c, 1011);
	client_end(c);
	harness_log(&h, "code=1011 by=peer", EXPECT_MS);
}

/* -- udp -- */

/* Starts the server for the name "both".  Returns 0 if the machine does not allow this. */
static int
start_both(int port)
{
	char peer[64];

	if (!sock_has_v6() || !harness_wrap_hosts(BOTH)) {
		expect_skip("no ::1, or no hosts file of our own without unshare");
		return 0;
	}
	snprintf(peer, sizeof(peer), "udp://both:%d", port);
	start(peer, "stall-timeout=60s");
	harness_unwrap();
	return 1;
}

/* The service is at the second address: no datagram is lost, even if several come at once. */
START_TEST(udp_second_address)
{
	struct datagram_peer remote = { .fd = -1 };
	struct client c;
	int port;

	remote.fd = sock_udp(&port);
	if (start_both(port)) {
		client_open(&c, h.port, "/");
		client_text(&c, "one");
		client_text(&c, "");
		client_text(&c, "three");
		datagram_expect(&remote, "one", 3);
		datagram_expect(&remote, "", 0);
		datagram_expect(&remote, "three", 5);
		answer(&c, &remote);
		client_text(&c, "four");
		datagram_expect(&remote, "four", 4);
		client_finish(&c);
		harness_stop(&h);
	}
	sock_close(&remote.fd);
}
END_TEST

/* No address has a service; later the first or the second one has. */
START_TEST(udp_after_the_last_comes_the_first)
{
	struct datagram_peer remote = { .fd = -1 };
	struct client c;
	int port, fd = sock_udp(&port);

	sock_close(&fd);
	if (start_both(port)) {
		client_open(&c, h.port, "/");
		send_text(&c, "lost");
		send_text(&c, "lost, too");
		remote.fd = bind_udp(_i == 0, port);
		client_text(&c, "found");
		expect_late(&remote, "found");
		answer(&c, &remote);
		client_finish(&c);
		harness_stop(&h);
	}
	sock_close(&remote.fd);
}
END_TEST

/* A service at the only address goes away, and comes back. */
START_TEST(udp_service_restarts)
{
	struct datagram_peer remote = { .fd = -1 };
	struct client c;
	char peer[64];
	int port;

	remote.fd = sock_udp(&port);
	snprintf(peer, sizeof(peer), "udp://127.0.0.1:%d", port);
	start(peer, "stall-timeout=60s");
	client_open(&c, h.port, "/");
	client_text(&c, "hello");
	datagram_expect(&remote, "hello", 5);
	answer(&c, &remote);
	sock_close(&remote.fd);
	send_text(&c, "lost");
	send_text(&c, "lost, too");
	remote.fd = bind_udp(0, port);
	client_text(&c, "found");
	datagram_expect(&remote, "found", 5);
	answer(&c, &remote);
	client_finish(&c);
	harness_stop(&h);
	sock_close(&remote.fd);
}
END_TEST

START_TEST(udp_service_stays_away)
{
	struct client c;
	char peer[64];
	int port, fd = sock_udp(&port);

	sock_close(&fd);
	snprintf(peer, sizeof(peer), "udp://127.0.0.1:%d", port);
	start(peer, "stall-timeout=300ms");
	client_open(&c, h.port, "/");
	expect_given_up(&c);
	harness_stop(&h);
}
END_TEST

/* -- unix-dgram -- */

static char path[300];

static void
start_unix(struct datagram_peer *remote, struct client *c, const char *stall)
{
	char peer[400];

	memset(remote, 0, sizeof(*remote));
	snprintf(path, sizeof(path), "%s", harness_scratch("service"));
	remote->fd = sock_unix_datagram(path);
	snprintf(peer, sizeof(peer), "unix-dgram://%s", path);
	start(peer, stall);
	client_open(c, h.port, "/");
	client_text(c, "hello");
	datagram_expect(remote, "hello", 5);
}

/* The service is restarted at once: no datagram is lost. */
START_TEST(unix_service_restarts)
{
	struct datagram_peer remote;
	struct client c;

	start_unix(&remote, &c, "stall-timeout=60s");
	answer(&c, &remote);
	sock_close(&remote.fd);
	ck_assert_int_eq(unlink(path), 0);
	remote.fd = sock_unix_datagram(path);
	client_text(&c, "again");
	datagram_expect(&remote, "again", 5);
	answer(&c, &remote);
	client_finish(&c);
	harness_stop(&h);
	sock_close(&remote.fd);
}
END_TEST

/*
 * The service is away for a while.  A datagram that somebody else sends meanwhile is not passed on,
 * although the server's socket has no peer then.
 */
START_TEST(unix_service_comes_back)
{
	struct datagram_peer remote;
	struct client c;
	int stranger;

	start_unix(&remote, &c, "stall-timeout=60s");
	sock_close(&remote.fd);
	/* First the socket file is there without a service, then it is gone. */
	send_text(&c, "lost");
	ck_assert_int_eq(unlink(path), 0);
	send_text(&c, "lost, too");
	stranger = sock_unix_datagram(harness_scratch("stranger"));
	(void)sendto(stranger, "forged", 6, 0, &remote.bridge.sa, remote.size);
	ck_assert(client_is_silent(&c, 50));
	remote.fd = sock_unix_datagram(path);
	client_text(&c, "found");
	datagram_expect(&remote, "found", 5);
	answer(&c, &remote);
	client_finish(&c);
	harness_stop(&h);
	sock_close(&remote.fd);
	sock_close(&stranger);
}
END_TEST

START_TEST(unix_service_stays_away)
{
	struct datagram_peer remote;
	struct client c;

	start_unix(&remote, &c, "stall-timeout=300ms");
	sock_close(&remote.fd);
	expect_given_up(&c);
	harness_stop(&h);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("datagrams_refused");
	TCase *tc = harness_case(s, "udp", 60);

	tcase_add_test(tc, udp_second_address);
	tcase_add_loop_test(tc, udp_after_the_last_comes_the_first, 0, 2);
	tcase_add_test(tc, udp_service_restarts);
	tcase_add_test(tc, udp_service_stays_away);

	tc = harness_case(s, "unix", 60);
	tcase_add_test(tc, unix_service_restarts);
	tcase_add_test(tc, unix_service_comes_back);
	tcase_add_test(tc, unix_service_stays_away);
	return s;
}

#include "lib/check_main.h"

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Clients and peers that vanish without a word (setting keepalive).  A socket filter that drops all
 * that arrives makes a socket of the test look like one on a machine without power.
 */

#include "config.h"

#include <sys/socket.h>

#include <check.h>
#include <stdio.h>
#include <string.h>
#if defined(HAVE_LINUX_FILTER_H)
#include <linux/filter.h>
#endif

#include "lib/client.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/pattern.h"
#include "lib/sock.h"

#define PEER_REASON	"the peer does not answer any more"
#define CLIENT_REASON	"the client does not answer any more"
#define FLOOD		(128 * 1024)	/* bytes; they close the window of a silent peer */
#define SMALL		4096		/* bytes of the peers' receive buffers */

/*
 * 1: the program sees which connections are acknowledged.  Otherwise only the user time-out, which
 * is not shorter than stall-timeout, ends a session with data on its way to a peer.
 */
#if defined(HAVE_STRUCT_TCP_INFO_TCPI_LAST_ACK_RECV)
#define EXACT	1
#else
#define EXACT	0
#endif

/* From now on the socket receives nothing and acknowledges nothing.  Returns 0; -1: it cannot. */
static int
vanish(int fd)
{
#if defined(SO_ATTACH_FILTER) && defined(BPF_RET)
	struct sock_filter drop = { .code = BPF_RET | BPF_K, .k = 0 };
	struct sock_fprog program = { .len = 1, .filter = &drop };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
#else
	(void)fd;
	return -1;
#endif
}

static int
can_vanish(void)
{
	int port, fd = sock_listen(&port), result = vanish(fd) == 0;

	sock_close(&fd);
	return result;
}

struct one {
	struct client	c;
	int		peer;
};

static struct harness h, without;	/* without: the setting is 0 */
static int listener;

static void
open_one(struct one *o, int port)
{
	client_open(&o->c, port, "/");
	o->c.ms = 4 * EXPECT_MS;
	o->peer = sock_accept(listener, EXPECT_MS);
}

/* The client gets a close frame with the reason. */
static void
expect_no_peer(struct one *o)
{
	struct client_message m;

	client_read(&o->c, &m);
	ck_assert_int_eq(m.opcode, CLIENT_CLOSE);
	ck_assert_uint_eq(m.code, 1011);
	ck_assert_str_eq((const char *)m.data, PEER_REASON);
	client_close(&o->c, 1011, NULL);
	client_expect_eof(&o->c);
	client_end(&o->c);
	sock_close(&o->peer);
}

static void
expect_no_client(struct one *o)
{
	sock_expect_gone(o->peer, 4 * EXPECT_MS);
	client_end(&o->c);
	sock_close(&o->peer);
}

static void
use(struct one *o)
{
	client_binary(&o->c, "up", 2);
	sock_expect(o->peer, "up", 2, EXPECT_MS);
	sock_write(o->peer, "down", 4, EXPECT_MS);
	client_expect(&o->c, CLIENT_BINARY, "down", 4);
	client_finish(&o->c);
	sock_expect_end(o->peer, EXPECT_MS);
	sock_close(&o->peer);
}

/* Sends more than the peer's system takes while the peer does not read. */
static void
flood(struct one *o)
{
	static uint8_t data[FLOOD];

	pattern_fill(data, sizeof(data), 0, 1);
	client_binary(&o->c, data, sizeof(data));
}

/*
 * Sessions at the same time: peers that vanish, with and without data on the way to them; clients
 * that vanish; and a client and peers that are alive, of which one reads nothing.
 * Without the setting, a session goes on after its peer has vanished.
 */
START_TEST(both_sides)
{
	struct one idle_peer, busy_peer, idle_client, busy_client, alive, slow, off;
	int port;

	listener = sock_listen_with(&port, 16, SMALL, 0);
	if (!can_vanish()) {
		expect_skip("this system has no socket filters");
		sock_close(&listener);
		return;
	}
	harness_bridge(&h, port, "-c", "framing=binary", "-o", "keepalive=1s", "-o", "ping=0", "-o",
	    EXACT ? "stall-timeout=1d" : "stall-timeout=4s", NULL);
	harness_bridge(&without, port, "-o", "keepalive=0", NULL);
	open_one(&off, without.port);
	ck_assert_int_eq(vanish(off.peer), 0);
	open_one(&idle_peer, h.port);
	open_one(&busy_peer, h.port);
	open_one(&idle_client, h.port);
	open_one(&busy_client, h.port);
	open_one(&alive, h.port);
	open_one(&slow, h.port);
	ck_assert_int_eq(vanish(idle_peer.peer), 0);
	ck_assert_int_eq(vanish(busy_peer.peer), 0);
	client_text(&busy_peer.c, "is anybody there?");
	ck_assert_int_eq(vanish(idle_client.c.fd), 0);
	ck_assert_int_eq(vanish(busy_client.c.fd), 0);
	sock_write(busy_client.peer, "is anybody there?", 17, EXPECT_MS);
	if (EXACT)
		flood(&slow);
	expect_no_peer(&idle_peer);
	expect_no_peer(&busy_peer);
	expect_no_client(&idle_client);
	expect_no_client(&busy_client);
	harness_log_times(&h, "code=1011 by=peer", 2, EXPECT_MS);
	harness_log_times(&h, "code=1006 by=client", 2, EXPECT_MS);
	ck_assert_uint_eq(harness_log_count(&h, PEER_REASON), 2);
	ck_assert_uint_eq(harness_log_count(&h, CLIENT_REASON), 2);
	client_ping(&off.c, "alive?");
	client_expect(&off.c, CLIENT_PONG, "alive?", 6);
	client_finish(&off.c);
	sock_close(&off.peer);
	use(&alive);
	if (EXACT)
		sock_expect_pattern(slow.peer, 0, FLOOD, 1, EXPECT_MS);
	use(&slow);
	harness_stop(&h);
	harness_stop(&without);
	sock_close(&listener);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("vanished");
	TCase *tc = harness_case(s, "vanished", 60);

	tcase_add_test(tc, both_sides);
	return s;
}

#include "lib/check_main.h"

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The setting allow-peers, from end to end: whichever peer a backend chooses, the server connects
 * only to an allowed address, and a path must lead to an allowed file.
 */

#include "config.h"

#include <sys/stat.h>

#include <check.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/modules.h"
#include "lib/server.h"
#include "lib/sock.h"

static struct harness h;
static int listener, port, udp, udp_port;

/* Absolute paths of two directories for peers' sockets. */
static char in[300], out[300];

/*
 * Returns a copy of text, valid until the eighth call after this one. Replaces %t by the number
 * of a TCP port on which the test listens, %u by that of a UDP port, %i and %o by the paths of
 * the two directories, and %I and %O by the last components of these paths.
 */
static const char *
expand(const char *text)
{
	static char copies[8][1000];
	static unsigned turn;
	char *copy = copies[turn++ % 8], *p = copy, number[2][16];
	const char *part;

	snprintf(number[0], sizeof(number[0]), "%d", port);
	snprintf(number[1], sizeof(number[1]), "%d", udp_port);
	for (; *text != '\0'; text++) {
		if (*text != '%') {
			*p++ = *text;
			continue;
		}
		text++;
		part = *text == 't' ? number[0] : *text == 'u' ? number[1] : *text == 'i' ? in :
		    *text == 'o' ? out : *text == 'I' ? strrchr(in, '/') + 1 : strrchr(out,
		    '/') + 1;
		p = strcpy(p, part) + strlen(part);
	}
	*p = '\0';
	return copy;
}

static void
start(const char *list)
{
	char setting[1100];

	snprintf(setting, sizeof(setting), "allow-peers=%s", expand(list));
	modules_begin("backend_test", NULL);
	/* The test accepts no connection, so no session is ended by the peer. */
	modules_start(&h, 1, "-o", setting, "-o", "close-timeout=50ms", NULL);
}

/* Checks the status of the response to a client for which the backend chooses this peer. */
static void
expect_status(const char *peer, int status)
{
	char target[1100];
	struct client c;

	snprintf(target, sizeof(target), "/?peer=%s", expand(peer));
	expect_context("%s", target);
	if (client_ask(&c, h.port, target) != status)
		expect_fail("status %d, should be %d: %s", c.status, status,
		    c.body != NULL ? c.body : "");
	if (status == 101)
		client_finish(&c);
	else
		client_expect_refused(&c, status);
	client_end(&c);
}

/* -- addresses -- */

static const struct {
	const char	*list, *peer;
	int		 status;
} rows[] = {
	{ "any", "tcp://127.0.0.1:%t", 101 },
	{ "tcp://*", "tcp://127.0.0.1:%t", 101 },
	{ "tcp://127.0.0.0/8", "tcp://127.0.0.1:%t", 101 },
	{ "tcp://127.0.0.1", "tcp://127.0.0.1:%t", 101 },
	{ "tcp://127.0.0.1:%t", "tcp://127.0.0.1:%t", 101 },
	{ "tcp://127.0.0.1:1-65535", "tcp://127.0.0.1:%t", 101 },
	{ "tcp://127.0.0.1:1-1023", "tcp://127.0.0.1:%t", 403 },
	{ "tcp://127.0.0.2", "tcp://127.0.0.1:%t", 403 },
	{ "tcp://10.0.0.0/8", "tcp://127.0.0.1:%t", 403 },
	{ "tcp://10.0.0.0/8,tcp://127.0.0.1", "tcp://127.0.0.1:%t", 101 },
	{ "tcp://10.0.0.0/8 udp://*", "tcp://127.0.0.1:%t", 403 },
	{ "unix:///", "tcp://127.0.0.1:%t", 403 },
	{ "tcp://*", "udp://127.0.0.1:%u", 403 },
	{ "udp://127.0.0.1:%u", "udp://127.0.0.1:%u", 101 },
	{ "udp://127.0.0.1:%t", "udp://127.0.0.1:%u", 403 },
	{ "udp://*", "tcp://127.0.0.1:%t", 403 },
	/* a host name is allowed if the addresses to which it resolves are */
	{ "tcp://127.0.0.0/8", "tcp://localhost:%t", 101 },
	{ "tcp://10.0.0.0/8", "tcp://localhost:%t", 403 },
	/* other notations of an address, and addresses that stand for other addresses */
	{ "tcp://10.0.0.0/8", "tcp://2130706433:%t", 403 },
	{ "tcp://10.0.0.0/8", "tcp://0x7f000001:%t", 403 },
	{ "tcp://10.0.0.0/8", "tcp://127.1:%t", 403 },
	{ "tcp://127.0.0.1", "tcp://127.1:%t", 101 },
	{ "tcp://127.0.0.0/8", "tcp://0.0.0.0:%t", 403 },
	{ "tcp://10.0.0.0/8", "tcp://0:%t", 403 }
};

/* Rows that need a system with IPv6. */
static const struct {
	const char	*list, *peer;
	int		 status;
} rows6[] = {
	{ "tcp://127.0.0.0/8", "tcp://[::ffff:127.0.0.1]:%t", 101 },
	{ "tcp://10.0.0.0/8", "tcp://[::ffff:127.0.0.1]:%t", 403 },
	{ "tcp://[::1]", "tcp://[::ffff:127.0.0.1]:%t", 403 },
	{ "tcp://[::ffff:127.0.0.0/104]", "tcp://127.0.0.1:%t", 101 },
	{ "tcp://[::1]", "tcp://127.0.0.1:%t", 403 },
	{ "tcp://127.0.0.0/8", "tcp://[::1]:%t", 403 },
	{ "tcp://127.0.0.0/8", "tcp://[::]:%t", 403 },
	/* allowed, but no process listens there */
	{ "tcp://[::1]:%t", "tcp://[::1]:%t", 502 },
	{ "tcp://[::/0]", "tcp://[::1]:%t", 502 }
};

static void
begin(void)
{
	listener = sock_listen(&port);
	udp = sock_udp(&udp_port);
}

static void
end(void)
{
	harness_stop(&h);
	sock_close(&listener);
	sock_close(&udp);
}

START_TEST(addresses)
{
	begin();
	start(rows[_i].list);
	expect_status(rows[_i].peer, rows[_i].status);
	if (rows[_i].status == 403) {
		sock_expect_nobody(listener);
		harness_log(&h, "(setting: allow-peers)", EXPECT_MS);
	}
	end();
}
END_TEST

/* Returns 1 if the system can connect to IPv6 addresses. */
static int
has_ipv6(void)
{
	struct client c;
	int status;

	begin();
	start("any");
	status = client_ask(&c, h.port, expand("/?peer=tcp://[::ffff:127.0.0.1]:%t"));
	if (status == 101)
		client_finish(&c);
	client_end(&c);
	end();
	return status == 101;
}

START_TEST(addresses_of_ipv6)
{
	size_t i;

	if (!has_ipv6()) {
		expect_skip("no IPv6");
		return;
	}
	for (i = 0; i < COUNTOF(rows6); i++) {
		begin();
		expect_context("%s", rows6[i].list);
		start(rows6[i].list);
		expect_status(rows6[i].peer, rows6[i].status);
		end();
	}
}
END_TEST

/* The body of the response is about a peer that is not allowed; the log has the peer's address. */
START_TEST(refusal_says_why)
{
	struct client c;

	begin();
	start("tcp://10.0.0.0/8");
	ck_assert_int_eq(client_ask(&c, h.port, expand("/?peer=tcp://127.0.0.1:%t")), 403);
	ck_assert_ptr_nonnull(strstr(c.body, "this peer is not among those that are allowed"));
	client_end(&c);
	harness_log(&h, expand("peer tcp://127.0.0.1:%t for client "), EXPECT_MS);
	end();
}
END_TEST

/* allow-peers also applies to the peer of the built-in backend. */
START_TEST(built_in_backend)
{
	struct client c;

	begin();
	harness_bridge(&h, port, "-o", "allow-peers=tcp://10.0.0.0/8", NULL);
	ck_assert_int_eq(client_ask(&c, h.port, "/"), 403);
	client_end(&c);
	sock_expect_nobody(listener);
	end();
}
END_TEST

/* -- files -- */

static void
make_directory(char path[300])
{
	char made[256], *real;

	harness_directory(made, sizeof(made));
	real = realpath(made, NULL);
	ck_assert_ptr_nonnull(real);
	ck_assert_uint_lt(strlen(real), 300);
	strcpy(path, real);
	free(real);
}

static void
make_link(const char *to, const char *path)
{
	ck_assert_int_eq(symlink(expand(to), expand(path)), 0);
}

START_TEST(files)
{
	int sock_in, sock_out, datagram;

	make_directory(in);
	make_directory(out);
	sock_in = sock_listen_unix(expand("%i/s"));
	sock_out = sock_listen_unix(expand("%o/s"));
	datagram = sock_unix_datagram(expand("%i/d"));
	make_link("../%O/s", "%i/leads-out");
	make_link("%i/s", "%o/leads-in");
	make_link("%i", "%o/in");
	make_link("loop", "%i/loop");

	start("unix://%i/");
	expect_status("unix://%i/s", 101);
	expect_status("unix://%i//./s", 101);
	expect_status("unix://%i/../%I/s", 101);
	expect_status("unix://%o/leads-in", 101);
	expect_status("unix://%o/in/s", 101);
	expect_status("unix://%o/s", 403);
	expect_status("unix://%i/../%O/s", 403);
	expect_status("unix://%i/leads-out", 403);
	expect_status("unix://%o/in/leads-out", 403);
	expect_status("unix://%i/nothing", 502);
	expect_status("unix://%i/loop", 502);
	expect_status("unix://%i/s/../s", 502);
	/* unix: allows neither datagram sockets nor the directory itself. */
	expect_status("unix-dgram://%i/d", 403);
	expect_status("unix://%i", 403);
	sock_expect_nobody(sock_out);
	harness_stop(&h);

	/* An entry that does not end in a slash is a file, not a directory or a prefix of names. */
	start("unix://%i,unix-dgram://%i/,unix://%o/leads-in,unix://%i/ss");
	expect_status("unix://%i/s", 403);
	expect_status("unix://%o/leads-in", 403);
	expect_status("unix-dgram://%i/s", 502);
	harness_stop(&h);
	start("tcp://* unix://%i/s");
	expect_status("unix://%i/s", 101);
	expect_status("unix://%o/leads-in", 101);
	expect_status("unix://%i/leads-out", 403);
	harness_stop(&h);
	sock_close(&sock_in);
	sock_close(&sock_out);
	sock_close(&datagram);
}
END_TEST

START_TEST(datagram_files)
{
	char setting[400];
	int datagram;

	make_directory(in);
	datagram = sock_unix_datagram(expand("%i/d"));
	snprintf(setting, sizeof(setting), "socket-directory=%s", in);
	modules_begin("backend_test", NULL);
	modules_start(&h, 1, "-o", expand("allow-peers=unix-dgram://%i/"), "-o", setting, "-o",
	    "close-timeout=50ms", NULL);
	expect_status("unix-dgram://%i/d", 101);
	expect_status("unix-dgram://%i/../d", 502);
	harness_stop(&h);
	sock_close(&datagram);
}
END_TEST

/*
 * A Unix datagram socket is replaced by a link to a forbidden one: the session is not connected to
 * it, neither again nor at its beginning.
 */
START_TEST(a_link_in_place_of_a_service)
{
	int allowed, forbidden;
	char setting[400], target[1100], byte;
	struct client c;
	unsigned i;

	make_directory(in);
	make_directory(out);
	allowed = sock_unix_datagram(expand("%i/d"));
	forbidden = sock_unix_datagram(expand("%o/d"));
	snprintf(setting, sizeof(setting), "socket-directory=%s", in);
	snprintf(target, sizeof(target), "/?peer=unix-dgram://%s/d", in);
	modules_begin("backend_test", NULL);
	modules_start(&h, 1, "-o", expand("allow-peers=unix-dgram://%i/"), "-o", setting, "-o",
	    "close-timeout=50ms", NULL);
	client_open(&c, h.port, target);
	client_text(&c, "before");
	sock_expect(allowed, "before", 6, EXPECT_MS);
	ck_assert_int_eq(unlink(expand("%i/d")), 0);
	make_link("%o/d", "%i/d");
	sock_close(&allowed);
	/* The first datagrams are refused, and the session tries to connect again. */
	for (i = 0; i < 5; i++) {
		client_text(&c, "after");
		client_ping(&c, "handled?");
		client_expect(&c, CLIENT_PONG, "handled?", 8);
	}
	client_finish(&c);
	ck_assert_int_eq(sock_read_now(forbidden, &byte, 1), SOCK_AGAIN);
	expect_status("unix-dgram://%i/d", 403);
	harness_stop(&h);
	sock_close(&forbidden);
}
END_TEST

/*
 * Below another root directory without /proc, where what is compared and what is connected to could
 * differ: a path that others can change is refused.
 */
START_TEST(without_proc)
{
	static const struct {
		mode_t		mode;
		const char	*owner;		/* NULL: root */
		int		status;
	} ways[] = { { 0755, NULL, 101 }, { 0777, NULL, 403 }, { 0775, NULL, 403 },
	    { 01777, NULL, 101 }, { 0755, "nobody", 101 }, { 0755, "daemon", 403 } };
	const struct passwd *user;
	char root[400], path[450];
	int fd;

	if (!server_can_drop() || getpwnam("nobody") == NULL || getpwnam("daemon") == NULL) {
		expect_skip("root, and the users nobody and daemon are needed");
		return;
	}
	make_directory(out);
	snprintf(root, sizeof(root), "%s", out);
	ck_assert_int_eq(chmod(root, 0755), 0);
	*strrchr(root, '/') = '\0';
	ck_assert_int_eq(chmod(root, 0711), 0);
	snprintf(path, sizeof(path), "%s/in", out);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	fd = sock_listen_unix(expand("%o/in/s"));
	ck_assert_int_eq(chmod(expand("%o/in/s"), 0666), 0);
	user = ways[_i].owner != NULL ? getpwnam(ways[_i].owner) : NULL;
	if (user != NULL)
		ck_assert_int_eq(chown(path, user->pw_uid, user->pw_gid), 0);
	ck_assert_int_eq(chmod(path, ways[_i].mode), 0);
	modules_begin("backend_test", NULL);
	modules_start(&h, 1, "-o", "user=nobody", "-o", expand("chroot=%o"), "-o",
	    "allow-peers=unix:///in/", "-o", "close-timeout=50ms", NULL);
	expect_status("unix:///in/s", ways[_i].status);
	if (ways[_i].status == 403)
		harness_log(&h, "other users can write to the directory /in", EXPECT_MS);
	harness_stop(&h);
	sock_close(&fd);
}
END_TEST

/* -- invalid lists -- */

START_TEST(bad_lists)
{
	static const char *const lists[] = {
		"", " , ", "all", "any,tcp://*", "tcp://localhost", "tcp://10.0.0.0/33",
		"tcp://10.0.0",
		"tcp://fd00::1", "tcp://[fd00::/8", "tcp://10.0.0.0:0", "tcp://10.0.0.0:9-1",
		"unix://run",
		"http://10.0.0.1", "tcp://*:http", "10.0.0.0/8"
	};
	char setting[200];
	size_t i;

	for (i = 0; i < COUNTOF(lists); i++) {
		expect_context("%s", lists[i]);
		snprintf(setting, sizeof(setting), "allow-peers=%s", lists[i]);
		modules_refused(&h, (const char *const[]){ "-t", "-o", setting, NULL }, 1);
		harness_log(&h, "allow-peers", EXPECT_MS);
		harness_clean(&h);
	}
}
END_TEST

/* A valid entry that cannot allow any peer, because its path is a link, is logged. */
START_TEST(links)
{
	char directory[300], link[320], setting[400], said[400];

	harness_directory(directory, sizeof(directory));
	snprintf(link, sizeof(link), "%s/link", directory);
	ck_assert_int_eq(symlink(".", link), 0);
	snprintf(setting, sizeof(setting), "allow-peers=tcp://*,unix://%s/", link);
	snprintf(said, sizeof(said), "allow-peers: unix://%s/ matches no peer", link);
	modules_refused(&h, (const char *const[]){ "-t", "-o", setting, NULL }, 0);
	harness_log(&h, said, EXPECT_MS);
	ck_assert_uint_eq(harness_log_count(&h, "allow-peers"), 1);
	harness_clean(&h);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("allow");
	TCase *tc = harness_case(s, "addresses", 30);

	tcase_add_loop_test(tc, addresses, 0, COUNTOF(rows));
	tcase_add_test(tc, addresses_of_ipv6);
	tcase_add_test(tc, refusal_says_why);
	tcase_add_test(tc, built_in_backend);

	tc = harness_case(s, "files", 30);
	tcase_add_test(tc, files);
	tcase_add_test(tc, datagram_files);
	tcase_add_test(tc, a_link_in_place_of_a_service);
	tcase_add_loop_test(tc, without_proc, 0, 6);

	tc = harness_case(s, "lists", 30);
	tcase_add_test(tc, bad_lists);
	tcase_add_test(tc, links);
	return s;
}

#include "lib/check_main.h"

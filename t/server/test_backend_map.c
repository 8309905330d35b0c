/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The map backend: its path tables and token files, at the start and after changes. */

#include "config.h"

#include <sys/stat.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/backends.h"
#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/sock.h"

static struct harness h;

static const char *
option(const char *key, const char *name)
{
	static char texts[4][1100];
	static unsigned turn;
	char *text = texts[turn++ % 4];

	snprintf(text, sizeof(texts[0]), "%s=%s", key, backends_path(name));
	return text;
}

static void
start(const char *key, const char *name)
{
	backends_start(&h, "map", "-c", option(key, name), NULL);
}

/* Like start(), but with only one worker. */
static void
start_one(const char *key, const char *name)
{
	backends_start(&h, "map", "-c", option(key, name), "-o", "max-workers=1",
	    HARNESS_ONE_WORKER, NULL);
}

/* -- tables -- */

static const struct backends_row rows[] = {
	{ "/exact", NULL, 0, NULL, NULL, NULL },
	{ "/exact?x=y", NULL, 0, NULL, NULL, NULL },
	{ "/ex%61ct", NULL, 0, NULL, NULL, NULL },
	{ "/exact/", NULL, 404, NULL, NULL, NULL },
	{ "/exact", "a, b", 0, "a", NULL, NULL },
	{ "/vnc/1", "binary", 1, "binary", NULL, NULL },
	{ "/vnc/1/2", "x, binary", 1, "binary", NULL, NULL },
	{ "/vnc/", NULL, 1, NULL, NULL, NULL },
	{ "/vnc%2f9", NULL, 1, NULL, NULL, NULL },
	{ "/vnc/1", "text", 400, NULL, NULL, NULL },
	{ "/vnc", NULL, 404, NULL, NULL, NULL },
	{ "/chat", NULL, 2, NULL, "chat.example.org", NULL },
	{ "/chat", NULL, 2, NULL, "Chat.Example.Org:8001", NULL },
	{ "/chat", NULL, 3, NULL, "example.org", NULL },
	{ "/chat", "a, b", 3, NULL, "example.org", NULL },
	{ "/chat%00", NULL, 400, NULL, NULL, NULL },
	{ "/chat%zz", NULL, 400, NULL, NULL, NULL },
	{ "/n7", NULL, 4, NULL, NULL, NULL },
	{ "/nx", NULL, 404, NULL, NULL, NULL },
	{ "/", NULL, 404, NULL, NULL, NULL }
};

static void
write_map(void)
{
	backends_write("map", "# path  condition  peer  subprotocol  framing  configuration\n\n"
	    "/exact tcp://127.0.0.1:%d\n/vnc/*  tcp://127.0.0.1:%d  binary,base64  binary\n"
	    "/chat host=chat.* tcp://127.0.0.1:%d * newline lf\n/chat tcp://127.0.0.1:%d -\r\n"
	    "/n[0-9] 127.0.0.1:%d", backends_port(0), backends_port(1), backends_port(2),
	    backends_port(3), backends_port(4));
}

START_TEST(map_rows)
{
	size_t i;

	write_map();
	start("file", "map");
	for (i = 0; i < COUNTOF(rows); i++)
		backends_ask(&h, &rows[i]);
	/* The lines of clients that offered subprotocols and got none have their names. */
	ck_assert_ptr_nonnull(strstr(harness_log(&h, "status=400 ", EXPECT_MS),
	    "reason=\"none of the subprotocols is served here\" offered=\"text\""));
	harness_log(&h, "offered=\"a, b\" hint=\"the backend chose no subprotocol\"", EXPECT_MS);
	harness_stop(&h);
}
END_TEST

/* The tables in a directory are searched in the order of the files' names. */
START_TEST(map_directory)
{
	static const char *const leftovers[] = { "maps/09~", "maps/.09", "maps/09.bak",
	    "maps/09.dpkg-old", "maps/09.rpmsave", "maps/09.swp", "maps/#09#" };
	size_t i;

	for (i = 0; i < COUNTOF(leftovers); i++)
		backends_write(leftovers[i], "/a tcp://127.0.0.1:%d\n", backends_port(4));
	backends_write("maps/10", "/a tcp://127.0.0.1:%d\n", backends_port(0));
	backends_write("maps/20", "/a tcp://127.0.0.1:%d\n/b tcp://127.0.0.1:%d\n",
	    backends_port(1), backends_port(2));
	start("file", "maps");
	backends_expect(&h, "/a", 0);
	backends_expect(&h, "/b", 2);
	backends_remove("maps/10");
	backends_expect(&h, "/a", 1);
	backends_write("maps/15", "/* tcp://127.0.0.1:%d\n", backends_port(3));
	backends_expect(&h, "/b", 3);
	harness_stop(&h);
}
END_TEST

/* After a change of the table file, the next request is answered from the new table. */
START_TEST(map_changes)
{
	int i;

	backends_write("map", "/a tcp://127.0.0.1:%d\n", backends_port(0));
	start("file", "map");
	backends_expect(&h, "/a", 0);
	for (i = 1; i < 20; i++) {
		if (i % 2 == 0)
			backends_write("map", "/a tcp://127.0.0.1:%d\n", backends_port(i % 5));
		else
			backends_replace("map", "/a tcp://127.0.0.1:%d\n", backends_port(i % 5));
		backends_expect(&h, "/a", i % 5);
	}
	backends_replace("map", "# all gone\n");
	backends_expect(&h, "/a", 404);
	harness_stop(&h);
}
END_TEST

/*
 * A new version of the table with errors is logged, once in each worker, and the previous table
 * stays in use.
 */
START_TEST(map_broken)
{
	backends_write("map", "/a tcp://127.0.0.1:%d\n", backends_port(0));
	start_one("file", "map");
	backends_expect(&h, "/a", 0);
	backends_replace("map", "/a tcp://127.0.0.1:%d\n# c\n/b tcp://nowhere\n/c\n",
	    backends_port(1));
	backends_expect(&h, "/a", 0);
	backends_expect(&h, "/a", 0);
	backends_expect(&h, "/b", 404);
	(void)harness_log(&h, "map:3: the peer address has no port", EXPECT_MS);
	(void)harness_log(&h, "map:4: the line has no peer", EXPECT_MS);
	(void)harness_log(&h, "the previous version stays in use", EXPECT_MS);
	ck_assert_uint_eq(harness_log_count(&h, "map:3:"), 1);
	ck_assert_uint_eq(harness_log_count(&h, "stays in use"), 1);
	/* the table is removed, and written again with the same content */
	backends_remove("map");
	backends_expect(&h, "/a", 0);
	backends_expect(&h, "/a", 0);
	ck_assert_uint_eq(harness_log_count(&h, "map: No such file"), 1);
	backends_write("map", "/a tcp://127.0.0.1:%d\n", backends_port(0));
	backends_expect(&h, "/a", 0);
	/* corrected */
	backends_replace("map", "/a tcp://127.0.0.1:%d\n/b tcp://127.0.0.1:%d\n",
	    backends_port(2), backends_port(3));
	backends_expect(&h, "/a", 2);
	backends_expect(&h, "/b", 3);
	harness_stop(&h);
}
END_TEST

/*
 * Other files are renamed over the table while clients connect: each request is answered from one
 * complete table.
 */
START_TEST(map_while_busy)
{
	struct request r = { .target = "/a" };
	struct client c;
	int i, peer;

	backends_write("map", "/a tcp://127.0.0.1:%d\n", backends_port(0));
	start("file", "map");
	for (i = 1; i < 200; i++) {
		client_connect(&c, h.port);
		backends_replace("map", "# %d\n/a tcp://127.0.0.1:%d\n", i, backends_port(i % 5));
		client_request(&c, &r);
		client_answer(&c);
		if (c.status != 101)
			expect_fail("refused: %s", c.head);
		peer = backends_accept(i % 5);
		client_drop(&c);
		sock_expect_gone(peer, EXPECT_MS);
		sock_close(&peer);
	}
	harness_stop(&h);
}
END_TEST

/* The session has the framing that the line of the table names. */
START_TEST(map_framing)
{
	struct client c;
	int peer;

	write_map();
	start("file", "map");
	client_ask_with(&c, h.port, &(struct request){ .target = "/chat", .host = "chat.example" });
	client_expect_accepted(&c, REQUEST_KEY, NULL);
	peer = backends_accept(2);
	backends_expect_lines(&c, peer);
	harness_stop(&h);
}
END_TEST

/* A peer in the table is refused unless allow-peers allows it. */
START_TEST(map_allowed_peers)
{
	char allowed[64];

	backends_write("map", "/a tcp://127.0.0.1:%d\n/b tcp://localhost:%d\n", backends_port(0),
	    backends_port(1));
	snprintf(allowed, sizeof(allowed), "allow-peers=tcp://127.0.0.1:%d", backends_port(0));
	backends_start(&h, "map", "-c", option("file", "map"), "-o", allowed, NULL);
	backends_expect(&h, "/a", 0);
	backends_expect(&h, "/b", 403);
	backends_expect_nobody(1);
	harness_stop(&h);
}
END_TEST

/* A worker reads a table of 10,000 lines again after a change. */
START_TEST(map_big)
{
	static char text[10000 * 48];
	size_t len = 0;
	int i, last;

	for (last = 0; last < 2; last++) {
		for (i = 0, len = 0; i < 10000; i++)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
			    "/%d/%s tcp://127.0.0.1:%d\n", i, i % 2 == 0 ? "x" : "*",
			    backends_port(last * 2 + i % 2));
		backends_replace("map", "%s", text);
		if (last == 0)
			start("file", "map");
		backends_expect(&h, "/9998/x", last * 2);
		backends_expect(&h, "/9999/x", last * 2 + 1);
		backends_expect(&h, "/10000/x", 404);
	}
	harness_stop(&h);
}
END_TEST

/* -- tokens -- */

static const struct backends_row token_rows[] = {
	{ "/?token=token1", NULL, 0, NULL, NULL, NULL },
	{ "/websockify?token=token2", NULL, 1, NULL, NULL, NULL },
	{ "/websockify?a=b&token=token1&c=d", NULL, 0, NULL, NULL, NULL },
	{ "/?token=t%6Fken1", NULL, 0, NULL, NULL, NULL },
	{ "/?token=with%20blank", NULL, 2, NULL, NULL, NULL },
	{ "/?token=with+blank", NULL, 2, NULL, NULL, NULL },
	{ "/?token=token1", "binary", 0, "binary", NULL, NULL },
	{ "/?token=token1", "base64, binary", 0, "binary", NULL, NULL },
	{ "/?token=token1", "chat", 0, NULL, NULL, NULL },
	{ "/token2", NULL, 1, NULL, NULL, NULL },
	{ "/websockify/token2", NULL, 1, NULL, NULL, NULL },
	{ "/websockify/with%20blank", NULL, 2, NULL, NULL, NULL },
	{ "/token2?token=token1", NULL, 0, NULL, NULL, NULL },
	{ "/token2?token=wrong", NULL, 404, NULL, NULL, NULL },
	{ "/?token=Token1", NULL, 404, NULL, NULL, NULL },
	{ "/?token=", NULL, 404, NULL, NULL, NULL },
	{ "/", NULL, 404, NULL, NULL, NULL },
	{ "/token1/", NULL, 404, NULL, NULL, NULL },
	{ "/?token=%23", NULL, 404, NULL, NULL, NULL },
	{ "/?token=token1%00", NULL, 404, NULL, NULL, NULL }
};

START_TEST(map_tokens)
{
	size_t i;

	backends_write("tokens", "# token: host:port\ntoken1: 127.0.0.1:%d\n\n"
	    "token2: localhost:%d\nwith blank: 127.0.0.1:%d\n", backends_port(0),
	    backends_port(1), backends_port(2));
	start("tokens", "tokens");
	for (i = 0; i < COUNTOF(token_rows); i++)
		backends_ask(&h, &token_rows[i]);
	/*
	 * After a change of the token file the next client of a token gets the new peer, or is
	 * refused.
	 */
	backends_replace("tokens", "token1: 127.0.0.1:%d\n", backends_port(3));
	backends_expect(&h, "/?token=token1", 3);
	backends_expect(&h, "/?token=token2", 404);
	harness_stop(&h);
}
END_TEST

/* The option tokens names a directory, in which each token has a file. */
START_TEST(map_token_directory)
{
	backends_write("tokens.d/a", "a: 127.0.0.1:%d\n", backends_port(0));
	backends_write("tokens.d/b.cfg", "b: 127.0.0.1:%d\n", backends_port(1));
	start("tokens", "tokens.d");
	backends_expect(&h, "/?token=a", 0);
	backends_expect(&h, "/?token=b", 1);
	backends_expect(&h, "/?token=c", 404);
	backends_replace("tokens.d/c", "c: 127.0.0.1:%d\n", backends_port(2));
	backends_expect(&h, "/?token=c", 2);
	backends_write("tokens.d/a", "a: 127.0.0.1:%d\n", backends_port(3));
	backends_expect(&h, "/?token=a", 3);
	backends_remove("tokens.d/b.cfg");
	backends_expect(&h, "/?token=b", 404);
	harness_stop(&h);
}
END_TEST

/* A token file that cannot be read is logged once, and the previous tokens stay in use. */
START_TEST(map_token_unreadable)
{
	backends_write("tokens.d/a", "a: 127.0.0.1:%d\n", backends_port(0));
	start_one("tokens", "tokens.d");
	backends_expect(&h, "/?token=a", 0);
	ck_assert_int_eq(symlink("b", backends_path("tokens.d/b")), 0);
	backends_write("tokens.d/a", "a: 127.0.0.1:%d\n", backends_port(1));
	backends_expect(&h, "/?token=a", 0);
	backends_expect(&h, "/?token=a", 0);
	ck_assert_uint_eq(harness_log_count(&h, "tokens.d/b: "), 1);
	ck_assert_uint_eq(harness_log_count(&h, "stays in use"), 1);
	backends_remove("tokens.d/b");
	backends_expect(&h, "/?token=a", 1);
	harness_stop(&h);
}
END_TEST

/* The session of a token has the framing auto; the messages in this test are binary. */
START_TEST(map_token_framing)
{
	struct client c;
	int listener, peer;

	listener = sock_listen_unix(backends_path("vm.sock"));
	backends_write("tokens", "vm: unix_socket:%s\n", backends_path("vm.sock"));
	start("tokens", "tokens");
	client_open(&c, h.port, "/websockify?token=vm");
	peer = sock_accept(listener, EXPECT_MS);
	sock_write(peer, "RFB 003.008\n", 12, EXPECT_MS);
	client_expect(&c, CLIENT_BINARY, "RFB 003.008\n", 12);
	client_finish(&c);
	sock_close(&peer);
	sock_close(&listener);
	harness_stop(&h);
}
END_TEST

/* If the backend has both a table and tokens, it searches the table first. */
START_TEST(map_both)
{
	backends_write("map", "/table tcp://127.0.0.1:%d\n", backends_port(0));
	backends_write("tokens", "t: 127.0.0.1:%d\ntable: 127.0.0.1:%d\n", backends_port(1),
	    backends_port(2));
	backends_start(&h, "map", "-c", option("tokens", "tokens"), "-c", option("file", "map"),
	    NULL);
	backends_expect(&h, "/table", 0);
	backends_expect(&h, "/table?token=t", 0);
	backends_expect(&h, "/x?token=t", 1);
	backends_expect(&h, "/x/table", 2);
	harness_stop(&h);
}
END_TEST

/* -- invalid tables and options -- */

static const struct {
	const char	*text;
	const char	*fault;
} broken[] = {
	{ "/a\n", "t:1: the line has no peer" },
	{ "/a tcp://h:1\n\nb tcp://h:1\n", "t:3: the path's pattern does not begin with" },
	{ "/a tcp://h\n", "t:1: the peer address has no port" },
	{ "/a nonsense://h\n", "t:1: unknown scheme" },
	{ "/a tcp://h:1 * nothing\n", "t:1: there is no framing 'nothing'" },
	{ "/a tcp://h:1 * newlin\n", "t:1: there is no framing 'newlin': is 'newline' meant?" },
	{ "/a tcp://h:1 * newline \\n\n", "t:1: the configuration '\\n' of the framing newline is "
	    "invalid: the line end is crlf, lf, cr or lfcr; is 'lf' meant?" },
	{ "/a tcp://h:1 * auto/text x\n", "t:1: the configuration 'x' of the framing auto" },
	{ "/a tcp://h:1 * separator\n", "t:1: the framing separator has no configuration" },
	{ "/a tcp://h:1 * separator \\xq\n", "t:1: " },
	{ "/a[ tcp://h:1\n", "t:1: a pattern has [ without ]" }
};

START_TEST(map_faults_stop_the_start)
{
	backends_write("t", "%s", broken[_i].text);
	backends_refuse_start(broken[_i].fault, "map", "-c", option("file", "t"), NULL);
}
END_TEST

START_TEST(map_other_faults)
{
	backends_write("t", "ok: h:1\nbroken\n");
	backends_refuse_start("t:2: the line does not have the form token: host:port", "map", "-c",
	    option("tokens", "t"), NULL);
	backends_write("t", "ok: h\n");
	backends_refuse_start("t:1: the peer address has no port", "map", "-c",
	    option("tokens", "t"), NULL);
	backends_refuse_start("none: No such file", "map", "-c", option("file", "none"), NULL);
	backends_refuse_start("/dev/null: not a regular file", "map", "-c", "file=/dev/null", NULL);
	backends_refuse_start("the options are file and tokens, not 'map'", "map", "-c", "map=x",
	    NULL);
	backends_refuse_start("backend_map: the options file and tokens are missing", "map", NULL);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("backend_map");
	TCase *tc = backends_case(s, "map", 30);

	tcase_add_test(tc, map_rows);
	tcase_add_test(tc, map_directory);
	tcase_add_test(tc, map_changes);
	tcase_add_test(tc, map_broken);
	tcase_add_test(tc, map_while_busy);
	tcase_add_test(tc, map_framing);
	tcase_add_test(tc, map_allowed_peers);
	tcase_add_test(tc, map_big);
	tc = backends_case(s, "tokens", 30);
	tcase_add_test(tc, map_tokens);
	tcase_add_test(tc, map_token_directory);
	tcase_add_test(tc, map_token_unreadable);
	tcase_add_test(tc, map_token_framing);
	tcase_add_test(tc, map_both);
	tc = backends_case(s, "start", 30);
	tcase_add_loop_test(tc, map_faults_stop_the_start, 0, COUNTOF(broken));
	tcase_add_test(tc, map_other_faults);
	return s;
}

#include "lib/check_main.h"

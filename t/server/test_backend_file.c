/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The file backend: which file the server reads for a request, which line of the file it uses,
 * and that no request makes it read another file.
 */

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
#include "lib/unit.h"

#define HOSTILE	10000	/* number of requests with random values */
#define DECOY	5	/* number of the peer in all files that must not be read */

static struct harness h;

static char *
path_option(const char *name)
{
	static char text[1100];

	snprintf(text, sizeof(text), "path=%s", backends_path(name));
	return text;
}

/* Writes a file with one line, which names a peer for any subprotocol. */
static void
write_peer(const char *name, int peer)
{
	backends_write(name, "tcp://127.0.0.1:%d * binary\n", backends_port(peer));
}

/* -- which file -- */

static const struct backends_row variables[] = {
	/* %endpoint% is the path without its first slash, a slash at its end, and the query */
	{ "/alpha", NULL, 0, NULL, NULL, NULL },
	{ "/alpha/", NULL, 0, NULL, NULL, NULL },
	{ "/alpha?x=y", NULL, 0, NULL, NULL, NULL },
	{ "/alpha/?/x", NULL, 0, NULL, NULL, NULL },
	{ "/deep/alpha", NULL, 1, NULL, NULL, NULL },
	{ "/deep%2falpha", NULL, 404, NULL, NULL, NULL },
	{ "/alpha//", NULL, 404, NULL, NULL, NULL },
	{ "//alpha", NULL, 404, NULL, NULL, NULL },
	{ "/Alpha", NULL, 404, NULL, NULL, NULL },
	{ "/", NULL, 404, NULL, NULL, NULL },
	/* an expression that gives no readable file is skipped */
	{ "/directory", NULL, 404, NULL, NULL, NULL },
	{ "/nothing/there", NULL, 404, NULL, NULL, NULL },
	/* expressions with other variables; the first one that gives a file is used */
	{ "/x", NULL, 1, NULL, NULL, "Cookie: a=b; user=one; c=d\r\n" },
	{ "/x", NULL, 404, NULL, NULL, "Cookie: a=b; User=one; c=d\r\n" },
	{ "/x", NULL, 404, NULL, NULL, "Cookie: a=b; user=two; c=d\r\n" },
	{ "/alpha", NULL, 0, NULL, NULL, "Cookie: user=one\r\n" },
	{ "/x", NULL, 2, NULL, NULL, "X-Peer: north\r\n" },
	{ "/x", NULL, 2, NULL, NULL, "x-pEER: north\r\n" },
	{ "/x", NULL, 404, NULL, NULL, "X-Peer: ../file/header/north\r\n" },
	{ "/x?n=1&peer=south", NULL, 3, NULL, NULL, NULL },
	{ "/x?peer=s%6futh", NULL, 3, NULL, NULL, NULL },
	{ "/x?peer=south%00", NULL, 404, NULL, NULL, NULL },
	{ "/x?peer=a/b", NULL, 3, NULL, NULL, NULL },
	{ "/x", NULL, 4, NULL, "A.Example:8001", NULL },
	{ "/x", NULL, 4, NULL, "a.example", NULL },
	{ "/x", NULL, 404, NULL, "b.example", NULL },
	{ "/x?address=yes", NULL, 2, NULL, NULL, NULL },
	/* an empty value is not a valid directory name */
	{ "/x", NULL, 1, NULL, NULL, "X-User: me\r\n" },
	{ "/x", NULL, 404, NULL, NULL, "X-User:\r\n" },
	/* each subprotocol in turn, as if the client offered only this one */
	{ "/x", "chat", 1, "chat", NULL, NULL },
	{ "/x", "other, chat, log", 1, "chat", NULL, NULL },
	{ "/x", "log, chat", 2, "log", NULL, NULL },
	{ "/x", "none", 3, NULL, NULL, NULL },
	{ "/x", "other", 404, NULL, NULL, NULL }
};

START_TEST(file_names)
{
	size_t i;

	write_peer("file/e/alpha", 0);
	write_peer("file/e/deep_alpha", 1);
	write_peer("file/e/directory/x", DECOY);
	write_peer("file/cookie/one", 1);
	write_peer("file/header/north", 2);
	write_peer("file/query/south", 3);
	write_peer("file/query/a_b", 3);
	write_peer("file/host.a.example", 4);
	write_peer("file/127.0.0.1/yes", 2);
	write_peer("file/users/me/peer", 1);
	write_peer("file/users/peer", DECOY);
	backends_write("file/protocol/chat", "tcp://127.0.0.1:%d other\ntcp://127.0.0.1:%d chat\n",
	    backends_port(DECOY), backends_port(1));
	write_peer("file/protocol/log", 2);
	backends_write("file/protocol/none", "tcp://127.0.0.1:%d -\n", backends_port(3));
	backends_start(&h, "file", "-c", path_option("file/"), "-c", "expression=e/%endpoint%",
	    "-c", "expression=cookie/%cookie:user%", "-c", "expression=header/%header:X-peer%",
	    "-c", "expression=query/%query:peer%", "-c", "expression=host.%host%",
	    "-c", "expression=%address%/%query:address%",
	    "-c", "expression=users/%header:X-User%/peer",
	    "-c", "expression=protocol/%protocol%", NULL);
	for (i = 0; i < COUNTOF(variables); i++)
		backends_ask(&h, &variables[i]);
	ck_assert_uint_eq(harness_log_count(&h, "not a regular"), 0);
	harness_stop(&h);
}
END_TEST

/* Without the option path, expressions give paths below the root directory. */
START_TEST(file_without_path)
{
	char expression[1200];

	write_peer("one", 0);
	snprintf(expression, sizeof(expression), "expression=%s/%%endpoint%%",
	    backends_path("") + 1);
	backends_start(&h, "file", "-c", expression, NULL);
	backends_expect(&h, "/one", 0);
	backends_expect(&h, "/two", 404);
	harness_stop(&h);
}
END_TEST

/* The file is read again for each connection. */
START_TEST(file_changes)
{
	backends_write("d/keep", "# nothing\n");
	backends_start(&h, "file", "-c", path_option("d"), "-c", "expression=%endpoint%", NULL);
	backends_expect(&h, "/a", 404);
	write_peer("d/a", 0);
	backends_expect(&h, "/a", 0);
	backends_replace("d/a", "tcp://127.0.0.1:%d *\n", backends_port(1));
	backends_expect(&h, "/a", 1);
	backends_remove("d/a");
	backends_expect(&h, "/a", 404);
	harness_stop(&h);
}
END_TEST

/* Symbolic links are followed. A FIFO is refused, because opening one could block the worker. */
START_TEST(file_kinds)
{
	static char text[8300];
	size_t len;

	write_peer("outside/real", 1);
	backends_write("d/keep", "# nothing\n");
	ck_assert_int_eq(symlink(backends_path("outside/real"), backends_path("d/link")), 0);
	ck_assert_int_eq(symlink("loop", backends_path("d/loop")), 0);
	ck_assert_int_eq(symlink("gone", backends_path("d/dangling")), 0);
	ck_assert_int_eq(mkfifo(backends_path("d/fifo"), 0600), 0);
	backends_write("d/empty", "%s", "");
	/*
	 * The file's last line that is complete within 8192 bytes is used, the following line is
	 * not.
	 */
	len = (size_t)snprintf(text, sizeof(text), "tcp://127.0.0.1:%d one\n", backends_port(2));
	memset(text + len, '#', sizeof(text) - len);
	snprintf(text + 8100, 200, "\ntcp://127.0.0.1:%d two\ntcp://127.0.0.1:%d three    "
	    "                                                     \n",
	    backends_port(3), backends_port(DECOY));
	backends_write("d/big", "%s", text);
	backends_start(&h, "file", "-c", path_option("d"), "-c", "expression=%endpoint%", NULL);
	backends_expect(&h, "/link", 1);
	backends_expect(&h, "/dangling", 404);
	backends_expect(&h, "/loop", 500);
	backends_expect(&h, "/fifo", 500);
	(void)harness_log(&h, "d/fifo: not a regular file", EXPECT_MS);
	backends_expect(&h, "/empty", 400);
	backends_ask(&h, &(struct backends_row){ .target = "/big", .protocol = "one", .peer = 2,
	    .chosen = "one" });
	backends_ask(&h, &(struct backends_row){ .target = "/big", .protocol = "two", .peer = 3,
	    .chosen = "two" });
	backends_ask(&h, &(struct backends_row){ .target = "/big", .protocol = "three",
	    .peer = 400 });
	(void)harness_log(&h, "d/big: only the lines within the first 8192 bytes", EXPECT_MS);
	harness_stop(&h);
}
END_TEST

/* What a slash in a value means, by the option slash: _, no file, or a directory. */
START_TEST(file_slash)
{
	static const char *const options[] = { "slash=underscore", "slash=refuse",
	    "slash=directory" };
	static const int admin[] = { 1, 404, 2 }, query[] = { 3, 404, 4 };

	write_peer("d/admin_1", 1);
	write_peer("d/admin/1", 2);
	write_peer("d/q/a_b", 3);
	write_peer("d/q/a/b", 4);
	write_peer("secret", DECOY);
	backends_start(&h, "file", "-c", path_option("d"), "-c", "expression=%endpoint%", "-c",
	    "expression=q/%query:q%", "-c", options[_i], NULL);
	backends_expect(&h, "/admin_1", 1);
	backends_expect(&h, "/admin/1", admin[_i]);
	backends_expect(&h, "/admin/1/", admin[_i]);
	backends_expect(&h, "/x?q=a/b", query[_i]);
	backends_expect(&h, "/x?q=a%2Fb", query[_i]);
	backends_expect(&h, "/admin%2F1", 404);
	backends_expect(&h, "/admin//1", 404);
	backends_expect(&h, "/x?q=../../secret", 404);
	backends_expect(&h, "/x?q=/", 404);
	harness_stop(&h);
}
END_TEST

/* Copies that editors and package managers leave are no peers. */
START_TEST(file_leftovers)
{
	static const char *const names[] = { "desk~", ".desk.swp", "desk.bak", "desk.orig",
	    "desk.dpkg-old", "desk.rpmsave", "#desk#" };
	char name[64], target[64];
	size_t i;

	write_peer("d/desk", 0);
	for (i = 0; i < COUNTOF(names); i++) {
		snprintf(name, sizeof(name), "d/%s", names[i]);
		write_peer(name, DECOY);
	}
	backends_start(&h, "file", "-c", path_option("d"), "-c", "expression=%endpoint%", "-c",
	    "expression=%query:q%", NULL);
	backends_expect(&h, "/desk", 0);
	for (i = 0; i < COUNTOF(names); i++) {
		snprintf(target, sizeof(target), "/x?q=%s",
		    *names[i] == '#' ? "%23desk%23" : names[i]);
		backends_expect(&h, target, 404);
		snprintf(target, sizeof(target), "/%s", names[i]);
		if (*names[i] != '#')
			backends_expect(&h, target, 404);
	}
	backends_expect_nobody(DECOY);
	harness_stop(&h);
}
END_TEST

/* -- which line -- */

static const struct backends_row line_rows[] = {
	{ "/a", "binary", 0, "binary", NULL, NULL },
	{ "/a", "x, binary", 0, "binary", NULL, NULL },
	{ "/a", "text", 1, "text", NULL, NULL },
	{ "/a", "text, binary", 0, "binary", NULL, NULL },
	{ "/a", "Binary", 2, "Binary", NULL, NULL },
	{ "/a", "x, y", 2, "x", NULL, NULL },
	{ "/a", NULL, 0, NULL, NULL, NULL },
	{ "/named", "other", 3, "other", NULL, NULL },
	{ "/named", NULL, 1, NULL, NULL, NULL },
	{ "/named", "binary", 1, "binary", NULL, NULL },
	{ "/only", "other", 400, NULL, NULL, NULL },
	/* faults */
	{ "/unknown", NULL, 500, NULL, NULL, NULL },
	{ "/unknown", "right", 0, "right", NULL, NULL },
	{ "/config", NULL, 500, NULL, NULL, NULL },
	{ "/fifo", NULL, 500, NULL, NULL, NULL },
	{ "/bare", NULL, 4, NULL, NULL, NULL },
	{ "/bare", "binary", 4, "binary", NULL, NULL },
	{ "/crlf", "p", 0, "p", NULL, NULL },
	{ "/mark", NULL, 1, NULL, NULL, NULL },
	{ "/utf16", NULL, 500, NULL, NULL, NULL }
};

static const char *const faults[] = {
	"d/unknown:2: there is no framing", "d/config:1: ", "d/fifo:1: ",
	"d/bare:2: a subprotocol (or *) must follow",
	"d/utf16: the file begins with a byte order mark of UTF-16"
};

START_TEST(file_lines)
{
	size_t i;
	int p0 = backends_port(0);

	backends_write("d/a", "# peers\n\n  \ntcp://127.0.0.1:%d binary auto\n"
	    "tcp://127.0.0.1:%d text newline lf\ntcp://127.0.0.1:%d *\n", p0, backends_port(1),
	    backends_port(2));
	backends_write("d/named", "tcp://127.0.0.1:%d binary auto\n", backends_port(1));
	/* If no line of a file matches, the next expression is tried. */
	backends_write("d/named.more", "tcp://127.0.0.1:%d *\n", backends_port(3));
	backends_write("d/only", "tcp://127.0.0.1:%d binary\n", p0);
	backends_write("d/unknown", "# not the first\ntcp://127.0.0.1:%d wrong auto2\n"
	    "tcp://127.0.0.1:%d right\n", p0, p0);
	backends_write("d/config", "tcp://127.0.0.1:%d * separator \\x4\n", p0);
	backends_write("d/fifo", "fifotx:///tmp/x *\n");
	backends_write("d/bare", "\ntcp://127.0.0.1:%d\ntcp://127.0.0.1:%d *\n", p0,
	    backends_port(4));
	backends_write("d/mark", "\xef\xbb\xbftcp://127.0.0.1:%d *\n", backends_port(1));
	backends_write("d/utf16", "\xff\xfetcp://127.0.0.1:%d *\n", p0);
	backends_write("d/crlf", "\r\n# c\r\ntcp://127.0.0.1:%d p binary\r\n", p0);
	backends_start(&h, "file", "-c", path_option("d"), "-c", "expression=%endpoint%",
	    "-c", "expression=%endpoint%.more", NULL);
	for (i = 0; i < COUNTOF(line_rows); i++)
		backends_ask(&h, &line_rows[i]);
	for (i = 0; i < COUNTOF(faults); i++)
		(void)harness_log(&h, faults[i], EXPECT_MS);
	harness_stop(&h);
}
END_TEST

/* The framing and its configuration, including blanks, are taken from the line. */
START_TEST(file_framing)
{
	struct client c;
	int listener, port, peer;

	listener = sock_listen(&port);
	backends_write("d/a", "tcp://127.0.0.1:%d * separator  | \n", port);
	backends_start(&h, "file", "-c", path_option("d"), "-c", "expression=%endpoint%", NULL);
	client_open(&c, h.port, "/a");
	peer = sock_accept(listener, EXPECT_MS);
	sock_write(peer, "a|b | c | d", 11, EXPECT_MS);
	client_expect(&c, CLIENT_BINARY, "a|b | ", 6);
	client_expect(&c, CLIENT_BINARY, "c | ", 4);
	client_finish(&c);
	sock_close(&peer);
	sock_close(&listener);
	harness_stop(&h);
}
END_TEST

/* -- hostile requests -- */

static const char *const pieces[] = {
	".", "..", "/", "//", "../", "/..", "/../", "./", "\\", "..\\", "%2e", "%2f", "%2e%2e",
	"%2E%2E%2F", "%252e%252e", "%", "%25", "%endpoint%", "%cookie:c%", "%header:X%", "%00",
	"%0a", "%09", "~", "$HOME", "`id`", "|", "*", "?", "%c0%af", "%e0%80%af", "\xff", "a",
	"etc", "/etc/passwd", "peers", "secret",
	"_", "-", ":", "...", "....//", "in", "inside", ""
};

static void
make_value(char *out, uint64_t *random)
{
	unsigned count = (unsigned)(unit_random(random) % 5);

	*out = '\0';
	while (count-- > 0)
		strcat(out, pieces[unit_random(random) % COUNTOF(pieces)]);
}

/*
 * Sends a random request. If the server accepts the request, the peer must be the one in the
 * files inside d/in.
 */
static void
ask_hostile(uint64_t *random, unsigned *accepted)
{
	char value[4][256], target[600], extra[600];
	struct request r = { .target = target, .extra = extra };
	struct client c;
	unsigned i;
	int peer;

	for (i = 0; i < COUNTOF(value); i++)
		make_value(value[i], random);
	snprintf(target, sizeof(target), "/%s?q=%s", value[0], value[1]);
	snprintf(extra, sizeof(extra), "X: %s\r\nCookie: c=%s\r\n", value[2], value[3]);
	expect_context("%s %s", target, extra);
	client_ask_with(&c, h.port, &r);
	if (c.status == 101) {
		++*accepted;
		peer = backends_accept(0);
		client_drop(&c);
		sock_expect_gone(peer, EXPECT_MS);
		sock_close(&peer);
		return;
	}
	if (c.status != 404 && c.status != 400)
		expect_fail("status %d: %s", c.status, c.head);
	client_end(&c);
}

START_TEST(file_hostile_requests)
{
	static const char *const names[] = {
		"peers", "secret", "a", "etc", "in", "inside", "_", "-", "...", "~", "more/secret",
		"more/a"
	};
	char name[64];
	uint64_t random = 4;
	unsigned i, accepted = 0;

	/* All names in the two directories above d/in are files with the decoy. */
	for (i = 0; i < COUNTOF(names); i++) {
		snprintf(name, sizeof(name), "%s", names[i]);
		write_peer(name, DECOY);
		snprintf(name, sizeof(name), "d/%s", i == 4 ? "in.txt" : names[i]);
		write_peer(name, DECOY);
	}
	write_peer("d/in/inside", 0);
	write_peer("d/in/a", 0);
	write_peer("d/in/a_a", 0);
	write_peer("d/in/..._peers", 0);
	write_peer("d/in/etc/peers", 0);
	write_peer("d/in/.hidden", 0);
	backends_start(&h, "file", "-c", path_option("d/in"), "-c", "expression=%header:X%/peers",
	    "-c", "expression=%cookie:c%", "-c", "expression=.%query:q%/secret",
	    "-c", "expression=%query:q%./a", "-c", "expression=%endpoint%",
	    "-c", "expression=%endpoint%%query:q%/a", "-c", "expression=%endpoint%.txt",
	    "-c", "expression=%header:X%/%cookie:c%/secret",
	    "-o", "max-connections-per-worker=0", NULL);
	for (i = 0; i < HOSTILE; i++)
		ask_hostile(&random, &accepted);
	expect_context("%s", "");
	ck_assert_uint_gt(accepted, HOSTILE / 100);
	backends_expect_nobody(DECOY);
	harness_stop(&h);
}
END_TEST

/* -- invalid options -- */

START_TEST(file_options)
{
	backends_refuse_start("the options are path, expression and slash, not 'paths'", "file", "-c",
	    "paths=/tmp", NULL);
	backends_refuse_start("slash = under: it must be underscore, refuse or directory", "file",
	    "-c", "slash=under", "-c", "expression=x", NULL);
	backends_start(&h, "file", "-c", path_option("none"), "-c", "expression=%cookie:a",
	    "-c", "expression=%endpiont%", NULL);
	(void)harness_log(&h, "none: this directory does not exist", EXPECT_MS);
	(void)harness_log(&h, "expression = %cookie:a: a variable has no % at its end", EXPECT_MS);
	(void)harness_log(&h, "expression = %endpiont%: it has something that looks", EXPECT_MS);
	backends_expect(&h, "/x", 404);
	harness_stop(&h);
	backends_refuse_start("backend_file: the option expression is missing", "file", "-c",
	    path_option(""), NULL);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("backend_file");
	TCase *tc = backends_case(s, "file", 30);

	tcase_add_test(tc, file_names);
	tcase_add_test(tc, file_without_path);
	tcase_add_test(tc, file_changes);
	tcase_add_test(tc, file_kinds);
	tcase_add_loop_test(tc, file_slash, 0, 3);
	tcase_add_test(tc, file_leftovers);
	tcase_add_test(tc, file_lines);
	tcase_add_test(tc, file_framing);
	tcase_add_test(tc, file_options);
	tc = backends_case(s, "hostile", 120);
	tcase_add_test(tc, file_hostile_requests);
	return s;
}

#include "lib/check_main.h"

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The types of messages to the client: forced ones, wherever a framing is named (NAME/text and
 * NAME/binary), and those of empty datagrams.
 */

#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/backends.h"
#include "lib/client.h"
#include "lib/countof.h"
#include "lib/datagram.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/modules.h"
#include "lib/pair.h"
#include "lib/sock.h"

#define STRING(s)	(s), sizeof(s) - 1
#define HOLD		500	/* ms for which the start of a character is held back */
#define MESSAGES	4

static struct pair t;
static struct harness h;

/* Returns the option "framing=NAME" or "framing-config=TEXT", valid until the next call. */
static const char *
framing_option(const char *name)
{
	static char text[128];

	snprintf(text, sizeof(text), "framing=%s", name);
	return text;
}

static const char *
config_option(const char *config)
{
	static char text[128];

	snprintf(text, sizeof(text), "framing-config=%s", config);
	return text;
}

/* -- streams -- */

/* Bytes of the peer in one write, the messages of them, and the type of all messages. */
static const struct {
	const char	*framing, *config, *input;
	size_t		 len;
	int		 type;
	struct {
		const char	*data;
		size_t		 len;
	} want[MESSAGES];
} rows[] = {
	{ "auto/binary", NULL, STRING("\0\5abc\xc3"), CLIENT_BINARY, { { STRING("\0\5abc\xc3") } } },
	{ "auto/binary", NULL, STRING("text"), CLIENT_BINARY, { { STRING("text") } } },
	{ "auto/text", NULL, STRING("\xff caf\xe9 \xc3\xa9\0"), CLIENT_TEXT,
	    { { STRING("? caf? \xc3\xa9\0") } } },
	{ "binary/binary", NULL, STRING("text"), CLIENT_BINARY, { { STRING("text") } } },
	{ "binary/text", NULL, STRING("a\xed\xa0\x80z"), CLIENT_TEXT, { { STRING("a???z") } } },
	{ "newline/text", "lf", STRING("Andr\xe9\nplain\n\xc3\n"), CLIENT_TEXT,
	    { { STRING("Andr?\n") }, { STRING("plain\n") }, { STRING("?\n") } } },
	{ "newline/binary", "lf", STRING("plain\n\xff\n"), CLIENT_BINARY,
	    { { STRING("plain\n") }, { STRING("\xff\n") } } },
	{ "separator/text", ";", STRING("\xe2\x82;\xe2\x82\xac;"), CLIENT_TEXT,
	    { { STRING("??;") }, { STRING("\xe2\x82\xac;") } } },
	{ "separator/binary", ";", STRING("a;"), CLIENT_BINARY, { { STRING("a;") } } },
	/* The separator itself is no valid UTF-8. */
	{ "separator/text", "\\xff", STRING("a\xff"), CLIENT_TEXT, { { STRING("a?") } } },
	{ "line/text", NULL, STRING("caf\xe9\n\nplain\n\xf0\x9f\x98\n"), CLIENT_TEXT,
	    { { STRING("caf?") }, { STRING("") }, { STRING("plain") }, { STRING("???") } } },
	{ "line/binary", "crlf", STRING("plain\r\n\r\ncaf\xe9\r\n"), CLIENT_BINARY,
	    { { STRING("plain") }, { STRING("") }, { STRING("caf\xe9") } } },
	{ "fixedlength/text", "4", STRING("abc\xc3\xa9xyz"), CLIENT_TEXT,
	    { { STRING("abc?") }, { STRING("?xyz") } } },
	{ "fixedlength/binary", "2", STRING("ab"), CLIENT_BINARY, { { STRING("ab") } } },
	{ "dynamic32/text", "endian=big", STRING("\0\0\0\2a\xe9\0\0\0\1b"), CLIENT_TEXT,
	    { { STRING("\0\0\0\2a?") }, { STRING("\0\0\0\1b") } } },
	{ "json/text", NULL, STRING(" {\"a\":1} \xff!"), CLIENT_TEXT,
	    { { STRING("{\"a\":1}") }, { STRING("?!") } } },
	{ "json/binary", NULL, STRING("[1] [2]"), CLIENT_BINARY,
	    { { STRING("[1]") }, { STRING("[2]") } } },
	{ "length/text", "size=1", STRING("\3abc\1\xe9\0"), CLIENT_TEXT,
	    { { STRING("abc") }, { STRING("?") }, { STRING("") } } },
	{ "length/binary", "size=1,typed", STRING("\3\1ab\2\2c"), CLIENT_BINARY,
	    { { STRING("ab") }, { STRING("c") } } },
	{ "netstring/text", "binary", STRING("3:abc,1:\xe9,"), CLIENT_TEXT,
	    { { STRING("abc") }, { STRING("?") } } },
	{ "netstring/binary", NULL, STRING("3:abc,"), CLIENT_BINARY, { { STRING("abc") } } },
	{ "content-length/text", NULL, STRING("Content-Length: 2\r\n\r\n\xc3\x28"), CLIENT_TEXT,
	    { { STRING("?(") } } },
	{ "content-length/binary", NULL, STRING("Content-Length: 2\r\n\r\n{}"), CLIENT_BINARY,
	    { { STRING("{}") } } }
};

/* One server for all rows: the path of a request is the number of the row. */
static void
start_rows(void)
{
	char map[4096], option[1100];
	size_t i, len = 0;

	for (i = 0; i < COUNTOF(rows); i++)
		len += (size_t)snprintf(map + len, sizeof(map) - len,
		    "/%zu tcp://127.0.0.1:%d * %s%s%s\n", i, backends_port(0), rows[i].framing,
		    rows[i].config != NULL ? " " : "",
		    rows[i].config != NULL ? rows[i].config : "");
	backends_write("map", "%s", map);
	snprintf(option, sizeof(option), "file=%s", backends_path("map"));
	backends_start(&h, "map", "-c", option, NULL);
}

START_TEST(streams)
{
	char target[16];
	size_t i, n;
	int peer;

	start_rows();
	for (i = 0; i < COUNTOF(rows); i++) {
		expect_context("row %zu: %s", i, rows[i].framing);
		snprintf(target, sizeof(target), "/%zu", i);
		client_open(&t.c, h.port, target);
		peer = backends_accept(0);
		sock_write(peer, rows[i].input, rows[i].len, EXPECT_MS);
		for (n = 0; n < MESSAGES && rows[i].want[n].data != NULL; n++)
			client_expect(&t.c, rows[i].type, rows[i].want[n].data,
			    rows[i].want[n].len);
		pair_finish(&t.c, &peer);
	}
	harness_stop(&h);
}
END_TEST

/*
 * Sends "ab" and the first bytes of a character, then its other bytes and "cd". Returns 0 if that
 * took so long that the server may already have sent the first part by itself.
 */
static int
send_cut(const char *character, size_t cut)
{
	uint64_t begun = expect_now();
	char first[16], second[16];

	snprintf(first, sizeof(first), "ab%.*s", (int)cut, character);
	snprintf(second, sizeof(second), "%scd", character + cut);
	sock_write(t.peer, first, strlen(first), EXPECT_MS);
	client_expect_text(&t.c, "ab");
	sock_write(t.peer, second, strlen(second), EXPECT_MS);
	return expect_now() - begun < HOLD - 10;
}

/* A character that a read has cut is sent whole, also if an invalid byte precedes it. */
START_TEST(character_cut_by_a_read)
{
	static const char *const characters[] = { "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };
	struct client_message m;
	char whole[16];
	size_t i, cut, tries;

	pair_start(&t, "-c", _i == 0 ? "framing=auto/text" : "framing=binary/text", NULL);
	pair_open(&t);
	for (i = 0; i < COUNTOF(characters); i++) {
		for (cut = 1; cut < strlen(characters[i]); cut++) {
			expect_context("character %zu cut at %zu", i, cut);
			snprintf(whole, sizeof(whole), "%scd", characters[i]);
			/* Try again if the test was too slow on a busy machine. */
			for (tries = 0; !send_cut(characters[i], cut); tries++) {
				ck_assert_uint_lt(tries, 100);
				do
					client_read(&t.c, &m);
				while (m.len < 2 || memcmp(m.data + m.len - 2, "cd", 2) != 0);
			}
			client_expect_text(&t.c, whole);
		}
	}
	pair_close(&t);
	pair_stop(&t);
}
END_TEST

/* The start of a character is not held back for ever, and a line does not wait for it at all. */
START_TEST(incomplete_character)
{
	uint64_t begun;

	pair_start(&t, "-c", "framing=auto/text", NULL);
	pair_open(&t);
	begun = expect_now();
	sock_write(t.peer, "\xff\xe2\x82", 3, EXPECT_MS);
	client_expect_text(&t.c, "?");
	client_expect_text(&t.c, "??");
	expect_elapsed(begun, HOLD - 5, HOLD);
	sock_write(t.peer, "\xe9", 1, EXPECT_MS);
	sock_write(t.peer, "!", 1, EXPECT_MS);
	client_expect_bytes(&t.c, "?!", 2);
	sock_write(t.peer, "end\xc3", 4, EXPECT_MS);
	client_expect_text(&t.c, "end");
	sock_close(&t.peer);
	client_expect_text(&t.c, "?");
	client_expect_end(&t.c, 1000);
	pair_stop(&t);
}
END_TEST

/* The bytes that are left at end of file have the forced type, too. */
START_TEST(rest_at_the_end)
{
	static const struct {
		const char	*framing, *config, *want;
		int		 type;
	} rests[] = {
		{ "line/text", "lf", "caf?", CLIENT_TEXT },
		{ "line/binary", "lf", "caf\xe9", CLIENT_BINARY },
		{ "newline/text", "cr", "caf?", CLIENT_TEXT },
		{ "separator/text", ";", "caf?", CLIENT_TEXT },
		{ "separator/binary", ";", "caf\xe9", CLIENT_BINARY },
		{ "fixedlength/text", "5", "caf?", CLIENT_TEXT }
	};

	expect_context("%s", rests[_i].framing);
	pair_start(&t, "-c", framing_option(rests[_i].framing), "-c",
	    config_option(rests[_i].config), NULL);
	pair_open(&t);
	sock_write(t.peer, "caf\xe9", 4, EXPECT_MS);
	sock_close(&t.peer);
	client_expect(&t.c, rests[_i].type, rests[_i].want, 4);
	client_expect_end(&t.c, 1000);
	pair_stop(&t);
}
END_TEST

/* Messages of the client are not changed. */
START_TEST(client_is_free)
{
	pair_start(&t, "-c", _i == 0 ? "framing=line/text" : "framing=line/binary", NULL);
	pair_open(&t);
	client_text(&t.c, "text");
	client_binary(&t.c, "\xe9", 1);
	sock_expect(t.peer, "text\n\xe9\n", 7, EXPECT_MS);
	pair_close(&t);
	pair_stop(&t);
}
END_TEST

/* -- datagrams -- */

static void
start_datagrams(struct datagram_peer *remote, int unix_socket, const char *framing,
    const char *config)
{
	const char *path = harness_scratch("peer");
	char peer[400], setting[400];
	int port = 0;

	memset(remote, 0, sizeof(*remote));
	remote->fd = unix_socket ? sock_unix_datagram(path) : sock_udp(&port);
	if (unix_socket)
		snprintf(peer, sizeof(peer), "unix-dgram://%s", path);
	else
		snprintf(peer, sizeof(peer), "udp://127.0.0.1:%d", port);
	snprintf(setting, sizeof(setting), "socket-directory=%s", harness_scratch(""));
	harness_bridge_to(&h, peer, "-c", framing_option(framing), "-o", setting,
	    config == NULL ? NULL : "-c", config_option(config != NULL ? config : ""), NULL);
	client_open(&t.c, h.port, "/");
}

static void
stop_datagrams(struct datagram_peer *remote)
{
	client_finish(&t.c);
	harness_stop(&h);
	sock_close(&remote->fd);
}

/* A datagram is never torn, and the next one is not joined to its last character. */
START_TEST(datagrams)
{
	static const struct {
		const char	*framing, *input, *want;
		int		 type;
	} cases[] = {
		{ "auto/text", "ab\xc3", "ab?", CLIENT_TEXT },
		{ "auto/binary", "ab\xc3", "ab\xc3", CLIENT_BINARY },
		{ "binary/text", "\xe2\x82", "??", CLIENT_TEXT },
		{ "line/text", "one\xc3", "one?", CLIENT_TEXT },
		{ "line/binary", "one", "one", CLIENT_BINARY },
		{ "newline/text", "\xe9", "?", CLIENT_TEXT }
	};
	struct datagram_peer remote;
	int i;

	expect_context("%s", cases[_i].framing);
	start_datagrams(&remote, _i % 2, cases[_i].framing, NULL);
	client_text(&t.c, "x");
	if (strncmp(cases[_i].framing, "line", 4) == 0)
		datagram_expect(&remote, "x\n", 2);
	else
		datagram_expect(&remote, "x", 1);
	for (i = 0; i < 3; i++) {
		datagram_send(&remote, cases[_i].input, strlen(cases[_i].input));
		datagram_send(&remote, "", 0);
		client_expect(&t.c, cases[_i].type, cases[_i].want,
		    strlen(cases[_i].want));
		client_expect(&t.c, cases[_i].type, "", 0);
	}
	stop_datagrams(&remote);
}
END_TEST

/*
 * An empty message has a type as well: an empty datagram is text with the framings that send valid
 * UTF-8 as text, also after a datagram of the other type.
 */
START_TEST(empty_datagrams)
{
	static const struct {
		const char	*framing, *config;
		int		 type;
	} empty[] = {
		{ "auto", NULL, CLIENT_TEXT }, { "binary", NULL, CLIENT_BINARY },
		{ "newline", "lf", CLIENT_TEXT }, { "separator", ";", CLIENT_BINARY },
		{ "line", NULL, CLIENT_TEXT }, { "json", NULL, CLIENT_TEXT },
		{ "fixedlength", NULL, CLIENT_BINARY }
	};
	struct datagram_peer remote;

	expect_context("%s", empty[_i].framing);
	start_datagrams(&remote, _i % 2, empty[_i].framing, empty[_i].config);
	client_text(&t.c, "");
	if (strcmp(empty[_i].framing, "line") == 0)
		datagram_expect(&remote, "\n", 1);
	else
		datagram_expect(&remote, "", 0);
	datagram_send(&remote, "", 0);
	client_expect(&t.c, empty[_i].type, "", 0);
	datagram_send(&remote, "\xff", 1);
	client_expect(&t.c, CLIENT_BINARY, "\xff", 1);
	datagram_send(&remote, "", 0);
	client_expect(&t.c, empty[_i].type, "", 0);
	stop_datagrams(&remote);
}
END_TEST

/* On the way to the peer, the type of an empty message is written where its framing has a type. */
START_TEST(empty_messages)
{
	struct datagram_peer remote;

	start_datagrams(&remote, _i, "length", "size=1,typed");
	client_text(&t.c, "");
	datagram_expect(&remote, "\1\1", 2);
	client_binary(&t.c, "", 0);
	datagram_expect(&remote, "\1\2", 2);
	client_send_frame(&t.c, CLIENT_TEXT, "", 0);
	client_send_frame(&t.c, CLIENT_CONTINUATION, "", 0);
	client_send_frame(&t.c, CLIENT_FIN | CLIENT_CONTINUATION, "", 0);
	datagram_expect(&remote, "\1\1", 2);
	datagram_send(&remote, "\1\1\1\2", 4);
	client_expect(&t.c, CLIENT_TEXT, "", 0);
	client_expect(&t.c, CLIENT_BINARY, "", 0);
	stop_datagrams(&remote);
}
END_TEST

/* -- where framings are named -- */

static void
expect_line(const char *target, int type, const char *want)
{
	struct client c;
	int peer;

	expect_context("%s", target);
	client_open(&c, h.port, target);
	peer = backends_accept(0);
	sock_write(peer, "caf\xe9\n", 5, EXPECT_MS);
	client_expect(&c, type, want, strlen(want));
	client_finish(&c);
	sock_close(&peer);
}

static void
expect_lines(void)
{
	expect_line("/text", CLIENT_TEXT, "caf?");
	expect_line("/binary", CLIENT_BINARY, "caf\xe9");
	expect_line("/crlf", CLIENT_TEXT, "caf?\n");
	harness_stop(&h);
}

START_TEST(named_in_a_map)
{
	char option[1100];

	backends_write("map", "/text tcp://127.0.0.1:%d * line/text\n"
	    "/binary tcp://127.0.0.1:%d * line/binary lf\n"
	    "/crlf tcp://127.0.0.1:%d * newline/text lf\n",
	    backends_port(0), backends_port(0), backends_port(0));
	snprintf(option, sizeof(option), "file=%s", backends_path("map"));
	backends_start(&h, "map", "-c", option, NULL);
	expect_lines();
}
END_TEST

START_TEST(named_in_files)
{
	char option[1100];

	backends_write("files/text", "tcp://127.0.0.1:%d * line/text\n", backends_port(0));
	backends_write("files/binary", "tcp://127.0.0.1:%d * line/binary\n", backends_port(0));
	backends_write("files/crlf", "tcp://127.0.0.1:%d * newline/text lf\n", backends_port(0));
	snprintf(option, sizeof(option), "path=%s", backends_path("files"));
	backends_start(&h, "file", "-c", option, "-c", "expression=%endpoint%", NULL);
	expect_lines();
}
END_TEST

START_TEST(named_by_a_helper)
{
	char option[1100];

	backends_write("helper", "while read -r path rest; do case $path in\n"
	    "path=/text) echo peer=tcp://127.0.0.1:%d framing=line/text ;;\n"
	    "path=/binary) echo peer=tcp://127.0.0.1:%d framing=line%%2Fbinary ;;\n"
	    "*) echo peer=tcp://127.0.0.1:%d framing=newline/text framing-config=lf ;;\n"
	    "esac; done\n", backends_port(0), backends_port(0), backends_port(0));
	snprintf(option, sizeof(option), "command=sh %s", backends_path("helper"));
	backends_start(&h, "exec", "-c", option, "-c", "timeout=60", NULL);
	expect_lines();
}
END_TEST

/*
 * A module of version 2 gets the type from core_framing_type(). A value of the member `type` that
 * is no type, as a module that does not know the member may leave it, forces none.
 */
START_TEST(named_by_a_module)
{
	int listener, port, peer;

	listener = sock_listen(&port);
	modules_begin("backend_test", NULL);
	modules_start(&h, port, "-o", modules_timeout("10s"), NULL);
	client_open(&t.c, h.port, "/typed?framing=newline/text&config=lf");
	peer = sock_accept(listener, EXPECT_MS);
	sock_write(peer, "caf\xe9\n", 5, EXPECT_MS);
	client_expect_text(&t.c, "caf?\n");
	client_finish(&t.c);
	sock_close(&peer);
	client_open(&t.c, h.port, "/?framing=newline&config=lf&type=1");
	peer = sock_accept(listener, EXPECT_MS);
	sock_write(peer, "caf\xe9\n", 5, EXPECT_MS);
	client_expect(&t.c, CLIENT_BINARY, "caf\xe9\n", 5);
	client_finish(&t.c);
	sock_close(&peer);
	ck_assert_int_eq(client_ask(&t.c, h.port, "/?framing=newline/text"), 500);
	client_end(&t.c);
	harness_log(&h, "the framing 'newline/text' forces the type", EXPECT_MS);
	ck_assert_int_eq(client_ask(&t.c, h.port, "/typed?framing=newline/json"), 500);
	client_end(&t.c);
	harness_log(&h, "write newline, newline/text or newline/binary", EXPECT_MS);
	harness_stop(&h);
	sock_close(&listener);
}
END_TEST

/* A module of version 1 has only the function of a framing, which cannot carry a type. */
START_TEST(named_by_an_old_module)
{
	modules_begin("backend_old", NULL);
	harness_start(&h, (const char *const[]){ "-l", "127.0.0.1", "-p", "0", "-m",
	    modules_directory(), "-b", "old", NULL });
	ck_assert_int_eq(client_ask(&t.c, h.port, "/newline~text/lf"), 500);
	client_end(&t.c);
	harness_log(&h, "the framing 'newline/text' forces the type of the messages, which this "
	    "module cannot do", EXPECT_MS);
	harness_stop(&h);
}
END_TEST

/*
 * A module of version 2 that was compiled before the member `type` existed leaves it uninitialized:
 * no type is forced.
 */
START_TEST(module_without_the_member)
{
	char option[64];
	int listener, port, peer;

	/* Valgrind would report that the server reads the member. */
	if (modules_is_watched("a module with a shorter answer"))
		return;
	listener = sock_listen(&port);
	modules_begin("backend_before", NULL);
	snprintf(option, sizeof(option), "peer=tcp://127.0.0.1:%d", port);
	harness_start(&h, (const char *const[]){ "-l", "127.0.0.1", "-p", "0", "-m",
	    modules_directory(), "-b", "before", "-c", option, NULL });
	client_open(&t.c, h.port, "/");
	peer = sock_accept(listener, EXPECT_MS);
	sock_write(peer, "text", 4, EXPECT_MS);
	client_expect_text(&t.c, "text");
	sock_write(peer, "caf\xe9!", 5, EXPECT_MS);
	client_expect(&t.c, CLIENT_BINARY, "caf\xe9!", 5);
	client_finish(&t.c);
	sock_close(&peer);
	harness_stop(&h);
	sock_close(&listener);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("forced_types");
	TCase *tc = backends_case(s, "rows", 60);

	tcase_add_test(tc, streams);
	tc = harness_case(s, "streams", 60);
	tcase_add_loop_test(tc, character_cut_by_a_read, 0, 2);
	tcase_add_test(tc, incomplete_character);
	tcase_add_loop_test(tc, rest_at_the_end, 0, 6);
	tcase_add_loop_test(tc, client_is_free, 0, 2);
	tc = harness_case(s, "datagrams", 60);
	tcase_add_loop_test(tc, datagrams, 0, 6);
	tcase_add_loop_test(tc, empty_datagrams, 0, 7);
	tcase_add_loop_test(tc, empty_messages, 0, 2);
	tc = backends_case(s, "names", 60);
	tcase_add_test(tc, named_in_a_map);
	tcase_add_test(tc, named_in_files);
	tcase_add_test(tc, named_by_a_helper);
	tc = harness_case(s, "modules", 60);
	tcase_add_test(tc, named_by_a_module);
	tcase_add_test(tc, named_by_an_old_module);
	tcase_add_test(tc, module_without_the_member);
	return s;
}

#include "lib/check_main.h"

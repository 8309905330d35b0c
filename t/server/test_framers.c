/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The built-in framings from end to end: the peer sends bytes in certain pieces, and the client
 * must receive certain messages of certain types.
 */

#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/pattern.h"
#include "lib/sock.h"

#define HOLD		50	/* ms for which auto holds back a character that a read has cut */
#define STRING(s)	(s), sizeof(s) - 1

/* The server, its only client, and the peer's listening socket and connection. */
static struct harness h;
static struct client c;
static int listener, peer;

static void
start_with(const char *framing, const char *config, const char *setting)
{
	char name[64], text[1024];
	int port;

	snprintf(name, sizeof(name), "framing=%s", framing);
	snprintf(text, sizeof(text), "framing-config=%s", config == NULL ? "" : config);
	listener = sock_listen(&port);
	harness_bridge(&h, port, "-c", name, "-o", setting, config == NULL ? NULL : "-c", text,
	    NULL);
}

static void
open_session(void)
{
	client_open(&c, h.port, "/");
	peer = sock_accept(listener, EXPECT_MS);
}

static void
start(const char *framing, const char *config)
{
	start_with(framing, config, "ping=0");
	open_session();
}

static void
stop(void)
{
	client_finish(&c);
	sock_expect_end(peer, EXPECT_MS);
	sock_close(&peer);
	harness_stop(&h);
	sock_close(&listener);
}

static void
from_peer(const void *data, size_t len)
{
	sock_write(peer, data, len, EXPECT_MS);
}

/* Closes the peer's socket. The server must send a last message and close. */
static void
end_of_peer(const char *last, size_t len, int type)
{
	sock_close(&peer);
	client_expect(&c, type, last, len);
	client_expect_end(&c, 1000);
	harness_stop(&h);
	sock_close(&listener);
}

/*
 * Invalid UTF-8: overlong forms, surrogates, code points beyond U+10FFFF, incomplete characters,
 * Latin-1.
 */
static const char *const invalid_utf8[] = {
	"\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x80\x80\x80",
	"\xf0\x8f\xbf\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xed\xa0\xbd\xed\xb8\x80",
	"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe", "\x80", "\xbf\xbf", "caf\xe9 ",
	"\xc3(", "\xe2\x82(", "\xf0\x9f\x98("
};

static const char *const text[] = {
	"ascii", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
	"\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "gr\xc3\xbc\xc3\x9f"
};

/* -- binary -- */

START_TEST(binary_is_binary)
{
	start("binary", NULL);
	from_peer(STRING("plain text"));
	client_expect(&c, CLIENT_BINARY, STRING("plain text"));
	from_peer(STRING("\0\xff"));
	client_expect(&c, CLIENT_BINARY, STRING("\0\xff"));
	from_peer(STRING("last"));
	end_of_peer(STRING("last"), CLIENT_BINARY);
}
END_TEST

/* -- auto -- */

/* Text and binary messages in turn: the type of a message does not depend on the previous one. */
START_TEST(auto_text_or_binary)
{
	size_t i;

	start("auto", NULL);
	for (i = 0; i < COUNTOF(invalid_utf8); i++) {
		expect_context("row %zu", i);
		from_peer(text[i % COUNTOF(text)], strlen(text[i % COUNTOF(text)]));
		client_expect_text(&c, text[i % COUNTOF(text)]);
		from_peer(invalid_utf8[i], strlen(invalid_utf8[i]));
		client_expect(&c, CLIENT_BINARY, invalid_utf8[i], strlen(invalid_utf8[i]));
	}
	from_peer(STRING("with \0 inside"));
	client_expect(&c, CLIENT_TEXT, STRING("with \0 inside"));
	stop();
}
END_TEST

START_TEST(auto_is_the_default)
{
	int port;

	listener = sock_listen(&port);
	harness_bridge(&h, port, NULL);
	open_session();
	from_peer(STRING("text"));
	client_expect_text(&c, "text");
	from_peer(STRING("\xff"));
	client_expect(&c, CLIENT_BINARY, STRING("\xff"));
	stop();
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
	from_peer(first, strlen(first));
	client_expect_text(&c, "ab");
	from_peer(second, strlen(second));
	return expect_now() - begun < HOLD - 10;
}

/* A character is sent as text in whichever place a read has cut it. */
START_TEST(auto_character_cut_by_a_read)
{
	static const char *const characters[] = { "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };
	char whole[16];
	struct client_message m;
	size_t i, cut, tries;

	start("auto", NULL);
	for (i = 0; i < COUNTOF(characters); i++) {
		for (cut = 1; cut < strlen(characters[i]); cut++) {
			expect_context("character %zu cut at %zu", i, cut);
			snprintf(whole, sizeof(whole), "%scd", characters[i]);
			/* Try again if the test was too slow on a busy machine. */
			for (tries = 0; !send_cut(characters[i], cut); tries++) {
				ck_assert_uint_lt(tries, 100);
				do
					client_read(&c, &m);
				while (m.len < 2 || memcmp(m.data + m.len - 2, "cd", 2) != 0);
			}
			client_expect_text(&c, whole);
		}
	}
	stop();
}
END_TEST

START_TEST(auto_sends_a_held_tail_soon)
{
	uint64_t begun;
	int i;

	start("auto", NULL);
	for (i = 0; i < 5; i++) {
		begun = expect_now();
		from_peer(STRING("ab\xe2\x82"));
		client_expect_text(&c, "ab");
		client_expect(&c, CLIENT_BINARY, STRING("\xe2\x82"));
		expect_elapsed(begun, HOLD - 5, HOLD);
		from_peer(STRING("\xac text"));
		client_expect(&c, CLIENT_BINARY, STRING("\xac text"));
		from_peer(STRING("text"));
		client_expect_text(&c, "text");
	}
	stop();
}
END_TEST

START_TEST(auto_sends_a_held_tail_at_the_end)
{
	start("auto", NULL);
	from_peer(STRING("ab\xf0\x9f\x98"));
	sock_close(&peer);
	client_expect_text(&c, "ab");
	client_expect(&c, CLIENT_BINARY, STRING("\xf0\x9f\x98"));
	client_expect_end(&c, 1000);
	harness_stop(&h);
	sock_close(&listener);
}
END_TEST

/* -- separator -- */

static const struct {
	const char	*config, *bytes;
	size_t		 len;
} separators[] = {
	{ ";", STRING(";") },
	{ "ab", STRING("ab") },
	{ "\\r\\n", STRING("\r\n") },
	{ "\\t", STRING("\t") },
	{ "\\f", STRING("\f") },
	{ "\\0", STRING("\0") },
	{ "\\\\", STRING("\\") },
	{ "\\x41", STRING("A") },
	{ "\\x0a", STRING("\n") },
	{ "\\x0A\\x0d", STRING("\n\r") },
	{ "\\x041", STRING("\x04" "1") },
	{ "\\xFF\\xfe", STRING("\xff\xfe") },
	{ "\\x00\\x00\\x01", STRING("\0\0\1") },
	{ "a=b;c", STRING("a=b;c") },
	{ "aab", STRING("aab") },
	{ "\\r\\n.\\r\\n", STRING("\r\n.\r\n") },
	{ "\xc3\xbc", STRING("\xc3\xbc") }
};

/* The separator is the end of its message, and the message is always binary. */
START_TEST(separator_escapes)
{
	const char *sep = separators[_i].bytes;
	size_t len = separators[_i].len;
	char buf[128];

	expect_context("%s", separators[_i].config);
	start("separator", separators[_i].config);
	memcpy(buf, "one", 3);
	memcpy(buf + 3, sep, len);
	memcpy(buf + 3 + len, sep, len);
	memcpy(buf + 3 + 2 * len, "three", 5);
	memcpy(buf + 8 + 2 * len, sep, len);
	memcpy(buf + 8 + 3 * len, "rest", 4);
	from_peer(buf, 12 + 3 * len);
	client_expect(&c, CLIENT_BINARY, buf, 3 + len);
	client_expect(&c, CLIENT_BINARY, sep, len);
	client_expect(&c, CLIENT_BINARY, buf + 3 + 2 * len, 5 + len);
	ck_assert(client_is_silent(&c, 0));
	end_of_peer("rest", 4, CLIENT_BINARY);
}
END_TEST

/*
 * A complete message is sent immediately, even if the read also contains the first bytes of the
 * next message.
 */
START_TEST(separator_over_two_reads)
{
	const char *sep = separators[_i].bytes;
	size_t len = separators[_i].len, cut;
	char first[64], second[64];

	expect_context("%s", separators[_i].config);
	start("separator", separators[_i].config);
	memcpy(first, "x", 1);
	memcpy(first + 1, sep, len);
	memcpy(second, "y", 1);
	memcpy(second + 1, sep, len);
	for (cut = 1; cut < len; cut++) {
		memcpy(first + 1 + len, second, 1 + cut);
		from_peer(first, 2 + len + cut);
		client_expect(&c, CLIENT_BINARY, first, 1 + len);
		from_peer(second + 1 + cut, len - cut);
		client_expect(&c, CLIENT_BINARY, second, 1 + len);
	}
	stop();
}
END_TEST

START_TEST(separator_byte_by_byte)
{
	static const char stream[] = "a\r\n.\rb\r\n.\r\n\r\n\r\n.\r\n.\r\n.\r\n.\r\n";
	size_t i;

	start("separator", "\\r\\n.\\r\\n");
	for (i = 0; i < sizeof(stream) - 1; i++)
		from_peer(stream + i, 1);
	client_expect(&c, CLIENT_BINARY, STRING("a\r\n.\rb\r\n.\r\n"));
	client_expect(&c, CLIENT_BINARY, STRING("\r\n\r\n.\r\n"));
	client_expect(&c, CLIENT_BINARY, STRING(".\r\n.\r\n"));
	end_of_peer(STRING(".\r\n"), CLIENT_BINARY);
}
END_TEST

/* -- newline -- */

static const struct {
	const char	*config, *bytes, *other;	/* `other` does not end a line */
} newlines[] = {
	{ "crlf", "\r\n", "\n\r" },
	{ "lf", "\n", "\r" },
	{ "cr", "\r", "\n" },
	{ "lfcr", "\n\r", "\r\r" },
	{ NULL, "\r\n", "\n" }
};

/* Text lines and a binary line in one write: each line has its own type. */
START_TEST(newline_kinds)
{
	const char *nl = newlines[_i].bytes;
	char all[128], line[4][16];
	int i;

	start("newline", newlines[_i].config);
	snprintf(line[0], sizeof(line[0]), "one%s", nl);
	snprintf(line[1], sizeof(line[1]), "\xff%stwo%s", newlines[_i].other, nl);
	snprintf(line[2], sizeof(line[2]), "%s", nl);
	snprintf(line[3], sizeof(line[3]), "\xe2\x82\xac%s", nl);
	snprintf(all, sizeof(all), "%s%s%s%srest", line[0], line[1], line[2], line[3]);
	from_peer(all, strlen(all));
	for (i = 0; i < 4; i++)
		client_expect(&c, i == 1 ? CLIENT_BINARY : CLIENT_TEXT, line[i], strlen(line[i]));
	ck_assert(client_is_silent(&c, 0));
	/* The bytes after the last line end. */
	end_of_peer("rest", 4, CLIENT_TEXT);
}
END_TEST

START_TEST(newline_over_two_reads)
{
	start("newline", "crlf");
	from_peer(STRING("one\r\ntwo\r"));
	client_expect_text(&c, "one\r\n");
	from_peer(STRING("\nth\xc3"));
	client_expect_text(&c, "two\r\n");
	from_peer(STRING("\xbc\r\n"));
	client_expect_text(&c, "th\xc3\xbc\r\n");
	from_peer(STRING("\r"));
	from_peer(STRING("\r\n\xff"));
	client_expect_text(&c, "\r\r\n");
	end_of_peer("\xff", 1, CLIENT_BINARY);
}
END_TEST

#define LINES	20000

START_TEST(many_lines_at_once)
{
	char *all = malloc(LINES * 16), line[16];
	size_t len = 0;
	int i;

	ck_assert_ptr_nonnull(all);
	for (i = 0; i < LINES; i++)
		len += (size_t)snprintf(all + len, 16, i % 7 == 0 ? "\xff%d\n" : "%d\n", i);
	start("newline", "lf");
	from_peer(all, len);
	for (i = 0; i < LINES; i++) {
		snprintf(line, sizeof(line), i % 7 == 0 ? "\xff%d\n" : "%d\n", i);
		client_expect(&c, i % 7 == 0 ? CLIENT_BINARY : CLIENT_TEXT, line, strlen(line));
	}
	free(all);
	stop();
}
END_TEST

/* -- long messages -- */

/*
 * Returns a message: the pattern without the bytes of the separators of these tests, and then
 * `end`.
 */
static uint8_t *
long_message(size_t len, const char *end)
{
	uint8_t *data = malloc(len);
	size_t i;

	ck_assert_ptr_nonnull(data);
	pattern_fill(data, len, 0, 1);
	for (i = 0; i < len; i++)
		if (data[i] == '\n' || data[i] == '\r' || data[i] == ';')
			data[i] = 'x';
	memcpy(data + len - strlen(end), end, strlen(end));
	return data;
}

static const struct {
	const char	*framing, *config, *end;
} framings[] = {
	{ "newline", "lf", "\n" }, { "newline", "crlf", "\r\n" }, { "separator", ";", ";" }
};

static void
check_long(size_t len, const char *end)
{
	uint8_t *data = long_message(len, end);

	expect_context("%zu bytes, then %zu for its end", len - strlen(end), strlen(end));
	from_peer(data, len);
	client_expect(&c, CLIENT_BINARY, data, len);
	free(data);
}

START_TEST(messages_larger_than_any_buffer)
{
	static const size_t sizes[] = {
		4095, 4096, 4097, 8192, 16383, 16384, 16385, 32768, 65535, 65536, 65537, 1048576,
		16 * 1048576
	};
	size_t i;

	start(framings[_i].framing, framings[_i].config);
	for (i = 0; i < COUNTOF(sizes); i++)
		check_long(sizes[i], framings[_i].end);
	stop();
}
END_TEST

#define LIMIT	100000

START_TEST(max_message_exactly)
{
	const char *end = framings[_i].end;
	uint8_t *data;

	start_with(framings[_i].framing, framings[_i].config, "max-message=100000");
	open_session();
	check_long(LIMIT, end);
	check_long(LIMIT - 1, end);

	/* A message of maximum length that lacks only its last byte must not be rejected. */
	data = long_message(LIMIT, end);
	from_peer(data, LIMIT - 1);
	ck_assert(client_is_silent(&c, 50));
	from_peer(data + LIMIT - 1, 1);
	client_expect(&c, CLIENT_BINARY, data, LIMIT);
	free(data);
	stop();
}
END_TEST

static void
expect_too_long(size_t len, const char *its_end, const char *end)
{
	uint8_t *data = long_message(len, its_end);
	struct client_message m;
	size_t sent;
	ssize_t n;

	open_session();
	from_peer(STRING("!"));
	from_peer(end, strlen(end));
	client_read(&c, &m);
	ck_assert_uint_eq(m.len, 1 + strlen(end));
	for (sent = 0; sent < len; ) {
		n = sock_write_now(peer, data + sent, len - sent);
		if (n == SOCK_RESET)
			break;
		if (n == SOCK_AGAIN)
			ck_assert(sock_writable(peer, EXPECT_MS));
		else
			sent += (size_t)n;
	}
	client_expect_end(&c, 1009);
	sock_close(&peer);
	harness_log(&h, "code=1009 by=peer", EXPECT_MS);
	harness_log_mark(&h);
	free(data);
}

START_TEST(max_message_is_a_limit)
{
	const char *end = framings[_i].end;

	start_with(framings[_i].framing, framings[_i].config, "max-message=100000");
	expect_context("one byte too long, with its end");
	expect_too_long(LIMIT + 1, end, end);
	expect_context("one byte too long, without its end");
	expect_too_long(LIMIT + 1, "x", end);
	expect_context("much too long");
	expect_too_long(10 * LIMIT, "x", end);
	harness_stop(&h);
	sock_close(&listener);
}
END_TEST

/* max-message does not limit framings that may cut the bytes anywhere. */
START_TEST(max_message_does_not_concern_streams)
{
	start_with(_i == 0 ? "auto" : "binary", NULL, "max-message=125");
	open_session();
	sock_write_pattern(peer, 0, 200000, 1, EXPECT_MS);
	client_expect_pattern(&c, 0, 200000, 1);
	stop();
}
END_TEST

/*
 * The peer repeats the first bytes of the separator: after a read the framing must not search the
 * earlier bytes again.
 */
START_TEST(search_is_linear)
{
	size_t len = 8 * 1048576;
	uint8_t *data = malloc(len);
	long before;

	ck_assert_ptr_nonnull(data);
	memset(data, 'a', len);
	data[len - 1] = 'b';
	start("separator", "aaaaaaaab");
	before = harness_cpu(&h);
	from_peer(data, len);
	client_expect(&c, CLIENT_BINARY, data, len);
	/*
	 * A single search takes some 100 ms; to search all bytes again at each read takes
	 * minutes.
	 */
	if (before != -1)
		ck_assert_int_lt(harness_cpu(&h) - before, expect_stretch(5000));
	free(data);
	stop();
}
END_TEST

/* -- datagrams are cut, but never joined -- */

START_TEST(lines_in_datagrams)
{
	struct harness echo;
	char address[64];

	harness_echo(&echo, "-u", NULL);
	snprintf(address, sizeof(address), "udp://127.0.0.1:%d", echo.port);
	harness_bridge_to(&h, address, "-c", "framing=newline", "-c", "framing-config=lf", NULL);
	client_open(&c, h.port, "/");
	client_text(&c, "one\n\xc3\xbc\nrest");
	client_expect_text(&c, "one\n");
	client_expect_text(&c, "\xc3\xbc\n");
	client_expect_text(&c, "rest");
	client_text(&c, "next\n");
	client_expect_text(&c, "next\n");
	client_finish(&c);
	harness_stop(&h);
	harness_stop(&echo);
}
END_TEST

START_TEST(datagrams_have_a_type)
{
	struct harness echo;
	char address[64];
	size_t i;

	harness_echo(&echo, "-u", NULL);
	snprintf(address, sizeof(address), "udp://127.0.0.1:%d", echo.port);
	harness_bridge_to(&h, address, NULL);
	client_open(&c, h.port, "/");
	for (i = 0; i < COUNTOF(invalid_utf8); i++) {
		client_binary(&c, invalid_utf8[i], strlen(invalid_utf8[i]));
		client_expect(&c, CLIENT_BINARY, invalid_utf8[i], strlen(invalid_utf8[i]));
		client_binary(&c, text[i % COUNTOF(text)], strlen(text[i % COUNTOF(text)]));
		client_expect_text(&c, text[i % COUNTOF(text)]);
	}
	/* In a datagram, an incomplete character at the end is not held back. */
	client_binary(&c, STRING("ab\xe2\x82"));
	client_expect(&c, CLIENT_BINARY, STRING("ab\xe2\x82"));
	client_finish(&c);
	harness_stop(&h);
	harness_stop(&echo);
}
END_TEST

/* -- invalid configurations -- */

static const struct {
	const char	*framing, *config, *words;
} bad[] = {
	{ "separator", NULL, "the separator is missing" },
	{ "separator", "", "the separator is missing" },
	{ "separator", "\\", "escapes" },
	{ "separator", "a\\", "escapes" },
	{ "separator", "\\q", "escapes" },
	{ "separator", "\\x", "escapes" },
	{ "separator", "\\x4", "escapes" },
	{ "separator", "\\xg1", "escapes" },
	{ "separator", "\\x1g", "escapes" },
	{ "separator", "LONG", "too long" },
	{ "nonsense", NULL, "no framing 'nonsense'" },
	{ "", NULL, "no framing ''" },
	{ "Auto", NULL, "no framing 'Auto'" },
	{ "nosuch", NULL, "no framing 'nosuch'" }
};

START_TEST(bad_configurations_are_refused_at_the_start)
{
	char framing[64], config[400] = "framing-config=";
	const char *args[] = { "-p", "0", "-c", framing, bad[_i].config == NULL ? NULL : "-c",
	    config, NULL };

	snprintf(framing, sizeof(framing), "framing=%s", bad[_i].framing);
	if (bad[_i].config != NULL && strcmp(bad[_i].config, "LONG") == 0)
		memset(config + strlen(config), 'x', 300);
	else if (bad[_i].config != NULL)
		strcat(config, bad[_i].config);
	expect_context("%s %s", framing, config);
	harness_spawn(&h, args, NULL);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 1);
	if (strstr(harness_log_text(&h), bad[_i].words) == NULL)
		expect_fail("stderr should have \"%s\": %s", bad[_i].words, harness_log_text(&h));
	harness_clean(&h);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("framers");
	TCase *tc = harness_case(s, "whole", 60);

	tcase_add_test(tc, binary_is_binary);
	tcase_add_test(tc, auto_text_or_binary);
	tcase_add_test(tc, auto_is_the_default);
	tcase_add_test(tc, auto_character_cut_by_a_read);
	tcase_add_test(tc, auto_sends_a_held_tail_soon);
	tcase_add_test(tc, auto_sends_a_held_tail_at_the_end);
	tcase_add_loop_test(tc, max_message_does_not_concern_streams, 0, 2);
	tcase_add_test(tc, datagrams_have_a_type);

	tc = harness_case(s, "cut", 60);
	tcase_add_loop_test(tc, separator_escapes, 0, expect_rows(COUNTOF(separators), 4));
	tcase_add_loop_test(tc, separator_over_two_reads, 0, expect_rows(COUNTOF(separators), 4));
	tcase_add_test(tc, separator_byte_by_byte);
	tcase_add_loop_test(tc, newline_kinds, 0, (int)COUNTOF(newlines));
	tcase_add_test(tc, newline_over_two_reads);
	tcase_add_test(tc, many_lines_at_once);
	tcase_add_test(tc, lines_in_datagrams);

	tc = harness_case(s, "limits", 60);
	tcase_add_loop_test(tc, messages_larger_than_any_buffer, 0, (int)COUNTOF(framings));
	tcase_add_loop_test(tc, max_message_exactly, 0, (int)COUNTOF(framings));
	tcase_add_loop_test(tc, max_message_is_a_limit, 0, (int)COUNTOF(framings));
	tcase_add_test(tc, search_is_linear);
	tcase_add_loop_test(tc, bad_configurations_are_refused_at_the_start, 0,
	    expect_rows(COUNTOF(bad), 4));
	return s;
}

#include "lib/check_main.h"

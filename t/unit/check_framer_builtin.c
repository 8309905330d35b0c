/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <sys/mman.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "lib/countof.h"
#include "lib/unit.h"
#include "module/framer.h"

#define HELD_MAX	512
#define MESSAGES	64

/*
 * One connection, handled as in the relay: new bytes are added after the held ones, messages are
 * taken from the front until more bytes are needed, and the rest is sent at end of file from the
 * peer. The framing function gets the bytes with a NUL after them, and then a guard page.
 */
struct connection {
	const struct framer	*framer;
	const char		*config;
	struct framing		 g;
	struct unit_guard	 guard;
	uint8_t			 held[HELD_MAX], sent[HELD_MAX];
	size_t			 held_len, sent_len;
	size_t			 end[MESSAGES];		/* end of each message in sent */
	ws_operation		 type[MESSAGES];
	size_t			 messages;
	void			(*check)(struct connection *c, const char *how);
	const void		*want;
};

static void
connection_begin(void *arg)
{
	struct connection *c = arg;

	framer_start(&c->g, c->framer, c->config);
	c->held_len = c->sent_len = c->messages = 0;
}

static void
connection_send(struct connection *c, size_t len, ws_operation type)
{
	unit_assert(c->messages < MESSAGES, "too many messages");
	memcpy(c->sent + c->sent_len, c->held, len);
	c->sent_len += len;
	c->held_len -= len;
	memmove(c->held, c->held + len, c->held_len);
	c->end[c->messages] = c->sent_len;
	c->type[c->messages++] = type;
}

static void
connection_feed(void *arg, const uint8_t *piece, size_t len)
{
	struct connection *c = arg;
	size_t fresh = len;
	ws_operation type = ws_frame_text;
	const char *why = NULL;
	uint8_t *data;
	int64_t n;

	unit_assert(c->held_len + c->sent_len + len <= HELD_MAX, "%zu bytes are too long", len);
	memcpy(c->held + c->held_len, piece, len);
	c->held_len += len;
	while (c->held_len > 0 && fresh > 0) {
		data = unit_guard_end(&c->guard, NULL, c->held_len + 1);
		memcpy(data, c->held, c->held_len);
		data[c->held_len] = '\0';
		n = framer_next(&c->g, data, c->held_len, fresh, &type, &why);
		unit_assert(n >= 0, "%s", why);
		if (n == 0)
			break;
		connection_send(c, (size_t)n, type);
		fresh = c->held_len;
	}
}

static void
connection_end(void *arg, const char *how)
{
	struct connection *c = arg;

	c->check(c, how);
	framer_stop(&c->g);
	framer_stop(&c->g);
}

/* Runs a connection with this framing once for each way of splitting the data into reads. */
static void
run(const char *name, const char *config, const void *data, size_t len, const void *want,
    void (*check)(struct connection *c, const char *how))
{
	struct connection c;
	struct unit_feeder f = { connection_begin, connection_feed, connection_end, &c };

	memset(&c, 0, sizeof(c));
	c.framer = framer_find(name);
	ck_assert_ptr_nonnull(c.framer);
	c.config = config;
	c.check = check;
	c.want = want;
	unit_guard_open(&c.guard, HELD_MAX);
	unit_feed(&f, data, len);
	unit_guard_close(&c.guard);
}

static int
is_text(const uint8_t *data, size_t len)
{
	struct utf8 u = { 0 };

	return utf8_check(&u, data, len) == 0 && utf8_complete(&u);
}

/*
 * Every text message must be valid UTF-8, and all messages together must be equal to c->want.
 * Returns the number of binary messages.
 */
static size_t
check_auto(struct connection *c, const char *how)
{
	size_t i, from, binary = 0;

	for (i = from = 0; i < c->messages; from = c->end[i++]) {
		if (c->type[i] == ws_frame_text)
			ck_assert_msg(is_text(c->sent + from, c->end[i] - from), "%s: %s as text",
			    how, unit_hex(c->sent + from, c->end[i] - from));
		else
			binary++;
	}
	if (c->held_len > 0) {
		ck_assert_int_eq(framer_type(&c->g, c->held, c->held_len), ws_frame_binary);
		connection_send(c, c->held_len, ws_frame_binary);
	}
	ck_assert_msg(memcmp(c->sent, c->want, c->sent_len) == 0, "%s: %s came out", how,
	    unit_hex(c->sent, c->sent_len));
	return binary;
}

static void
check_auto_text(struct connection *c, const char *how)
{
	ck_assert_msg(c->held_len == 0, "%s: %zu bytes held", how, c->held_len);
	ck_assert_msg(check_auto(c, how) == 0, "%s: a binary message", how);
}

static void
check_auto_binary(struct connection *c, const char *how)
{
	ck_assert_msg(c->held_len == 0, "%s: %zu bytes held", how, c->held_len);
	ck_assert_msg(check_auto(c, how) > 0, "%s: only text", how);
}

/* The data ends within a character, so at most 3 bytes are held. */
static void
check_auto_cut(struct connection *c, const char *how)
{
	ck_assert_msg(c->held_len >= 1 && c->held_len <= 3, "%s: %zu bytes held", how, c->held_len);
	ck_assert_msg(check_auto(c, how) == 0, "%s: a binary message", how);
}

START_TEST(framer_auto_text)
{
	static const char *const texts[] = {
		"plain ASCII\r\n", "\xc3\xa9", "na\xc3\xafve \xe2\x82\xac 5 \xf0\x9f\x98\x80!",
		"\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf\xf4\x8f\xbf\xbf", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
		"\xef\xbb\xbf(byte order mark)", "\x01\x1b[0m\x7f"
	};
	size_t i;

	for (i = 0; i < COUNTOF(texts); i++)
		run("auto", NULL, texts[i], strlen(texts[i]), texts[i], check_auto_text);
	run("auto", "ignored", "a\0b\xc3\xa9\0", 6, "a\0b\xc3\xa9\0", check_auto_text);
	ck_assert_uint_ne(framer_find("auto")->hold, 0);
	ck_assert_int_ne(framer_find("auto")->whole, 0);
}
END_TEST

START_TEST(framer_auto_binary)
{
	static const char *const texts[] = {
		"\xff", "\xfe", "abc\xff", "\xff(bc", "ab\x80(d", "\xc3(", "\xe2\x82(",
		"\xf0\x9f\x98(", "\xc3\xa9\xc3\xa9\x80",
		"\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf",					/* overlong */
		"\xed\xa0\x80", "\xed\xbf\xbf", "\xed\xa0\x80\xed\xb0\x80",	/* surrogates */
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80"	/* too large */
	};
	size_t i;

	for (i = 0; i < COUNTOF(texts); i++)
		run("auto", NULL, texts[i], strlen(texts[i]), texts[i], check_auto_binary);
}
END_TEST

START_TEST(framer_auto_cut)
{
	static const char *const texts[] = {
		"\xc3", "abc\xc3", "\xe2\x82", "abc\xe2", "\xf0\x9f\x98", "\xc3\xa9\xf0\x9f",
		"\xf4\x8f\xbf"
	};
	size_t i;

	for (i = 0; i < COUNTOF(texts); i++)
		run("auto", NULL, texts[i], strlen(texts[i]), texts[i], check_auto_cut);
}
END_TEST

/*
 * Each message has its own type: text can follow binary data, and held bytes get their type when
 * they are sent.
 */
START_TEST(framer_auto_changes)
{
	static const uint8_t all[] = "ab\xff" "cd\xc3" "\xa9" "e\xc3" "(" "fg";
	static const struct {
		size_t		len;
		ws_operation	type;
		size_t		held;
	} reads[] = {
		{ 3, ws_frame_binary, 0 }, { 3, ws_frame_text, 1 }, { 1, ws_frame_text, 0 },
		{ 2, ws_frame_text, 1 }, { 1, ws_frame_binary, 0 }, { 2, ws_frame_text, 0 }
	};
	struct connection c;
	size_t i, at = 0;

	memset(&c, 0, sizeof(c));
	c.framer = framer_find("auto");
	unit_guard_open(&c.guard, HELD_MAX);
	connection_begin(&c);
	for (i = 0; i < COUNTOF(reads); i++) {
		connection_feed(&c, all + at, reads[i].len);
		at += reads[i].len;
		ck_assert_uint_eq(c.messages, i + 1);
		ck_assert_int_eq(c.type[i], reads[i].type);
		ck_assert_uint_eq(c.held_len, reads[i].held);
	}
	ck_assert_uint_eq(c.sent_len, sizeof(all) - 1);
	ck_assert_mem_eq(c.sent, all, sizeof(all) - 1);
	framer_stop(&c.g);
	unit_guard_close(&c.guard);
}
END_TEST

/* The framing binary: all bytes of one read are one message. */
START_TEST(framer_binary)
{
	struct framing g;
	ws_operation type;
	uint8_t data[257];
	const char *why;
	size_t i;

	for (i = 0; i < 256; i++)
		data[i] = (uint8_t)i;
	framer_start(&g, framer_find("binary"), NULL);
	for (i = 1; i <= 256; i++) {
		data[i] = '\0';
		ck_assert_int_eq(framer_next(&g, data, i, i, &type, &why), (int64_t)i);
		ck_assert_int_eq(type, ws_frame_binary);
		data[i] = (uint8_t)i;
	}
	ck_assert_int_eq(framer_type(&g, (const uint8_t *)"text", 4), ws_frame_binary);
	framer_stop(&g);
	ck_assert_int_ne(framer_find("binary")->whole, 0);
}
END_TEST

/*
 * An input, and the messages that the framing makes of it: each with its type (t or b) before it;
 * then the rest.
 */
struct cut {
	const char	*framing, *config, *input;
	const char	*output[8];
};

static const struct cut cuts[] = {
	{ "separator", "\\n", "a\nbb\n\nc", { "ba\n", "bbb\n", "b\n", "c" } },
	{ "separator", "\\n", "a\n", { "ba\n", "" } },
	{ "separator", "\\n", "\n", { "b\n", "" } },
	{ "separator", "\\n", "abc", { "abc" } },
	{ "separator", "\\r\\n", "\r\r\n\n\r", { "b\r\r\n", "\n\r" } },
	{ "separator", "\\r\\n\\r\\n", "\r\n\r\r\n\r\nx", { "b\r\n\r\r\n\r\n", "x" } },
	{ "separator", "|", "|a||b", { "b|", "ba|", "b|", "b" } },
	{ "separator", "aab", "aaab", { "baaab", "" } },
	{ "separator", "aab", "aaaaabaabaa", { "baaaaab", "baab", "aa" } },
	{ "separator", "aba", "ababa", { "baba", "ba" } },
	{ "separator", "aaaa", "aaaaaaa", { "baaaa", "aaa" } },
	{ "separator", "abcabd", "abcabcabdabcab", { "babcabcabd", "abcab" } },
	{ "separator", "\\x41\\x42", "xABAAB", { "bxAB", "bAAB", "" } },
	{ "separator", "\\\\", "a\\b", { "ba\\", "b" } },
	{ "separator", "END", "the ENEND and ENDE", { "bthe ENEND", "b and END", "E" } },
	{ "separator", "\xc3\xa9", "a\xc3\xa9\xc3", { "ba\xc3\xa9", "\xc3" } },
	{ "separator", "-0123456789-0123456789-0123456789-0123456789-0123456789",
	    "-0123456789-0123456789-0123456789-0123456789-012345678"
	    "-0123456789-0123456789-0123456789-0123456789-0123456789",
	    { "b-0123456789-0123456789-0123456789-0123456789-012345678"
	    "-0123456789-0123456789-0123456789-0123456789-0123456789", "" } },
	{ "newline", "lf", "a\n\xff\nb\n", { "ta\n", "b\xff\n", "tb\n", "" } },
	{ "newline", "lf", "\n\n", { "t\n", "t\n", "" } },
	{ "newline", "lf", "a\r\nb", { "ta\r\n", "b" } },
	{ "newline", "cr", "a\rb\n\r", { "ta\r", "tb\n\r", "" } },
	{ "newline", "crlf", "a\r\nb\nc\r\r\n", { "ta\r\n", "tb\nc\r\r\n", "" } },
	{ "newline", "crlf", "\r\n\r", { "t\r\n", "\r" } },
	{ "newline", "lfcr", "a\r\nb\n\rc\n\n\r", { "ta\r\nb\n\r", "tc\n\n\r", "" } },
	{ "newline", NULL, "a\nb\r\nc", { "ta\nb\r\n", "c" } },
	{ "newline", "", "a\nb\r\nc", { "ta\nb\r\n", "c" } },
	{ "newline", "lf", "\xc3\xa9\n\xed\xa0\x80\n\xe2\x82\xac\n\xc0\x80\n",
	    { "t\xc3\xa9\n", "b\xed\xa0\x80\n", "t\xe2\x82\xac\n", "b\xc0\x80\n", "" } },
	{ "newline", "lf", "\xc3\n\xa9\n", { "b\xc3\n", "b\xa9\n", "" } }
};

static void
check_cut(struct connection *c, const char *how)
{
	const struct cut *row = c->want;
	const char *want;
	size_t i, from = 0, len;

	for (i = 0; row->output[i + 1] != NULL; i++) {
		want = row->output[i];
		ck_assert_msg(i < c->messages, "%s: %zu messages", how, c->messages);
		len = c->end[i] - from;
		ck_assert_msg(len == strlen(want) - 1 &&
		    memcmp(c->sent + from, want + 1, len) == 0, "%s: '%s' instead of '%s'", how,
		    unit_hex(c->sent + from, len), unit_hex(want + 1, strlen(want) - 1));
		ck_assert_msg(c->type[i] == (*want == 't' ? ws_frame_text : ws_frame_binary),
		    "%s: type of %s", how, unit_hex(c->sent + from, len));
		from = c->end[i];
	}
	want = row->output[i];
	ck_assert_msg(c->messages == i, "%s: %zu messages", how, c->messages);
	ck_assert_uint_eq(c->held_len, strlen(want));
	ck_assert_mem_eq(c->held, want, c->held_len);
}

START_TEST(framer_cuts)
{
	const struct cut *row = &cuts[_i];
	const char *why = NULL;
	const struct framer *f = framer_find(row->framing);

	ck_assert_msg(framer_check(f, row->config, &why) == 0, "'%s': %s",
	    row->config, why);
	ck_assert_int_eq(f->whole, 0);
	ck_assert_uint_eq(f->hold, 0);
	run(row->framing, row->config, row->input, strlen(row->input), row, check_cut);
}
END_TEST

/* The separator and the data contain NUL bytes, which must not end a string. */
START_TEST(framer_separator_nul)
{
	static const uint8_t input[] = "a\0\0b\0\1";
	struct connection c;
	size_t i;

	memset(&c, 0, sizeof(c));
	c.framer = framer_find("separator");
	c.config = "\\0\\x01";
	unit_guard_open(&c.guard, HELD_MAX);
	connection_begin(&c);
	for (i = 0; i < 5; i++)
		connection_feed(&c, input + i, 1);
	ck_assert_uint_eq(c.messages, 0);
	connection_feed(&c, input + 5, 1);
	ck_assert_uint_eq(c.messages, 1);
	ck_assert_uint_eq(c.sent_len, 6);
	ck_assert_mem_eq(c.sent, input, 6);
	framer_stop(&c.g);
	unit_guard_close(&c.guard);
}
END_TEST

/* Random data and separators of two letters in random reads, compared with a simple search. */
START_TEST(framer_separator_random)
{
	char separator[8], data[200];
	struct connection c;
	uint64_t random = 5;
	size_t len, n, i, from, at;
	unsigned turn;

	memset(&c, 0, sizeof(c));
	c.framer = framer_find("separator");
	c.config = separator;
	unit_guard_open(&c.guard, HELD_MAX);
	for (turn = 0; turn < 3000; turn += unit_stride()) {
		len = 2 + unit_random_below(&random, 5);
		for (i = 0; i < len; i++)
			separator[i] = (char)('a' + unit_random_below(&random, 2));
		separator[len] = '\0';
		for (i = 0; i < sizeof(data); i++)
			data[i] = (char)('a' + unit_random_below(&random, 2));
		connection_begin(&c);
		for (at = 0; at < sizeof(data) && c.messages < MESSAGES / 2; at += n) {
			n = 1 + unit_random_below(&random, 12);
			n = n > sizeof(data) - at ? sizeof(data) - at : n;
			connection_feed(&c, (uint8_t *)data + at, n);
		}
		ck_assert_mem_eq(c.sent, data, c.sent_len);
		for (i = from = 0; i < c.messages; i++, from = n) {
			for (n = from + len; memcmp(data + n - len, separator, len) != 0; n++)
				unit_assert(n < c.end[i], "message %zu is cut", i);
			ck_assert_uint_eq(n, c.end[i]);
		}
		for (n = from + len; n <= at; n++)
			unit_assert(memcmp(data + n - len, separator, len) != 0, "one is missed");
		framer_stop(&c.g);
	}
	unit_guard_close(&c.guard);
}
END_TEST

/* Configurations that are refused, and what the sentence must have. */
static const struct {
	const char	*framing, *config, *why;
} refused[] = {
	{ "auto", "lf", "takes no configuration" }, { "binary", "x", "takes no configuration" },
	{ "auto", " ", "takes no configuration" },
	{ "newline", "LF", "crlf, lf, cr or lfcr; is 'lf' meant?" },
	{ "newline", "\\n", "is 'lf' meant?" }, { "newline", "\n", "is 'lf' meant?" },
	{ "newline", "unix", "is 'lf' meant?" }, { "newline", "Linefeed", "is 'lf' meant?" },
	{ "newline", "lf ", "is 'lf' meant?" }, { "newline", " lf", "is 'lf' meant?" },
	{ "newline", "CRLF", "is 'crlf' meant?" }, { "newline", "cr lf", "is 'crlf' meant?" },
	{ "newline", "\\r\\n", "is 'crlf' meant?" }, { "newline", "\r\n", "is 'crlf' meant?" },
	{ "newline", "dos", "is 'crlf' meant?" }, { "newline", "Windows", "is 'crlf' meant?" },
	{ "newline", "\\r", "is 'cr' meant?" }, { "newline", "mac", "is 'cr' meant?" },
	{ "newline", "\\n\\r", "is 'lfcr' meant?" }, { "newline", "Lf+Cr", "is 'lfcr' meant?" },
	{ "newline", "something", "the line end is crlf, lf, cr or lfcr" },
	{ "newline", "any", "the line end is crlf, lf, cr or lfcr" },
	{ "newline", "lfx", "the line end is crlf, lf, cr or lfcr" },
	{ "newline", " ", "the line end is crlf, lf, cr or lfcr" },
	{ "newline", "lf,crlf", "the line end is crlf, lf, cr or lfcr" },
	{ "separator", "\\q", "escapes" }, { "separator", "", "missing" }
};

START_TEST(framer_configurations_refused)
{
	static const char *const good[] = { NULL, "", "crlf", "lf", "cr", "lfcr" };
	struct framing g;
	ws_operation type;
	const char *why;
	uint8_t data[2] = "a";
	size_t i;

	for (i = 0; i < COUNTOF(refused); i++) {
		why = "";
		ck_assert_int_eq(framer_check(framer_find(refused[i].framing), refused[i].config,
		    &why), -1);
		ck_assert_msg(strstr(why, refused[i].why) != NULL, "row %zu: %s", i, why);
	}
	ck_assert_ptr_null(strstr(why, "meant"));
	for (i = 0; i < COUNTOF(good); i++)
		ck_assert_int_eq(framer_check(framer_find("newline"), good[i], &why), 0);
	/* If it is used without the check, it ends only its own connection. */
	framer_start(&g, framer_find("newline"), "LF");
	ck_assert_int_eq(framer_next(&g, data, 1, 1, &type, &why), -1);
	framer_stop(&g);
}
END_TEST

/*
 * framer_check() must refuse an invalid configuration. If it is used without the check, it ends
 * only its own connection.
 */
START_TEST(framer_separator_refused)
{
	static const char *const bad[] = { NULL, "", "\\", "\\q", "\\x", "\\xg1", "ok\\x4" };
	const struct framer *f = framer_find("separator");
	struct framing g;
	ws_operation type;
	const char *why;
	uint8_t data[2] = "a";
	size_t i;

	for (i = 0; i < COUNTOF(bad); i++) {
		why = NULL;
		ck_assert_int_eq(framer_check(f, bad[i], &why), -1);
		ck_assert(why != NULL && *why != '\0');
		why = NULL;
		framer_start(&g, f, bad[i]);
		ck_assert_int_eq(framer_next(&g, data, 1, 1, &type, &why), -1);
		ck_assert(why != NULL && *why != '\0');
		framer_stop(&g);
		framer_stop(&g);
	}
}
END_TEST

/*
 * The framing must search each byte only once: pages that were searched lose their access, so a
 * second search of them ends the test. The last page may be read again, since a separator may
 * start there.
 */
START_TEST(framer_searches_once)
{
	static const struct {
		const char	*framing, *config, *end;
	} rows[] = {
		{ "separator", "\\n", "\n" }, { "separator", "xxxxxxxxy", "xxxxxxxxy" },
		{ "newline", "crlf", "\r\n" }, { "newline", "lf", "\n" }
	};
	const size_t total = 256 * 1024, step = 500;
	size_t len, done = 0, gone;
	struct unit_guard guard;
	struct framing g;
	ws_operation type;
	const char *why;
	uint8_t *data;

	unit_guard_open(&guard, total);
	data = unit_guard_begin(&guard, NULL, 0);
	memset(data, 'x', total);
	framer_start(&g, framer_find(rows[_i].framing), rows[_i].config);
	for (len = step; len < total - 10; len += step) {
		data[len] = '\0';
		ck_assert_int_eq(framer_next(&g, data, len, step, &type, &why), 0);
		data[len] = 'x';
		gone = len < 100 ? 0 : (len - 100) / guard.page * guard.page;
		if (gone > done)
			ck_assert_int_eq(mprotect(data, gone, PROT_NONE), 0);
		done = gone;
	}
	/* The line is complete, and its type depends on all its bytes: make them readable again. */
	ck_assert_int_eq(mprotect(data, done, PROT_READ), 0);
	len -= step;
	memcpy(data + len, rows[_i].end, strlen(rows[_i].end) + 1);
	ck_assert_int_eq(framer_next(&g, data, len + strlen(rows[_i].end), strlen(rows[_i].end),
	    &type, &why), (int64_t)(len + strlen(rows[_i].end)));
	framer_stop(&g);
	unit_guard_close(&guard);
}
END_TEST

/*
 * 16 MiB in reads of 1 KiB, and 1 MiB in reads of one byte, with the data that is slowest to
 * search.
 */
START_TEST(framer_is_quick)
{
	static const struct {
		size_t	total, step;
	} rows[] = {
		{ 16 * 1024 * 1024, 1024 }, { 1024 * 1024, 1 }
	};
	char separator[101] = "";
	struct framing g;
	ws_operation type;
	const char *why;
	uint8_t *data;
	size_t i, len, total;

	memset(separator, 'a', 99);
	separator[99] = 'b';
	data = malloc(rows[0].total + 1);
	ck_assert_ptr_nonnull(data);
	memset(data, 'a', rows[0].total);
	for (i = 0; i < COUNTOF(rows); i++) {
		framer_start(&g, framer_find("separator"), separator);
		total = rows[i].total / unit_stride();
		for (len = rows[i].step; len <= total; len += rows[i].step) {
			data[len] = '\0';
			if (framer_next(&g, data, len, rows[i].step, &type, &why) != 0)
				ck_abort_msg("a message of %zu bytes", len);
			data[len] = 'a';
		}
		framer_stop(&g);
	}
	free(data);
}
END_TEST

/* Runs once for all tests. A failed assertion in an unchecked fixture would not be reported. */
static void
setup(void)
{
	if (framer_register_builtin() != 0)
		abort();
}

static Suite *
check_suite(void)
{
	Suite *s = suite_create("framer_builtin");
	TCase *tc = tcase_create("framer_builtin");

	tcase_add_unchecked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, framer_auto_text);
	tcase_add_test(tc, framer_auto_binary);
	tcase_add_test(tc, framer_auto_cut);
	tcase_add_test(tc, framer_auto_changes);
	tcase_add_test(tc, framer_binary);
	tcase_add_loop_test(tc, framer_cuts, 0, COUNTOF(cuts));
	tcase_add_test(tc, framer_separator_nul);
	tcase_add_test(tc, framer_separator_random);
	tcase_add_test(tc, framer_separator_refused);
	tcase_add_test(tc, framer_configurations_refused);
	tcase_add_loop_test(tc, framer_searches_once, 0, 4);
	tcase_add_test(tc, framer_is_quick);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

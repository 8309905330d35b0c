/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Tests http.h. Each head is parsed as a whole, byte by byte, and split in two at every point. For
 * each call the bytes are moved to other memory with a guard page after them, so the parser can
 * keep only offsets and no pointers.
 *
 * The expected result is text: "GET /x 1 [name=value]" for HTTP/1.1, "400" for a refusal, "more"
 * for an incomplete head.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/countof.h"
#include "lib/unit.h"
#include "proto/http.h"

#define OUTCOME_SIZE	32768
#define TIMED_SIZE	16000

static struct unit_guard guard;

static void
setup(void)
{
	unit_guard_open(&guard, 2 * HTTP_HEAD_SIZE);
}

static void
teardown(void)
{
	unit_guard_close(&guard);
}

static void
append(char *out, const char *data, size_t len)
{
	size_t at = strlen(out);

	unit_assert(at + len < OUTCOME_SIZE, "%s is too long", out);
	memcpy(out + at, data, len);
	out[at + len] = '\0';
}

static void
append_span(char *out, const char *head, struct http_span span)
{
	append(out, head + span.at, span.len);
}

/* Returns the result of the parser as text. */
static const char *
outcome(const struct http *h, enum http_verdict verdict, const char *head)
{
	static char out[OUTCOME_SIZE];
	char number[32];
	int i;

	out[0] = '\0';
	if (verdict == HTTP_MORE)
		return "more";
	if (verdict == HTTP_BAD) {
		if (h->reason == NULL || h->reason[0] == '\0')
			ck_abort_msg("refused with %d and no reason", h->status);
		snprintf(out, sizeof(out), "%d", h->status);
		return out;
	}
	append_span(out, head, h->method);
	append(out, " ", 1);
	append_span(out, head, h->target);
	snprintf(number, sizeof(number), " %d", h->minor);
	append(out, number, strlen(number));
	for (i = 0; i < h->fields; i++) {
		append(out, " [", 2);
		append_span(out, head, h->field[i].name);
		append(out, "=", 1);
		append_span(out, head, h->field[i].value);
		append(out, "]", 1);
	}
	return out;
}

/*
 * Parses a head in pieces, the first of a bytes, the others of step bytes, and checks the result.
 */
static void
expect_cut(const char *head, size_t len, size_t a, size_t step, const char *expected)
{
	/*
	 * Move the pieces to new memory only if there are few: one move for each byte would take
	 * too long.
	 */
	int moved = len <= 1024 || step > 1;
	enum http_verdict verdict = HTTP_MORE;
	const char *got, *known_head;
	struct http h;
	size_t known;

	http_init(&h);
	for (known = a; verdict == HTTP_MORE; known += step) {
		if (known > len)
			known = len;
		known_head = moved ? (char *)unit_guard_end(&guard, head, known) : head;
		verdict = http_parse(&h, known_head, known);
		if (known == len)
			break;
	}
	got = outcome(&h, verdict, head);
	if (strcmp(got, expected) != 0)
		ck_abort_msg("'%.200s' cut at %zu, then every %zu bytes: %.200s instead of %.200s",
		    head, a, step, got, expected);
}

static void
expect(const char *head, size_t len, const char *expected)
{
	size_t cut;

	expect_cut(head, len, len, 1, expected);
	expect_cut(head, len, 0, 1, expected);
	if (len > 1024) {
		for (cut = 1; cut < 1024; cut += cut)
			expect_cut(head, len, cut, cut, expected);
		return;
	}
	for (cut = 1; cut < len; cut++)
		expect_cut(head, len, cut, len, expected);
}

struct row {
	const char	*head;
	size_t		 len;
	const char	*expected;
};

#define ROW(head, expected)	{ head, sizeof(head) - 1, expected }

static void
expect_rows(const struct row *rows, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		expect(rows[i].head, rows[i].len, rows[i].expected);
}

#define LINE	"GET / HTTP/1.1\r\n"

START_TEST(http_request_lines)
{
	static const struct row rows[] = {
		ROW("GET / HTTP/1.1\r\n\r\n", "GET / 1"),
		ROW("GET /chat?a=b HTTP/1.1\r\n\r\n", "GET /chat?a=b 1"),
		ROW("GET / HTTP/1.0\r\n\r\n", "GET / 0"),
		ROW("POST * HTTP/1.1\r\n\r\n", "POST * 1"),
		ROW("get / HTTP/1.1\r\n\r\n", "get / 1"),
		ROW("!#$%&'*+-.^_`|~09azAZ / HTTP/1.1\r\n\r\n", "!#$%&'*+-.^_`|~09azAZ / 1"),
		ROW("GET http://a.example:80/b HTTP/1.1\r\n\r\n", "GET http://a.example:80/b 1"),
		ROW("\r\nGET / HTTP/1.1\r\n\r\n", "GET / 1"),
		ROW("\r\n\r\nGET / HTTP/1.1\r\n\r\n", "400"),
		ROW("\nGET / HTTP/1.1\r\n\r\n", "400"),
		ROW(" GET / HTTP/1.1\r\n\r\n", "400"),
		ROW("GET  / HTTP/1.1\r\n\r\n", "400"),
		ROW("GET /  HTTP/1.1\r\n\r\n", "400"),
		ROW("GET / HTTP/1.1 \r\n\r\n", "400"),
		ROW("GET\t/ HTTP/1.1\r\n\r\n", "400"),
		ROW("GET /\tHTTP/1.1\r\n\r\n", "400"),
		ROW("GET /a b HTTP/1.1\r\n\r\n", "400"),
		ROW("GET /a\tb HTTP/1.1\r\n\r\n", "400"),
		ROW("GET  HTTP/1.1\r\n\r\n", "400"),
		ROW("GET HTTP/1.1\r\n\r\n", "400"),
		ROW("GET /\r\n\r\n", "400"),
		ROW("GET / \r\n\r\n", "400"),
		ROW("GET\r\n\r\n", "400"),
		ROW("(GET) / HTTP/1.1\r\n\r\n", "400"),
		ROW("G\xc3\x84T / HTTP/1.1\r\n\r\n", "400"),
		ROW("GET / http/1.1\r\n\r\n", "400"),
		ROW("GET / HTTP/1\r\n\r\n", "400"),
		ROW("GET / HTTP/11\r\n\r\n", "400"),
		ROW("GET / HTTP/1.10\r\n\r\n", "400"),
		ROW("GET / HTTP/1.x\r\n\r\n", "400"),
		ROW("GET / HTTP/x.1\r\n\r\n", "400"),
		ROW("GET / HTTP/01.1\r\n\r\n", "400"),
		ROW("GET / HTTP1.1\r\n\r\n", "400"),
		ROW("GET / HTP/1.1\r\n\r\n", "400"),
		ROW("GET / HTTX/1.1\r\n\r\n", "400"),
		ROW("GET / HTTP:1.1\r\n\r\n", "400"),
		ROW("GET / HTTP/1,1\r\n\r\n", "400"),
		ROW("GET / HTTP/1./\r\n\r\n", "400"),
		ROW("GET / HTTP/1.:\r\n\r\n", "400"),
		ROW("GET / HTTP/1.9\r\n\r\n", "GET / 9"),
		ROW("GET / HTTP/-1.1\r\n\r\n", "400"),
		ROW("GET / HTTP/0.9\r\n\r\n", "400"),
		ROW("GET / HTTP/2.0\r\n\r\n", "400"),
		ROW("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"),
		ROW("GET /\x01 HTTP/1.1\r\n\r\n", "400"),
		ROW("GET /\x7f HTTP/1.1\r\n\r\n", "400"),
		ROW("GET /\0 HTTP/1.1\r\n\r\n", "400")
	};

	expect_rows(rows, COUNTOF(rows));
}
END_TEST

START_TEST(http_fields)
{
	static const struct row rows[] = {
		ROW(LINE "Host: a\r\n\r\n", "GET / 1 [Host=a]"),
		ROW(LINE "Host:a\r\n\r\n", "GET / 1 [Host=a]"),
		ROW(LINE "Host: \t a\t \r\n\r\n", "GET / 1 [Host=a]"),
		ROW(LINE "Host:\r\n\r\n", "GET / 1 [Host=]"),
		ROW(LINE "Host: \t \r\n\r\n", "GET / 1 [Host=]"),
		ROW(LINE "a: b\r\nA: c\r\n\r\n", "GET / 1 [a=b] [A=c]"),
		ROW(LINE "a: b  c\td\r\n\r\n", "GET / 1 [a=b  c\td]"),
		ROW(LINE "a: b:c: d\r\n\r\n", "GET / 1 [a=b:c: d]"),
		ROW(LINE "a: \xc3\xa4\xff\x80\r\n\r\n", "GET / 1 [a=\xc3\xa4\xff\x80]"),
		ROW(LINE "a: \"b, c\" (d) \\\r\n\r\n", "GET / 1 [a=\"b, c\" (d) \\]"),
		ROW(LINE "!#$%&'*+-.^_`|~09azAZ: x\r\n\r\n", "GET / 1 [!#$%&'*+-.^_`|~09azAZ=x]"),
		ROW("GET / HTTP/1.0\r\nHost: a\r\n\r\n", "GET / 0 [Host=a]"),
		ROW(LINE "Host : a\r\n\r\n", "400"),
		ROW(LINE "Host\t: a\r\n\r\n", "400"),
		ROW(LINE "Ho st: a\r\n\r\n", "400"),
		ROW(LINE " Host: a\r\n\r\n", "400"),
		ROW(LINE "\tHost: a\r\n\r\n", "400"),
		ROW(LINE "Host: a\r\n b\r\n\r\n", "400"),
		ROW(LINE "Host: a\r\n\tb\r\n\r\n", "400"),
		ROW(LINE "Host: a\r\n b: c\r\n\r\n", "400"),
		ROW(LINE "Host: a\r\n \r\n\r\n", "400"),
		ROW(LINE ": a\r\n\r\n", "400"),
		ROW(LINE ":\r\n\r\n", "400"),
		ROW(LINE "Host\r\n\r\n", "400"),
		ROW(LINE "Host a\r\n\r\n", "400"),
		ROW(LINE "H(st: a\r\n\r\n", "400"),
		ROW(LINE "H\xc3\xb6st: a\r\n\r\n", "400"),
		ROW(LINE "H\x80st: a\r\n\r\n", "400"),
		ROW(LINE "[Host]: a\r\n\r\n", "400"),
		ROW(LINE "\"Host\": a\r\n\r\n", "400"),
		ROW(LINE "Host,: a\r\n\r\n", "400"),
		ROW(LINE "Ho/st: a\r\n\r\n", "400"),
		ROW(LINE "Host@: a\r\n\r\n", "400"),
		ROW(LINE "Host{: a\r\n\r\n", "400")
	};

	expect_rows(rows, COUNTOF(rows));
}
END_TEST

START_TEST(http_line_ends_and_bytes)
{
	static const struct row rows[] = {
		ROW("GET / HTTP/1.1\n\n", "400"),
		ROW("GET / HTTP/1.1\n\r\n", "400"),
		ROW("GET / HTTP/1.1\r\n\n", "400"),
		ROW(LINE "Host: a\n\r\n", "400"),
		ROW(LINE "Host: a\r\n\n", "400"),
		ROW(LINE "Host: a\r\r\n\r\n", "400"),
		ROW(LINE "Host: a\rb\r\n\r\n", "400"),
		ROW(LINE "Host: a\r\n\rb\r\n\r\n", "400"),
		ROW(LINE "Host: a\r\n\r\r\n", "400"),
		ROW("GET /\r HTTP/1.1\r\n\r\n", "400"),
		ROW("\rGET / HTTP/1.1\r\n\r\n", "400"),
		ROW("GET / HTTP/1.1\r\r\n\r\n", "400"),
		ROW(LINE "Host: a\0b\r\n\r\n", "400"),
		ROW(LINE "Host: \0\r\n\r\n", "400"),
		ROW(LINE "Ho\0st: a\r\n\r\n", "400"),
		ROW(LINE "\0\r\n\r\n", "400"),
		ROW("\0", "400"),
		ROW(LINE "Host: a\x1b[2J\r\n\r\n", "400"),
		ROW(LINE "Host: a\b\r\n\r\n", "400"),
		ROW(LINE "Host: a\v\r\n\r\n", "400"),
		ROW(LINE "Host: a\f\r\n\r\n", "400"),
		ROW(LINE "Host: a\x7f\r\n\r\n", "400"),
		ROW(LINE "Host: a\x1f\r\n\r\n", "400"),
		ROW("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "400"),
		ROW("\x16", "400"),
		ROW("\x80\x2e\x01\x00\x02", "400"),
		ROW("\n", "400"),
		ROW("", "more"),
		ROW("\r", "more"),
		ROW("\r\n", "more"),
		ROW("GET", "more"),
		ROW(LINE, "more"),
		ROW(LINE "\r", "more"),
		ROW(LINE "Host: a", "more"),
		ROW(LINE "Host: a\r\n", "more"),
		ROW(LINE "Host: a\r\n\r", "more")
	};

	expect_rows(rows, COUNTOF(rows));
}
END_TEST

/* Tries every byte in the name and the value of a field, and in the target. */
START_TEST(http_every_byte)
{
	static const char tokens[] = "!#$%&'*+-.^_`|~0123456789"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char head[64], expected[64];
	size_t len;
	int c, is_token;

	for (c = 0; c < 256; c++) {
		if (c == '\r' || c == '\n')
			continue;
		is_token = c != '\0' && strchr(tokens, c) != NULL;
		len = (size_t)snprintf(head, sizeof(head), LINE "a?b: x\r\n\r\n");
		*strchr(head, '?') = (char)c;
		snprintf(expected, sizeof(expected), "GET / 1 [a%cb=x]", c);
		/* "a:b: x" is valid: a field with the name a. */
		expect(head, len, is_token ? expected : c == ':' ? "GET / 1 [a=b: x]" : "400");

		len = (size_t)snprintf(head, sizeof(head), LINE "a: x?y\r\n\r\n");
		*strchr(head, '?') = (char)c;
		snprintf(expected, sizeof(expected), "GET / 1 [a=x%cy]", c);
		expect(head, len, (c >= ' ' && c != 0x7f) || c == '\t' ? expected : "400");

		len = (size_t)snprintf(head, sizeof(head), "GET /x?y HTTP/1.1\r\n\r\n");
		*strchr(head, '?') = (char)c;
		snprintf(expected, sizeof(expected), "GET /x%cy 1", c);
		expect(head, len, c > ' ' && c < 0x7f ? expected : "400");
	}
}
END_TEST

/*
 * The reason of a refusal must name the fault. For the most frequent faults it says how to mend
 * them.
 */
START_TEST(http_reasons)
{
	static const struct {
		const char	*head, *word;
	} rows[] = {
		{ "\x16\x03\x01", "TLS" }, { "\x17\x03\x01", "control" },
		{ LINE "\x16", "control" }, { "GET / HTTP/1.1\n", "LF" }, { "GET /\rx", "CR" },
		{ "\rx", "CR" }, { LINE "a: b\r\n c\r\n", "folded" }, { LINE "a : b\r\n", "colon" },
		{ LINE "a\r\n", "colon" }, { "GET /\r\n", "HTTP/1.1" },
		{ "GET / HTTP/2.0\r\n", "HTTP/1.1" }
	};
	struct http h;
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		http_init(&h);
		ck_assert_int_eq(http_parse(&h, rows[i].head, strlen(rows[i].head)), HTTP_BAD);
		ck_assert_msg(strstr(h.reason, rows[i].word) != NULL, "'%s': %s", rows[i].head,
		    h.reason);
	}
}
END_TEST

/* No proper prefix of a head is accepted as complete, and the bytes after a head are not read. */
START_TEST(http_end_of_head)
{
	static const char head[] = LINE "Host: a\r\nX:\r\n\r\n";
	static const char after[] = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\r\n\r\n\0\n";
	char all[sizeof(head) + sizeof(after)];
	size_t len = sizeof(head) - 1, known;
	struct http h;

	memcpy(all, head, len);
	memcpy(all + len, after, sizeof(after));
	for (known = 0; known < len; known++) {
		http_init(&h);
		ck_assert_int_eq(http_parse(&h, (char *)unit_guard_end(&guard, all, known), known),
		    HTTP_MORE);
	}
	for (; known <= len + sizeof(after); known++) {
		http_init(&h);
		ck_assert_int_eq(http_parse(&h, (char *)unit_guard_end(&guard, all, known), known),
		    HTTP_DONE);
		ck_assert_uint_eq(h.scanned, len);
		ck_assert_int_eq(h.fields, 2);
	}
}
END_TEST

/* Writes a head of size bytes, most of which are its last field. */
static size_t
long_head(char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size + 1, LINE "Host: a\r\nX: ");

	memset(out + n, 'x', size - n);
	memcpy(out + size - 4, "\r\n\r\n", 5);
	return size;
}

static size_t
long_line(char *out, size_t size)
{
	static const char version[] = " HTTP/1.1";

	memset(out, 'x', size);
	memcpy(out, "GET /", 5);
	memcpy(out + size - strlen(version), version, strlen(version));
	memcpy(out + size, "\r\n\r\n", 5);
	return size + 4;
}

START_TEST(http_limit_of_the_line)
{
	static char head[HTTP_HEAD_SIZE + 64], expected[HTTP_HEAD_SIZE + 64];
	size_t len;

	len = long_line(head, HTTP_LINE_SIZE);
	snprintf(expected, sizeof(expected), "GET %.*s 1", HTTP_LINE_SIZE - 13, head + 4);
	expect(head, len, expected);
	len = long_line(head, HTTP_LINE_SIZE - 1);
	snprintf(expected, sizeof(expected), "GET %.*s 1", HTTP_LINE_SIZE - 14, head + 4);
	expect(head, len, expected);

	expect(head, long_line(head, HTTP_LINE_SIZE + 1), "414");
	expect(head, long_line(head, HTTP_LINE_SIZE + 2), "414");
	expect(head, long_line(head, HTTP_HEAD_SIZE + 1), "414");

	/* A line that is too long is refused before its end is received. */
	memset(head, 'x', sizeof(head));
	expect(head, HTTP_LINE_SIZE, "more");
	expect(head, HTTP_LINE_SIZE + 1, "414");
	expect(head, sizeof(head), "414");

	/* A request line of the maximum length is valid, too, after an empty line. */
	memcpy(head, "\r\n", 2);
	len = long_line(head + 2, HTTP_LINE_SIZE) + 2;
	snprintf(expected, sizeof(expected), "GET %.*s 1", HTTP_LINE_SIZE - 13, head + 6);
	expect(head, len, expected);
}
END_TEST

START_TEST(http_limit_of_the_head)
{
	static char head[HTTP_HEAD_SIZE + 64], expected[HTTP_HEAD_SIZE + 64];
	struct http h;
	size_t len;

	len = long_head(head, HTTP_HEAD_SIZE);
	snprintf(expected, sizeof(expected), "GET / 1 [Host=a] [X=%.*s]", (int)(len - 32),
	    head + 28);
	expect(head, len, expected);
	http_init(&h);
	ck_assert_int_eq(http_parse(&h, head, len), HTTP_DONE);
	ck_assert_uint_eq(h.scanned, HTTP_HEAD_SIZE);

	expect(head, long_head(head, HTTP_HEAD_SIZE + 1), "431");
	expect(head, long_head(head, HTTP_HEAD_SIZE + 2), "431");
	expect(head, long_head(head, HTTP_HEAD_SIZE + 4), "431");
	expect(head, HTTP_HEAD_SIZE, "431");
	memset(head + 40, 'x', sizeof(head) - 40);
	expect(head, HTTP_HEAD_SIZE, "431");
	expect(head, HTTP_HEAD_SIZE + 1, "431");
	expect(head, sizeof(head), "431");
}
END_TEST

START_TEST(http_limit_of_the_fields)
{
	char head[HTTP_FIELDS * 16], expected[HTTP_FIELDS * 16];
	size_t len, i, n, fields;

	for (fields = HTTP_FIELDS - 1; fields <= HTTP_FIELDS + 2; fields++) {
		len = (size_t)snprintf(head, sizeof(head), LINE);
		n = (size_t)snprintf(expected, sizeof(expected), "GET / 1");
		for (i = 0; i < fields; i++) {
			len += (size_t)snprintf(head + len, sizeof(head) - len, "a%zu:b\r\n", i);
			n += (size_t)snprintf(expected + n, sizeof(expected) - n, " [a%zu=b]", i);
		}
		len += (size_t)snprintf(head + len, sizeof(head) - len, "\r\n");
		expect(head, len, fields <= HTTP_FIELDS ? expected : "431");
	}
}
END_TEST

START_TEST(http_strings)
{
	static const char text[] = "GET /a HTTP/1.1\r\n"
	    "One: 1 \r\ntwo:\r\nONE:\t2\r\nones: 3\r\n\r\n";
	char *head = (char *)unit_guard_end(&guard, text, sizeof(text) - 1);
	struct http h;
	int from = 0;

	http_init(&h);
	ck_assert_int_eq(http_parse(&h, head, sizeof(text) - 1), HTTP_DONE);
	http_terminate(&h, head);
	ck_assert_str_eq(head + h.method.at, "GET");
	ck_assert_str_eq(head + h.target.at, "/a");
	ck_assert_str_eq(head + h.field[0].name.at, "One");

	ck_assert_str_eq(http_value(&h, head, "oNe", &from), "1");
	ck_assert_int_eq(from, 1);
	ck_assert_str_eq(http_value(&h, head, "one", &from), "2");
	ck_assert_int_eq(from, 3);
	ck_assert_ptr_null(http_value(&h, head, "one", &from));
	from = 0;
	ck_assert_str_eq(http_value(&h, head, "Two", &from), "");
	ck_assert_int_eq(from, 2);
	ck_assert_ptr_null(http_value(&h, head, "Two", &from));
	from = 0;
	ck_assert_ptr_null(http_value(&h, head, "on", &from));
	from = 0;
	ck_assert_ptr_null(http_value(&h, head, "", &from));
	from = 3;
	ck_assert_str_eq(http_value(&h, head, "ones", &from), "3");
}
END_TEST

START_TEST(http_elements)
{
	static const struct {
		const char	*list, *elements;	/* each ends with a bar */
	} rows[] = {
		{ "", "" }, { " \t", "" }, { ",", "" }, { " , ,\t, ", "" },
		{ "a", "a|" }, { " a\t", "a|" }, { "a,b", "a|b|" }, { "a , b", "a|b|" },
		{ ",a,,b,", "a|b|" }, { "keep-alive, Upgrade", "keep-alive|Upgrade|" },
		{ "a b ,c", "a b|c|" }, { "a;q=1,\tb ; q=2\t,", "a;q=1|b ; q=2|" },
		{ "\xc3\xa4,\xff", "\xc3\xa4|\xff|" }
	};
	const char *list, *element;
	char got[64];
	size_t i, len;

	for (i = 0; i < COUNTOF(rows); i++) {
		list = unit_guard_string(&guard, rows[i].list);
		got[0] = '\0';
		while ((element = http_element(&list, &len)) != NULL) {
			strncat(got, element, len);
			strcat(got, "|");
		}
		ck_assert_msg(strcmp(got, rows[i].elements) == 0, "'%s': %s", rows[i].list, got);
		ck_assert_ptr_null(http_element(&list, &len));
	}
}
END_TEST

START_TEST(http_tokens)
{
	static const char tokens[] = "!#$%&'*+-.^_`|~0123456789"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char text[2];
	int c, is_token;

	ck_assert_int_eq(http_is_token("", 0), 0);
	ck_assert_int_ne(http_is_token(tokens, strlen(tokens)), 0);
	for (c = 0; c < 256; c++) {
		is_token = c != '\0' && strchr(tokens, c) != NULL;
		text[0] = (char)c;
		text[1] = 'a';
		ck_assert_msg(!http_is_token((char *)unit_guard_end(&guard, text, 2), 2) ==
		    !is_token, "byte %d first", c);
		text[0] = 'a';
		text[1] = (char)c;
		ck_assert_msg(!http_is_token((char *)unit_guard_end(&guard, text, 2), 2) ==
		    !is_token, "byte %d last", c);
	}
}
END_TEST

START_TEST(http_comparison)
{
	static const struct {
		const char	*a, *b;
		int		same;
	} rows[] = {
		{ "", "", 1 }, { "a", "", 0 }, { "", "a", 0 }, { "a", "A", 1 },
		{ "Host", "hOST", 1 }, { "Host", "Hos", 0 }, { "Hos", "Host", 0 },
		{ "upgrade", "upgradf", 0 }, { "a-b", "A-B", 1 }, { "@", "`", 0 },
		{ "[", "{", 0 }, { "-", "\r", 0 },
		{ "\xc3\xa4", "\xc3\xa4", 1 }, { "\xc3\xa4", "\xc3\x84", 0 }, { "\xe4", "\xc4", 0 }
	};
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++)
		ck_assert_msg(!http_same((char *)unit_guard_end(&guard, rows[i].a,
		    strlen(rows[i].a)), strlen(rows[i].a), rows[i].b) == !rows[i].same, "%s %s",
		    rows[i].a, rows[i].b);
}
END_TEST

/*
 * Parses a head byte by byte, several times. Returns the processor time of the fastest run in
 * seconds.
 */
static double
cost(const char *head, size_t len)
{
	struct timespec before, after;
	double least = 1e9, seconds;
	struct http h;
	size_t known;
	int run, again, bad = 0;

	for (run = 0; run < 20; run++) {
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
		for (again = 0; again < 16; again++) {
			http_init(&h);
			for (known = 1; known <= len; known++)
				bad += http_parse(&h, head, known) != HTTP_MORE;
		}
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
		seconds = (double)(after.tv_sec - before.tv_sec) +
		    (double)(after.tv_nsec - before.tv_nsec) / 1e9;
		if (seconds < least)
			least = seconds;
	}
	ck_assert_int_eq(bad, 0);
	return least;
}

static void
expect_linear(const char *what, const char *head, size_t small, size_t large)
{
	double ratio = cost(head, large) / cost(head, small);

	/*
	 * With quadratic time the ratio of the times would be the square of the ratio of the
	 * sizes.
	 */
	ck_assert_msg(ratio < 4 * (double)large / (double)small,
	    "%s: %zu bytes take %.1f times the time of %zu", what, large, ratio, small);
}

/* Parses heads that a slow parser would scan repeatedly, in pieces of one byte. */
START_TEST(http_linear_time)
{
	static char head[TIMED_SIZE];
	size_t i;

	long_head(head, TIMED_SIZE - 1);
	expect_linear("a long value", head, 1000, TIMED_SIZE - 5);
	memset(head + 40, ' ', TIMED_SIZE - 50);
	expect_linear("a long value of blanks", head, 1000, TIMED_SIZE - 50);
	for (i = 40; i < TIMED_SIZE - 10; i += 2)
		memcpy(head + i, ", ", 2);
	expect_linear("a long value of commas", head, 1000, TIMED_SIZE - 50);
	memset(head, 'G', HTTP_LINE_SIZE);
	expect_linear("a long line", head, 500, HTTP_LINE_SIZE);
	memcpy(head, LINE, strlen(LINE));
	memset(head + strlen(LINE), 'n', TIMED_SIZE - strlen(LINE));
	expect_linear("a long name", head, 1000, TIMED_SIZE);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("http");
	TCase *tc = tcase_create("http");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, http_request_lines);
	tcase_add_test(tc, http_fields);
	tcase_add_test(tc, http_line_ends_and_bytes);
	tcase_add_test(tc, http_every_byte);
	tcase_add_test(tc, http_reasons);
	tcase_add_test(tc, http_end_of_head);
	tcase_add_test(tc, http_limit_of_the_line);
	tcase_add_test(tc, http_limit_of_the_head);
	tcase_add_test(tc, http_limit_of_the_fields);
	tcase_add_test(tc, http_strings);
	tcase_add_test(tc, http_elements);
	tcase_add_test(tc, http_tokens);
	tcase_add_test(tc, http_comparison);
	tcase_add_test(tc, http_linear_time);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Tests handshake.h: the rules of RFC 6455, section 4.2.1, each violated alone, the Origin
 * policies, and the lines of the answers.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "lib/countof.h"
#include "lib/unit.h"
#include "proto/handshake.h"

/* The request of RFC 6455, section 1.2, in parts. */
#define LINE	"GET /chat HTTP/1.1\r\n"
#define HOST	"Host: server.example.com\r\n"
#define UPGRADE	"Upgrade: websocket\r\n"
#define CONNECT	"Connection: Upgrade\r\n"
#define KEY	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION	"Sec-WebSocket-Version: 13\r\n"
#define END	"\r\n"
#define REST	UPGRADE CONNECT KEY VERSION

/* The whole request, with some fields replaced or added. */
#define OTHER_UPGRADE(fields)	LINE HOST fields CONNECT KEY VERSION END
#define OTHER_CONNECT(fields)	LINE HOST UPGRADE fields KEY VERSION END
#define OTHER_KEY(fields)	LINE HOST UPGRADE CONNECT fields VERSION END
#define OTHER_VERSION(fields)	LINE HOST UPGRADE CONNECT KEY fields END
#define WITH(fields)		LINE HOST REST fields END

static struct unit_guard guard, answer_guard;
static char *protocols_offered[HANDSHAKE_PROTOCOLS];

static void
setup(void)
{
	unit_guard_open(&guard, HTTP_HEAD_SIZE);
	unit_guard_open(&answer_guard, HANDSHAKE_ANSWER_SIZE);
}

static void
teardown(void)
{
	unit_guard_close(&guard);
	unit_guard_close(&answer_guard);
}

/* Parses and checks a request, which a guard page follows. Returns the status. */
static int
check(struct handshake *hs, const char *request)
{
	size_t len = strlen(request);
	char *head = (char *)unit_guard_end(&guard, request, len);
	struct http h;
	int status;

	http_init(&h);
	if (http_parse(&h, head, len) != HTTP_DONE)
		ck_abort_msg("no head of a request: %s", request);
	memset(hs, 0xee, sizeof(*hs));
	status = handshake_check(hs, &h, head, protocols_offered);
	if (status != 0 && (status != hs->status || hs->reason == NULL || hs->reason[0] == '\0'))
		ck_abort_msg("%d, but %d for %s", status, hs->status, request);
	return status;
}

struct row {
	const char	*what, *request;
	int		 status;
};

static void
expect_rows(const struct row *rows, size_t count)
{
	struct handshake hs;
	size_t i;
	int status;

	for (i = 0; i < count; i++) {
		status = check(&hs, rows[i].request);
		ck_assert_msg(status == rows[i].status, "%s: %d instead of %d (%s)", rows[i].what,
		    status, rows[i].status, status != 0 ? hs.reason : "it passed");
	}
}

START_TEST(handshake_rfc_example)
{
	struct handshake hs;

	ck_assert_int_eq(check(&hs, LINE HOST REST
	    "Origin: http://example.com\r\nSec-WebSocket-Protocol: chat, superchat\r\n" END), 0);
	ck_assert_str_eq(hs.target, "/chat");
	ck_assert_str_eq(hs.host, "server.example.com");
	ck_assert_str_eq(hs.origin, "http://example.com");
	ck_assert_uint_eq(hs.protocols, 2);
	ck_assert_str_eq(hs.protocol[0], "chat");
	ck_assert_str_eq(hs.protocol[1], "superchat");
	ck_assert_str_eq(hs.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");

	ck_assert_int_eq(check(&hs, LINE HOST REST END), 0);
	ck_assert_ptr_null(hs.origin);
	ck_assert_uint_eq(hs.protocols, 0);
}
END_TEST

/* These values were computed with another program. */
START_TEST(handshake_accept_keys)
{
	static const struct {
		const char	*key, *accept;
	} rows[] = {
		{ "x3JJHMbDL1EzLkh9GBhXDw==", "HSmrc0sMlYUkAGmm5OPpG2HaGWk=" },
		{ "AAAAAAAAAAAAAAAAAAAAAA==", "ICX+Yqv66kxgM0FcWaLWlFLwTAI=" },
		{ "/////////////////////w==", "XXpj4jYzLM2yUE0C7TIgMwTQh2g=" },
		{ "+/+/+/+/+/+/+/+/+/+/+w==", "M0DUs3om0SqzerhOhYSMM7WQuBQ=" }
	};
	struct handshake hs;
	char request[512];
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		snprintf(request, sizeof(request), OTHER_KEY("sec-websocket-key:\t%s \r\n"),
		    rows[i].key);
		ck_assert_int_eq(check(&hs, request), 0);
		ck_assert_str_eq(hs.accept, rows[i].accept);
	}
}
END_TEST

START_TEST(handshake_method_and_version)
{
	static const struct row rows[] = {
		{ "POST", "POST /chat HTTP/1.1\r\n" HOST REST END, 405 },
		{ "HEAD", "HEAD /chat HTTP/1.1\r\n" HOST REST END, 405 },
		{ "OPTIONS", "OPTIONS * HTTP/1.1\r\n" HOST END, 405 },
		{ "CONNECT", "CONNECT a:80 HTTP/1.1\r\n" HOST END, 405 },
		{ "methods have a case", "get /chat HTTP/1.1\r\n" HOST REST END, 405 },
		{ "GETS", "GETS /chat HTTP/1.1\r\n" HOST REST END, 405 },
		{ "GE", "GE /chat HTTP/1.1\r\n" HOST REST END, 405 },
		{ "HTTP/1.0", "GET /chat HTTP/1.0\r\n" HOST REST END, 400 },
		{ "HTTP/1.0 without Host", "GET /chat HTTP/1.0\r\n" REST END, 400 },
		{ "plain HTTP/1.0", "GET / HTTP/1.0\r\n" END, 426 },
		{ "plain HTTP/1.1", "GET / HTTP/1.1\r\n" HOST END, 426 },
		{ "an empty line before it", "\r\n" LINE HOST REST END, 0 },
		{ "an empty line before POST", "\r\nPOST / HTTP/1.1\r\n" HOST REST END, 405 },
		{ "HTTP/1.2 is a version 1.1", "GET /chat HTTP/1.2\r\n" HOST REST END, 0 }
	};

	expect_rows(rows, COUNTOF(rows));
}
END_TEST

START_TEST(handshake_fields)
{
	static const struct row rows[] = {
		{ "no Host", LINE REST END, 400 },
		{ "two Hosts", LINE HOST HOST REST END, 400 },
		{ "two Hosts that differ", LINE HOST "host: b\r\n" REST END, 400 },
		{ "names in lower case", LINE "host: a\r\nupgrade: websocket\r\n"
		    "connection: upgrade\r\nsec-websocket-version: 13\r\n"
		    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n" END, 0 },
		{ "names in upper case", LINE "HOST: a\r\nUPGRADE: websocket\r\n"
		    "CONNECTION: upgrade\r\nSEC-WEBSOCKET-VERSION: 13\r\n"
		    "SEC-WEBSOCKET-KEY: dGhlIHNhbXBsZSBub25jZQ==\r\n" END, 0 },
		{ "other fields", LINE HOST "Cookie: a=b\r\nUser-Agent: x\r\n" REST "Cookie: c\r\n"
		    "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n"
		    END, 0 },
		{ "two Origins", WITH("Origin: http://a\r\norigin: http://a\r\n"), 400 },

		{ "no Upgrade", OTHER_UPGRADE(""), 426 },
		{ "empty Upgrade", OTHER_UPGRADE("Upgrade:\r\n"), 426 },
		{ "another Upgrade", OTHER_UPGRADE("Upgrade: h2c\r\n"), 426 },
		{ "websocket/13", OTHER_UPGRADE("Upgrade: websocket/13\r\n"), 426 },
		{ "websockets", OTHER_UPGRADE("Upgrade: websockets\r\n"), 426 },
		{ "xwebsocket", OTHER_UPGRADE("Upgrade: xwebsocket\r\n"), 426 },
		{ "\"websocket\"", OTHER_UPGRADE("Upgrade: \"websocket\"\r\n"), 426 },
		{ "websocket and more", OTHER_UPGRADE("Upgrade: websocket x\r\n"), 426 },
		{ "WebSocket", OTHER_UPGRADE("Upgrade: WebSocket\r\n"), 0 },
		{ "WEBSOCKET", OTHER_UPGRADE("Upgrade: WEBSOCKET\r\n"), 0 },
		{ "Upgrade as a list", OTHER_UPGRADE("Upgrade: h2c,\twebsocket ,\r\n"), 0 },
		{ "Upgrade twice", OTHER_UPGRADE("Upgrade: h2c\r\n" UPGRADE), 0 },

		{ "no Connection", OTHER_CONNECT(""), 400 },
		{ "empty Connection", OTHER_CONNECT("Connection:\r\n"), 400 },
		{ "keep-alive", OTHER_CONNECT("Connection: keep-alive\r\n"), 400 },
		{ "upgraded", OTHER_CONNECT("Connection: upgraded, xupgrade\r\n"), 400 },
		{ "upgrade", OTHER_CONNECT("Connection: upgrade\r\n"), 0 },
		{ "Connection as a list", OTHER_CONNECT("Connection: close , UPGRADE\r\n"), 0 },
		{ "Connection twice", OTHER_CONNECT("Connection: keep-alive\r\n" CONNECT), 0 },

		{ "no version", OTHER_VERSION(""), 400 },
		{ "two versions", OTHER_VERSION(VERSION VERSION), 400 },
		{ "versions 8 and 13", OTHER_VERSION("Sec-WebSocket-Version: 8\r\n" VERSION), 400 },
		{ "version 8", OTHER_VERSION("Sec-WebSocket-Version: 8\r\n"), 426 },
		{ "version 14", OTHER_VERSION("Sec-WebSocket-Version: 14\r\n"), 426 },
		{ "version 131", OTHER_VERSION("Sec-WebSocket-Version: 131\r\n"), 426 },
		{ "version 1", OTHER_VERSION("Sec-WebSocket-Version: 1\r\n"), 426 },
		{ "version 013", OTHER_VERSION("Sec-WebSocket-Version: 013\r\n"), 426 },
		{ "empty version", OTHER_VERSION("Sec-WebSocket-Version:\r\n"), 426 },
		{ "a list of versions", OTHER_VERSION("Sec-WebSocket-Version: 8, 13\r\n"), 426 },
		{ "blanks around it", OTHER_VERSION("Sec-WebSocket-Version: \t13\t \r\n"), 0 }
	};

	expect_rows(rows, COUNTOF(rows));
}
END_TEST

START_TEST(handshake_keys)
{
	static const struct row rows[] = {
		{ "no key", OTHER_KEY(""), 400 },
		{ "two keys", OTHER_KEY(KEY KEY), 400 }
	};
	static const char *const bad[] = {
		"", "=", "====", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=",
		"dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZQ==x",
		"dGhlIHNhbXBsZSBub25jZQ== x", "dGhlIHNhbXBsZSBub25j", "dGhlIHNhbXBsZSBub25jZTE=",
		"dGhlIHNhbXBsZSBub25jZTEy", "dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ==",
		"dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==", "!GhlIHNhbXBsZSBub25jZQ==",
		"dGhlIHNh bXBsZSBub25jZQ==", "-_hlIHNhbXBsZSBub25jZQ==", "dGhl=HNhbXBsZSBub25jZQ==",
		"\xc3\xa4hlIHNhbXBsZSBub25jZQ==", "\"dGhlIHNhbXBsZSBub25jZQ==\""
	};
	struct handshake hs;
	char request[512];
	size_t i;

	expect_rows(rows, COUNTOF(rows));
	for (i = 0; i < COUNTOF(bad); i++) {
		snprintf(request, sizeof(request), OTHER_KEY("Sec-WebSocket-Key: %s\r\n"), bad[i]);
		ck_assert_msg(check(&hs, request) == 400, "key '%s'", bad[i]);
	}
}
END_TEST

/*
 * A key is valid whatever the four bits of its last digit that belong to no byte: clients may draw
 * 22 random digits.  The first key is the example of RFC 6455, section 4.1.
 */
START_TEST(handshake_keys_of_any_digits)
{
	static const char digits[] = BASE64_ALPHABET;
	char key[] = "AQIDBAUGBwgJCgsMDQ4PEC==", request[512];
	struct handshake hs;
	size_t i, k;

	snprintf(request, sizeof(request), OTHER_KEY("Sec-WebSocket-Key: %s\r\n"), key);
	ck_assert_int_eq(check(&hs, request), 0);
	ck_assert_str_eq(hs.accept, "OfS0wDaT5NoxF2gqm7Zj2YtetzM=");
	for (i = 0; i < 22; i++) {
		for (k = 0; k < 64; k++) {
			key[i] = digits[k];
			snprintf(request, sizeof(request),
			    OTHER_KEY("Sec-WebSocket-Key: %s\r\n"), key);
			ck_assert_msg(check(&hs, request) == 0, "key '%s'", key);
		}
	}
}
END_TEST

START_TEST(handshake_bodies)
{
	static const struct row rows[] = {
		{ "a body", WITH("Content-Length: 5\r\n"), 400 },
		{ "no body", WITH("Content-Length: 0\r\n"), 0 },
		{ "no body, twice", WITH("Content-Length: 0\r\nContent-Length: 0\r\n"), 0 },
		{ "a body at last", WITH("Content-Length: 0\r\nContent-Length: 1\r\n"), 400 },
		{ "no length", WITH("Content-Length:\r\n"), 400 },
		{ "a negative length", WITH("Content-Length: -0\r\n"), 400 },
		{ "a list of lengths", WITH("Content-Length: 0, 5\r\n"), 400 },
		{ "chunked", WITH("Transfer-Encoding: chunked\r\n"), 400 },
		{ "identity", WITH("transfer-encoding: identity\r\n"), 400 },
		{ "empty Transfer-Encoding", WITH("Transfer-Encoding:\r\n"), 400 },
		{ "chunked first", LINE "Transfer-Encoding: chunked\r\n" HOST REST END, 400 },
		{ "a body first", LINE "Content-Length: 5\r\n" HOST REST END, 400 }
	};

	expect_rows(rows, COUNTOF(rows));
}
END_TEST

START_TEST(handshake_targets)
{
	static const struct {
		const char	*target, *path;	/* NULL: 400 */
	} rows[] = {
		{ "/", "/" }, { "/chat", "/chat" }, { "/a/b?c=d&e=/f?g", "/a/b?c=d&e=/f?g" },
		{ "//a//b", "//a//b" }, { "/a%20b", "/a%20b" }, { "/?", "/?" }, { "/..", "/.." },
		{ "/~!$&'()*+,;=:@-._", "/~!$&'()*+,;=:@-._" },
		{ "http://server.example.com/chat", "/chat" },
		{ "http://server.example.com:8001/chat?a=b", "/chat?a=b" },
		{ "https://server.example.com/chat", "/chat" },
		{ "HTTP://SERVER.EXAMPLE.COM/Chat", "/Chat" },
		{ "http://server.example.com", "/" },
		{ "http://[::1]:8001/chat", "/chat" },
		{ "http://server.example.com//a", "//a" },
		{ "ws://a.example/chat", "/chat" }, { "wss://a.example/chat", "/chat" },
		{ "http://?a/b", NULL }, { "http:///chat", NULL }, { "http://", NULL },
		{ "http:/chat", NULL },
		{ "ftp://server.example.com/chat", NULL }, { "http", NULL }, { "://a/b", NULL },
		{ "*", NULL }, { "chat", NULL }, { "?a=b", NULL }, { "a.example:80", NULL },
		{ "/a#b", NULL }, { "/#", NULL }, { "#", NULL }, { "http://a.example/a#b", NULL },
		{ "\\chat", NULL }
	};
	struct handshake hs;
	char request[512];
	size_t i;
	int status;

	for (i = 0; i < COUNTOF(rows); i++) {
		snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\n" HOST REST END,
		    rows[i].target);
		status = check(&hs, request);
		if (status != (rows[i].path == NULL ? 400 : 0))
			ck_abort_msg("target '%s': %d", rows[i].target, status);
		if (status == 0)
			ck_assert_str_eq(hs.target, rows[i].path);
	}
}
END_TEST

/*
 * Bytes above 126 and control bytes in the target must be refused by either the parser or the
 * check.
 */
START_TEST(handshake_target_bytes)
{
	char request[512];
	struct handshake hs;
	struct http h;
	size_t len;
	int c, status;

	for (c = 1; c < 256; c++) {
		len = (size_t)snprintf(request, sizeof(request),
		    "GET /a%cb HTTP/1.1\r\n" HOST REST END, c);
		http_init(&h);
		status = 0;
		if (http_parse(&h, request, len) == HTTP_BAD)
			status = h.status;
		else
			status = handshake_check(&hs, &h, request, protocols_offered);
		if (status != (c > ' ' && c < 0x7f && c != '#' ? 0 : 400))
			ck_abort_msg("byte %d: %d", c, status);
	}
}
END_TEST

#define P	"Sec-WebSocket-Protocol: "

START_TEST(handshake_protocol_lists)
{
	static const struct {
		const char	*fields, *protocols;	/* each ends with a bar; NULL: 400 */
	} rows[] = {
		{ "", "" }, { P "chat\r\n", "chat|" }, { P "a, b\r\n", "a|b|" },
		{ P "a,b ,\tc\r\n", "a|b|c|" }, { P "b\r\n" P "a\r\n", "b|a|" },
		{ P "a,b\r\nX: y\r\nsec-websocket-protocol: c , d\r\n", "a|b|c|d|" },
		{ P ",a,,b,\r\n", "a|b|" }, { P "\r\n", "" }, { P ", ,\r\n", "" },
		{ P "a\r\n" P "\r\n" P "b\r\n", "a|b|" },
		{ P "Chat, chat\r\n", "Chat|chat|" }, { P "v1.a-b_c+d!\r\n", "v1.a-b_c+d!|" },
		{ P "a, a\r\n", NULL }, { P "a, b, a\r\n", NULL }, { P "a, b, b\r\n", NULL },
		{ P "a\r\n" P "b, a\r\n", NULL },
		{ P "a b\r\n", NULL }, { P "a, b c, d\r\n", NULL }, { P "a/b\r\n", NULL },
		{ P "\"a\"\r\n", NULL }, { P "a;q=1\r\n", NULL }, { P "\xc3\xa4\r\n", NULL },
		{ P "a\tb\r\n", NULL }, { P "a, (b)\r\n", NULL }, { P "a\r\n" P "b@c\r\n", NULL }
	};
	struct handshake hs;
	char request[512], got[128];
	size_t i, k;
	int status;

	for (i = 0; i < COUNTOF(rows); i++) {
		snprintf(request, sizeof(request), LINE "%s" HOST REST END, rows[i].fields);
		status = check(&hs, request);
		if (status != (rows[i].protocols == NULL ? 400 : 0))
			ck_abort_msg("%s: %d", rows[i].fields, status);
		got[0] = '\0';
		for (k = 0; status == 0 && k < hs.protocols; k++) {
			strcat(got, hs.protocol[k]);
			strcat(got, "|");
		}
		if (status == 0)
			ck_assert_str_eq(got, rows[i].protocols);
	}
}
END_TEST

/* Adds the name of subprotocol i: two letters, then '-' or, for another set, '+'. */
static size_t
add_name(char *text, size_t i, char last)
{
	static const char digits[] = BASE64_ALPHABET;	/* but / is no byte of a token */

	return (size_t)sprintf(text, "%c%c%c", digits[i / 62 % 62], digits[i % 62], last);
}

/*
 * Checks a request with n subprotocols, on_a_line of them in each field; the name of the last one
 * is that of number last.
 */
static int
check_protocols(struct handshake *hs, size_t n, size_t on_a_line, size_t last)
{
	static char request[2 * HTTP_HEAD_SIZE];
	size_t len = (size_t)snprintf(request, sizeof(request), LINE HOST REST), i;

	for (i = 0; i < n; i++) {
		len += (size_t)sprintf(request + len, "%s", i % on_a_line == 0 ? P : ",");
		len += add_name(request + len, i == n - 1 ? last : i, '-');
		if (i % on_a_line == on_a_line - 1 || i == n - 1)
			len += (size_t)sprintf(request + len, "\r\n");
	}
	sprintf(request + len, END);
	return check(hs, request);
}

START_TEST(handshake_number_of_protocols)
{
	static const size_t numbers[] = { 1, 2, 31, 32, 33, 34, 100, 1000, 3800 };
	struct handshake hs;
	char name[32];
	size_t i, k, n;

	for (k = 0; k < COUNTOF(numbers); k++) {
		n = numbers[k];
		ck_assert_int_eq(check_protocols(&hs, n, n / 40 + 1, n - 1), 0);
		ck_assert_uint_eq(hs.protocols, n);
		ck_assert_uint_eq(hs.offered, n);
		for (i = 0; i < n; i++) {
			add_name(name, i, '-');
			ck_assert_str_eq(hs.protocol[i], name);
		}
		/* The last one is a second time in the list, as far from the first as possible. */
		if (n > 1)
			ck_assert_int_eq(check_protocols(&hs, n, n / 40 + 1, 0), 400);
	}
}
END_TEST

/* The shortest names there can be, as many as fit into a head: only the repeated ones are refused. */
START_TEST(handshake_most_protocols)
{
	static char request[HTTP_HEAD_SIZE + 1];
	size_t len = (size_t)sprintf(request, LINE HOST REST P);
	struct handshake hs;

	while (len < HTTP_HEAD_SIZE - 6)
		len += (size_t)sprintf(request + len, "a,");
	sprintf(request + len, "\r\n" END);
	ck_assert_int_eq(check(&hs, request), 400);
	ck_assert_ptr_nonnull(strstr(hs.reason, "twice"));
}
END_TEST

/* Names that do not fit into an answer come last and do not count; the others keep their order. */
START_TEST(handshake_long_protocols)
{
	static char request[HTTP_HEAD_SIZE], fits[HANDSHAKE_PROTOCOL_SIZE];
	static char longer[HANDSHAKE_PROTOCOL_SIZE + 1], longest[3 * HANDSHAKE_PROTOCOL_SIZE];
	char answer[HANDSHAKE_ANSWER_SIZE];
	struct handshake hs;

	memset(fits, 'f', sizeof(fits) - 1);
	memset(longer, 'l', sizeof(longer) - 1);
	memset(longest, 'm', sizeof(longest) - 1);
	snprintf(request, sizeof(request), LINE HOST REST P "%s,a,%s,%s\r\n" P "b\r\n" END, longest,
	    longer, fits);
	ck_assert_int_eq(check(&hs, request), 0);
	ck_assert_uint_eq(hs.protocols, 3);
	ck_assert_uint_eq(hs.offered, 5);
	ck_assert_str_eq(hs.protocol[0], "a");
	ck_assert_str_eq(hs.protocol[1], fits);
	ck_assert_str_eq(hs.protocol[2], "b");
	ck_assert_str_eq(hs.protocol[3], longest);
	ck_assert_str_eq(hs.protocol[4], longer);
	ck_assert_uint_gt(handshake_accept(answer, sizeof(answer), &hs, fits), sizeof(answer) - 32);

	snprintf(request, sizeof(request), LINE HOST REST P "%s\r\n" END, longer);
	ck_assert_int_eq(check(&hs, request), 0);
	ck_assert_uint_eq(hs.protocols, 0);
	ck_assert_uint_eq(hs.offered, 1);
}
END_TEST

/* An answer, split into its lines. */
struct answer {
	char		 text[HANDSHAKE_ANSWER_SIZE + 1];
	const char	*line[32], *body;
	size_t		 lines;
};

static void
read_answer(struct answer *a, const char *text, size_t len)
{
	char *p, *end;

	ck_assert_uint_le(len, HANDSHAKE_ANSWER_SIZE);
	memcpy(a->text, text, len);
	a->text[len] = '\0';
	ck_assert_uint_eq(strlen(a->text), len);
	a->lines = 0;
	for (p = a->text;; p = end + 2) {
		end = strstr(p, "\r\n");
		ck_assert_msg(end != NULL, "a line without its end: %s", p);
		*end = '\0';
		ck_assert_ptr_null(strpbrk(p, "\r\n"));
		if (end == p)
			break;
		ck_assert_uint_lt(a->lines, COUNTOF(a->line));
		a->line[a->lines++] = p;
	}
	a->body = end + 2;
}

/* Returns the number of lines that begin with text. */
static unsigned
count_lines(const struct answer *a, const char *text)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < a->lines; i++)
		n += strncmp(a->line[i], text, strlen(text)) == 0;
	return n;
}

/* There must be exactly one line with this name, and it must have this value. */
static void
expect_line(const struct answer *a, const char *name, const char *value)
{
	char line[256];
	size_t i;

	snprintf(line, sizeof(line), "%s: %s", name, value);
	for (i = 0; i < a->lines; i++)
		if (strcmp(a->line[i], line) == 0)
			break;
	ck_assert_msg(i < a->lines, "there is no line '%s'", line);
	snprintf(line, sizeof(line), "%s:", name);
	ck_assert_uint_eq(count_lines(a, line), 1);
}

/*
 * Checks the result of writing an answer to a buffer of size bytes: all len bytes of the whole
 * answer, or nothing (0).
 */
static void
expect_fit(const char *whole, size_t len, const char *out, size_t size, size_t got)
{
	/* The contract does not say whether the buffer needs one extra byte for a NUL. */
	if (size != len)
		ck_assert_uint_eq(got, size < len ? 0 : len);
	if (got != 0) {
		ck_assert_uint_eq(got, len);
		ck_assert_mem_eq(out, whole, len);
	}
}

START_TEST(handshake_acceptance)
{
	static const char *const protocols[] = { NULL, "chat", "v1.a-b!" };
	struct handshake hs;
	struct answer a;
	char whole[HANDSHAKE_ANSWER_SIZE], *out;
	size_t i, len, size, got;

	ck_assert_int_eq(check(&hs, LINE HOST REST END), 0);
	for (i = 0; i < COUNTOF(protocols); i++) {
		out = (char *)unit_guard_end(&answer_guard, NULL, HANDSHAKE_ANSWER_SIZE);
		len = handshake_accept(out, HANDSHAKE_ANSWER_SIZE, &hs, protocols[i]);
		memcpy(whole, out, len);
		read_answer(&a, out, len);
		ck_assert_str_eq(a.line[0], "HTTP/1.1 101 Switching Protocols");
		expect_line(&a, "Upgrade", "websocket");
		expect_line(&a, "Connection", "Upgrade");
		expect_line(&a, "Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
		if (protocols[i] != NULL)
			expect_line(&a, "Sec-WebSocket-Protocol", protocols[i]);
		ck_assert_uint_eq(a.lines, protocols[i] == NULL ? 4 : 5);
		ck_assert_str_eq(a.body, "");

		/*
		 * The answer is written as a whole or not at all, and never past the end of the
		 * buffer.
		 */
		for (size = 0; size <= len + 1; size++) {
			out = (char *)unit_guard_end(&answer_guard, NULL, size);
			got = handshake_accept(out, size, &hs, protocols[i]);
			expect_fit(whole, len, out, size, got);
		}
	}
}
END_TEST

/* Refuses a handshake, and checks the lines that every refusal must have. */
static void
expect_refusal(struct answer *a, int status, const char *reason, unsigned retry)
{
	char *out = (char *)unit_guard_end(&answer_guard, NULL, HANDSHAKE_ANSWER_SIZE), start[32];
	char length[32];

	read_answer(a, out, handshake_refuse(out, HANDSHAKE_ANSWER_SIZE, status, reason, retry));
	snprintf(start, sizeof(start), "HTTP/1.1 %d ", status);
	ck_assert_msg(strncmp(a->line[0], start, strlen(start)) == 0 &&
	    a->line[0][strlen(start)] != '\0', "%d: %s", status, a->line[0]);
	snprintf(length, sizeof(length), "%zu", strlen(a->body));
	expect_line(a, "Content-Length", length);
	ck_assert_uint_eq(count_lines(a, "Content-Type: text/plain"), 1);
	ck_assert_ptr_nonnull(strstr(a->body, reason));
	ck_assert_uint_eq(count_lines(a, "Sec-WebSocket-Accept:"), 0);
	ck_assert_uint_eq(count_lines(a, "Connection:"), 1);
	ck_assert_uint_eq(count_lines(a, "Connection: close"), 1);
	ck_assert_uint_eq(count_lines(a, "Sec-WebSocket-Version:"), status == 426);
	ck_assert_uint_eq(count_lines(a, "Upgrade:"), status == 426);
	ck_assert_uint_eq(count_lines(a, "Allow:"), status == 405);
	ck_assert_uint_eq(count_lines(a, "Retry-After:"), retry > 0);
}

START_TEST(handshake_refusals)
{
	static const struct {
		int		 status;
		const char	*text;
	} rows[] = {
		{ 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" },
		{ 404, "Not Found" }, { 405, "Method Not Allowed" }, { 408, "Request Timeout" },
		{ 414, "URI Too Long" }, { 426, "Upgrade Required" }, { 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" }, { 500, "Internal Server Error" },
		{ 502, "Bad Gateway" }, { 503, "Service Unavailable" }, { 504, "Gateway Timeout" }
	};
	struct answer a;
	char line[64];
	size_t i;
	int status;

	for (i = 0; i < COUNTOF(rows); i++) {
		expect_refusal(&a, rows[i].status, "because", 0);
		snprintf(line, sizeof(line), "HTTP/1.1 %d %s", rows[i].status, rows[i].text);
		ck_assert_str_eq(a.line[0], line);
	}
	/* A backend may set any of these statuses. */
	for (status = 400; status < 600; status++)
		expect_refusal(&a, status, "a reason of the backend's", 0);

	expect_refusal(&a, 426, "old", 0);
	expect_line(&a, "Sec-WebSocket-Version", "13");
	expect_line(&a, "Upgrade", "websocket");
	/* RFC 9110, section 7.8: a message with Upgrade must also list Upgrade in Connection. */
	ck_assert_msg(count_lines(&a, "Connection: close, Upgrade") == 1, "Connection of a 426");
	expect_refusal(&a, 405, "not so", 0);
	expect_line(&a, "Allow", "GET");
	expect_refusal(&a, 503, "full", 7);
	expect_line(&a, "Retry-After", "7");
	expect_refusal(&a, 503, "full", 1);
	expect_line(&a, "Retry-After", "1");
	expect_refusal(&a, 503, "full", 4294967295U);
	expect_line(&a, "Retry-After", "4294967295");
	expect_refusal(&a, 400, "", 0);
}
END_TEST

START_TEST(handshake_refusals_that_do_not_fit)
{
	static char reason[HANDSHAKE_ANSWER_SIZE + 1], whole[HANDSHAKE_ANSWER_SIZE];
	char *out = (char *)unit_guard_end(&answer_guard, NULL, HANDSHAKE_ANSWER_SIZE);
	size_t len = handshake_refuse(out, HANDSHAKE_ANSWER_SIZE, 426, "because", 1), size, got;

	ck_assert_uint_gt(len, 0);
	memcpy(whole, out, len);
	for (size = 0; size <= len + 1; size++) {
		out = (char *)unit_guard_end(&answer_guard, NULL, size);
		got = handshake_refuse(out, size, 426, "because", 1);
		expect_fit(whole, len, out, size, got);
	}
	memset(reason, 'r', HANDSHAKE_ANSWER_SIZE);
	out = (char *)unit_guard_end(&answer_guard, NULL, HANDSHAKE_ANSWER_SIZE);
	ck_assert_uint_eq(handshake_refuse(out, HANDSHAKE_ANSWER_SIZE, 400, reason, 0), 0);
}
END_TEST

/* The reason of a refusal must name the fault, and fit into an answer. */
START_TEST(handshake_reasons)
{
	static const struct {
		const char	*request, *words;
	} rows[] = {
		{ "POST / HTTP/1.1\r\n" END, "GET" }, { "GET * HTTP/1.1\r\n" HOST END, "target" },
		{ LINE END, "no Host" }, { LINE HOST HOST END, "more than one Host" },
		{ WITH("Origin: a\r\nOrigin: b\r\n"), "more than one Origin" },
		{ WITH("Content-Length: 1\r\n"), "Content-Length" },
		{ WITH("Transfer-Encoding: chunked\r\n"), "Transfer-Encoding" },
		{ LINE HOST END, "Upgrade" }, { "GET / HTTP/1.0\r\n" UPGRADE END, "HTTP/1.1" },
		{ OTHER_CONNECT(""), "Connection" },
		{ OTHER_VERSION(""), "no Sec-WebSocket-Version" },
		{ OTHER_VERSION(VERSION VERSION), "more than one Sec-WebSocket-Version" },
		{ OTHER_VERSION("Sec-WebSocket-Version: 8\r\n"), "13" },
		{ OTHER_KEY(""), "no Sec-WebSocket-Key" },
		{ OTHER_KEY(KEY KEY), "more than one Sec-WebSocket-Key" },
		{ OTHER_KEY("Sec-WebSocket-Key: a\r\n"), "Sec-WebSocket-Key" },
		{ WITH(P "a,a\r\n"), "twice" }, { WITH(P "a b\r\n"), "token" }
	};
	struct handshake hs;
	struct answer a;
	size_t i;
	int status;

	for (i = 0; i < COUNTOF(rows); i++) {
		status = check(&hs, rows[i].request);
		ck_assert_int_ne(status, 0);
		ck_assert_msg(strstr(hs.reason, rows[i].words) != NULL, "'%s' has no '%s'",
		    hs.reason, rows[i].words);
		expect_refusal(&a, status, hs.reason, 0);
	}
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("handshake");
	TCase *tc = tcase_create("handshake");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, handshake_rfc_example);
	tcase_add_test(tc, handshake_accept_keys);
	tcase_add_test(tc, handshake_method_and_version);
	tcase_add_test(tc, handshake_fields);
	tcase_add_test(tc, handshake_keys);
	tcase_add_test(tc, handshake_keys_of_any_digits);
	tcase_add_test(tc, handshake_bodies);
	tcase_add_test(tc, handshake_targets);
	tcase_add_test(tc, handshake_target_bytes);
	tcase_add_test(tc, handshake_protocol_lists);
	tcase_add_test(tc, handshake_number_of_protocols);
	tcase_add_test(tc, handshake_most_protocols);
	tcase_add_test(tc, handshake_long_protocols);
	tcase_add_test(tc, handshake_acceptance);
	tcase_add_test(tc, handshake_refusals);
	tcase_add_test(tc, handshake_refusals_that_do_not_fit);
	tcase_add_test(tc, handshake_reasons);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The opening handshake over real connections: the requests that are accepted, the response to
 * those that are refused, and that the result does not depend on how the bytes arrive.
 */

#include "config.h"

#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/pair.h"
#include "lib/sock.h"
#include "test_handshake.h"
#include "test_handshake_rows.h"

void
test_handshake_use(struct pair *p, struct client *c)
{
	int peer = sock_accept(p->listener, EXPECT_MS);

	client_text(c, "to the peer");
	sock_expect(peer, "to the peer", 11, EXPECT_MS);
	sock_write(peer, "and back", 8, EXPECT_MS);
	client_expect_text(c, "and back");
	client_finish(c);
	sock_expect_end(peer, EXPECT_MS);
	sock_close(&peer);
}

static struct pair t;

/* Sends text on a new connection, and expects a refusal with this status. */
static void
refuse_text(const char *text, size_t len, int status)
{
	struct client c;

	client_connect(&c, t.h.port);
	/* The server may close before all of the text is sent. */
	client_try_send(&c, text, len);
	client_answer(&c);
	client_expect_refused(&c, status);
	client_end(&c);
}

static void
accept_text(const char *text, size_t len, const char *key, size_t cut)
{
	struct client c;

	client_connect(&c, t.h.port);
	client_send_cut(&c, text, len, cut);
	client_answer(&c);
	client_expect_accepted(&c, key == NULL ? REQUEST_KEY : key, NULL);
	test_handshake_use(&t, &c);
}

/* -- tables -- */

START_TEST(bad_requests_are_refused)
{
	static char out[REQUEST_SIZE];
	const struct refused_row *row;
	const char *text;
	size_t i, len;

	ck_assert_uint_ge(COUNTOF(refused_rows), 80);
	pair_start(&t, NULL);
	for (i = 0; i < COUNTOF(refused_rows); i++) {
		row = &refused_rows[i];
		expect_context("%s", row->name);
		text = row->text == NULL ? out : row->text;
		len = row->text == NULL ? request_format(out, &row->r) :
		    row->len > 0 ? row->len : strlen(row->text);
		refuse_text(text, len, row->status);
	}
	/* The server has not connected to the peer, and each request has a line in the log. */
	sock_expect_nobody(t.listener);
	harness_log_times(&t.h, " refused client=127.0.0.1:", COUNTOF(refused_rows), EXPECT_MS);
	pair_stop(&t);
}
END_TEST

START_TEST(odd_but_good_requests_are_accepted)
{
	static char out[REQUEST_SIZE];
	const struct accepted_row *row;
	size_t i, len;

	pair_start(&t, NULL);
	for (i = 0; i < COUNTOF(accepted_rows); i++) {
		row = &accepted_rows[i];
		expect_context("%s", row->name);
		len = request_format(out, &row->r);
		accept_text(row->text == NULL ? out : row->text,
		    row->text == NULL ? len : strlen(row->text), row->r.key, 65536);
	}
	pair_stop(&t);
}
END_TEST

START_TEST(origins)
{
	const struct origin_row *row = &origin_rows[_i];
	const char *policy = origin_policies[_i];
	char option[200];
	struct request r = { .target = "/page" };
	struct client c;
	size_t i, n = 0;

	snprintf(option, sizeof(option), "origin=%s", policy == NULL ? "" : policy);
	pair_start(&t, policy == NULL ? NULL : "-o", option, NULL);
	for (i = 0; i < COUNTOF(origin_rows); i++) {
		row = &origin_rows[i];
		if (row->policy != _i)
			continue;
		expect_context("origin \"%s\" at host \"%s\"", row->origin, row->host);
		r.origin = row->origin;
		r.host = row->host;
		client_ask_with(&c, t.h.port, &r);
		if (row->status == 101) {
			client_expect_accepted(&c, REQUEST_KEY, NULL);
			test_handshake_use(&t, &c);
		} else {
			client_expect_refused(&c, row->status);
			ck_assert_ptr_nonnull(strstr(c.body, "origin"));
			client_end(&c);
			n++;
		}
	}
	sock_expect_nobody(t.listener);
	harness_log_times(&t.h, "status=403", (unsigned)n, EXPECT_MS);
	if (n > 0)
		ck_assert_ptr_nonnull(strstr(harness_log(&t.h, "status=403", EXPECT_MS), "origin"));
	pair_stop(&t);
}
END_TEST

/* A HEAD request is refused with a response without a body (RFC 9110, section 9.3.2). */
START_TEST(head_gets_no_body)
{
	static const struct {
		const char *text, *status;
	} rows[] = {
		{ "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 405 " },
		{ "HEAD / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", "HTTP/1.1 400 " },
		{ "HEAD / nonsense\r\n\r\n", "HTTP/1.1 400 " }
	};
	char answer[1024], *end;
	size_t i, len;
	int fd;

	pair_start(&t, NULL);
	for (i = 0; i < COUNTOF(rows); i++) {
		fd = sock_connect(t.h.port, 0);
		sock_write(fd, rows[i].text, strlen(rows[i].text), EXPECT_MS);
		len = sock_read_to_end(fd, answer, sizeof(answer) - 1, EXPECT_MS);
		answer[len] = '\0';
		ck_assert_int_eq(strncmp(answer, rows[i].status, strlen(rows[i].status)), 0);
		ck_assert_ptr_nonnull(strstr(answer, "\r\nConnection: close\r\n"));
		end = strstr(answer, "\r\n\r\n");
		ck_assert_ptr_nonnull(end);
		ck_assert_str_eq(end + 4, "");
		sock_close(&fd);
	}
	pair_stop(&t);
}
END_TEST

/* The answer and the log name the origin: escaped, cut, and with advice. */
START_TEST(refusals_name_the_origin)
{
	static char longest[7000];
	static const struct {
		const char	*origin, *host, *extra, *answered, *logged;
	} rows[] = {
		{ "https://evil.example", "good.example", NULL, "the origin https://evil.example are "
		    "not accepted (setting: origin)", "origin https://evil.example are not" },
		{ "null", "good.example", NULL, "the origin null are", "lists null" },
		{ "x\xfe\"y\\", "good.example", NULL, "the origin x\\xfe\\\"y\\\\ are",
		    "the origin x\\xfe\\\"y\\\\ are" },
		{ longest, "good.example", NULL, "xxx... are not accepted", "xxx... are not" },
		{ "https://good.example", "127.0.0.1:8001", NULL, "ProxyPreserveHost On",
		    "Host is 127.0.0.1:8001, which a proxy may have replaced: Apache" },
		{ "https://good.example", "backend", "X-Forwarded-Host: good.example\r\n",
		    "ProxyPreserveHost On", "a proxy has replaced" },
		{ "https://good.example", "backend", "Via: 1.1 x\r\n", "$http_host", "may have replaced" }
	};
	struct request r = { .target = "/" };
	struct client c;
	size_t i;

	memset(longest, 'x', sizeof(longest) - 1);
	pair_start(&t, NULL);
	for (i = 0; i < COUNTOF(rows); i++) {
		expect_context("row %zu", i);
		r.origin = rows[i].origin;
		r.host = rows[i].host;
		r.extra = rows[i].extra;
		client_ask_with(&c, t.h.port, &r);
		client_expect_refused(&c, 403);
		ck_assert_msg(strstr(c.body, rows[i].answered) != NULL, "%zu: %s", i, c.body);
		ck_assert_uint_lt(strlen(c.body), 512);
		client_end(&c);
		ck_assert_ptr_nonnull(strstr(harness_log(&t.h, "status=403", EXPECT_MS),
		    rows[i].logged));
		harness_log_mark(&t.h);
	}
	pair_stop(&t);
}
END_TEST

static const char *const scheme_options[][2] = {
	{ "trusted-proxies=127.0.0.1", "client-address=socket" },
	{ "trusted-proxies=127.0.0.1", "client-address=forwarded" },
	{ "trusted-proxies=192.0.2.1", "client-address=socket" }
};

/* The scheme of same-origin is that which a trusted proxy reports. */
START_TEST(schemes_from_proxies)
{
	static const struct {
		int		 options;
		const char	*origin, *extra;
		int		 status;
	} rows[] = {
		{ 0, "https://a", "X-Forwarded-Proto: https\r\n", 101 },
		{ 0, "https://a", "X-Forwarded-Proto: wss, http\r\n", 101 },
		{ 0, "https://a", "X-Forwarded-Proto: http\r\n", 403 },
		{ 0, "https://a", "Forwarded: proto=https\r\n", 403 },
		{ 0, "https://a", NULL, 403 },
		{ 0, "http://a", "X-Forwarded-Proto: https\r\n", 403 },
		{ 0, "http://a", NULL, 101 },
		{ 1, "https://a", "Forwarded: for=192.0.2.1;proto=https\r\n", 101 },
		{ 1, "https://a", "Forwarded: for=192.0.2.1;proto=http\r\n", 403 },
		{ 2, "https://a", "X-Forwarded-Proto: https\r\n", 403 },
		{ 2, "http://a", "X-Forwarded-Proto: https\r\n", 101 }
	};
	struct request r = { .target = "/", .host = "a" };
	struct client c;
	size_t i;

	pair_start(&t, "-o", "origin=same-origin", "-o", scheme_options[_i][0], "-o",
	    scheme_options[_i][1], NULL);
	for (i = 0; i < COUNTOF(rows); i++) {
		if (rows[i].options != _i)
			continue;
		expect_context("row %zu", i);
		r.origin = rows[i].origin;
		r.extra = rows[i].extra;
		client_ask_with(&c, t.h.port, &r);
		if (rows[i].status == 101) {
			client_expect_accepted(&c, REQUEST_KEY, NULL);
			test_handshake_use(&t, &c);
		} else {
			client_expect_refused(&c, 403);
			client_end(&c);
		}
	}
	pair_stop(&t);
}
END_TEST

START_TEST(an_empty_origin_is_refused)
{
	struct request r = { .extra = "Origin:\r\n" };

	pair_start(&t, NULL);
	client_expect_refusal(t.h.port, &r, 403, NULL);
	sock_expect_nobody(t.listener);
	pair_stop(&t);
}
END_TEST

START_TEST(subprotocols)
{
	const char *option = protocol_options[_i];
	const struct protocol_row *row;
	char text[64];
	struct request r = { .target = NULL };
	struct client c;
	size_t i;

	snprintf(text, sizeof(text), "protocol=%s", option == NULL ? "" : option);
	pair_start(&t, option == NULL ? NULL : "-c", text, NULL);
	for (i = 0; i < COUNTOF(protocol_rows); i++) {
		row = &protocol_rows[i];
		if (row->option != _i)
			continue;
		expect_context("offered \"%s\" %s", row->offered,
		    row->extra == NULL ? "" : row->extra);
		r.protocol = row->offered;
		r.extra = row->extra;
		client_ask_with(&c, t.h.port, &r);
		client_expect_accepted(&c, REQUEST_KEY, row->chosen);
		test_handshake_use(&t, &c);
	}
	pair_stop(&t);
}
END_TEST

/* Writes `count` names with commas after them, and returns their length. */
static size_t
write_names(char *out, unsigned count)
{
	size_t len = 0;
	unsigned i;

	for (i = 0; i < count; i++)
		len += (size_t)sprintf(out + len, "%x,", 0x1000 + i);
	return len;
}

/* Lists that fill the head, and names for which the answer has no room and which are not chosen. */
START_TEST(long_lists_of_subprotocols)
{
	static char list[16384], name[2001];
	const struct request r = { .protocol = list };
	struct client c;
	size_t len;
	int i;

	memset(name, 'n', sizeof(name) - 1);
	pair_start(&t, "-c", "protocol=mqtt, *", NULL);
	for (i = 0; i < 4; i++) {
		expect_context("list %d", i);
		len = i < 2 ? write_names(list, 3200) : (size_t)sprintf(list, "%s", name);
		sprintf(list + len, "%s", i == 1 ? "mqtt" : i == 2 ? ",x,y" : "");
		client_ask_with(&c, t.h.port, &r);
		client_expect_accepted(&c, REQUEST_KEY,
		    i == 0 ? "1000" : i == 1 ? "mqtt" : i == 2 ? "x" : NULL);
		test_handshake_use(&t, &c);
	}
	pair_stop(&t);
}
END_TEST

/* A client that offers subprotocols and gets none: its last line says what was offered, and why. */
START_TEST(subprotocols_that_were_not_chosen)
{
	static const struct {
		const char	*option, *offered, *logged;
	} rows[] = {
		{ "framing=auto", "mqtt, mqttv3.1", " offered=\"mqtt, mqttv3.1\" hint=\"no "
		    "subprotocol was chosen (option of the backend: protocol)\"" },
		{ "protocol=mqtt", "irc", " offered=\"irc\" hint=\"no subprotocol" },
		{ "protocol=mqtt", "irc, mqtt", NULL },
		{ "protocol=mqtt", NULL, NULL },
	};
	struct request r = { .target = "/" };
	struct client c;
	const char *line;
	size_t i;
	int k, peer;

	for (i = 0; i < COUNTOF(rows); i++) {
		pair_start(&t, "-c", rows[i].option, NULL);
		for (k = 0; k < 2; k++) {
			expect_context("%s, offered %s", rows[i].option, rows[i].offered);
			/* The second client of the worker offers nothing. */
			r.protocol = k == 0 ? rows[i].offered : NULL;
			client_ask_with(&c, t.h.port, &r);
			peer = sock_accept(t.listener, EXPECT_MS);
			client_drop(&c);
			sock_expect_end(peer, EXPECT_MS);
			sock_close(&peer);
			line = harness_log(&t.h, "closed client=", EXPECT_MS);
			if (k == 0 && rows[i].logged != NULL)
				ck_assert_ptr_nonnull(strstr(line, rows[i].logged));
			else
				ck_assert_ptr_null(strstr(line, "offered="));
			harness_log_mark(&t.h);
		}
		pair_stop(&t);
	}
}
END_TEST

/* -- upper and lower case -- */

/*
 * Changes the case of field names: `how` is 0 for lower case, 1 for upper case, 2 for both in
 * turn.
 */
static void
recase(char *text, int how)
{
	char *line, *p;

	for (line = strstr(text, "\r\n") + 2; *line != '\r'; line = strstr(line, "\r\n") + 2)
		for (p = line; *p != ':'; p++)
			*p = (char)(how == 0 || (how == 2 && (p - line) % 2 == 0) ?
			    tolower((unsigned char)*p) : toupper((unsigned char)*p));
}

START_TEST(field_names_in_any_case)
{
	static char text[REQUEST_SIZE];
	struct request r = { .origin = "http://127.0.0.1", .protocol = "a, b" };
	size_t len;
	int how;

	pair_start(&t, NULL);
	for (how = 0; how < 3; how++) {
		expect_context("case %d", how);
		len = request_format(text, &r);
		recase(text, how);
		accept_text(text, len, NULL, len);
		r.host = "";
		len = request_format(text, &r);
		recase(text, how);
		refuse_text(text, len, 400);
		r.host = NULL;
	}
	pair_stop(&t);
}
END_TEST

/* -- limits -- */

/*
 * Writes a valid request with a target of `target` bytes, with this number of fields, or with a
 * head of `head` bytes; a parameter of 0 has no effect. Returns the length of the request.
 */
static size_t
sized(char *out, size_t target, unsigned fields, size_t head)
{
	static char line[REQUEST_SIZE], extra[REQUEST_SIZE];
	struct request r = { .target = NULL, .extra = extra };
	size_t n = 0, len;
	unsigned i;

	extra[0] = '\0';
	if (target > 0) {
		memset(line, 'x', target);
		line[0] = '/';
		line[target] = '\0';
		r.target = line;
	}
	for (i = 5; i < fields; i++)
		n += (size_t)snprintf(extra + n, sizeof(extra) - n, "x: y\r\n");
	len = request_format(out, &r);
	if (head > len) {
		/* The added field has five bytes besides the value: "f: " and CRLF. */
		n = head - len - 5;
		memcpy(extra, "f: ", 3);
		memset(extra + 3, 'y', n);
		memcpy(extra + 3 + n, "\r\n", 3);
		len = request_format(out, &r);
		ck_assert_uint_eq(len, head);
	}
	return len;
}

START_TEST(limits)
{
	static const struct {
		const char	*name;
		size_t		 target;
		unsigned	 fields;
		size_t		 head;
		int		 status;
	} rows[] = {
		/* "GET " and " HTTP/1.1" are 13 bytes of the request line. */
		{ "request line of 8192 bytes", 8192 - 13, 0, 0, 101 },
		{ "request line of 8193 bytes", 8193 - 13, 0, 0, 414 },
		{ "request line of 16000 bytes", 16000 - 13, 0, 0, 414 },
		{ "100 fields", 0, 100, 0, 101 },
		{ "101 fields", 0, 101, 0, 431 },
		{ "1000 fields", 0, 1000, 0, 431 },
		{ "head of 16384 bytes", 0, 0, 16384, 101 },
		{ "head of 16385 bytes", 0, 0, 16385, 431 },
		{ "head of 60000 bytes", 0, 0, 60000, 431 },
	};
	static char text[REQUEST_SIZE];
	size_t i, len;

	pair_start(&t, NULL);
	for (i = 0; i < COUNTOF(rows); i++) {
		expect_context("%s", rows[i].name);
		len = sized(text, rows[i].target, rows[i].fields, rows[i].head);
		if (rows[i].status == 101)
			accept_text(text, len, NULL, len);
		else
			refuse_text(text, len, rows[i].status);
	}
	sock_expect_nobody(t.listener);
	pair_stop(&t);
}
END_TEST

START_TEST(a_line_without_end_is_refused_at_its_limit)
{
	static char text[REQUEST_SIZE];
	int n;

	pair_start(&t, NULL);
	memset(text, 'x', sizeof(text));
	memcpy(text, "GET /", 5);
	expect_context("request line");
	refuse_text(text, 8300, 414);
	n = snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\n");
	text[n] = 'x';
	expect_context("field");
	refuse_text(text, 16500, 431);
	sock_expect_nobody(t.listener);
	pair_stop(&t);
}
END_TEST

/* -- the log -- */

START_TEST(bytes_of_the_client_are_escaped_in_the_log)
{
	struct request r = { .target = "/a\"b\\c%0ad", .host = "a\xff", .origin = "x\xfey" };
	const char *p;

	pair_start(&t, NULL);
	client_expect_refusal(t.h.port, &r, 403, NULL);
	p = harness_log(&t.h, "status=403", EXPECT_MS);
	ck_assert_ptr_nonnull(strstr(p, "path=\"/a\\\"b\\\\c%0ad\""));
	for (p = harness_log_text(&t.h); *p != '\0'; p++)
		ck_assert_msg(*p == '\n' || (*p >= ' ' && *p <= '~'), "byte %02x in the log",
		    (unsigned)(unsigned char)*p);
	pair_stop(&t);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("handshake");
	TCase *tc = harness_case(s, "tables", 60);

	tcase_add_test(tc, bad_requests_are_refused);
	tcase_add_test(tc, odd_but_good_requests_are_accepted);
	tcase_add_loop_test(tc, origins, 0, (int)COUNTOF(origin_policies));
	tcase_add_test(tc, head_gets_no_body);
	tcase_add_test(tc, an_empty_origin_is_refused);
	tcase_add_test(tc, refusals_name_the_origin);
	tcase_add_loop_test(tc, schemes_from_proxies, 0, (int)COUNTOF(scheme_options));
	tcase_add_loop_test(tc, subprotocols, 0, (int)COUNTOF(protocol_options));
	tcase_add_test(tc, long_lists_of_subprotocols);
	tcase_add_test(tc, subprotocols_that_were_not_chosen);
	tcase_add_test(tc, field_names_in_any_case);
	tcase_add_test(tc, limits);
	tcase_add_test(tc, a_line_without_end_is_refused_at_its_limit);
	tcase_add_test(tc, bytes_of_the_client_are_escaped_in_the_log);
	test_handshake_arrival(s);
	return s;
}

#include "lib/check_main.h"

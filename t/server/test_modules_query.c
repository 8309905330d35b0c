/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The query of a backend: the data about the client that it can read, the answers that it can
 * give, and events that it can wait for; and modules for version 1 of the interface.
 */

#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/modules.h"
#include "lib/sock.h"

static struct harness h;
static struct client c;
static int listener, port, peer;

static void
start(const char *setting)
{
	listener = sock_listen(&port);
	modules_begin("backend_test", "framing_test", NULL);
	modules_start(&h, port, "-o", modules_timeout("10s"), "-o", setting, NULL);
}

static void
stop(void)
{
	harness_stop(&h);
	sock_close(&listener);
}

/* Accepts the peer's connection of an accepted client, and closes both. */
static void
leave(void)
{
	peer = sock_accept(listener, EXPECT_MS);
	client_finish(&c);
	sock_close(&peer);
}

/* -- data about the client -- */

static void
expect_known(const char *line)
{
	if (modules_traced(line, NULL, 0) != 1)
		expect_fail("the backend has not seen '%s'", line);
}

static void
expect_unknown(const char *line)
{
	if (modules_traced(line, NULL, 0) != 0)
		expect_fail("the backend has seen '%s'", line);
}

static unsigned
own_port(int fd)
{
	struct sockaddr_in in;
	socklen_t size = sizeof(in);

	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &size), 0);
	return ntohs(in.sin_port);
}

START_TEST(client_is_described)
{
	struct request r = {
		.target = "/describe?other=x&name=a%20b+c%2f%26&name=second",
		.protocol = "a, b",
		.extra = "x-fIeLd: \t the value \t\r\nX-Other:\r\n"
		    "Cookie: other=1; crumb=tasty; crumb=stale\r\nCOOKIE: crumb=late\r\n"
	};
	char line[100];

	start("ping=0");
	client_ask_with(&c, h.port, &r);
	ck_assert_int_eq(c.status, 101);
	snprintf(line, sizeof(line), "client 127.0.0.1 %u", own_port(c.fd));
	expect_known(line);
	snprintf(line, sizeof(line), "local 127.0.0.1 %d", h.port);
	expect_known(line);
	expect_known("field the value");
	expect_known("other some");
	expect_known("key " REQUEST_KEY);
	expect_known("parameter a b c/&");
	expect_known("parameter does not fit");
	expect_known("cookie tasty");
	/* The backend gets all header fields except those of the handshake. */
	expect_known("header Host");
	expect_known("header x-fIeLd");
	expect_known("header X-Other");
	expect_known("header Cookie");
	expect_known("header COOKIE");
	expect_unknown("header Upgrade");
	expect_unknown("header Connection");
	expect_unknown("header Sec-WebSocket-Key");
	expect_unknown("header Sec-WebSocket-Version");
	expect_unknown("header Sec-WebSocket-Protocol");
	leave();
	stop();
}
END_TEST

START_TEST(client_without_anything)
{
	start("ping=0");
	ck_assert_int_eq(client_ask(&c, h.port, "/describe?name=%00"), 101);
	expect_known("field none");
	expect_known("other none");
	expect_known("parameter does not fit");
	expect_unknown("cookie");
	leave();
	stop();
}
END_TEST

/* A cookie in the second of two fields Cookie is found too. */
START_TEST(second_cookie_field)
{
	struct request r = { .target = "/describe",
		.extra = "Cookie: a=1; crumbs=2; xcrumb=3\r\nCookie: b=2;crumb=here ;c=3\r\n" };

	start("ping=0");
	client_ask_with(&c, h.port, &r);
	expect_known("cookie here");
	leave();
	stop();
}
END_TEST

/* The client's connection is a socket without addresses. */
START_TEST(client_without_address)
{
	char option[64];
	int fds[3];

	listener = sock_listen(&port);
	modules_begin("backend_test", NULL);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	client_init(&c, fds[1]);
	fds[1] = fds[2] = -1;
	snprintf(option, sizeof(option), "peer=tcp://127.0.0.1:%d", port);
	harness_spawn(&h, (const char *const[]){ "-i", "-o", modules_setting(), "-b", "test",
	    "-c", option, NULL }, fds);
	sock_close(&fds[0]);
	client_request(&c, &(struct request){ .target = "/describe" });
	client_answer(&c);
	ck_assert_int_eq(c.status, 101);
	expect_known("client  0");
	expect_known("local  0");
	leave();
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 0);
	harness_clean(&h);
	sock_close(&listener);
}
END_TEST

/* -- answers -- */

#define LONG10	"0123456789"
#define LONG100	LONG10 LONG10 LONG10 LONG10 LONG10 LONG10 LONG10 LONG10 LONG10 LONG10
#define LONG1000 LONG100 LONG100 LONG100 LONG100 LONG100 LONG100 LONG100 LONG100 LONG100 LONG100

static const struct {
	const char	*target;
	int		 status;
	const char	*body, *log;	/* words in the response's body, in the log; or NULL */
} answers[] = {
	{ "/refuse", 404, "there is no peer for this request", "status=404" },
	{ "/?status=403", 403, "there is no peer for this request", "status=403" },
	{ "/?status=403&reason=not+today", 403, "not today", "reason=\"not today\"" },
	{ "/refuse?reason=nobody+of+this+name", 404, "nobody of this name", "status=404" },
	{ "/?status=400", 400, NULL, NULL }, { "/?status=401", 401, NULL, NULL },
	{ "/?status=429", 429, NULL, NULL }, { "/?status=500", 500, NULL, NULL },
	{ "/?status=503&reason=later", 503, "later", NULL },
	{ "/?status=599", 599, NULL, NULL },
	/* statuses that are not refusals */
	{ "/?status=200", 500, NULL, "status 200 is not a refusal" },
	{ "/?status=101", 500, NULL, "status 101 is not a refusal" },
	{ "/?status=399", 500, NULL, "status 399 is not a refusal" },
	{ "/?status=600", 500, NULL, "status 600 is not a refusal" },
	{ "/?status=-1", 500, NULL, "status -1 is not a refusal" },
	{ "/?status=2147483647", 500, NULL, "is not a refusal" },
	/* reasons with line ends, with markup, empty and long */
	{ "/?status=403&reason=a%0d%0aSet-Cookie:+b=c%0d%0a%0d%0ad", 403, NULL, "a\\x0d\\x0aSet" },
	{ "/?status=403&reason=", 403, NULL, "reason=\"\"" },
	{ "/?status=403&reason=%3cscript%3e", 403, NULL, "<script>" },
	{ "/?status=403&reason=" LONG1000 LONG1000 LONG1000, 403, LONG10, "status=403" },
	/* invalid answers */
	{ "/?peer=nothing", 502, "the peer's address is not usable",
	    "answer for client 127.0.0.1:" },
	{ "/?peer=tcp://[::1]:0", 502, NULL, "is invalid" },
	{ "/?framing=unheard-of", 500, "the framing is not known",
	    "backend_test: there is no framing 'unheard-of'" },
	{ "/?framing=stranger", 500, "the framing is not known", "framing" },
	{ "/?framing=", 500, NULL, "backend_test: there is no framing ''" }
};

START_TEST(refusals)
{
	size_t i;

	start("ping=0");
	for (i = 0; i < COUNTOF(answers); i++) {
		expect_context("%.100s", answers[i].target);
		harness_log_mark(&h);
		ck_assert_int_eq(client_ask(&c, h.port, answers[i].target), answers[i].status);
		if (answers[i].body != NULL && strstr(c.body, answers[i].body) == NULL)
			expect_fail("the body is: %s", c.body);
		ck_assert_ptr_null(client_field(&c, "Set-Cookie"));
		client_expect_refused(&c, answers[i].status);
		client_end(&c);
		if (answers[i].log != NULL)
			harness_log(&h, answers[i].log, EXPECT_MS);
	}
	sock_expect_nobody(listener);
	stop();
}
END_TEST

START_TEST(subprotocols)
{
	static const struct {
		const char	*offer, *target, *chosen;
	} rows[] = {
		{ "a, b", "/?protocol=0", "a" }, { "a, b", "/?protocol=1", "b" },
		{ "a, b", "/?protocol=2", NULL }, { "a, b", "/?protocol=-1", NULL },
		{ NULL, "/?protocol=0", NULL }, { "a", "/", NULL }
	};
	struct request r = { 0 };
	size_t i;

	start("ping=0");
	for (i = 0; i < COUNTOF(rows); i++) {
		expect_context("%s of %s", rows[i].target, rows[i].offer);
		r.protocol = rows[i].offer;
		r.target = rows[i].target;
		client_ask_with(&c, h.port, &r);
		client_expect_accepted(&c, REQUEST_KEY, rows[i].chosen);
		leave();
	}
	stop();
}
END_TEST

/* -- waiting -- */

START_TEST(waiting)
{
	start("ping=0");
	ck_assert_int_eq(client_ask(&c, h.port, "/wait-byte"), 101);
	ck_assert_uint_eq(modules_traced("waited for a byte", NULL, 0), 1);
	leave();
	stop();
}
END_TEST

/* core_wait() in query() returns when the server is stopped. */
START_TEST(waiting_until_the_stop)
{
	start("module-timeout=0");
	client_connect(&c, h.port);
	client_request(&c, &(struct request){ .target = "/wait?status=503" });
	modules_expect_traced("wait", 1);
	harness_signal(&h, SIGTERM);
	client_answer(&c);
	client_expect_refused(&c, 503);
	client_end(&c);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 0);
	ck_assert_uint_eq(modules_traced("waited for nothing", NULL, 0), 1);
	harness_clean(&h);
	sock_close(&listener);
}
END_TEST

/* module-timeout limits a call of query(), not the session after it. */
START_TEST(timeout_is_for_the_call)
{
	if (modules_is_watched("the limit of a call's time"))
		return;
	start("module-timeout=1s");
	ck_assert_int_eq(client_ask(&c, h.port, "/"), 101);
	peer = sock_accept(listener, EXPECT_MS);
	/* Let the session last longer than module-timeout. */
	ck_assert(client_is_silent(&c, 1500));
	client_text(&c, "still there");
	sock_expect(peer, "still there", 11, EXPECT_MS);
	client_finish(&c);
	sock_close(&peer);
	stop();
}
END_TEST

/* -- version 1 -- */

static void
start_old(void)
{
	char option[32];

	listener = sock_listen(&port);
	modules_begin("backend_old", "framing_old", "framing_memory", NULL);
	snprintf(option, sizeof(option), "port=%d", port);
	harness_start(&h, (const char *const[]){ "-l", "127.0.0.1", "-p", "0", "-o",
	    modules_setting(), "-b", "old", "-c", "host=tcp://127.0.0.1", "-c", option, NULL });
}

START_TEST(old_backend)
{
	struct request r = { .target = "/", .protocol = "new, Old, other" };
	int other_port, other = sock_listen(&other_port);
	char extra[64];

	start_old();
	client_ask_with(&c, h.port, &r);
	client_expect_accepted(&c, REQUEST_KEY, "Old");
	leave();
	/* A module of version 1 finds a header field by its name in upper or lower case. */
	snprintf(extra, sizeof(extra), "X-PORT: %d\r\n", other_port);
	r = (struct request){ .target = "/", .extra = extra };
	client_ask_with(&c, h.port, &r);
	client_expect_accepted(&c, REQUEST_KEY, NULL);
	peer = sock_accept(other, EXPECT_MS);
	client_finish(&c);
	sock_close(&peer);
	/* Members of the result that the module has not set are ignored. */
	ck_assert_int_eq(client_ask(&c, h.port, "/nobody"), 404);
	client_expect_refused(&c, 404);
	client_end(&c);
	ck_assert_int_eq(client_ask(&c, h.port, "/unheard-of/config"), 500);
	client_end(&c);
	harness_log(&h, "backend_old: there is no framing 'unheard-of'", EXPECT_MS);
	/* The module does not check the configuration of a framing. */
	ck_assert_int_eq(client_ask(&c, h.port, "/newline/unix"), 500);
	client_end(&c);
	harness_log(&h, "the configuration 'unix' of the framing newline is invalid: the line end "
	    "is crlf, lf, cr or lfcr; is 'lf' meant?", EXPECT_MS);
	sock_close(&other);
	stop();
}
END_TEST

START_TEST(old_framing)
{
	start_old();
	client_open(&c, h.port, "/semicolon");
	peer = sock_accept(listener, EXPECT_MS);
	sock_write(peer, "one;two;thr", 11, EXPECT_MS);
	client_expect_text(&c, "one;");
	client_expect_text(&c, "two;");
	sock_write(peer, "ee;\xff;rest", 9, EXPECT_MS);
	client_expect_text(&c, "three;");
	client_expect(&c, CLIENT_BINARY, "\xff;", 2);
	client_text(&c, "as it is");
	sock_expect(peer, "as it is", 8, EXPECT_MS);
	sock_close(&peer);
	client_expect(&c, CLIENT_TEXT, "rest", 4);
	client_expect_end(&c, 1000);
	stop();
}
END_TEST

START_TEST(old_framing_with_state)
{
	const char *file = harness_scratch("lines");
	char target[700], text[100] = "";
	FILE *f;

	start_old();
	snprintf(target, sizeof(target), "/braces/%s", file);
	client_open(&c, h.port, target);
	peer = sock_accept(listener, EXPECT_MS);
	sock_write(peer, "one\n{ hi", 8, EXPECT_MS);
	client_expect_text(&c, "one\n");
	sock_write(peer, "dden\n", 5, EXPECT_MS);
	sock_write(peer, "more\nthan that\n}\ntwo\n", 21, EXPECT_MS);
	client_expect_text(&c, "two\n");
	client_finish(&c);
	sock_close(&peer);
	/* Bytes that the framing has discarded are not counted as sent. */
	harness_log(&h, "out=8/2", EXPECT_MS);
	stop();
	f = fopen(file, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), f));
	ck_assert_str_eq(text, "6 lines\n");
	ck_assert_ptr_null(fgets(text, sizeof(text), f));
	fclose(f);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("modules_query");
	TCase *tc = harness_case(s, "client", 30);

	tcase_add_test(tc, client_is_described);
	tcase_add_test(tc, client_without_anything);
	tcase_add_test(tc, second_cookie_field);
	tcase_add_test(tc, client_without_address);

	tc = harness_case(s, "answer", 30);
	tcase_add_test(tc, refusals);
	tcase_add_test(tc, subprotocols);

	tc = harness_case(s, "wait", 30);
	tcase_add_test(tc, waiting);
	tcase_add_test(tc, waiting_until_the_stop);
	tcase_add_test(tc, timeout_is_for_the_call);

	tc = harness_case(s, "version 1", 30);
	tcase_add_test(tc, old_backend);
	tcase_add_test(tc, old_framing);
	tcase_add_test(tc, old_framing_with_state);
	return s;
}

#include "lib/check_main.h"

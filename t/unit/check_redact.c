/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Tests redact.h: what a message of a backend shows of the request that it repeats. */

#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/countof.h"
#include "module/redact.h"
#include "proto/target.h"

static struct websocket ws;
static char head[4096];

/* Reads a request with this target and these fields. */
static void
setup_request(const char *target, const char *fields)
{
	static char *protocols[HANDSHAKE_PROTOCOLS];

	memset(&ws, 0, sizeof(ws));
	snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n", target, fields);
	http_init(&ws.http);
	ck_assert_int_eq(http_parse(&ws.http, head, strlen(head)), HTTP_DONE);
	ws.head = head;
	ck_assert_int_eq(handshake_check(&ws.handshake, &ws.http, head, protocols), 0);
}

static const struct {
	const char	*target, *fields, *text, *shown;
} rows[] = {
	{ "/?token=abcd", "", "no abcd here", "no ... here" },
	{ "/?token=abcd", "", "abcd", "..." },
	{ "/?token=abcd", "", "abcde xabcd 'abcd' abcd.", "abcde xabcd '...' ...." },
	{ "/?token=abc", "", "no abc here", "no abc here" },
	{ "/?token=ab%63d", "", "abcd and ab%63d", "... and ..." },
	{ "/?token=ab+d", "", "ab+d, but ab d", "..., but ab d" },
	{ "/?a=b&MyPassword=abcd", "", "abcd", "..." },
	{ "/?abcd", "", "abcd", "..." },
	/* other parameters, if their value looks random */
	{ "/?desk=kitchen1", "", "kitchen1", "..." },
	{ "/?desk=kitchen", "", "kitchen", "kitchen" },
	{ "/?desk=desk1", "", "desk1", "desk1" },
	{ "/?desk=12345678", "", "12345678", "12345678" },
	{ "/?desk=%20kitchen%20", "", " kitchen ", " kitchen " },
	/* fields */
	{ "/", "Cookie: a=abcd; b=\"efgh\"; c=\r\n", "abcd \"efgh\" c", "... ... c" },
	{ "/", "Authorization: Bearer abcd\r\n", "abcd, Bearer abcd", "..., Bearer ..." },
	{ "/", "X-Auth-Token: abcd\r\nX-Other: efgh\r\n", "abcd efgh", "... efgh" },
	{ "/", "Referer: http://h/?key=abcd\r\n", "abcd http://h/", "... http://h/" },
	{ "/", "Sec-WebSocket-Protocol: binary, 0123456789012345678901234567890\r\n",
	    "binary 0123456789012345678901234567890", "binary ..." },
	/* the path is no secret, as long as nothing of it is hidden */
	{ "/abcd", "", "abcd", "abcd" }
};

START_TEST(texts)
{
	char text[200];

	setup_request(rows[_i].target, rows[_i].fields);
	strcpy(text, rows[_i].text);
	redact_text(text, &ws);
	ck_assert_str_eq(text, rows[_i].shown);
}
END_TEST

START_TEST(paths)
{
	char text[] = "/vnc/abcd and ab%63d", peer[] = "unix:///run/abcd.sock",
	    address[] = "tcp://host1.example:5900";

	setup_request("/vnc/ab%63d?peer=tcp://host1.example:5900", "");
	ws.hidden = TARGET_BIT(TARGET_LAST);
	redact_text(text, &ws);
	ck_assert_str_eq(text, "/vnc/... and ...");
	redact_peer(peer, &ws);
	ck_assert_str_eq(peer, "unix:///run/....sock");
	redact_peer(address, &ws);
	ck_assert_str_eq(address, "tcp://host1.example:5900");
}
END_TEST

/* With log-query = yes the queries are shown, but cookies are not. */
START_TEST(query_shown)
{
	char text[] = "abcd efgh";

	setup_request("/?token=abcd", "Cookie: a=efgh\r\nReferer: http://h/?token=abcd\r\n");
	ws.log_query = 1;
	redact_text(text, &ws);
	ck_assert_str_eq(text, "abcd ...");
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("redact");
	TCase *tc = tcase_create("redact");

	tcase_add_loop_test(tc, texts, 0, (int)COUNTOF(rows));
	tcase_add_test(tc, paths);
	tcase_add_test(tc, query_shown);
	suite_add_tcase(suite, tc);
	return suite;
}

#include "lib/check_main.h"

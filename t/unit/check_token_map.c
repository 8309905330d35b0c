/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/countof.h"
#include "modules/backends/token_map.h"

static char faults[1024];

static void
note_fault(const char *file, unsigned number, const char *why)
{
	size_t len = strlen(faults);

	ck_assert_uint_gt(strlen(why), 0);
	snprintf(faults + len, sizeof(faults) - len, "%s:%u;", file, number);
}

static int
check(const char *peer, const char **why)
{
	*why = "bad";
	return strstr(peer, "bad") == NULL ? 0 : -1;
}

/* A file, its invalid lines, a token, and the peer of this token (NULL: none). */
static const struct {
	const char	*text, *faults, *token, *peer;
} rows[] = {
	{ "token1: host1:port1", "", "token1", "tcp://host1:port1" },
	{ "token1: host1:port1\ntoken2: host2:port2\n", "", "token2", "tcp://host2:port2" },
	{ "# comment\n\n  \nabc: 10.0.0.1:5900\n", "", "abc", "tcp://10.0.0.1:5900" },
	{ "abc: 10.0.0.1:5900\r\n", "", "abc", "tcp://10.0.0.1:5900" },
	{ "\xef\xbb\xbf" "abc: h:1\n", "", "abc", "tcp://h:1" },
	{ "\xef\xbb\xbf# comment\r\nabc: h:1\n", "", "abc", "tcp://h:1" },
	{ "  abc:   localhost:5900  \n", "", "abc", "tcp://localhost:5900" },
	{ "abc:\tlocalhost:5900\n", "", "abc", "tcp://localhost:5900" },
	{ "a:b:c: h:1\n", "", "a:b:c", "tcp://h:1" },
	{ "a b: h:1\n", "", "a b", "tcp://h:1" },
	{ "t: ::1:5900\n", "", "t", "tcp://[::1]:5900" },
	{ "t: 2001:db8::1:5900\n", "", "t", "tcp://[2001:db8::1]:5900" },
	{ "t: [::1]:5900\n", "", "t", "tcp://[::1]:5900" },
	{ "t: unix_socket:/run/vm.sock\n", "", "t", "unix:///run/vm.sock" },
	{ "t: unix:///run/vm.sock\n", "", "t", "unix:///run/vm.sock" },
	{ "t: udp://h:1\n", "", "t", "udp://h:1" },
	{ "t: h:1\nt: h:2\n", "", "t", "tcp://h:2" },
	{ "t: h:1", "", "T", NULL },
	{ "t: h:1", "", "", NULL },
	{ "", "", "t", NULL },
	{ "t:h:1\n", "f:1;", "t", NULL },
	{ "t\n", "f:1;", "t", NULL },
	{ ": h:1\n", "f:1;", "", NULL },
	{ "t: \n", "f:1;", "t", NULL },
	{ "t: h: 1\n", "f:1;", "t", NULL },
	{ "a: h:1\nb: bad:1\nc d\ne: h:5\n", "f:2;f:3;", "e", "tcp://h:5" },
};

START_TEST(find)
{
	char *text = strdup(rows[_i].text);
	const char *peer;
	struct token_map t;

	memset(&t, 0, sizeof(t));
	faults[0] = '\0';
	ck_assert_uint_eq(token_map_add(&t, text, strlen(text), "f", check, note_fault) == 0,
	    rows[_i].faults[0] == '\0');
	ck_assert_str_eq(faults, rows[_i].faults);
	token_map_finish(&t);
	peer = token_map_find(&t, rows[_i].token);
	ck_assert_msg((peer == NULL) == (rows[_i].peer == NULL), "%s", rows[_i].text);
	if (peer != NULL)
		ck_assert_str_eq(peer, rows[_i].peer);
	token_map_free(&t);
	free(text);
}
END_TEST

START_TEST(many)
{
	static char text[10000 * 32];
	char token[32], peer[32];
	struct token_map t;
	size_t len = 0;
	unsigned i;

	memset(&t, 0, sizeof(t));
	for (i = 0; i < 10000; i++)
		len += (size_t)sprintf(text + len, "%u: h:%u\n", i * 7919 % 10000, i + 1);
	ck_assert_uint_eq(token_map_add(&t, text, len, "f", check, note_fault), 0);
	token_map_finish(&t);
	for (i = 0; i < 10000; i++) {
		snprintf(token, sizeof(token), "%u", i * 7919 % 10000);
		snprintf(peer, sizeof(peer), "tcp://h:%u", i + 1);
		ck_assert_str_eq(token_map_find(&t, token), peer);
	}
	ck_assert_ptr_null(token_map_find(&t, "10000"));
	token_map_free(&t);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("token_map");
	TCase *tc = tcase_create("token_map");

	tcase_add_loop_test(tc, find, 0, COUNTOF(rows));
	tcase_add_test(tc, many);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

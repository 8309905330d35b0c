/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Tests param.h: parameters of queries and cookies, the decoding of their values, and values that
 * do not fit.
 */

#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/countof.h"
#include "lib/unit.h"
#include "proto/param.h"

struct row {
	const char	*text, *name, *value;	/* value: NULL if the parameter is missing */
};

/*
 * Calls the function with a buffer of size bytes. Returns -1, or the length of the result, which
 * is copied to copy.
 */
static ssize_t
call(ssize_t (*function)(const char *, const char *, char *, size_t), const struct row *r,
    size_t size, char *copy)
{
	struct unit_guard text, name, out;
	uint8_t *to;
	ssize_t n;

	unit_guard_open(&text, strlen(r->text) + 1);
	unit_guard_open(&name, strlen(r->name) + 1);
	unit_guard_open(&out, size);
	to = unit_guard_end(&out, NULL, size);
	n = function(unit_guard_string(&text, r->text), unit_guard_string(&name, r->name),
	    (char *)to, size);
	if (n >= 0) {
		ck_assert_uint_lt((size_t)n, size);
		memcpy(copy, to, (size_t)n + 1);
	}
	unit_guard_close(&text);
	unit_guard_close(&name);
	unit_guard_close(&out);
	return n;
}

/* Tries a large buffer, one of the exact size, and all sizes that are too small. */
static void
try(ssize_t (*function)(const char *, const char *, char *, size_t), const struct row *r)
{
	char got[5000];
	size_t size, len;
	ssize_t n;

	n = call(function, r, sizeof(got), got);
	if (r->value == NULL) {
		ck_assert_msg(n == -1, "'%s' has %s = '%s'", r->text, r->name, got);
		return;
	}
	len = strlen(r->value);
	ck_assert_msg(n == (ssize_t)len && strcmp(got, r->value) == 0, "'%s': %s = '%s' (%zd)",
	    r->text, r->name, n >= 0 ? got : "", n);
	for (size = 0; size <= len + 1; size++) {
		n = call(function, r, size, got);
		ck_assert_msg(n == (size == len + 1 ? (ssize_t)len : -1), "'%s', size %zu: %zd",
		    r->text, size, n);
	}
	ck_assert_str_eq(got, r->value);
}

/* -- queries -- */

static const struct row queries[] = {
	{ "/", "a", NULL }, { "", "a", NULL }, { "/?", "a", NULL }, { "/a=1", "a", NULL },
	{ "/?a=1", "a", "1" }, { "?a=1", "a", "1" }, { "/path/to?a=1", "a", "1" },
	{ "/?a=1&b=2", "a", "1" }, { "/?a=1&b=2", "b", "2" }, { "/?a=1&b=2", "c", NULL },
	{ "/?a=1&a=2", "a", "1" }, { "/?b=a&a=3", "a", "3" }, { "/?a", "a", "" },
	{ "/?a=", "a", "" },
	{ "/?a&b", "b", "" }, { "/?a=&b=", "b", "" }, { "/?&&a=1&&", "a", "1" },
	{ "/?aa=1", "a", NULL }, { "/?a=1", "aa", NULL }, { "/?ab=1&a=2", "a", "2" },
	{ "/?A=1", "a", NULL }, { "/?a=1=2", "a", "1=2" }, { "/?a==", "a", "=" },
	{ "/?a=?", "a", "?" }, { "/?x?a=1", "a", NULL }, { "/?a=/x;y,z", "a", "/x;y,z" },
	{ "/?a=1;b=2", "b", NULL }, { "/?a=1#b", "a", "1" }, { "/?b=2#&a=1", "a", NULL },
	{ "/#?a=1", "a", "1" },
	/* decoding of values */
	{ "/?a=%41", "a", "A" }, { "/?a=%4a%4A", "a", "JJ" }, { "/?a=+", "a", " " },
	{ "/?a=b+c%20d", "a", "b c d" }, { "/?a=%2B", "a", "+" }, { "/?a=%26b=%3d", "a", "&b==" },
	{ "/?a=%25", "a", "%" }, { "/?a=%2525", "a", "%25" }, { "/?a=%c3%a4", "a", "\xc3\xa4" },
	{ "/?a=%ff%01%7f", "a", "\xff\x01\x7f" }, { "/?a=\xc3\xa4", "a", "\xc3\xa4" },
	{ "/?a=%0d%0a", "a", "\r\n" }, { "/?a=%2e%2e%2f", "a", "../" },
	/* overlong and other invalid UTF-8 is accepted like any other bytes */
	{ "/?a=%c0%af", "a", "\xc0\xaf" }, { "/?a=%ed%a0%80", "a", "\xed\xa0\x80" },
	/* malformed escapes */
	{ "/?a=%", "a", NULL }, { "/?a=%4", "a", NULL }, { "/?a=%4&b=1", "a", NULL },
	{ "/?a=%4&b=1", "b", "1" }, { "/?a=%&b=1", "a", NULL }, { "/?a=%zz", "a", NULL },
	{ "/?a=%4g", "a", NULL }, { "/?a=%g4", "a", NULL }, { "/?a=% 4", "a", NULL },
	{ "/?a=%+4", "a", NULL }, { "/?a=%-4", "a", NULL }, { "/?a=%0x", "a", NULL },
	{ "/?a=x%", "a", NULL }, { "/?a=%%41", "a", NULL }, { "/?a=%u0041", "a", NULL },
	/* values and names with a NUL are refused */
	{ "/?a=%00", "a", NULL }, { "/?a=b%00c", "a", NULL }, { "/?a=b%00", "a", NULL },
	{ "/?a%00=1", "a", NULL }, { "/?%00a=1", "a", NULL }, { "/?%00=1", "", NULL },
	/* only the first parameter of a name is used, even if it is invalid */
	{ "/?a=%&a=1", "a", NULL },
	/* names */
	{ "/?%61=1", "a", "1" }, { "/?%61%62=1", "ab", "1" }, { "/?a+b=1", "a b", "1" },
	{ "/?a%3db=1", "a=b", "1" }, { "/?a%26b=1", "a&b", "1" }, { "/?%6=1&a=2", "a", "2" },
	{ "/?%=1", "%", NULL }, { "/?%25=1", "%", "1" }, { "/?\xc3\xa4=1", "\xc3\xa4", "1" },
	{ "/?%c3%a4=1", "\xc3\xa4", "1" }, { "/?=1", "", "1" }, { "/?a=1", "", NULL },
	{ "/?&=2", "", "" }, { "/?ab=1", "abc", NULL }, { "/?a%6=1", "a", NULL }
};

START_TEST(query_rows)
{
	try(param_query, &queries[_i]);
}
END_TEST

static void
every_byte(char *text, size_t at, int upper)
{
	int c, wanted;
	char got[8];
	ssize_t n;

	for (c = 0; c < 256; c++) {
		snprintf(text + at, 4, upper ? "%%%02X" : "%%%02x", (unsigned)c);
		memset(got, 'z', sizeof(got));
		n = param_query(text, "a", got, sizeof(got));
		wanted = c == 0 ? -1 : 1;
		ck_assert_msg(n == wanted, "%s: %zd", text, n);
		if (n == 1)
			ck_assert(got[0] == (char)c && got[1] == '\0');
	}
}

START_TEST(query_every_byte)
{
	char text[] = "/?a=%00";

	every_byte(text, 4, 0);
	every_byte(text, 4, 1);
}
END_TEST

/* Tries every pair of characters after a per cent sign. */
START_TEST(query_every_pair)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	char text[] = "/?a=%xx", got[8];
	int i, j, good;
	ssize_t n;

	for (i = 1; i < 256; i++) {
		for (j = 1; j < 256; j++) {
			if (strchr("&#", i) != NULL || strchr("&#", j) != NULL)
				continue;
			text[5] = (char)i;
			text[6] = (char)j;
			good = strchr(digits, i) != NULL && strchr(digits, j) != NULL &&
			    (i != '0' || j != '0');
			n = param_query(text, "a", got, sizeof(got));
			ck_assert_msg(n == (good ? 1 : -1), "%02x %02x: %zd", (unsigned)i,
			    (unsigned)j, n);
		}
	}
}
END_TEST

/* -- cookies -- */

static const struct row cookies[] = {
	{ "", "a", NULL }, { "a", "a", NULL }, { "a=1", "a", "1" }, { "a=", "a", "" },
	{ "a=1; b=2", "a", "1" }, { "a=1; b=2", "b", "2" }, { "a=1; b=2", "c", NULL },
	{ "a=1;b=2", "b", "2" }, { "a=1;  \t b=2", "b", "2" }, { "a=1; a=2", "a", "1" },
	{ "  a=1  ", "a", "1" }, { "a=1 ; b=2", "a", "1" }, { "a=1\t", "a", "1" },
	{ "aa=1", "a", NULL }, { "a=1", "aa", NULL }, { "A=1", "a", NULL },
	{ "ab=1; a=2", "a", "2" },
	{ "b=a=1", "a", NULL }, { "b=a=1", "b", "a=1" }, { "a==", "a", "=" },
	{ "a =1", "a", NULL }, { "a= 1", "a", " 1" }, { "a=\"x y\"", "a", "\"x y\"" },
	{ "a=%41+b", "a", "%41+b" }, { "a=1,b=2", "a", "1,b=2" }, { "a=1,b=2", "b", NULL },
	{ ";;a=1;;", "a", "1" }, { ";", "a", NULL }, { " ; ; ", "a", NULL }, { "a;a=1", "a", "1" },
	{ "=1", "", "1" }, { "a=1", "", NULL }, { "$Version=1; a=2", "a", "2" },
	{ "a=\xff\xfe", "a", "\xff\xfe" }, { "a=../..", "a", "../.." }
};

START_TEST(cookie_rows)
{
	try(param_cookie, &cookies[_i]);
}
END_TEST

/* -- long values -- */

START_TEST(long_values)
{
	static char text[20000], got[8000];
	size_t len;

	for (len = 1; len < 8000; len = len * 2 + 1) {
		snprintf(text, sizeof(text), "/?first=x&a=%0*d&last=x", (int)len, 0);
		ck_assert_int_eq(param_query(text, "a", got, len + 1), (ssize_t)len);
		ck_assert_uint_eq(strspn(got, "0"), len);
		ck_assert_int_eq(param_query(text, "a", got, len), -1);
		ck_assert_int_eq(param_query(text, "last", got, 2), 1);
		snprintf(text, sizeof(text), "first=x; a=%0*d; last=x", (int)len, 0);
		ck_assert_int_eq(param_cookie(text, "a", got, len + 1), (ssize_t)len);
		ck_assert_int_eq(param_cookie(text, "a", got, len), -1);
		ck_assert_int_eq(param_cookie(text, "last", got, 2), 1);
	}
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("param");
	TCase *tc = tcase_create("query");

	tcase_add_loop_test(tc, query_rows, 0, COUNTOF(queries));
	tcase_add_test(tc, query_every_byte);
	tcase_add_test(tc, query_every_pair);
	suite_add_tcase(s, tc);

	tc = tcase_create("cookie");
	tcase_add_loop_test(tc, cookie_rows, 0, COUNTOF(cookies));
	tcase_add_test(tc, long_values);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

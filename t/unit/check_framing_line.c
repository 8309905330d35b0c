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
#include "lib/framings.h"
#include "lib/unit.h"

#define B(text)	FRAMINGS_BYTES(text)

static const struct framings_row rows[] = {
	{ NULL, B(""), "" }, { NULL, B("\n"), "t()" }, { NULL, B("\n\n"), "t() t()" },
	{ NULL, B("a\n"), "t(a)" }, { "", B("a\nbc\n"), "t(a) t(bc)" },
	{ "lf", B("a\nbc"), "t(a) r(bc)" }, { "lf", B("a\r\n\rb\n"), "t(a\\x0d) t(\\x0db)" },
	{ "lf", B("a\0b\n"), "t(a\\x00b)" },

	{ "crlf", B("\r\n"), "t()" }, { "crlf", B("a\r\nb\r\n"), "t(a) t(b)" },
	{ "crlf", B("a\nb\rc\r\n"), "t(a\\x0ab\\x0dc)" },
	{ "crlf", B("\n\r\n"), "t(\\x0a)" }, { "crlf", B("\r\r\n"), "t(\\x0d)" },
	{ "crlf", B("a\r"), "r(a\\x0d)" }, { "crlf", B("a\n"), "r(a\\x0a)" },
	{ "crlf", B("\r\n\n\r\n\r"), "t() t(\\x0a) r(\\x0d)" },

	{ "any", B("a\nb\r\nc\n"), "t(a) t(b) t(c)" }, { "any", B("\n\r\n\n"), "t() t() t()" },
	{ "any", B("a\r\r\nb\rc\n"), "t(a\\x0d) t(b\\x0dc)" }, { "any", B("a\r"), "r(a\\x0d)" },

	/* A line is text if all of it is valid UTF-8. */
	{ NULL, B("\xc3\xa9\n"), "t(\\xc3\\xa9)" },
	{ NULL, B("\xff\na\n\xff\n"), "b(\\xff) t(a) b(\\xff)" },
	{ NULL, B("\xc3\n\xa9\n"), "b(\\xc3) b(\\xa9)" },
	{ NULL, B("\xe2\x82\xac\xf0\x9f\x98\x80\n"), "t(\\xe2\\x82\\xac\\xf0\\x9f\\x98\\x80)" },
	{ NULL, B("a\xc0\x80\n"), "b(a\\xc0\\x80)" },
	{ NULL, B("\xe0\x9f\xbf\n\xe0\xa0\x80\n"), "b(\\xe0\\x9f\\xbf) t(\\xe0\\xa0\\x80)" },
	{ NULL, B("\xed\xa0\x80\n\xed\x9f\xbf\n"), "b(\\xed\\xa0\\x80) t(\\xed\\x9f\\xbf)" },
	{ NULL, B("\xf0\x8f\xbf\xbf\n\xf0\x90\x80\x80\n"),
	    "b(\\xf0\\x8f\\xbf\\xbf) t(\\xf0\\x90\\x80\\x80)" },
	{ NULL, B("\xf4\x90\x80\x80\n\xf4\x8f\xbf\xbf\n"),
	    "b(\\xf4\\x90\\x80\\x80) t(\\xf4\\x8f\\xbf\\xbf)" },
	{ NULL, B("\xf5\x80\x80\x80\n\xc1\xbf\n\xc2\x80\n"),
	    "b(\\xf5\\x80\\x80\\x80) b(\\xc1\\xbf) t(\\xc2\\x80)" },
	{ NULL, B("0123456789abcdef0123456789abcde\xc3\xa9" "0123456789abcdef\n"),
	    "t(0123456789abcdef0123456789abcde\\xc3\\xa90123456789abcdef)" },
	{ NULL, B("0123456789abcdef0123456789abcdef\xa9" "0123456789abcdef\n0\n"),
	    "b(0123456789abcdef0123456789abcdef\\xa90123456789abcdef) t(0)" },
	{ "crlf", B("\xc3\xa9\r\n\xff\r\n"), "t(\\xc3\\xa9) b(\\xff)" }
};

START_TEST(line_rows)
{
	framings_check("line", &rows[_i]);
}
END_TEST

START_TEST(line_forward)
{
	char data[20000];

	memset(data, 'x', sizeof(data));
	memcpy(data + sizeof(data) - 2, "\r\n", 2);
	framings_check_forward("line", NULL, data, sizeof(data));
	framings_check_forward("line", "any", data, sizeof(data));
	framings_check_forward("line", "crlf", data, sizeof(data));
}
END_TEST

START_TEST(line_wrap)
{
	static const struct framings_wrap wraps[] = {
		{ NULL, ws_frame_text, 5, 0, B(""), B("\n") },
		{ "", ws_frame_binary, 0, 0, B(""), B("\n") },
		{ "lf", ws_frame_text, UINT64_MAX, 0, B(""), B("\n") },
		{ "crlf", ws_frame_text, 5, 0, B(""), B("\r\n") },
		{ "any", ws_frame_binary, 5, 0, B(""), B("\n") }
	};
	static const char *const configs[] = { NULL, "lf", "crlf", "any" };
	char data[300];
	size_t i, len;

	for (i = 0; i < COUNTOF(wraps); i++)
		framings_check_wrap("line", &wraps[i]);
	memset(data, 'x', sizeof(data));
	for (i = 0; i < COUNTOF(configs); i++) {
		for (len = 0; len <= sizeof(data); len++) {
			framings_check_echo("line", configs[i], ws_frame_text, data, len,
			    ws_frame_text, len % 5);
		}
	}
	framings_check_echo("line", NULL, ws_frame_text, "\xff", 1, ws_frame_binary, 1);
}
END_TEST

START_TEST(line_config)
{
	static const char *const bad[] = {
		"cr", "lfcr", "LF", "lf ", " lf", "lf,crlf", "\\n", "crl"
	};
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++)
		framings_check_good("line", rows[i].config);
	for (i = 0; i < COUNTOF(bad); i++)
		framings_check_bad("line", bad[i]);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("framing_line");
	TCase *tc = tcase_create("framing_line");

	tcase_add_checked_fixture(tc, framings_setup, unit_log_release);
	tcase_add_loop_test(tc, line_rows, 0, COUNTOF(rows));
	tcase_add_test(tc, line_forward);
	tcase_add_test(tc, line_wrap);
	tcase_add_test(tc, line_config);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

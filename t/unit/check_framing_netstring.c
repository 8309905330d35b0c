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
	{ NULL, B(""), "" }, { NULL, B("0:,"), "t()" }, { NULL, B("0:,0:,"), "t() t()" },
	{ "", B("3:abc,"), "t(abc)" }, { NULL, B("12:hello world!,"), "t(hello world!)" },
	{ NULL, B("3:abc,1:d,"), "t(abc) t(d)" }, { NULL, B("4:0:,,,"), "t(0:,,)" },
	{ NULL, B("2:\0\n,"), "t(\\x00\\x0a)" }, { NULL, B("2:\xc3\xa9,"), "t(\\xc3\\xa9)" },
	{ NULL, B("1:\xff,1:a,"), "b(\\xff) t(a)" },
	{ NULL, B("1:\xc3,1:\xa9,"), "b(\\xc3) b(\\xa9)" },
	{ "binary", B("1:a,0:,1:\xff,"), "b(a) b() b(\\xff)" },

	/* Malformed netstrings. */
	{ NULL, B("00:,"), "x" }, { NULL, B("03:abc,"), "x" }, { NULL, B(":abc,"), "x" },
	{ NULL, B("a"), "x" }, { NULL, B("-1:a,"), "x" }, { NULL, B("+1:a,"), "x" },
	{ NULL, B(" 1:a,"), "x" }, { NULL, B("1 :a,"), "x" }, { NULL, B("1;a,"), "x" },
	{ NULL, B("1:ab"), "x" }, { NULL, B("1:a;"), "x" }, { NULL, B("1:a,\n"), "t(a) x" },
	{ NULL, B("0:a"), "x" }, { NULL, B("1:a,x"), "t(a) x" }, { NULL, B("0x1:a,"), "x" },
	{ NULL, B("\0" "1:a,"), "x" }, { NULL, B("1\0:a,"), "x" },

	/* End of file within a message. */
	{ NULL, B("1"), "x" }, { NULL, B("1:"), "x" }, { NULL, B("1:a"), "x" },
	{ NULL, B("1:a,1"), "t(a) x" }, { NULL, B("0:"), "x" },

	/* Lengths near the limits of integers: no sum may overflow. */
	{ NULL, B("999999999999999999:abc,"), "x" }, { NULL, B("1000000000000000000:a,"), "x" },
	{ NULL, B("9223372036854775807:a,"), "x" }, { NULL, B("18446744073709551617:a,"), "x" },
	{ NULL, B("18446744073709551615:a,"), "x" },
	{ NULL, B("99999999999999999999999999999999999999:a,"), "x" }
};

START_TEST(netstring_rows)
{
	framings_check("netstring", &rows[_i]);
}
END_TEST

START_TEST(netstring_forward)
{
	char data[20000];

	memset(data, 'x', sizeof(data));
	memcpy(data, "19993:", 6);
	data[sizeof(data) - 1] = ',';
	framings_check_forward("netstring", NULL, data, sizeof(data));
	framings_check_forward("netstring", "binary", data, sizeof(data));
}
END_TEST

START_TEST(netstring_wrap)
{
	static const struct framings_wrap wraps[] = {
		{ NULL, ws_frame_text, 0, 0, B("0:"), B(",") },
		{ NULL, ws_frame_binary, 9, 0, B("9:"), B(",") },
		{ "binary", ws_frame_text, 1234567890, 0, B("1234567890:"), B(",") },
		{ NULL, ws_frame_text, UINT64_C(999999999999999999), 0,
		    B("999999999999999999:"), B(",") },
		{ NULL, ws_frame_text, UINT64_C(1000000000000000000), 1009, B(""), B("") },
		{ NULL, ws_frame_text, UINT64_MAX, 1009, B(""), B("") }
	};
	char data[12000];
	size_t i;

	for (i = 0; i < COUNTOF(wraps); i++)
		framings_check_wrap("netstring", &wraps[i]);
	memset(data, '9', sizeof(data));
	for (i = 0; i <= 1100; i++)
		framings_check_echo("netstring", NULL, ws_frame_text, data, i,
		    ws_frame_text, i % 17);
	for (i = 9990; i <= 10010; i++)
		framings_check_echo("netstring", "binary", ws_frame_text, data, i,
		    ws_frame_binary, 4096);
}
END_TEST

START_TEST(netstring_config)
{
	static const char *const bad[] = {
		"text", "Binary", "binary ", "max=5", "binary,binary", ","
	};
	size_t i;

	framings_check_good("netstring", NULL);
	framings_check_good("netstring", "");
	framings_check_good("netstring", "binary");
	for (i = 0; i < COUNTOF(bad); i++)
		framings_check_bad("netstring", bad[i]);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("framing_netstring");
	TCase *tc = tcase_create("framing_netstring");

	tcase_add_checked_fixture(tc, framings_setup, unit_log_release);
	tcase_add_loop_test(tc, netstring_rows, 0, COUNTOF(rows));
	tcase_add_test(tc, netstring_forward);
	tcase_add_test(tc, netstring_wrap);
	tcase_add_test(tc, netstring_config);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

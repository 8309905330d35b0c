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

#define CL	"Content-Length: "
#define TYPE	"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n"

static const struct framings_row rows[] = {
	{ NULL, B(""), "" }, { NULL, B(CL "0\r\n\r\n"), "t()" },
	{ "", B(CL "2\r\n\r\n{}"), "t({})" },
	{ NULL, B(CL "2\r\n\r\n{}" CL "1\r\n\r\n1"), "t({}) t(1)" },
	{ NULL, B(CL "2\r\n" TYPE "\r\n{}"), "t({})" }, { NULL, B(TYPE CL "2\r\n\r\n{}"), "t({})" },
	{ NULL, B(TYPE CL "2\r\n" TYPE "X:\r\n\r\n{}" CL "0\r\n\r\n"), "t({}) t()" },
	{ NULL, B("content-length: 1\r\n\r\na"), "t(a)" },
	{ NULL, B("CONTENT-LENGTH: 1\r\n\r\na"), "t(a)" },
	{ NULL, B("Content-Length:1\r\n\r\na"), "t(a)" },
	{ NULL, B("Content-Length: \t 1 \t \r\n\r\na"), "t(a)" },
	{ NULL, B(CL "007\r\n\r\n1234567"), "t(1234567)" },
	{ NULL, B("Content-Lengt: 9\r\n" CL "1\r\nContent-Length2: 9\r\n\r\na"), "t(a)" },
	{ NULL, B("X: \xff\0: Content-Length: 9\r\n" CL "1\r\n\r\na"), "t(a)" },
	{ NULL, B("X: a\rb\r\n" CL "1\r\n\r\na"), "t(a)" },
	{ NULL, B(CL "3\r\n\r\n\r\n\r"), "t(\\x0d\\x0a\\x0d)" },
	{ NULL, B(CL "2\r\n\r\n\xc3\xa9"), "t(\\xc3\\xa9)" },
	{ NULL, B(CL "1\r\n\r\n\xc3" CL "1\r\n\r\n\xa9" CL "1\r\n\r\na"),
	    "b(\\xc3) b(\\xa9) t(a)" },

	{ NULL, B("\r\n"), "x" }, { NULL, B("\n"), "x" }, { NULL, B(TYPE "\r\n"), "x" },
	{ NULL, B(CL "\r\n"), "x" }, { NULL, B(CL " \t\r\n"), "x" }, { NULL, B(CL "1x\r\n"), "x" },
	{ NULL, B(CL "-1\r\n"), "x" }, { NULL, B(CL "+1\r\n"), "x" },
	{ NULL, B(CL "0x1\r\n"), "x" },
	{ NULL, B(CL "1 1\r\n"), "x" }, { NULL, B(CL "1,1\r\n"), "x" },
	{ NULL, B(CL "1\0\r\n"), "x" },
	{ NULL, B(CL "1\r\r\n"), "x" }, { NULL, B(CL "1.0\r\n"), "x" },
	{ NULL, B(CL "1\r\n" CL "1\r\n"), "x" }, { NULL, B(CL "1\r\ncontent-length:2\r\n"), "x" },
	{ NULL, B(CL "1\n"), "x" }, { NULL, B(CL "1\r\n\n"), "x" },
	{ NULL, B(CL "1\r\nX: y\n"), "x" },
	{ NULL, B("Content-Length : 1\r\n"), "x" }, { NULL, B(" Content-Length: 1\r\n"), "x" },
	{ NULL, B(CL "1\r\n folded\r\n"), "x" }, { NULL, B(CL "1\r\n\tfolded: x\r\n"), "x" },
	{ NULL, B("Content-Length\r\n"), "x" }, { NULL, B(": 1\r\n"), "x" },
	{ NULL, B("{}\r\n"), "x" },
	{ NULL, B("\xc3\xa9: 1\r\n"), "x" }, { NULL, B("X\0: 1\r\n"), "x" },
	{ NULL, B(CL "2\r\n\r\n{}\r\n"), "t({}) x" },

	/* End of file within a message. */
	{ NULL, B("C"), "x" }, { NULL, B(CL "1"), "x" }, { NULL, B(CL "1\r\n"), "x" },
	{ NULL, B(CL "1\r\n\r"), "x" }, { NULL, B(CL "1\r\n\r\n"), "x" },
	{ NULL, B(CL "2\r\n\r\na"), "x" }, { NULL, B(CL "1\r\n\r\naC"), "t(a) x" },

	/* Lengths near the limits of integers: no sum may overflow. */
	{ NULL, B(CL "999999999999999999\r\n\r\na"), "x" },
	{ NULL, B(CL "1000000000000000000\r\n\r\na"), "x" },
	{ NULL, B(CL "18446744073709551617\r\n\r\na"), "x" },
	{ NULL, B(CL "18446744073709551520\r\n\r\na"), "x" }
};

START_TEST(content_rows)
{
	framings_check("content-length", &rows[_i]);
}
END_TEST

/*
 * A header of 4096 bytes is accepted, and one of 4097 bytes refused, for any length of its lines.
 */
START_TEST(content_header_limit)
{
	static const size_t names[] = { 1, 1000, 2000, 4068 };
	struct framings_row row = { NULL, NULL, 0, "t(a)" };
	char data[4200];
	size_t i;

	for (i = 0; i < COUNTOF(names); i++) {
		memset(data, 'x', sizeof(data));
		memcpy(data, "Content-Length: 1\r\n", 19);
		data[19 + names[i]] = ':';
		memcpy(data + 4092, "\r\n\r\na", 5);
		row.data = data;
		row.len = 4097;
		row.want = "t(a)";
		framings_check_pieces("content-length", &row, 4097);
		framings_check_pieces("content-length", &row, 1);
		framings_check_pieces("content-length", &row, 4095);
		memcpy(data + 4092, "x\r\n\r\na", 6);
		row.len = 4098;
		row.want = "x";
		framings_check_pieces("content-length", &row, 4098);
		framings_check_pieces("content-length", &row, 1);
		framings_check_pieces("content-length", &row, 4096);
	}
	/* A header of 4096 bytes without a line end is refused, too. */
	memset(data, 'x', sizeof(data));
	row.len = 4096;
	framings_check_pieces("content-length", &row, 4096);
	framings_check_pieces("content-length", &row, 1);
}
END_TEST

START_TEST(content_forward)
{
	char data[20000];

	memset(data, 'x', sizeof(data));
	memcpy(data, "Content-Length: 19971\r\nX:\r\n\r\n", 29);
	framings_check_forward("content-length", NULL, data, sizeof(data));
}
END_TEST

START_TEST(content_wrap)
{
	static const struct framings_wrap wraps[] = {
		{ NULL, ws_frame_text, 0, 0, B(CL "0\r\n\r\n"), B("") },
		{ "", ws_frame_binary, 1234, 0, B(CL "1234\r\n\r\n"), B("") },
		{ NULL, ws_frame_text, UINT64_C(999999999999999999), 0,
		    B(CL "999999999999999999\r\n\r\n"), B("") },
		{ NULL, ws_frame_text, UINT64_C(1000000000000000000), 1009, B(""), B("") },
		{ NULL, ws_frame_text, UINT64_MAX, 1009, B(""), B("") }
	};
	char data[10100];
	size_t i;

	for (i = 0; i < COUNTOF(wraps); i++)
		framings_check_wrap("content-length", &wraps[i]);
	memset(data, '\n', sizeof(data));
	for (i = 0; i <= 1100; i++)
		framings_check_echo("content-length", NULL, ws_frame_text, data, i,
		    ws_frame_text, i % 23);
	for (i = 9990; i <= 10010; i++)
		framings_check_echo("content-length", NULL, ws_frame_binary, data, i,
		    ws_frame_text, 4096);
}
END_TEST

START_TEST(content_config)
{
	static const char *const bad[] = { "text", " ", "max=5", "0" };
	size_t i;

	framings_check_good("content-length", NULL);
	framings_check_good("content-length", "");
	for (i = 0; i < COUNTOF(bad); i++)
		framings_check_bad("content-length", bad[i]);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("framing_content-length");
	TCase *tc = tcase_create("framing_content-length");

	tcase_add_checked_fixture(tc, framings_setup, unit_log_release);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, content_rows, 0, COUNTOF(rows));
	tcase_add_test(tc, content_header_limit);
	tcase_add_test(tc, content_forward);
	tcase_add_test(tc, content_wrap);
	tcase_add_test(tc, content_config);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

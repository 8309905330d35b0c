/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Tests line_end.h: the spellings of line ends. */

#include "config.h"

#include <check.h>
#include <stddef.h>

#include "base/line_end.h"
#include "lib/countof.h"

static const struct {
	const char	*text, *word;
} rows[] = {
	{ "lf", "lf" }, { "LF", "lf" }, { "Lf", "lf" }, { "\\n", "lf" }, { "\\N", "lf" },
	{ "\n", "lf" }, { "unix", "lf" }, { "UNIX", "lf" }, { " lf", "lf" }, { "lf\t", "lf" },
	{ "\\x0a", "lf" }, { "\\x0A", "lf" }, { "0x0a", "lf" }, { "newline", "lf" },
	{ "crlf", "crlf" }, { "CrLf", "crlf" }, { "\\r\\n", "crlf" }, { "\r\n", "crlf" },
	{ "CR LF", "crlf" }, { "cr+lf", "crlf" }, { "DOS", "crlf" }, { " windows ", "crlf" },
	{ "\\r", "cr" }, { "\r", "cr" }, { "CR", "cr" }, { "Mac", "cr" },
	{ "\\n\\r", "lfcr" }, { "\n\r", "lfcr" }, { "LFCR", "lfcr" }, { "lf cr", "lfcr" },
	{ "", NULL }, { " ", NULL }, { "l", NULL }, { "lf lf", NULL }, { "lfx", NULL },
	{ "crlfcr", NULL }, { "any", NULL }, { "\\t", NULL }, { "\\", NULL }, { "un ix", NULL }
};

START_TEST(line_end_rows)
{
	const char *word = line_end_meant(rows[_i].text);

	if (rows[_i].word == NULL)
		ck_assert_ptr_null(word);
	else
		ck_assert_pstr_eq(word, rows[_i].word);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("line_end");
	TCase *tc = tcase_create("line_end");

	tcase_add_loop_test(tc, line_end_rows, 0, (int)COUNTOF(rows));
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

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
	/*
	 * Without a length each read is a message, so only an input of one byte gives the same
	 * messages for all ways of reading it.
	 */
	{ NULL, B("a"), "b(a)" }, { "", B("a"), "b(a)" }, { "0", B("a"), "b(a)" },
	{ "0x0", B("a"), "b(a)" }, { "00", B("\0"), "b(\\x00)" }, { NULL, B(""), "" },

	{ "1", B("abc"), "b(a) b(b) b(c)" },
	{ "2", B("abcd"), "b(ab) b(cd)" },
	{ "2", B("abcde"), "b(ab) b(cd) r(e)" },
	{ "3", B(""), "" },
	{ "3", B("ab"), "r(ab)" },
	{ "4", B("\0\xff\r\n\n\n\n\n"), "b(\\x00\\xff\\x0d\\x0a) b(\\x0a\\x0a\\x0a\\x0a)" },
	{ "0x10", B("0123456789abcdef0"), "b(0123456789abcdef) r(0)" },
	{ "0X0a", B("0123456789abcdef0"), "b(0123456789) r(abcdef0)" },
	{ "010", B("0123456789abcdef0"), "b(01234567) b(89abcdef) r(0)" },
	{ "10", B("0123456789abcdef0"), "b(0123456789) r(abcdef0)" },
	{ "4294967296", B("abc"), "r(abc)" },
	{ "4294967298", B("abc"), "r(abc)" },
	{ "9223372036854775807", B("abc"), "r(abc)" },
	{ "0x7fffffffffffffff", B("abc"), "r(abc)" }
};

START_TEST(fixedlength_rows)
{
	framings_check("fixedlength", &rows[_i]);
}
END_TEST

START_TEST(fixedlength_reads)
{
	static const struct framings_row whole = { NULL, B("abcdef"), "b(abcd) b(ef)" };
	char data[20000];

	framings_check_pieces("fixedlength", &whole, 4);
	memset(data, 'x', sizeof(data));
	framings_check_forward("fixedlength", "20000", data, sizeof(data));
}
END_TEST

START_TEST(fixedlength_config)
{
	static const char *const bad[] = {
		"a", "1a", "-1", "+1", " 1", "1 ", "1,2", "0x", "0xg", "08", "1.5", "1e3", "1k",
		"9223372036854775808", "18446744073709551616", "99999999999999999999999999", "=1"
	};
	size_t i;

	framings_check_good("fixedlength", NULL);
	for (i = 0; i < COUNTOF(rows); i++)
		framings_check_good("fixedlength", rows[i].config);
	for (i = 0; i < COUNTOF(bad); i++)
		framings_check_bad("fixedlength", bad[i]);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("framing_fixedlength");
	TCase *tc = tcase_create("framing_fixedlength");

	tcase_add_checked_fixture(tc, framings_setup, unit_log_release);
	tcase_add_loop_test(tc, fixedlength_rows, 0, COUNTOF(rows));
	tcase_add_test(tc, fixedlength_reads);
	tcase_add_test(tc, fixedlength_config);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

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
	{ NULL, B(""), "" },
	{ NULL, B("\0"), "r(\\x00)" },
	{ NULL, B("\0\0\0"), "r(\\x00\\x00\\x00)" },
	{ NULL, B("\0\0\0\0"), "b(\\x00\\x00\\x00\\x00)" },
	{ "", B("\x01\0\0\0a"), "b(\\x01\\x00\\x00\\x00a)" },
	{ NULL, B("\x03\0\0\0abc\x01\0\0\0d"),
	    "b(\\x03\\x00\\x00\\x00abc) b(\\x01\\x00\\x00\\x00d)" },
	{ NULL, B("\x03\0\0\0ab"), "r(\\x03\\x00\\x00\\x00ab)" },
	{ "endian=little", B("\x01\0\0\0a"), "b(\\x01\\x00\\x00\\x00a)" },
	{ "endian=big", B("\0\0\0\x01" "a"), "b(\\x00\\x00\\x00\\x01a)" },
	{ "endian=big", B("\0\0\0\x01" "ab"), "b(\\x00\\x00\\x00\\x01a) r(b)" },
	{ "offset=2", B("xy\x01\0\0\0ax"), "b(xy\\x01\\x00\\x00\\x00a) r(x)" },
	{ "static=2", B("\x01\0\0\0abc\0\0\0\0xy"),
	    "b(\\x01\\x00\\x00\\x00abc) b(\\x00\\x00\\x00\\x00xy)" },
	{ "offset=1,static=2,endian=big", B("o\0\0\0\x01" "abco\0\0\0\0xy"),
	    "b(o\\x00\\x00\\x00\\x01abc) b(o\\x00\\x00\\x00\\x00xy)" },
	{ "endian=big,static=0x2,offset=01", B("o\0\0\0\x01" "abcd"),
	    "b(o\\x00\\x00\\x00\\x01abc) r(d)" },
	{ "static=1,static=0", B("\x01\0\0\0ab"), "b(\\x01\\x00\\x00\\x00a) r(b)" },

	/*
	 * All bytes of the length field are significant, and no sum overflows: these messages are
	 * incomplete.
	 */
	{ NULL, B("\0\x01\0\0a"), "r(\\x00\\x01\\x00\\x00a)" },
	{ NULL, B("\0\0\x01\0a"), "r(\\x00\\x00\\x01\\x00a)" },
	{ NULL, B("\0\0\0\x01" "a"), "r(\\x00\\x00\\x00\\x01a)" },
	{ "endian=big", B("\x01\0\0\0a"), "r(\\x01\\x00\\x00\\x00a)" },
	{ NULL, B("\xff\xff\xff\xff" "a"), "r(\\xff\\xff\\xff\\xffa)" },
	{ NULL, B("\xfc\xff\xff\xff" "a"), "r(\\xfc\\xff\\xff\\xffa)" },
	{ NULL, B("\xfd\xff\xff\xff" "a"), "r(\\xfd\\xff\\xff\\xffa)" },
	{ "static=0xfffffffc", B("\0\0\0\0a"), "r(\\x00\\x00\\x00\\x00a)" },
	{ "static=0xffffffff", B("\xff\xff\xff\xff" "a"), "r(\\xff\\xff\\xff\\xffa)" },
	{ "offset=0xffffffff", B("\0\0\0\0\0"), "r(\\x00\\x00\\x00\\x00\\x00)" },
	{ "offset=0xfffffffe", B("\0\0\0\0\0"), "r(\\x00\\x00\\x00\\x00\\x00)" }
};

START_TEST(dynamic32_rows)
{
	framings_check("dynamic32", &rows[_i]);
}
END_TEST

START_TEST(dynamic32_forward)
{
	uint8_t data[20000];

	memset(data, 'x', sizeof(data));
	memcpy(data, "\x1c\x4e\0\0", 4);
	framings_check_forward("dynamic32", NULL, data, sizeof(data));
}
END_TEST

START_TEST(dynamic32_config)
{
	static const char *const bad[] = {
		"offset", "offset=", "offset=a", "offset=-1", "offset=4294967296", "offset=1 ",
		" offset=1", "offset= 1", "offset=1,", ",offset=1", "offset=1,,static=1", ",",
		"static", "static=", "static=0x", "static=1;offset=1", "static=4294967296",
		"endian", "endian=", "endian=middle", "endian=Big", "endian=bigger", "endian=bi",
		"size=4", "offsets=1", "offse=1", "=1", "big", "OFFSET=1", "offset=1=1"
	};
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++)
		framings_check_good("dynamic32", rows[i].config);
	for (i = 0; i < COUNTOF(bad); i++)
		framings_check_bad("dynamic32", bad[i]);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("framing_dynamic32");
	TCase *tc = tcase_create("framing_dynamic32");

	tcase_add_checked_fixture(tc, framings_setup, unit_log_release);
	tcase_add_loop_test(tc, dynamic32_rows, 0, COUNTOF(rows));
	tcase_add_test(tc, dynamic32_forward);
	tcase_add_test(tc, dynamic32_config);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

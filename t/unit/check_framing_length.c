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
	{ NULL, B("\0\0\0\0"), "b()" },
	{ NULL, B("\0\0\0\x01" "a\0\0\0\x02" "bc"), "b(a) b(bc)" },
	{ NULL, B("\0\0\0\x02" "a"), "x" }, { NULL, B("\0\0\0"), "x" },
	{ NULL, B("\0\0\0\x01" "a\0"), "b(a) x" },
	{ "", B("\0\0\0\x01" "a"), "b(a)" },
	{ "size=1", B("\x02" "ab\0\x01" "c"), "b(ab) b() b(c)" },
	{ "size=2", B("\0\x02" "ab\0\0"), "b(ab) b()" },
	{ "size=2,endian=little", B("\x02\0ab\0\0"), "b(ab) b()" },
	{ "size=3", B("\0\0\x02" "ab"), "b(ab)" },
	{ "size=3,endian=little", B("\x02\0\0ab"), "b(ab)" },
	{ "size=4,endian=little", B("\x02\0\0\0ab"), "b(ab)" },
	{ "endian=big", B("\0\0\0\x02" "ab"), "b(ab)" },
	{ "size=8", B("\0\0\0\0\0\0\0\x02" "ab"), "b(ab)" },
	{ "size=8,endian=little", B("\x02\0\0\0\0\0\0\0ab"), "b(ab)" },

	/*
	 * All bytes of the length field are significant: these messages are incomplete at end of
	 * file.
	 */
	{ "size=2", B("\x01\0ab"), "x" }, { "size=3", B("\x01\0\0ab"), "x" },
	{ "size=4", B("\x01\0\0\0ab"), "x" }, { "size=8", B("\0\0\0\x01\0\0\0\0ab"), "x" },
	{ "size=8", B("\x01\0\0\0\0\0\0\0ab"), "x" },
	{ "size=8", B("\x7f\xff\xff\xff\xff\xff\xff\xff" "ab"), "x" },
	{ "size=8", B("\x80\0\0\0\0\0\0\0" "ab"), "x" },
	{ "size=8", B("\xff\xff\xff\xff\xff\xff\xff\xff" "ab"), "x" },
	{ "size=8", B("\xff\xff\xff\xff\xff\xff\xff\xf8" "ab"), "x" },
	{ NULL, B("\xff\xff\xff\xff" "ab"), "x" }, { NULL, B("\xff\xff\xff\xfc" "ab"), "x" },

	{ "size=varint", B("\0\x02" "ab\0"), "b() b(ab) b()" },
	{ "size=varint", B("\x82\0ab"), "b(ab)" },
	{ "size=varint", B("\x82\x80\x80\x80\x80\x80\x80\x80\x80\0ab"), "b(ab)" },
	{ "size=varint", B("\x82"), "x" }, { "size=varint", B("\x81\x01" "ab"), "x" },
	{ "size=varint", B("\xff\xff\xff\xff\xff\xff\xff\xff\x7f" "ab"), "x" },
	{ "size=varint", B("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" "ab"), "x" },
	{ "size=varint", B("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02" "ab"), "x" },
	{ "size=varint", B("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80" "ab"), "x" },

	{ "includes-itself", B("\0\0\0\x04\0\0\0\x06" "ab"), "b() b(ab)" },
	{ "includes-itself", B("\0\0\0\x03" "ab"), "x" }, { "includes-itself", B("\0\0\0\0"), "x" },
	{ "size=1,includes-itself", B("\x01\x03" "ab\0"), "b() b(ab) x" },
	{ "size=varint,includes-itself", B("\x01\x03" "ab"), "b() b(ab)" },
	{ "size=varint,includes-itself", B("\x84\0ab"), "b(ab)" },
	{ "size=varint,includes-itself", B("\x81\0ab"), "x" },

	{ "offset=1", B("o\0\0\0\x02" "abp\0\0\0\0"), "b(ab) b()" },
	{ "offset=3,size=1", B("xyz\x02" "abxyz\x00"), "b(ab) b()" },
	{ "offset=3,size=1,includes-itself", B("xyz\x03" "abxyz\x01"), "b(ab) b()" },
	{ "offset=2,size=varint", B("xy\x82\0ab"), "b(ab)" },
	{ "offset=1", B("o"), "x" },

	{ "max=2", B("\0\0\0\x02" "ab\0\0\0\x03" "abc"), "b(ab) x" },
	{ "max=0", B("\0\0\0\0\0\0\0\x01"), "b() x" },
	{ "max=0x2,includes-itself,typed", B("\0\0\0\x07\x02" "ab\0\0\0\x08\x02" "abc"),
	    "b(ab) x" },
	{ "size=1,max=9223372036854775000", B("\x01" "a"), "b(a)" },

	{ "text", B("\0\0\0\x01" "a\0\0\0\x01\xff\0\0\0\0"), "t(a) b(\\xff) t()" },
	{ "size=1,text", B("\x02\xc3\xa9\x01\xc3\x01\xa9"), "t(\\xc3\\xa9) b(\\xc3) b(\\xa9)" },

	{ "typed", B("\0\0\0\x02\x01" "a\0\0\0\x02\x02" "a"), "t(a) b(a)" },
	{ "typed", B("\0\0\0\x01\x01\0\0\0\x01\x02"), "t() b()" },
	{ "typed,size=1", B("\x03\x01\xc3\xa9\x02\x02\xff"), "t(\\xc3\\xa9) b(\\xff)" },
	{ "typed,size=1", B("\x02\x01\xff"), "x" }, { "typed,size=1", B("\x02\x01\xc3"), "x" },
	{ "typed,size=1", B("\x02\x03" "a"), "x" }, { "typed,size=1", B("\x01\0"), "x" },
	{ "typed,size=1", B("\0\x01"), "x" }, { "typed,size=1", B("\x01"), "x" },
	{ "typed,size=1,includes-itself", B("\x02\x01\x03\x02" "a\x01"), "t() b(a) x" },
	{ "typed,size=varint,offset=1,includes-itself", B("o\x03\x01" "ao\x02\x02"), "t(a) b()" }
};

START_TEST(length_rows)
{
	framings_check("length", &rows[_i]);
}
END_TEST

START_TEST(length_forward)
{
	uint8_t data[20000];

	memset(data, 'x', sizeof(data));
	memcpy(data, "\x4e\x1e", 2);
	framings_check_forward("length", "size=2", data, sizeof(data));
	framings_check_forward("length", "size=2,text", data, sizeof(data));
	data[2] = 1;
	framings_check_forward("length", "size=2,typed", data, sizeof(data));
	memcpy(data, "\x9d\x9c\x01", 3);
	framings_check_forward("length", "size=varint", data, sizeof(data));
}
END_TEST

static const struct framings_wrap wraps[] = {
	{ NULL, ws_frame_text, 0, 0, B("\0\0\0\0"), B("") },
	{ NULL, ws_frame_text, 0x01020304, 0, B("\x01\x02\x03\x04"), B("") },
	{ NULL, ws_frame_binary, UINT32_MAX, 0, B("\xff\xff\xff\xff"), B("") },
	{ NULL, ws_frame_binary, UINT64_C(0x100000000), 1009, B(""), B("") },
	{ "endian=little", ws_frame_text, 0x01020304, 0, B("\x04\x03\x02\x01"), B("") },
	{ "size=1", ws_frame_text, 255, 0, B("\xff"), B("") },
	{ "size=1", ws_frame_text, 256, 1009, B(""), B("") },
	{ "size=1,includes-itself", ws_frame_text, 254, 0, B("\xff"), B("") },
	{ "size=1,includes-itself", ws_frame_text, 255, 1009, B(""), B("") },
	{ "size=1,typed", ws_frame_text, 254, 0, B("\xff\x01"), B("") },
	{ "size=1,typed", ws_frame_text, 255, 1009, B(""), B("") },
	{ "size=1,typed,includes-itself", ws_frame_binary, 253, 0, B("\xff\x02"), B("") },
	{ "size=1,typed,includes-itself", ws_frame_binary, 254, 1009, B(""), B("") },
	{ "size=2", ws_frame_text, 0x0102, 0, B("\x01\x02"), B("") },
	{ "size=2,endian=little", ws_frame_text, 0x0102, 0, B("\x02\x01"), B("") },
	{ "size=2", ws_frame_text, 65536, 1009, B(""), B("") },
	{ "size=3", ws_frame_text, 0x010203, 0, B("\x01\x02\x03"), B("") },
	{ "size=3,endian=little", ws_frame_text, 0x010203, 0, B("\x03\x02\x01"), B("") },
	{ "size=3", ws_frame_text, 0xffffff, 0, B("\xff\xff\xff"), B("") },
	{ "size=3", ws_frame_text, 0x1000000, 1009, B(""), B("") },
	{ "size=8", ws_frame_text, UINT64_C(0x0102030405060708), 0,
	    B("\x01\x02\x03\x04\x05\x06\x07\x08"), B("") },
	{ "size=8,endian=little", ws_frame_text, UINT64_C(0x0102030405060708), 0,
	    B("\x08\x07\x06\x05\x04\x03\x02\x01"), B("") },
	{ "size=8", ws_frame_text, UINT64_MAX, 1009, B(""), B("") },
	{ "size=varint", ws_frame_text, UINT64_MAX, 1009, B(""), B("") },
	{ "size=varint", ws_frame_text, 0, 0, B("\0"), B("") },
	{ "size=varint", ws_frame_text, 127, 0, B("\x7f"), B("") },
	{ "size=varint", ws_frame_text, 128, 0, B("\x80\x01"), B("") },
	{ "size=varint", ws_frame_text, 300, 0, B("\xac\x02"), B("") },
	{ "size=varint", ws_frame_text, 16383, 0, B("\xff\x7f"), B("") },
	{ "size=varint", ws_frame_text, 16384, 0, B("\x80\x80\x01"), B("") },
	{ "size=varint,includes-itself", ws_frame_text, 126, 0, B("\x7f"), B("") },
	{ "size=varint,includes-itself", ws_frame_text, 127, 0, B("\x81\x01"), B("") },
	{ "size=varint,includes-itself", ws_frame_text, 16381, 0, B("\xff\x7f"), B("") },
	{ "size=varint,includes-itself", ws_frame_text, 16382, 0, B("\x81\x80\x01"), B("") },
	{ "size=varint", ws_frame_text, INT64_MAX - 1000, 0,
	    B("\x97\xf8\xff\xff\xff\xff\xff\xff\x7f"), B("") },
	{ "offset=3,size=1", ws_frame_text, 5, 0, B("\0\0\0\x05"), B("") },
	{ "offset=1,size=1,includes-itself,typed", ws_frame_text, 5, 0, B("\0\x07\x01"), B("") },
	{ "typed", ws_frame_text, 5, 0, B("\0\0\0\x06\x01"), B("") },
	{ "typed", ws_frame_binary, 0, 0, B("\0\0\0\x01\x02"), B("") },
	{ "max=5", ws_frame_binary, 5, 0, B("\0\0\0\x05"), B("") },
	{ "max=5", ws_frame_binary, 6, 1009, B(""), B("") },
	{ "max=5,typed,includes-itself", ws_frame_binary, 5, 0, B("\0\0\0\x0a\x02"), B("") }
};

START_TEST(length_wrap)
{
	framings_check_wrap("length", &wraps[_i]);
}
END_TEST

static const char *const echoes[] = {
	NULL, "size=2", "size=3,endian=little", "size=4,includes-itself", "size=8,endian=little",
	"size=varint", "size=varint,includes-itself",
	"offset=128,size=varint,includes-itself,typed",
	"size=varint,typed", "size=3,offset=7", "typed", "typed,includes-itself", "size=2,text"
};

/* Messages of every size up to 300, and of the sizes at which a varint gets longer. */
START_TEST(length_echo)
{
	static const size_t sizes[] = { 16380, 16381, 16382, 16383, 16384, 16385, 65000 };
	const char *config = echoes[_i];
	ws_operation want = ws_frame_binary;
	char *data;
	size_t i;

	if (config != NULL && strstr(config, "t") != NULL &&
	    (strstr(config, "typed") != NULL || strstr(config, "text") != NULL))
		want = ws_frame_text;
	data = malloc(65000);
	ck_assert_ptr_nonnull(data);
	memset(data, 'x', 65000);
	for (i = 0; i <= 300; i++)
		framings_check_echo("length", config, ws_frame_text, data, i, want, i % 7);
	for (i = 0; i < COUNTOF(sizes); i++)
		framings_check_echo("length", config, ws_frame_text, data, sizes[i], want, 8192);
	memset(data, 0xff, 65000);
	for (i = 1; i <= 300; i++)
		framings_check_echo("length", config, ws_frame_binary, data, i, ws_frame_binary, 3);
	free(data);
}
END_TEST

START_TEST(length_config)
{
	static const char *const bad[] = {
		"size", "size=", "size=0", "size=5", "size=16", "size=04", "size=4bytes", "4",
		"endian", "endian=", "endian=network", "includes-itself=1", "includes-itself=",
		"includes", "offset", "offset=", "offset=129", "offset=-1", "offset=x",
		"max", "max=", "max=1k", "max=-1", "max=9223372036854775807",
		"max=18446744073709551616", "typed=1", "text=", "typed,text", "text,size=2,typed",
		"typed,", ",", "typed typed", "size=2 endian=big", "Typed", "length=4"
	};
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++)
		framings_check_good("length", rows[i].config);
	for (i = 0; i < COUNTOF(wraps); i++)
		framings_check_good("length", wraps[i].config);
	for (i = 0; i < COUNTOF(echoes); i++)
		framings_check_good("length", echoes[i]);
	framings_check_good("length", "max=9223372036854775000,offset=128,size=1,endian=big");
	for (i = 0; i < COUNTOF(bad); i++)
		framings_check_bad("length", bad[i]);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("framing_length");
	TCase *tc = tcase_create("framing_length");

	tcase_add_checked_fixture(tc, framings_setup, unit_log_release);
	tcase_add_loop_test(tc, length_rows, 0, COUNTOF(rows));
	tcase_add_loop_test(tc, length_wrap, 0, COUNTOF(wraps));
	tcase_add_loop_test(tc, length_echo, 0, COUNTOF(echoes));
	tcase_add_test(tc, length_forward);
	tcase_add_test(tc, length_config);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

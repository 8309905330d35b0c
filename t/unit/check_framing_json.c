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

/* Streams of which the framing makes the same messages in all ways of reading them. */
static const struct framings_row rows[] = {
	{ NULL, B(""), "" }, { "", B("{}"), "t({})" }, { NULL, B("[]"), "t([])" },
	{ NULL, B("\"\""), "t(\"\")" }, { NULL, B("true"), "t(true)" },
	{ NULL, B("false"), "t(false)" }, { NULL, B("null"), "t(null)" },
	{ NULL, B("{}{}[]\"\"[]"), "t({}) t({}) t([]) t(\"\") t([])" },
	{ NULL, B("truefalsenull"), "t(true) t(false) t(null)" },

	/* Blanks between values are dropped; blanks within a value belong to it. */
	{ NULL, B(" "), "d( )" }, { NULL, B(" \t\r\n"), "d( \\x09\\x0d\\x0a)" },
	{ NULL, B("{}\n[]\n"), "t({}) d(\\x0a) t([]) d(\\x0a)" },
	{ NULL, B("  {} \r\n\t {}"), "d(  ) t({}) d( \\x0d\\x0a\\x09 ) t({})" },
	{ NULL, B("                    \n                    {}"),
	    "d(                    \\x0a                    ) t({})" },
	{ NULL, B("{ }"), "t({ })" }, { NULL, B("[\n\n]"), "t([\\x0a\\x0a])" },
	{ NULL, B(" { \"a\" : [ 1 , 2 ] , \"b\" : null } "),
	    "d( ) t({ \"a\" : [ 1 , 2 ] , \"b\" : null }) d( )" },
	{ NULL, B("[                   1                   ]"),
	    "t([                   1                   ])" },

	/* Arrays and objects. */
	{ NULL, B("[1]"), "t([1])" }, { NULL, B("[1,2,3]"), "t([1,2,3])" },
	{ NULL, B("[[],[[]],{}]"), "t([[],[[]],{}])" },
	{ NULL, B("{\"a\":1}"), "t({\"a\":1})" },
	{ NULL, B("{\"a\":{\"b\":[{\"c\":{}}]},\"d\":true}"),
	    "t({\"a\":{\"b\":[{\"c\":{}}]},\"d\":true})" },
	{ NULL, B("{\"\":\"\",\"\":\"\"}"), "t({\"\":\"\",\"\":\"\"})" },
	{ NULL, B("[null,true,false,\"x\",-1.5e-3]"), "t([null,true,false,\"x\",-1.5e-3])" },
	{ NULL, B("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"), "t([[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]])" },
	{ NULL, B("[{\"a\":[{\"a\":[{\"a\":[]}]}]}]"), "t([{\"a\":[{\"a\":[{\"a\":[]}]}]}])" },

	/* Strings that contain characters which would end a value outside of a string. */
	{ NULL, B("\"a\"\"b\""), "t(\"a\") t(\"b\")" },
	{ NULL, B("\"]}[{,: \""), "t(\"]}[{,: \")" }, { NULL, B("[\"]\"]"), "t([\"]\"])" },
	{ NULL, B("{\"}\":\"{\"}"), "t({\"}\":\"{\"})" },
	{ NULL, B("\"\\\"\""), "t(\"\\x5c\"\")" }, { NULL, B("\"\\\\\""), "t(\"\\x5c\\x5c\")" },
	{ NULL, B("\"\\\\\\\"\""), "t(\"\\x5c\\x5c\\x5c\"\")" },
	{ NULL, B("\"\\/\\b\\f\\n\\r\\t\""), "t(\"\\x5c/\\x5cb\\x5cf\\x5cn\\x5cr\\x5ct\")" },
	{ NULL, B("\"\\u0000\\uABcd\""), "t(\"\\x5cu0000\\x5cuABcd\")" },
	{ NULL, B("\"\\ud800\""), "t(\"\\x5cud800\")" },
	{ NULL, B("\"\\ud83d\\ude00\""), "t(\"\\x5cud83d\\x5cude00\")" },
	{ NULL, B("\"\x7f\""), "t(\"\\x7f\")" },
	{ NULL, B("\"0123456789abcdef0123456789\\n0123456789abcdef\""),
	    "t(\"0123456789abcdef0123456789\\x5cn0123456789abcdef\")" },

	/* Strings that contain UTF-8. */
	{ NULL, B("\"\xc3\xa9\""), "t(\"\\xc3\\xa9\")" },
	{ NULL, B("{\"\xe2\x82\xac\":\"\xf0\x9f\x98\x80x\xc2\x80\"}"),
	    "t({\"\\xe2\\x82\\xac\":\"\\xf0\\x9f\\x98\\x80x\\xc2\\x80\"})" },
	{ NULL, B("\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\""),
	    "t(\"\\xed\\x9f\\xbf\\xee\\x80\\x80\\xf4\\x8f\\xbf\\xbf\")" },

	/* A number ends before the first byte that cannot belong to it. */
	{ NULL, B("0 "), "t(0) d( )" }, { NULL, B("-0\n"), "t(-0) d(\\x0a)" },
	{ NULL, B("10 "), "t(10) d( )" }, { NULL, B("1234567890 "), "t(1234567890) d( )" },
	{ NULL, B("0.5 "), "t(0.5) d( )" }, { NULL, B("-0.0 "), "t(-0.0) d( )" },
	{ NULL, B("1e5 "), "t(1e5) d( )" }, { NULL, B("1E+05 "), "t(1E+05) d( )" },
	{ NULL, B("0e-0 "), "t(0e-0) d( )" }, { NULL, B("12.34e-56 "), "t(12.34e-56) d( )" },
	{ NULL, B("1 2 3 "), "t(1) d( ) t(2) d( ) t(3) d( )" },
	{ NULL, B("1[2]3{}"), "t(1) t([2]) t(3) t({})" }, { NULL, B("1\"a\""), "t(1) t(\"a\")" },
	{ NULL, B("1true"), "t(1) t(true)" }, { NULL, B("1-2 "), "t(1) t(-2) d( )" },
	{ NULL, B("01 "), "t(0) t(1) d( )" }, { NULL, B("-01 "), "t(-0) t(1) d( )" },

	/* End of file from the peer. */
	{ NULL, B("12"), "r(12)" }, { NULL, B("{} -1.5"), "t({}) d( ) r(-1.5)" },
	{ NULL, B("1."), "r(1.)" }, { NULL, B("-"), "r(-)" }, { NULL, B("tru"), "r(tru)" },
	{ NULL, B("{}[\"a"), "t({}) r([\"a)" }, { NULL, B("{}["), "t({}) r([)" },
	{ NULL, B("\"\\"), "r(\"\\x5c)" }, { NULL, B("\"\\u00"), "r(\"\\x5cu00)" },
	{ NULL, B("\"\xe2\x82"), "r(\"\\xe2\\x82)" }
};

START_TEST(json_rows)
{
	framings_check("json", &rows[_i]);
}
END_TEST

/* Bytes that are not JSON: the last byte of each text is the first invalid byte. */
static const struct {
	const char	*bad;
	size_t		 len;
} faults[] = {
	{ B("a") }, { B("]") }, { B("}") }, { B(",") }, { B(":") }, { B("'") },
	{ B("+") }, { B(".") },
	{ B("\0") }, { B("\x0b") }, { B("\x1f") }, { B("\x7f") }, { B("\xef") }, { B("\\") },
	{ B("tx") }, { B("trux") }, { B("fals ") }, { B("nul\0") }, { B("T") }, { B("truE") },
	{ B("[}") }, { B("{]") }, { B("[,") }, { B("[1,]") }, { B("[1,,") }, { B("[1 2") },
	{ B("[1}") }, { B("[1:") }, { B("[\"a\":") }, { B("[[1}") }, { B("[[]}") }, { B("[{]") },
	{ B("{1") }, { B("{a") }, { B("{,") }, { B("{:") }, { B("{[") }, { B("{n") },
	{ B("{{") }, { B("{\"a\"}") }, { B("{\"a\",") }, { B("{\"a\" 1") }, { B("{\"a\":}") },
	{ B("{\"a\":,") }, { B("{\"a\"::") }, { B("{\"a\":1]") }, { B("{\"a\":1,}") },
	{ B("{\"a\":1,,") }, { B("{\"a\":1,1") }, { B("{\"a\":1 \"") }, { B("{\"a\":1:") },
	{ B("{\"a\":\"b\":") }, { B("{\"a\":{}]") }, { B("{\"a\":[]]") }, { B("{\"a\":[}") },
	{ B("\"\n") }, { B("\"\0") }, { B("\"\x1f") }, { B("\"abcdefghijk\t") },
	{ B("\"\\a") }, { B("\"\\x") }, { B("\"\\\0") }, { B("\"\\U") }, { B("\"\\'") },
	{ B("\"\\ug") }, { B("\"\\u1G") }, { B("\"\\u12\"") }, { B("\"\\u123:") },
	{ B("\"\x80") }, { B("\"\xc0") }, { B("\"\xc1") }, { B("\"\xc3\"") }, { B("\"\xc3\xc3") },
	{ B("\"\xe0\x9f") }, { B("\"\xe0\xa0\"") }, { B("\"\xed\xa0") }, { B("\"\xf0\x8f") },
	{ B("\"\xf4\x90") }, { B("\"\xf5") }, { B("\"\xff") }, { B("\"\xc3\xa9\xa9") },
	{ B("\"\xc3\xa9\n") }, { B("{\"\xff") },
	{ B("-a") }, { B("--") }, { B("-.") }, { B("-]") }, { B("- ") }, { B("1.]") }, { B("1..") },
	{ B("1.e") }, { B("1e]") }, { B("1e.") }, { B("1e+]") }, { B("1e++") }, { B("1e-.") },
	{ B("0.-") }, { B("[01") }, { B("[1.5.") }, { B("[1e5e") }, { B("[1e5.") }, { B("[1-") },
	{ B("[-01") }, { B("[0x") }, { B("[.") }, { B("[+") }, { B("[1a") }
};

/* Writes a binary message as lib/framings.h describes.  Returns the length. */
static size_t
format_binary(char *out, const char *data, size_t len)
{
	char *p = out;
	size_t i;

	p += sprintf(p, "b(");
	for (i = 0; i < len; i++)
		if (data[i] > ' ' && data[i] < 0x7f && data[i] != '\\')
			*p++ = data[i];
		else
			p += sprintf(p, data[i] == ' ' ? " " : "\\x%02x",
			    (unsigned)(unsigned char)data[i]);
	p += sprintf(p, ")");
	return (size_t)(p - out);
}

/*
 * Bytes that are not JSON are sent as one binary message, together with all later bytes of the
 * same read.  Bytes of later reads may be JSON again.
 */
START_TEST(json_faults)
{
	const char *bad = faults[_i].bad;
	size_t len = faults[_i].len, n;
	char data[64], want[300];
	struct framings_row row = { NULL, data, 0, want };

	memcpy(data, bad, len);
	memcpy(data + len, " [1]\n", 5);
	row.len = len + 5;
	n = format_binary(want, data, row.len);
	framings_check_pieces("json", &row, row.len);

	n = format_binary(want, bad, len);
	memcpy(want + n, " d( ) t([1]) d(\\x0a)", 21);
	framings_check_pieces("json", &row, 1);
	framings_check_pieces("json", &row, len);

	/* A value before the invalid bytes is sent as a text message. */
	memcpy(data, "[] ", 3);
	memcpy(data + 3, bad, len);
	row.len = len + 3;
	n = (size_t)sprintf(want, "t([]) d( ) ");
	(void)format_binary(want + n, bad, len);
	framings_check("json", &row);
}
END_TEST

/*
 * Writes a value of this many nested levels.  The letters of kinds, used in turn, select arrays
 * and objects.  Returns the length of the value.
 */
static size_t
nest(char *data, size_t depth, const char *kinds)
{
	size_t i, len = 0, count = strlen(kinds);

	for (i = 0; i < depth; i++)
		len += (size_t)sprintf(data + len, "%s", kinds[i % count] == '[' ? "[" : "{\"\":");
	data[len++] = '0';
	while (i-- > 0)
		data[len++] = kinds[i % count] == '[' ? ']' : '}';
	return len;
}

START_TEST(json_depth)
{
	static const char *const kinds[] = { "[", "{", "[{", "[[{", "{[[[[[[[[[[[[[[[[[" };
	struct framings_row row = { NULL, NULL, 0, "x" };
	size_t i, len;
	char *data;

	data = malloc(65600 * 6);
	ck_assert_ptr_nonnull(data);
	for (i = 0; i < COUNTOF(kinds); i++) {
		/*
		 * An earlier value leaves other kinds of levels in the state, which must not
		 * matter.
		 */
		len = nest(data, 1000, kinds[COUNTOF(kinds) - 1 - i]);
		framings_check_forward("json", NULL, data, len);
		len = nest(data, 65536, kinds[i]);
		framings_check_forward("json", NULL, data, len);
		row.len = nest(data, 65537, kinds[i]);
		row.data = data;
		framings_check_pieces("json", &row, row.len);
		framings_check_pieces("json", &row, 4096);
		ck_assert_uint_eq(unit_log_count("65536"), 1);
	}
	free(data);
}
END_TEST

START_TEST(json_forward)
{
	static const char *const units[] = {
		"x", "\\u00e9", "\xc3\xa9", "\xe2\x82\xac", "\",\"",
		"\", 1.25e-7, {\"a\": null}, \"",
		"\",\n                    \"", "\", true, [[]], \""
	};
	size_t i, len, n;
	char *data;

	data = malloc(40000);
	ck_assert_ptr_nonnull(data);
	for (i = 0; i < COUNTOF(units); i++) {
		n = strlen(units[i]);
		len = (size_t)sprintf(data, "[\"");
		while (len < 30000) {
			memcpy(data + len, units[i], n);
			len += n;
		}
		memcpy(data + len, "\"]", 2);
		framings_check_forward("json", NULL, data, len + 2);
	}
	free(data);
}
END_TEST

START_TEST(json_config)
{
	framings_check_good("json", NULL);
	framings_check_good("json", "");
	framings_check_bad("json", "text");
	framings_check_bad("json", " ");
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("framing_json");
	TCase *tc = tcase_create("framing_json");

	tcase_add_checked_fixture(tc, framings_setup, unit_log_release);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, json_rows, 0, COUNTOF(rows));
	tcase_add_loop_test(tc, json_faults, 0, COUNTOF(faults));
	tcase_add_test(tc, json_depth);
	tcase_add_test(tc, json_forward);
	tcase_add_test(tc, json_config);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log_format.h"
#include "lib/countof.h"
#include "lib/json.h"
#include "lib/unit.h"

static char line[LOG_JSON_LINE + 1];

/* Checks that the bytes are printable, and makes a string of them. */
static char *
string(char *out, size_t len, size_t size)
{
	size_t i;

	ck_assert_uint_le(len, size);
	for (i = 0; i < len; i++)
		if (out[i] < 0x20 || out[i] > 0x7e)
			ck_abort_msg("byte %s", unit_hex(out + i, 1));
	out[len] = '\0';
	return out;
}

/* -- the prefix -- */

/*
 * Returns the seconds since the epoch. time() is not used, because on some systems it is updated
 * only at clock ticks: it can be a second behind clock_gettime(), which the program uses.
 */
static long
now(void)
{
	struct timespec t;

	ck_assert_int_eq(clock_gettime(CLOCK_REALTIME, &t), 0);
	return (long)t.tv_sec;
}

/*
 * Parses the time of a log line. Returns the seconds since the epoch, or -1 if text is not a
 * time.
 */
static long
seconds(const char *text)
{
	int year, month, day, hour, minute, second, ms, end = 0;
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	long days;

	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &year, &month, &day, &hour, &minute,
	    &second, &ms, &end) != 7 || end != 24)
		return -1;
	days = (year - 1970) * 365L + (year - 1969) / 4 + before[month - 1] + day - 1 +
	    (month > 2 && year % 4 == 0);
	return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

START_TEST(prefix)
{
	char rest[64], text[128];
	long before = now(), at;
	size_t n = log_format_prefix(text, sizeof(text) - 1, "warn");

	string(text, n, sizeof(text) - 1);
	at = seconds(text);
	ck_assert_msg(at >= before && at <= now(), "'%s'", text);
	snprintf(rest, sizeof(rest), " websocksy[%ld] warn: ", (long)getpid());
	ck_assert_str_eq(text + 24, rest);
}
END_TEST

/* A prefix that does not fit is left out completely, and no byte after the buffer is written. */
START_TEST(prefix_room)
{
	struct unit_guard g;
	size_t size, n, whole;
	char *out;

	unit_guard_open(&g, 256);
	whole = log_format_prefix((char *)unit_guard_end(&g, NULL, 200), 200, "error");
	ck_assert_uint_gt(whole, 24);
	for (size = 0; size < 200; size++) {
		out = (char *)unit_guard_end(&g, NULL, size);
		n = log_format_prefix(out, size, "error");
		ck_assert_uint_eq(n, size > whole ? whole : 0);
	}
	unit_guard_close(&g);
}
END_TEST

/* -- text -- */

START_TEST(text_every_byte)
{
	char in[2] = "", out[8], want[8];
	int c;

	for (c = 1; c < 256; c++) {
		in[0] = (char)c;
		snprintf(want, sizeof(want), c < 0x20 || c > 0x7e ? "\\x%02x" : "%c", (unsigned)c);
		string(out, log_format_text(out, sizeof(out) - 1, in), sizeof(out) - 1);
		ck_assert_str_eq(out, want);
	}
	ck_assert_uint_eq(log_format_text(out, sizeof(out), ""), 0);
}
END_TEST

START_TEST(text_room)
{
	static const char in[] = "ab\nc\xff\xfe" "def\x01";
	static const char all[] = "ab\\x0ac\\xff\\xfedef\\x01";
	struct unit_guard g;
	char *out, copy[64];
	size_t size, n;

	unit_guard_open(&g, 64);
	for (size = 0; size < sizeof(all) + 4; size++) {
		out = (char *)unit_guard_end(&g, NULL, size);
		n = log_format_text(out, size, in);
		ck_assert_uint_le(n, size);
		memcpy(copy, out, n);
		copy[n] = '\0';
		/*
		 * The result is a prefix of the whole text without an incomplete escape, and its
		 * buffer has no space for one more escape.
		 */
		ck_assert_msg(strncmp(copy, all, n) == 0, "%zu: '%s'", size, copy);
		ck_assert(n == sizeof(all) - 1 || size - n < 4);
		ck_assert_msg(n < 1 || copy[n - 1] != '\\', "'%s'", copy);
	}
	unit_guard_close(&g);
}
END_TEST

/* -- fields -- */

#define WORD(n, t)	{ .kind = LOG_WORD, .name = n, .text = t }
#define TEXT(n, t)	{ .kind = LOG_TEXT, .name = n, .text = t }
#define NUMBER(n, v)	{ .kind = LOG_NUMBER, .name = n, .number = v }
#define SECONDS(n, v)	{ .kind = LOG_SECONDS, .name = n, .number = v }
#define COUNTS(n, v, m)	{ .kind = LOG_COUNTS, .name = n, .number = v, .messages = m }

static const struct {
	struct log_field	 field;
	const char		*text, *json;
} fields[] = {
	{ WORD("peer", "tcp://127.0.0.1:80"), " peer=tcp://127.0.0.1:80",
	    ",\"peer\":\"tcp://127.0.0.1:80\"" },
	{ WORD("peer", ""), " peer=\"\"", ",\"peer\":\"\"" },
	{ WORD("peer", "a b"), " peer=\"a b\"", ",\"peer\":\"a b\"" },
	{ WORD("peer", "a\"b"), " peer=\"a\\\"b\"", ",\"peer\":\"a\\\"b\"" },
	{ WORD("peer", "a\\b"), " peer=\"a\\\\b\"", ",\"peer\":\"a\\\\b\"" },
	{ WORD("peer", "a\nb"), " peer=\"a\\x0ab\"", ",\"peer\":\"a\\u000ab\"" },
	{ WORD("peer", "a\x7f"), " peer=\"a\\x7f\"", ",\"peer\":\"a\\u007f\"" },
	{ WORD("peer", "\xc3\xa9"), " peer=\"\\xc3\\xa9\"", ",\"peer\":\"\\u00c3\\u00a9\"" },
	{ WORD("by", "client"), " by=client", ",\"by\":\"client\"" },
	{ TEXT("path", "/vnc"), " path=\"/vnc\"", ",\"path\":\"/vnc\"" },
	{ TEXT("path", ""), " path=\"\"", ",\"path\":\"\"" },
	{ TEXT("path", "/\\x0a\\\"x"), " path=\"/\\x0a\\\"x\"", ",\"path\":\"/\\\\x0a\\\\\\\"x\"" },
	{ NUMBER("code", 1000), " code=1000", ",\"code\":1000" },
	{ NUMBER("n", 0), " n=0", ",\"n\":0" },
	{ NUMBER("n", UINT64_MAX), " n=18446744073709551615", ",\"n\":18446744073709551615" },
	{ SECONDS("time", 0), " time=0.000", ",\"time\":0.000" },
	{ SECONDS("time", 7), " time=0.007", ",\"time\":0.007" },
	{ SECONDS("time", 61204), " time=61.204", ",\"time\":61.204" },
	{ SECONDS("time", UINT64_MAX), " time=18446744073709551.615",
	    ",\"time\":18446744073709551.615" },
	{ COUNTS("in", 1043, 88), " in=1043/88", ",\"in\":{\"bytes\":1043,\"messages\":88}" },
	{ COUNTS("in", UINT64_MAX, UINT64_MAX), " in=18446744073709551615/18446744073709551615",
	    ",\"in\":{\"bytes\":18446744073709551615,\"messages\":18446744073709551615}" }
};

START_TEST(each_field)
{
	char head[64], out[256];
	size_t n;

	log_format_fields(out, sizeof(out), "closed", &fields[_i].field, 1);
	snprintf(line, sizeof(line), "closed%s", fields[_i].text);
	ck_assert_str_eq(out, line);
	n = log_format_json(line, LOG_JSON_LINE, "info", NULL, "closed", &fields[_i].field, 1);
	ck_assert_uint_gt(n, 2);
	ck_assert_int_eq(line[n - 1], '\n');
	string(line, n - 1, LOG_JSON_LINE);
	ck_assert_msg(json_is_object(line), "%s", line);
	snprintf(head, sizeof(head), "\",\"pid\":%ld,\"level\":\"info\",\"event\":\"closed\"",
	    (long)getpid());
	ck_assert_msg(strncmp(line, "{\"timestamp\":\"", 14) == 0, "%s", line);
	ck_assert_int_gt(seconds(line + 14), 0);
	ck_assert_msg(strncmp(line + 14 + 24, head, strlen(head)) == 0, "%s", line);
	snprintf(out, sizeof(out), "%s}", fields[_i].json);
	ck_assert_str_eq(line + 14 + 24 + strlen(head), out);
}
END_TEST

START_TEST(no_fields)
{
	char out[16];
	size_t n;

	log_format_fields(out, sizeof(out), "started", NULL, 0);
	ck_assert_str_eq(out, "started");
	log_format_fields(out, 4, "started", NULL, 0);
	ck_assert_str_eq(out, "sta");
	n = log_format_json(line, LOG_JSON_LINE, "error", NULL, "started", NULL, 0);
	string(line, n - 1, LOG_JSON_LINE);
	ck_assert(json_is_object(line));
	ck_assert_ptr_nonnull(strstr(line, ",\"level\":\"error\",\"event\":\"started\"}"));
}
END_TEST

/* Bytes that are not ASCII become the code points with the same numbers. */
START_TEST(json_message)
{
	char message[256], value[1024];
	size_t n;
	int c;

	for (c = 1; c < 256; c++)
		message[c - 1] = (char)c;
	message[255] = '\0';
	n = log_format_json(line, LOG_JSON_LINE, "debug", message, NULL, NULL, 0);
	ck_assert_int_eq(line[n - 1], '\n');
	string(line, n - 1, LOG_JSON_LINE);
	ck_assert(json_is_object(line));
	ck_assert_ptr_null(strstr(line, "\"event\""));
	ck_assert(json_string(line, "message", value, sizeof(value)));
	/* In UTF-8 the code points from 128 to 255 have two bytes. */
	for (c = 1; c < 128; c++)
		ck_assert_int_eq((unsigned char)value[c - 1], c);
	for (c = 128; c < 256; c++) {
		ck_assert_int_eq((unsigned char)value[127 + 2 * (c - 128)], 0xc0 | c >> 6);
		ck_assert_int_eq((unsigned char)value[128 + 2 * (c - 128)], 0x80 | (c & 0x3f));
	}
	ck_assert_int_eq(value[127 + 2 * 128], '\0');
}
END_TEST

/* For values of any length, the line has at most the maximum length, is JSON, and has all names. */
START_TEST(json_is_never_too_long)
{
	static const char *const fill[] = { "a", "\\", "\"", "\n", "\xff", "a\xff\\" };
	static char text[3 * LOG_JSON_LINE];
	struct log_field all[] = {
		WORD("client", text), TEXT("path", text), WORD("peer", text), NUMBER("code", 1000),
		WORD("by", "client"), COUNTS("in", UINT64_MAX, UINT64_MAX),
		COUNTS("out", UINT64_MAX, UINT64_MAX), SECONDS("time", UINT64_MAX),
		TEXT("reason", text)
	};
	struct unit_guard g;
	size_t i, j, k, len, n;
	char *out, name[16];

	unit_guard_open(&g, LOG_JSON_LINE);
	for (i = 0; i < COUNTOF(fill); i++) {
		for (len = 1; len < sizeof(text) - 1; len += len < 1500 ? 37 : 499) {
			for (j = 0; j < len; j++)
				text[j] = fill[i][j % strlen(fill[i])];
			text[len] = '\0';
			out = (char *)unit_guard_end(&g, NULL, LOG_JSON_LINE);
			n = log_format_json(out, LOG_JSON_LINE, "info", NULL, "closed", all,
			    COUNTOF(all));
			ck_assert_uint_le(n, LOG_JSON_LINE);
			ck_assert_int_eq(out[n - 1], '\n');
			memcpy(line, out, n);
			string(line, n - 1, LOG_JSON_LINE);
			ck_assert_msg(json_is_object(line), "%zu: %s", len, line);
			for (k = 0; k < COUNTOF(all); k++) {
				snprintf(name, sizeof(name), ",\"%s\":", all[k].name);
				ck_assert_msg(strstr(line, name) != NULL, "no %s: %s", name, line);
			}
			n = log_format_json(out, LOG_JSON_LINE, "info", text, NULL, NULL, 0);
			memcpy(line, out, n);
			string(line, n - 1, LOG_JSON_LINE);
			ck_assert_msg(json_is_object(line), "%zu: %s", len, line);
		}
	}
	unit_guard_close(&g);
}
END_TEST

/* For a buffer of any size, the result is a string and a prefix of the whole text. */
START_TEST(fields_in_any_room)
{
	static const struct log_field some[] = {
		WORD("client", "127.0.0.1:1"), TEXT("path", "/\\x0a"), NUMBER("code", 1000),
		COUNTS("in", 1, 2), SECONDS("time", 1234), WORD("peer", "a b")
	};
	char whole[256];
	struct unit_guard g;
	size_t size;
	char *out;

	log_format_fields(whole, sizeof(whole), "closed", some, COUNTOF(some));
	unit_guard_open(&g, 256);
	for (size = 1; size < strlen(whole) + 8; size++) {
		out = (char *)unit_guard_end(&g, NULL, size);
		log_format_fields(out, size, "closed", some, COUNTOF(some));
		ck_assert_ptr_nonnull(memchr(out, '\0', size));
		ck_assert_msg(strncmp(out, whole, strlen(out)) == 0, "%zu: '%s'", size, out);
		if (size > strlen(whole))
			ck_assert_str_eq(out, whole);
	}
	unit_guard_close(&g);
}
END_TEST

/* Each day from 1970 to 2199, and the bounds. */
START_TEST(times)
{
	const int days = sizeof(time_t) > 4 ? 84006 : 24855;
	struct timespec when = { 0, 7000000 };
	char got[LOG_TIME_SIZE], wanted[LOG_TIME_SIZE];
	struct tm tm;
	int i;

	for (i = 0; i < days; i++) {
		when.tv_sec = (time_t)i * 86400 + i % 86400;
		if (gmtime_r(&when.tv_sec, &tm) == NULL)
			ck_abort_msg("day %d", i);
		strftime(wanted, sizeof(wanted), "%Y-%m-%dT%H:%M:%S.007Z", &tm);
		log_format_time(got, &when);
		if (strcmp(got, wanted) != 0)
			ck_abort_msg("%s instead of %s", got, wanted);
	}
	when.tv_sec = -1;
	when.tv_nsec = 999999999;
	log_format_time(got, &when);
	ck_assert_str_eq(got, "1970-01-01T00:00:00.999Z");
	if (sizeof(time_t) > 4) {
		when.tv_sec = (time_t)INT64_C(253402300799);
		log_format_time(got, &when);
		ck_assert_str_eq(got, "9999-12-31T23:59:59.999Z");
	}
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("log_format");
	TCase *tc = tcase_create("log_format");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, times);
	tcase_add_test(tc, prefix);
	tcase_add_test(tc, prefix_room);
	tcase_add_test(tc, text_every_byte);
	tcase_add_test(tc, text_room);
	tcase_add_loop_test(tc, each_field, 0, (int)COUNTOF(fields));
	tcase_add_test(tc, no_fields);
	tcase_add_test(tc, json_message);
	tcase_add_test(tc, json_is_never_too_long);
	tcase_add_test(tc, fields_in_any_room);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

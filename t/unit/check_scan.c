/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <string.h>

#include "base/scan.h"
#include "lib/countof.h"
#include "lib/unit.h"

#define UNTOUCHED	UINT64_C(0x5eed5eed5eed5eed)

typedef int scanner(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/* A text and its value, or a text that must be refused with any bounds. */
struct row {
	const char	*text;
	int		 good;
	uint64_t	 value;
};

static const struct row numbers[] = {
	{ "0", 1, 0 }, { "1", 1, 1 }, { "8001", 1, 8001 }, { "65535", 1, 65535 },
	{ "18446744073709551614", 1, UINT64_MAX - 1 },
	{ "18446744073709551615", 1, UINT64_MAX },
	{ "00", 1, 0 }, { "010", 1, 10 },	/* decimal, not octal */
	{ "00000000000000000000000000000007", 1, 7 },
	{ "18446744073709551616", 0, 0 }, { "18446744073709551620", 0, 0 },
	{ "28446744073709551615", 0, 0 }, { "99999999999999999999", 0, 0 },
	{ "184467440737095516150", 0, 0 }, { "999999999999999999999999999999999999", 0, 0 },
	{ "", 0, 0 }, { " ", 0, 0 }, { " 1", 0, 0 }, { "1 ", 0, 0 }, { "\t1", 0, 0 },
	{ "1\n", 0, 0 }, { "1\r", 0, 0 }, { "1 2", 0, 0 },
	{ "-1", 0, 0 }, { "-0", 0, 0 }, { "+1", 0, 0 }, { "--1", 0, 0 }, { "-", 0, 0 },
	{ "-18446744073709551615", 0, 0 },
	{ "0x10", 0, 0 }, { "10h", 0, 0 }, { "1e3", 0, 0 }, { "1.0", 0, 0 }, { ".5", 0, 0 },
	{ "1,000", 0, 0 }, { "1_000", 0, 0 }, { "1'000", 0, 0 }, { "one", 0, 0 },
	{ "\xc2\xb2", 0, 0 }, { "\xd9\xa1", 0, 0 }, { "1\xc2\xa0", 0, 0 }, { "1k", 0, 0 }
};

static const struct row sizes[] = {
	{ "0", 1, 0 }, { "1", 1, 1 }, { "16384", 1, 16384 }, { "0k", 1, 0 }, { "0g", 1, 0 },
	{ "1k", 1, 1024 }, { "64k", 1, 65536 }, { "1m", 1, 1048576 }, { "16m", 1, 16777216 },
	{ "1g", 1, 1073741824 }, { "08k", 1, 8192 }, { "64K", 1, 65536 }, { "1M", 1, 1048576 },
	{ "18446744073709551615", 1, UINT64_MAX },
	{ "18014398509481983k", 1, UINT64_C(18014398509481983) * 1024 },
	{ "17592186044415m", 1, UINT64_C(17592186044415) * 1048576 },
	{ "17179869183g", 1, UINT64_C(17179869183) * 1073741824 },
	{ "18014398509481984k", 0, 0 }, { "17592186044416m", 0, 0 },
	{ "17179869184g", 0, 0 }, { "17179869185g", 0, 0 }, { "18446744073709551615k", 0, 0 },
	{ "18446744073709551616", 0, 0 }, { "99999999999999999999999m", 0, 0 },
	{ "", 0, 0 }, { "k", 0, 0 }, { "m", 0, 0 }, { "1 k", 0, 0 }, { " 1k", 0, 0 },
	{ "1k ", 0, 0 }, { "1kk", 0, 0 }, { "1km", 0, 0 }, { "1kb", 0, 0 }, { "1kib", 0, 0 },
	{ "1t", 0, 0 }, { "1b", 0, 0 }, { "k1", 0, 0 }, { "1k1", 0, 0 }, { "-1k", 0, 0 },
	{ "+1k", 0, 0 }, { "1.5k", 0, 0 }, { "1.5", 0, 0 }, { "0x1k", 0, 0 }, { "1s", 0, 0 }
};

static const struct row durations[] = {
	{ "0", 1, 0 }, { "0ms", 1, 0 }, { "0s", 1, 0 }, { "0d", 1, 0 }, { "0.0", 1, 0 },
	{ "0.000", 1, 0 }, { "1", 1, 1000 }, { "30", 1, 30000 }, { "1ms", 1, 1 },
	{ "500ms", 1, 500 }, { "1s", 1, 1000 }, { "1m", 1, 60000 }, { "90m", 1, 5400000 },
	{ "1h", 1, 3600000 }, { "24h", 1, 86400000 }, { "1d", 1, 86400000 },
	{ "365d", 1, UINT64_C(31536000000) }, { "010", 1, 10000 },
	{ "0.5", 1, 500 }, { "0.5s", 1, 500 }, { "0.001", 1, 1 }, { "0.001s", 1, 1 },
	{ "1.5", 1, 1500 }, { "1.05", 1, 1050 }, { "1.005", 1, 1005 }, { "1.10", 1, 1100 },
	{ "1.1", 1, 1100 }, { "1.500", 1, 1500 }, { "2.0", 1, 2000 }, { "1.0ms", 1, 1 },
	{ "1.5m", 1, 90000 }, { "0.1m", 1, 6000 }, { "0.01m", 1, 600 }, { "1.5h", 1, 5400000 },
	{ "0.01h", 1, 36000 }, { "0.25d", 1, 21600000 }, { "0.001d", 1, 86400 },
	{ "1.5000000", 1, 1500 }, { "99999.999", 1, 99999999 },
	{ "0.500000000000000000000000", 1, 500 }, { "2.00000000000000000000000000m", 1, 120000 },
	{ "18446744073709551.615", 1, UINT64_MAX }, { "18446744073709551.616", 0, 0 },
	{ "213503982334.9d", 0, 0 },
	{ "18446744073709551615ms", 1, UINT64_MAX },
	{ "18446744073709551", 1, UINT64_C(18446744073709551000) },
	{ "18446744073709551s", 1, UINT64_C(18446744073709551000) },
	{ "213503982334d", 1, UINT64_C(18446744073657600000) },
	{ "18446744073709551616ms", 0, 0 }, { "18446744073709552", 0, 0 },
	{ "18446744073709552s", 0, 0 }, { "18446744073709551615", 0, 0 },
	{ "307445734561826m", 0, 0 }, { "5124095576031h", 0, 0 }, { "213503982335d", 0, 0 },
	{ "99999999999999999999999999", 0, 0 }, { "99999999999999999999999999ms", 0, 0 },
	{ "", 0, 0 }, { ".", 0, 0 }, { "s", 0, 0 }, { "ms", 0, 0 }, { ".s", 0, 0 },
	{ "1.", 0, 0 }, { "1.s", 0, 0 }, { "1.5.2", 0, 0 }, { "1,5", 0, 0 }, { "1..5", 0, 0 },
	{ "-1", 0, 0 }, { "-0.5", 0, 0 }, { "+1s", 0, 0 }, { "1.-5", 0, 0 }, { "0.+5", 0, 0 },
	{ " 1s", 0, 0 }, { "1s ", 0, 0 }, { "1 s", 0, 0 }, { "1. 5", 0, 0 }, { "1s\n", 0, 0 },
	{ "1sm", 0, 0 }, { "1ss", 0, 0 }, { "1mss", 0, 0 }, { "1hs", 0, 0 }, { "1dd", 0, 0 },
	{ "1h30m", 0, 0 }, { "1:30", 0, 0 }, { "1w", 0, 0 }, { "1us", 0, 0 }, { "1sec", 0, 0 },
	{ "1e3", 0, 0 }, { "0x1", 0, 0 }, { "inf", 0, 0 }, { "nan", 0, 0 }, { "never", 0, 0 }
};

/* Scans one text, which ends at a guard page, with bounds below, at and above its value. */
static void
check_row(scanner *scan, const struct row *r)
{
	struct unit_guard g;
	uint64_t out = UNTOUCHED;
	const char *text;
	int result;

	unit_guard_open(&g, strlen(r->text) + 1);
	text = unit_guard_string(&g, r->text);
	result = scan(text, 0, UINT64_MAX, &out);
	ck_assert_msg(result == (r->good ? 0 : -1), "'%s': %d", r->text, result);
	ck_assert_msg(out == (r->good ? r->value : UNTOUCHED), "'%s' reads as %llu", r->text,
	    (unsigned long long)out);
	if (r->good) {
		ck_assert_int_eq(scan(text, r->value, r->value, &out), 0);
		out = UNTOUCHED;
		if (r->value < UINT64_MAX)
			ck_assert_int_eq(scan(text, r->value + 1, UINT64_MAX, &out), -1);
		if (r->value > 0)
			ck_assert_int_eq(scan(text, 0, r->value - 1, &out), -1);
		ck_assert_uint_eq(out, UNTOUCHED);
	}
	unit_guard_close(&g);
}

START_TEST(scan_number_rows)
{
	check_row(scan_number, &numbers[_i]);
}
END_TEST

START_TEST(scan_size_rows)
{
	check_row(scan_size, &sizes[_i]);
}
END_TEST

START_TEST(scan_duration_rows)
{
	check_row(scan_duration, &durations[_i]);
}
END_TEST

/*
 * A fraction of a millisecond cannot be represented. It may be refused or rounded, but must not
 * become 0, which would mean "off". No number of digits may cause an overflow.
 */
START_TEST(scan_duration_finer_than_1_ms)
{
	static const struct {
		const char	*text;
		uint64_t	 low, high;
	} rows[] = {
		{ "0.0005", 1, 1 }, { "0.0001", 1, 1 }, { "0.5ms", 1, 1 }, { "0.000001", 1, 1 },
		{ "0.000000000000000000000000000001", 1, 1 }, { "1.5ms", 1, 2 },
		{ "1.0005", 1000, 1001 }, { "0.0000001h", 1, 1 },
		{ "0.333333333333333333333333333333333333333h", 1199999, 1200000 },
		{ "0.999999999999999999999999999999999999999", 999, 1000 },
		{ "1.99999999999999999999999999999999999999d", 172799999, 172800000 }
	};
	uint64_t out;
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		out = UNTOUCHED;
		if (scan_duration(rows[i].text, 0, UINT64_MAX, &out) == 0)
			ck_assert_msg(out >= rows[i].low && out <= rows[i].high, "'%s': %llu",
			    rows[i].text, (unsigned long long)out);
		else
			ck_assert_uint_eq(out, UNTOUCHED);
	}
}
END_TEST

START_TEST(scan_service_rows)
{
	static const char *const good[] = {
		"http", "iso-tsap", "3com-tsmux", "x", "X11", "ms-sql-s", "a.b", "a_b", "whois++",
		"9p", "vnc-http-1", "8a"
	};
	static const char *const bad[] = {
		"", "-1", "+1", "-http", "_http", ".http", "80", "8080", "1-2", "80 ", " http",
		"http ", "ht tp", "http\n", "http:", "a/b", "http/tcp", "%http",
		"ht\xc3\xa9", "a\x01", "(x)"
	};
	struct unit_guard g;
	size_t i;

	unit_guard_open(&g, 64);
	for (i = 0; i < COUNTOF(good); i++)
		ck_assert_msg(scan_service(unit_guard_string(&g, good[i])) == 0, "'%s'", good[i]);
	for (i = 0; i < COUNTOF(bad); i++)
		ck_assert_msg(scan_service(unit_guard_string(&g, bad[i])) == -1, "'%s'", bad[i]);
	unit_guard_close(&g);
}
END_TEST

START_TEST(scan_hex_every_value)
{
	static const char digits[] = "0123456789abcdef";
	const char *at;
	int c, lower;

	for (c = -300; c <= 300; c++) {
		lower = c >= 'A' && c <= 'F' ? c + 'a' - 'A' : c;
		at = c > 0 && c < 128 ? strchr(digits, lower) : NULL;
		ck_assert_msg(scan_hex(c) == (at != NULL ? (int)(at - digits) : -1), "%d", c);
	}
}
END_TEST

/* Computes the edit distance by its recursive definition: slow, but simple. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned put, taken, changed;

	if (*a == '\0' || *b == '\0')
		return (unsigned)(strlen(a) + strlen(b));
	if (*a == *b)
		return distance(a + 1, b + 1);
	put = distance(a, b + 1);
	taken = distance(a + 1, b);
	changed = distance(a + 1, b + 1);
	put = put < taken ? put : taken;
	return 1 + (put < changed ? put : changed);
}

START_TEST(scan_distance_random)
{
	uint64_t random = 3;
	char a[8], b[8];
	unsigned want;
	size_t i;
	int turn;

	for (turn = 0; turn < 20000; turn++) {
		memset(a, 0, sizeof(a));
		memset(b, 0, sizeof(b));
		for (i = unit_random_below(&random, 7); i-- > 0; )
			a[i] = (char)('a' + unit_random_below(&random, 3));
		for (i = unit_random_below(&random, 7); i-- > 0; )
			b[i] = (char)('a' + unit_random_below(&random, 3));
		want = distance(a, b);
		if (scan_distance(a, b) != (want > 3 ? 99 : want))
			ck_abort_msg("'%s', '%s': %u", a, b, scan_distance(a, b));
	}
}
END_TEST

START_TEST(scan_distance_words)
{
	static const struct {
		const char	*a, *b;
		unsigned	 distance;
	} rows[] = {
		{ "", "", 0 }, { "ping", "ping", 0 }, { "", "abc", 3 }, { "", "abcd", 99 },
		{ "pin", "ping", 1 }, { "pingg", "ping", 1 }, { "pong", "ping", 1 },
		{ "Ping", "ping", 1 }, { "min_spare", "min-spare", 1 }, { "kitten", "sitting", 3 },
		{ "max-worker", "max-workers", 1 }, { "listen", "silent", 99 }, { "abc", "xyz", 3 },
		{ "abcd", "wxyz", 99 }, { "backend", "backlog", 3 }
	};
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		ck_assert_msg(scan_distance(rows[i].a, rows[i].b) == rows[i].distance,
		    "'%s', '%s': %u", rows[i].a, rows[i].b, scan_distance(rows[i].a, rows[i].b));
		ck_assert_uint_eq(scan_distance(rows[i].b, rows[i].a), rows[i].distance);
	}
}
END_TEST

START_TEST(scan_distance_long_words)
{
	char a[10001], b[10001];

	memset(a, 'x', sizeof(a));
	memset(b, 'x', sizeof(b));
	a[63] = b[63] = '\0';
	ck_assert_uint_eq(scan_distance(a, b), 0);
	b[62] = '\0';
	ck_assert_uint_eq(scan_distance(a, b), 1);
	a[0] = a[31] = 'y';
	ck_assert_uint_eq(scan_distance(a, b), 2);
	a[63] = 'x';
	a[64] = '\0';
	ck_assert_uint_eq(scan_distance(a, b), 99);
	ck_assert_uint_eq(scan_distance(b, a), 99);
	ck_assert_uint_eq(scan_distance(a, a), 99);
	a[64] = 'x';
	a[10000] = '\0';
	ck_assert_uint_eq(scan_distance(a, b), 99);
	ck_assert_uint_eq(scan_distance("", a), 99);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("scan");
	TCase *tc = tcase_create("scan");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, scan_number_rows, 0, COUNTOF(numbers));
	tcase_add_loop_test(tc, scan_size_rows, 0, COUNTOF(sizes));
	tcase_add_loop_test(tc, scan_duration_rows, 0, COUNTOF(durations));
	tcase_add_test(tc, scan_duration_finer_than_1_ms);
	tcase_add_test(tc, scan_service_rows);
	tcase_add_test(tc, scan_hex_every_value);
	tcase_add_test(tc, scan_distance_random);
	tcase_add_test(tc, scan_distance_words);
	tcase_add_test(tc, scan_distance_long_words);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Compares utf8.h with tables that are built independently: every character is encoded, and its
 * bytes and all prefixes of them are marked in bit maps.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "lib/countof.h"
#include "lib/unit.h"

/*
 * Bit maps for strings of 1, 2 and 3 bytes: complete characters, and proper prefixes of
 * characters.
 */
static uint8_t *whole[4], *begun[4];

/* The expected result for a string. */
struct verdict {
	size_t		prefix;		/* bytes of complete characters */
	size_t		bad;		/* index of the first invalid byte; len: all are valid */
	enum utf8_rest	rest;
};

static uint32_t
number(const uint8_t *s, size_t n)
{
	uint32_t x = 0;

	while (n-- > 0)
		x = x << 8 | *s++;
	return x;
}

static void
mark(uint8_t *map, const uint8_t *s, size_t n)
{
	uint32_t x = number(s, n);

	map[x / 8] = (uint8_t)(map[x / 8] | 1u << x % 8);
}

static int
marked(const uint8_t *map, const uint8_t *s, size_t n)
{
	uint32_t x = number(s, n);

	return map[x / 8] >> x % 8 & 1;
}

/* Encodes a character according to the table in RFC 3629, section 3. */
static size_t
encode(uint32_t c, uint8_t *s)
{
	static const uint8_t first[] = { 0x00, 0x00, 0xc0, 0xe0, 0xf0 };
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4, i;

	for (i = n; i-- > 1; c /= 64)
		s[i] = (uint8_t)(0x80 + c % 64);
	s[0] = (uint8_t)(first[n] + c);
	return n;
}

static int
is_character(uint32_t c)
{
	return c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

static void
setup(void)
{
	uint8_t s[4];
	uint32_t c;
	size_t n;

	for (n = 1; n <= 3; n++) {
		whole[n] = calloc((size_t)1 << (8 * n - 3), 1);
		begun[n] = calloc((size_t)1 << (8 * n - 3), 1);
		if (whole[n] == NULL || begun[n] == NULL)
			abort();
	}
	for (c = 0; c <= 0x10ffff; c++) {
		if (!is_character(c))
			continue;
		n = encode(c, s);
		if (n < 4)
			mark(whole[n], s, n);
		while (--n > 0)
			mark(begun[n], s, n);
	}
}

static void
teardown(void)
{
	size_t n;

	for (n = 1; n <= 3; n++) {
		free(whole[n]);
		free(begun[n]);
	}
}

/*
 * A character of 4 bytes is a valid prefix of 3 bytes and any continuation byte, since no range
 * ends within 64 characters.
 */
static int
is_whole(const uint8_t *s, size_t n)
{
	return n < 4 ? marked(whole[n], s, n) : marked(begun[3], s, 3) && s[3] / 64 == 2;
}

static struct verdict
expect(const uint8_t *s, size_t len)
{
	struct verdict v = { 0, 0, UTF8_END };
	size_t n;

	while (v.prefix < len) {
		for (n = 1; n <= 4 && n <= len - v.prefix; n++)
			if (is_whole(s + v.prefix, n))
				break;
		if (n > 4 || n > len - v.prefix)
			break;
		v.prefix += n;
	}
	v.bad = v.prefix;
	for (n = 1; n <= 3 && v.prefix + n <= len && marked(begun[n], s + v.prefix, n); n++)
		v.bad = v.prefix + n;
	v.rest = v.prefix == len ? UTF8_END : v.bad == len ? UTF8_CUT : UTF8_BAD;
	return v;
}

/* Used instead of ck_assert(), which would take minutes for millions of checks. */
#define CHECK(condition, s, len, what) do {						\
	if (!(condition))								\
		ck_abort_msg("%s: %s", unit_hex(s, len), what);				\
} while (0)

/* Checks all functions of utf8.h on s: byte by byte, and split in two at each point. */
static void
examine(const uint8_t *s, size_t len)
{
	struct verdict v = expect(s, len);
	struct utf8 u = { 0 }, w;
	enum utf8_rest rest;
	size_t i;
	int r = 0;

	CHECK(utf8_prefix(s, len, &rest) == v.prefix, s, len, "length of the prefix");
	CHECK(rest == v.rest, s, len, "what follows the prefix");
	for (i = 0; i <= len; i++) {
		w = u;		/* u has checked the first i bytes one by one */
		r = utf8_check(&w, s + i, len - i);
		CHECK(r == (v.bad < len ? -1 : 0), s, len, "verdict when cut in two");
		CHECK(r != 0 || !!utf8_complete(&w) == (v.rest == UTF8_END), s, len, "complete");
		if (i == len)
			break;
		r = utf8_check(&u, s + i, 1);
		CHECK(r == (i < v.bad ? 0 : -1), s, len, "not refused at the first bad byte");
		if (r != 0)
			break;
	}
	memset(&w, 0, sizeof(w));
	for (i = 1; i < len && i <= v.bad; i++) {
		memset(&w, 0, sizeof(w));
		r = utf8_check(&w, s, i);
		CHECK(r == 0, s, len, "a good beginning was refused");
		CHECK(!!utf8_complete(&w) == (expect(s, i).rest == UTF8_END), s, i, "complete");
		r = utf8_check(&w, s + i, len - i);
		CHECK(r == (v.bad < len ? -1 : 0), s, len, "verdict after a whole piece");
	}
}

START_TEST(utf8_empty)
{
	struct utf8 u = { 0 };
	enum utf8_rest rest = UTF8_BAD;

	ck_assert_int_eq(utf8_check(&u, "", 0), 0);
	ck_assert(utf8_complete(&u));
	ck_assert_uint_eq(utf8_prefix("", 0, &rest), 0);
	ck_assert_int_eq(rest, UTF8_END);
}
END_TEST

START_TEST(utf8_all_of_1_byte)
{
	unsigned i;
	uint8_t s;

	for (i = 0; i < 0x100; i++) {
		s = (uint8_t)i;
		examine(&s, 1);
	}
}
END_TEST

START_TEST(utf8_all_of_2_bytes)
{
	uint8_t s[2];
	unsigned i;

	for (i = 0; i < 0x10000; i++) {
		s[0] = (uint8_t)(i >> 8);
		s[1] = (uint8_t)i;
		examine(s, 2);
	}
}
END_TEST

START_TEST(utf8_all_of_3_bytes)
{
	uint8_t s[3];
	unsigned i;

	for (i = 0; i < 0x1000000; i += unit_stride()) {
		s[0] = (uint8_t)(i >> 16);
		s[1] = (uint8_t)(i >> 8);
		s[2] = (uint8_t)i;
		examine(s, 3);
	}
}
END_TEST

/*
 * Each byte at the ends of each range of the syntax, and the bytes next to them (RFC 3629,
 * section 4).
 */
START_TEST(utf8_boundaries_of_4_bytes)
{
	static const uint8_t at[] = {
		0x00, 0x01, 0x41, 0x7f, 0x80, 0x81, 0x8f, 0x90, 0x91, 0x9f, 0xa0, 0xa1, 0xbf,
		0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3,
		0xf4, 0xf5, 0xf7, 0xf8, 0xfb, 0xfc, 0xfd, 0xfe, 0xff
	};
	const size_t n = COUNTOF(at);
	struct unit_guard g;
	uint8_t s[4];
	size_t i;

	unit_guard_open(&g, sizeof(s));
	for (i = 0; i < n * n * n * n; i += unit_stride()) {
		s[0] = at[i % n];
		s[1] = at[i / n % n];
		s[2] = at[i / n / n % n];
		s[3] = at[i / n / n / n];
		examine(unit_guard_end(&g, s, 4), 4);
	}
	unit_guard_close(&g);
}
END_TEST

/* After an invalid byte the state must stay invalid, whatever byte follows. */
START_TEST(utf8_stays_invalid)
{
	unsigned c;

	for (c = 0; c < 256; c++) {
		struct utf8 u = { 0 };
		uint8_t byte = (uint8_t)c;

		ck_assert_int_eq(utf8_check(&u, "a\xff", 2), -1);
		ck_assert(!utf8_complete(&u));
		ck_assert_int_eq(utf8_check(&u, &byte, 1), -1);
		ck_assert(!utf8_complete(&u));
	}
}
END_TEST

START_TEST(utf8_every_character)
{
	struct utf8 u = { 0 };
	uint8_t s[4];
	uint32_t c;
	size_t n;

	for (c = 0; c <= 0x10ffff; c += unit_stride()) {
		if (!is_character(c))
			continue;
		n = encode(c, s);
		CHECK(utf8_check(&u, s, n) == 0 && utf8_complete(&u), s, n, "refused");
	}
}
END_TEST

/* A long run of ASCII with one other byte at each place, at every alignment. */
START_TEST(utf8_long_ascii)
{
	uint8_t text[80 + 8];
	size_t start, len, i;

	for (start = 0; start < 8; start++)
		for (len = 1; len <= 80; len++)
			for (i = 0; i < len; i++) {
				memset(text, 'a', sizeof(text));
				text[start + i] = i % 2 ? 0xc3 : 0x80;
				if (text[start + i] == 0xc3 && i + 1 < len && len % 3)
					text[start + i + 1] = 0xa9;
				examine(text + start, len);
			}
}
END_TEST

/* Long texts of random characters, most of them with one random byte. */
START_TEST(utf8_random_text)
{
	uint64_t random = 1;
	struct unit_guard g;
	uint8_t text[64];
	uint32_t c;
	size_t len;
	unsigned i;

	unit_guard_open(&g, sizeof(text));
	for (i = 0; i < 20000; i += unit_stride()) {
		for (len = 0; len <= sizeof(text) - 4; ) {
			c = (uint32_t)(unit_random(&random) %
			    (1u << (7 + unit_random(&random) % 15)));
			if (is_character(c))
				len += encode(c, text + len);
		}
		if (i % 4 != 0)
			text[unit_random(&random) % len] = (uint8_t)unit_random(&random);
		examine(unit_guard_end(&g, text, len), len);
	}
	unit_guard_close(&g);
}
END_TEST

/*
 * Each text, the number of bytes at its end that begin a character, and the text after
 * utf8_repair().
 */
static const struct {
	const char	*text;
	size_t		 tail;
	const char	*repaired;
} repairs[] = {
	{ "", 0, "" }, { "ascii", 0, "ascii" }, { "\xc3\xa9", 0, "\xc3\xa9" },
	{ "caf\xe9", 1, "caf?" }, { "caf\xe9 ", 0, "caf? " }, { "\xff\xfe", 0, "??" },
	{ "\xc3", 1, "?" }, { "\xc3(", 0, "?(" }, { "\xe2\x82", 2, "??" },
	{ "\xe2\x82" "A", 0, "??A" }, { "\xf0\x9f\x98", 3, "???" },
	{ "\xf0\x9f\x98\xc3\xa9", 0, "???\xc3\xa9" }, { "\xff\xc3", 1, "??" },
	{ "\xe9\xe2\x82", 2, "???" }, { "a\x80\x80\x80\x80", 0, "a????" },
	{ "\x80", 0, "?" }, { "\x80\x80\x80", 0, "???" }, { "\xc0", 0, "?" },
	{ "\xc1\xbf", 0, "??" }, { "\xe0\x80", 0, "??" }, { "\xed\xa0", 0, "??" },
	{ "\xed\xa0\x80", 0, "???" }, { "\xf4\x90", 0, "??" }, { "\xf4\x8f", 2, "??" },
	{ "\xf5\x80\x80", 0, "???" }, { "\xef\xbf\xbd\xef", 1, "\xef\xbf\xbd?" },
	{ "a long text of ASCII and \xe2\x82\xac\xe2\x82", 2,
	    "a long text of ASCII and \xe2\x82\xac??" }
};

START_TEST(utf8_repaired)
{
	struct unit_guard g;
	uint8_t *text;
	size_t i, len;

	unit_guard_open(&g, 64);
	for (i = 0; i < COUNTOF(repairs); i++) {
		len = strlen(repairs[i].text);
		text = unit_guard_end(&g, repairs[i].text, len);
		ck_assert_msg(utf8_tail(text, len) == repairs[i].tail, "row %zu: %zu", i,
		    utf8_tail(text, len));
		utf8_repair(text, len);
		ck_assert_msg(memcmp(text, repairs[i].repaired, len) == 0, "row %zu: %s", i,
		    unit_hex(text, len));
	}
	unit_guard_close(&g);
}
END_TEST

static const struct {
	const char	*text;
	size_t		 len;
	int		 mark;
} marks[] = {
	{ "", 0, 0 }, { "abc", 3, 0 }, { "\xef\xbb\xbf", 3, 3 }, { "\xef\xbb\xbfx", 4, 3 },
	{ "\xef\xbb", 2, 0 }, { "\xef\xbb\xbe", 3, 0 }, { "x\xef\xbb\xbf", 4, 0 },
	{ "\xff\xfe", 2, -1 }, { "\xff\xfe" "a\0", 4, -1 }, { "\xfe\xff\0a", 4, -1 },
	{ "\xff\xfe\0\0a\0\0\0", 8, -1 }, { "\0\0\xfe\xff", 4, -1 }, { "\0\0\xfe", 3, 0 },
	{ "\xff", 1, 0 }, { "\xfe\xfe", 2, 0 }
};

START_TEST(utf8_marks)
{
	struct unit_guard g;
	size_t i;

	unit_guard_open(&g, 64);
	for (i = 0; i < COUNTOF(marks); i++)
		ck_assert_msg(utf8_mark(unit_guard_end(&g, marks[i].text, marks[i].len),
		    marks[i].len) == marks[i].mark, "row %zu", i);
	unit_guard_close(&g);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("utf8");
	TCase *tc = tcase_create("utf8");

	tcase_add_unchecked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, utf8_empty);
	tcase_add_test(tc, utf8_all_of_1_byte);
	tcase_add_test(tc, utf8_all_of_2_bytes);
	tcase_add_test(tc, utf8_all_of_3_bytes);
	tcase_add_test(tc, utf8_boundaries_of_4_bytes);
	tcase_add_test(tc, utf8_stays_invalid);
	tcase_add_test(tc, utf8_every_character);
	tcase_add_test(tc, utf8_long_ascii);
	tcase_add_test(tc, utf8_random_text);
	tcase_add_test(tc, utf8_repaired);
	tcase_add_test(tc, utf8_marks);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

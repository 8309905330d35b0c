/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <string.h>

#include "base/base64.h"
#include "lib/countof.h"
#include "lib/unit.h"

/* The test vectors of RFC 4648, section 10, and RFC 6455, section 1.3. */
static const struct {
	const char	*hex, *text;
} vectors[] = {
	{ "", "" },
	{ "66", "Zg==" },
	{ "666f", "Zm8=" },
	{ "666f6f", "Zm9v" },
	{ "666f6f62", "Zm9vYg==" },
	{ "666f6f6261", "Zm9vYmE=" },
	{ "666f6f626172", "Zm9vYmFy" },
	{ "00", "AA==" },
	{ "ff", "/w==" },
	{ "fbefbe", "++++" },
	{ "ffffff", "////" },
	{ "14fb9c03d97e", "FPucA9l+" },
	{ "b37a4f2cc0624f1690f64606cf385945b2bec4ea", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" }
};

START_TEST(base64_vectors)
{
	uint8_t bytes[64];
	char text[64];
	size_t n, len = strlen(vectors[_i].text);

	n = unit_unhex(bytes, sizeof(bytes), vectors[_i].hex);
	ck_assert_uint_eq(base64_encode(text, bytes, n), len);
	ck_assert_str_eq(text, vectors[_i].text);
}
END_TEST

START_TEST(base64_size)
{
	static const size_t sizes[][2] = {
		{ 0, 1 }, { 1, 5 }, { 2, 5 }, { 3, 5 }, { 4, 9 }, { 16, 25 }, { 20, 29 }, { 21, 29 }
	};
	size_t i;

	for (i = 0; i < COUNTOF(sizes); i++)
		ck_assert_uint_eq(BASE64_SIZE(sizes[i][0]), sizes[i][1]);
	ck_assert_uint_eq(BASE64_SIZE(1 + 1), 5);
}
END_TEST

/* Returns the bits `from` to `from` + 6 of n bytes; bits after the last byte are zero. */
static unsigned
six_bits(const uint8_t *bytes, size_t n, size_t from)
{
	unsigned value = 0;
	size_t bit;

	for (bit = from; bit < from + 6; bit++)
		value = value << 1 |
		    (bit / 8 < n ? (unsigned)bytes[bit / 8] >> (7 - bit % 8) & 1U : 0U);
	return value;
}

/* Encodes bytes of each length. Each buffer has exactly the required size, before a guard page. */
START_TEST(base64_each_length)
{
	static const char alphabet[] = BASE64_ALPHABET;
	struct unit_guard in, code;
	uint64_t random = 2;
	uint8_t bytes[100], *from;
	char *text;
	size_t n, i, len;
	int turn;

	unit_guard_open(&in, sizeof(bytes));
	unit_guard_open(&code, BASE64_SIZE(sizeof(bytes)));
	for (turn = 0; turn < 20; turn++) {
		for (n = 0; n < sizeof(bytes); n++) {
			for (i = 0; i < n; i++)
				bytes[i] = (uint8_t)unit_random(&random);
			from = unit_guard_end(&in, bytes, n);
			text = (char *)unit_guard_end(&code, NULL, BASE64_SIZE(n));
			len = base64_encode(text, from, n);
			ck_assert_uint_eq(len, BASE64_SIZE(n) - 1);
			ck_assert_int_eq(text[len], '\0');
			for (i = 0; i < len; i++)
				unit_assert(text[i] == (i * 6 < n * 8 ?
				    alphabet[six_bits(bytes, n, i * 6)] : '='), "%s at %zu", text, i);
		}
	}
	unit_guard_close(&in);
	unit_guard_close(&code);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("base64");
	TCase *tc = tcase_create("base64");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, base64_vectors, 0, COUNTOF(vectors));
	tcase_add_test(tc, base64_size);
	tcase_add_test(tc, base64_each_length);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

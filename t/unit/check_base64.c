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

#define ALPHABET	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

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

/* Texts that are not base64, with their lengths, since some contain NUL bytes. */
static const struct {
	const char	*text;
	size_t		 len;
} refused[] = {
	{ "Z", 1 }, { "Zg", 2 }, { "Zg=", 3 }, { "Zm9", 3 }, { "Zm9vY", 5 },
	{ "Zg===", 5 }, { "Zg==Z", 5 }, { "=", 1 }, { "==", 2 }, { "===", 3 }, { "====", 4 },
	{ "Z===", 4 }, { "=Zg=", 4 }, { "Z=g=", 4 }, { "Zg=g", 4 }, { "=Zm8", 4 },
	{ "Zg==Zg==", 8 }, { "Zm8=Zm8=", 8 }, { "Zm9v====", 8 }, { "Zg==\n", 5 },
	{ "Zm9v\n", 5 }, { "Zm9v\r\n  ", 8 }, { " Zm9v", 5 }, { "Zm 9v", 5 }, { "Zm9v ", 5 },
	{ "Zm\n9", 4 }, { "Zm9\0", 4 }, { "\0\0\0\0", 4 }, { "Zg=\0", 4 }, { "Zg\0=", 4 },
	{ "-_-_", 4 }, { "Zm9-", 4 }, { "Zm9_", 4 }, { "Zm9.", 4 }, { "Zm\xc3\xa9", 4 },
	/* the unused bits of the last group are not zero */
	{ "Zh==", 4 }, { "Zv==", 4 }, { "Z/==", 4 }, { "Zm9=", 4 }, { "Zm/=", 4 },
	{ "AB==", 4 }, { "AAB=", 4 }
};

START_TEST(base64_vectors)
{
	uint8_t bytes[64], out[64];
	char text[64];
	size_t n, len = strlen(vectors[_i].text);

	n = unit_unhex(bytes, sizeof(bytes), vectors[_i].hex);
	ck_assert_uint_eq(base64_encode(text, bytes, n), len);
	ck_assert_str_eq(text, vectors[_i].text);
	ck_assert_int_eq(base64_decode(out, sizeof(out), text, len), (long)n);
	ck_assert_mem_eq(out, bytes, n);
}
END_TEST

START_TEST(base64_refused)
{
	uint8_t out[64];
	struct unit_guard g;
	const char *text;

	unit_guard_open(&g, refused[_i].len);
	text = (const char *)unit_guard_end(&g, refused[_i].text, refused[_i].len);
	ck_assert_msg(base64_decode(out, sizeof(out), text, refused[_i].len) == -1, "'%s'",
	    refused[_i].text);
	unit_guard_close(&g);
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

/* Encodes and decodes. Each buffer has exactly the required size, and a guard page after it. */
START_TEST(base64_round_trip)
{
	struct unit_guard in, code, out;
	uint64_t random = 2;
	uint8_t bytes[100], *from, *to;
	char *text;
	size_t n, i, len;
	int turn;

	unit_guard_open(&in, sizeof(bytes));
	unit_guard_open(&code, BASE64_SIZE(sizeof(bytes)));
	unit_guard_open(&out, sizeof(bytes));
	for (turn = 0; turn < 20; turn++) {
		for (n = 0; n < sizeof(bytes); n++) {
			for (i = 0; i < n; i++)
				bytes[i] = (uint8_t)unit_random(&random);
			from = unit_guard_end(&in, bytes, n);
			text = (char *)unit_guard_end(&code, NULL, BASE64_SIZE(n));
			len = base64_encode(text, from, n);
			ck_assert_uint_eq(len, BASE64_SIZE(n) - 1);
			ck_assert_uint_eq(strspn(text, ALPHABET "="), len);
			ck_assert_int_eq(text[len], '\0');

			text = (char *)unit_guard_end(&code, text, len);
			to = unit_guard_end(&out, NULL, n);
			ck_assert_int_eq(base64_decode(to, n, text, len), (long)n);
			ck_assert_mem_eq(to, bytes, n);
		}
	}
	unit_guard_close(&in);
	unit_guard_close(&code);
	unit_guard_close(&out);
}
END_TEST

/* If the buffer is too small, the result is -1 and no byte after the buffer is written. */
START_TEST(base64_decode_keeps_to_size)
{
	static const char text[] = "MDEyMzQ1Njc4OWFiY2RlZg==";	/* 16 bytes */
	struct unit_guard g;
	size_t size;

	unit_guard_open(&g, 16);
	for (size = 0; size < 16; size++)
		ck_assert_int_eq(base64_decode(unit_guard_end(&g, NULL, size), size, text, 24), -1);
	ck_assert_int_eq(base64_decode(unit_guard_end(&g, NULL, 16), 16, text, 24), 16);
	unit_guard_close(&g);
}
END_TEST

/* Tries every byte in every place of a group. */
START_TEST(base64_each_byte)
{
	char text[8] = "Zm9vZm9v";
	uint8_t out[6];
	int c, good;
	size_t i;

	for (c = 0; c < 256; c++) {
		good = c != '\0' && strchr(ALPHABET, c) != NULL;
		for (i = 0; i < 8; i++) {
			memcpy(text, "Zm9vZm9v", 8);
			text[i] = (char)c;
			/* "Zm8=" is valid: padding, with unused bits that are zero. */
			if (c == '=' && i == 7)
				text[6] = '8';
			ck_assert_msg(base64_decode(out, sizeof(out), text, 8) ==
			    (good ? 6 : c == '=' && i == 7 ? 5 : -1), "byte %02x at %zu",
			    (unsigned)c, i);
		}
	}
}
END_TEST

/* A last group with padding is valid only if its unused bits are zero. */
START_TEST(base64_unused_bits)
{
	char text[4];
	uint8_t out[3];
	size_t a, b, c;

	for (a = 0; a < 64; a++) {
		for (b = 0; b < 64; b++) {
			text[0] = ALPHABET[a];
			text[1] = ALPHABET[b];
			text[2] = text[3] = '=';
			ck_assert_int_eq(base64_decode(out, 3, text, 4), b % 16 == 0 ? 1 : -1);
			if (b % 16 == 0)
				ck_assert_uint_eq(out[0], a * 4 + b / 16);
			for (c = 0; c < 64; c++) {
				text[2] = ALPHABET[c];
				unit_assert(base64_decode(out, 3, text, 4) ==
				    (c % 4 == 0 ? 2 : -1), "%.4s", text);
			}
		}
	}
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("base64");
	TCase *tc = tcase_create("base64");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, base64_vectors, 0, COUNTOF(vectors));
	tcase_add_loop_test(tc, base64_refused, 0, COUNTOF(refused));
	tcase_add_test(tc, base64_size);
	tcase_add_test(tc, base64_round_trip);
	tcase_add_test(tc, base64_decode_keeps_to_size);
	tcase_add_test(tc, base64_each_byte);
	tcase_add_test(tc, base64_unused_bits);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

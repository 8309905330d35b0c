/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Fuzz target of utf8.h: compared with a second implementation, which computes code points, as a
 * whole, split, and as a prefix.
 */

#include "config.h"

#include "base/utf8.h"
#include "fuzz.h"

/* Returns whether UTF-8 of len bytes can encode any number from low to high. */
static int
second_in_range(uint32_t low, uint32_t high, unsigned len)
{
	static const uint32_t	least[5] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (low < least[len])
		low = least[len];
	if (high > 0x10ffff)
		high = 0x10ffff;
	if (low >= 0xd800 && low <= 0xdfff)
		low = 0xe000;
	if (high >= 0xd800 && high <= 0xdfff)
		high = 0xd7ff;
	return low <= high;
}

/*
 * Returns the length of the character at s, of which known > 0 bytes are known; 0 if it is a
 * valid prefix only, -1 if it is invalid.
 */
static int
second_character(const uint8_t *s, size_t known)
{
	uint32_t low, high;
	unsigned len, i;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc0 || s[0] > 0xf7)
		return -1;
	len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	low = high = s[0] & (0x7fu >> len);
	for (i = 1; i < len; i++) {
		if (i < known && (s[i] & 0xc0) != 0x80)
			return -1;
		low = low << 6 | (i < known ? s[i] & 0x3fu : 0);
		high = high << 6 | (i < known ? s[i] & 0x3fu : 0x3f);
	}
	if (!second_in_range(low, high, len))
		return -1;
	return known < len ? 0 : (int)len;
}

/* Computes the result that utf8_prefix() must have. */
static size_t
second_prefix(const uint8_t *s, size_t len, enum utf8_rest *rest)
{
	size_t i;
	int n;

	for (i = 0; i < len; i += (size_t)n) {
		n = second_character(s + i, len - i);
		if (n <= 0) {
			*rest = n == 0 ? UTF8_CUT : UTF8_BAD;
			return i;
		}
	}
	*rest = UTF8_END;
	return len;
}

/* Checks utf8_repair() and utf8_tail(). */
static void
check_repair(const uint8_t *text, size_t len)
{
	uint8_t *copy = fuzz_copy(text, len);
	size_t at = 0, tail = utf8_tail(text, len), i;
	int n;

	utf8_repair(copy, len);
	for (; at < len; at += (size_t)n) {
		n = second_character(text + at, len - at);
		if (n == 0)
			break;
		FUZZ_CHECK(n > 0 ? memcmp(copy + at, text + at, (size_t)n) == 0 : copy[at] == '?');
		n = n > 0 ? n : 1;
	}
	/* What is left at the end is the start of a character. */
	FUZZ_CHECK(tail == len - at);
	for (i = at; i < len; i++)
		FUZZ_CHECK(copy[i] == '?');
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum utf8_rest rest, expected_rest;
	struct utf8 whole = { 0 }, cut = { 0 };
	struct fuzz_cuts cuts;
	uint8_t *text, *piece;
	size_t at, n, expected;
	int verdict;

	/* For each piece, the text is scanned again from its start. */
	if (size > 512 || !fuzz_cuts_take(&cuts, &data, &size))
		return 0;
	text = fuzz_copy(data, size);

	expected = second_prefix(text, size, &expected_rest);
	n = utf8_prefix(text, size, &rest);
	FUZZ_CHECK(n == expected);
	FUZZ_CHECK(rest == expected_rest);
	verdict = utf8_check(&whole, text, size);
	FUZZ_CHECK(verdict == (rest == UTF8_BAD ? -1 : 0));
	if (verdict == 0)
		FUZZ_CHECK(!utf8_complete(&whole) == (rest == UTF8_CUT));

	check_repair(text, size);

	/* The result after each piece must be that for all bytes so far. */
	for (at = 0; at < size; at += n) {
		n = fuzz_cut(&cuts, size - at);
		piece = fuzz_copy(text + at, n);
		verdict = utf8_check(&cut, piece, n);
		free(piece);
		second_prefix(text, at + n, &expected_rest);
		FUZZ_CHECK(verdict == (expected_rest == UTF8_BAD ? -1 : 0));
		if (verdict == -1)
			break;
		FUZZ_CHECK(!utf8_complete(&cut) == (expected_rest == UTF8_CUT));
	}
	free(text);
	return 0;
}

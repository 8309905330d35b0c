/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Tests frame.h: all values of the first two bytes of a header, all lengths in all forms, and the
 * mask, which is compared with a loop over single bytes.
 */
#include "config.h"

#include <check.h>
#include <string.h>

#include "lib/countof.h"
#include "lib/unit.h"
#include "proto/frame.h"

#define TOP_BIT	(UINT64_C(1) << 63)

static const uint8_t key[4] = { 0x37, 0xfa, 0x21, 0x3d };
static struct unit_guard guard;

static void
setup(void)
{
	unit_guard_open(&guard, 512);
}

static void
teardown(void)
{
	unit_guard_close(&guard);
}

/*
 * Writes a header as in the figure of RFC 6455, section 5.2, and returns its size. form is the
 * value of the 7 bits of the length; the longer length, if there is one, follows them.
 */
static size_t
put_header(uint8_t *out, unsigned first, int masked, unsigned form, uint64_t length)
{
	size_t n = 0, bytes = form == 126 ? 2 : form == 127 ? 8 : 0, i;

	out[n++] = (uint8_t)first;
	out[n++] = (uint8_t)((masked ? 0x80 : 0) | form);
	for (i = bytes; i-- > 0;)
		out[n++] = (uint8_t)(length >> (8 * i));
	if (masked) {
		memcpy(out + n, key, 4);
		n += 4;
	}
	return n;
}

/* Decodes each prefix of the header, with a guard page after it. */
static void
expect_header(const uint8_t *header, size_t size, const struct frame *expected, const char *what)
{
	struct frame f;
	size_t len;
	int n;

	for (len = 0; len < size; len++) {
		n = frame_decode(&f, unit_guard_end(&guard, header, len), len);
		if (n != 0)
			ck_abort_msg("%s: %s: %d with %zu bytes", what, unit_hex(header, size),
			    n, len);
	}
	for (; len <= size + 4; len++) {
		memset(&f, 0xee, sizeof(f));
		n = frame_decode(&f, unit_guard_end(&guard, header, len), len);
		if (n != (int)size)
			ck_abort_msg("%s: %s: %d with %zu bytes", what, unit_hex(header, size),
			    n, len);
		if (f.fin != expected->fin || f.rsv != expected->rsv ||
		    f.opcode != expected->opcode || f.masked != expected->masked ||
		    f.length != expected->length || (f.masked && memcmp(f.mask, key, 4) != 0))
			ck_abort_msg("%s: %s: fin %d rsv %d opcode %d masked %d length %llu", what,
			    unit_hex(header, size), f.fin, f.rsv, f.opcode, f.masked,
			    (unsigned long long)f.length);
	}
}

/*
 * The header must be refused when its last byte is known or earlier, and stay refused with
 * further bytes.
 */
static void
expect_refused(const uint8_t *header, size_t size, const char *what)
{
	struct frame f;
	size_t len;
	int n, last = 0;

	for (len = 0; len <= size + 4; len++) {
		n = frame_decode(&f, unit_guard_end(&guard, header, len), len);
		if ((n != 0 && n != -1) || n > last || (len >= size && n != -1))
			ck_abort_msg("%s: %s: %d with %zu bytes", what, unit_hex(header, size),
			    n, len);
		last = n;
	}
}

/* All combinations of OPCODE, FIN, RSV, MASK and four forms of the length: 2,048 headers. */
START_TEST(frame_all_headers)
{
	static const struct {
		unsigned	form;
		uint64_t	length;
	} lengths[] = { { 0, 0 }, { 125, 125 }, { 126, 126 }, { 127, 65536 } };
	uint8_t header[FRAME_CLIENT_HEADER + 4];
	struct frame expected;
	unsigned first, cells = 0;
	size_t size, i;
	int masked;

	for (first = 0; first < 256; first++) {
		for (masked = 0; masked < 2; masked++) {
			for (i = 0; i < COUNTOF(lengths); i++) {
				memset(header, 0x5a, sizeof(header));
				size = put_header(header, first, masked, lengths[i].form,
				    lengths[i].length);
				expected.fin = first >= 128;
				expected.rsv = (uint8_t)(first % 128 / 16);
				expected.opcode = (uint8_t)(first % 16);
				expected.masked = (uint8_t)masked;
				expected.length = lengths[i].length;
				expect_header(header, size, &expected, "cell");
				cells++;
			}
		}
	}
	ck_assert_uint_eq(cells, 2048);
}
END_TEST

static const uint64_t lengths[] = {
	0, 1, 2, 124, 125, 126, 127, 128, 255, 256, 65534, 65535, 65536, 65537, 0xffffff,
	0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff,
	UINT64_C(0x100000000), UINT64_C(0x100000001), UINT64_C(0x7e00000000000000),
	TOP_BIT - 14, TOP_BIT - 2, TOP_BIT - 1, TOP_BIT, TOP_BIT + 1, TOP_BIT + 126,
	TOP_BIT + 65536, UINT64_MAX - 14, UINT64_MAX - 13, UINT64_MAX - 4, UINT64_MAX - 1,
	UINT64_MAX
};

/*
 * Each length in every form that can hold it. Only the shortest form is valid, and a length with
 * the top bit set is invalid.
 */
START_TEST(frame_lengths)
{
	uint8_t header[FRAME_CLIENT_HEADER + 4];
	struct frame expected = { 1, 0, FRAME_BINARY, 0, { 0 }, 0 };
	unsigned form, shortest;
	size_t size, i;
	int masked;

	for (i = 0; i < COUNTOF(lengths); i++) {
		shortest = lengths[i] <= 125 ? (unsigned)lengths[i] :
		    lengths[i] <= 65535 ? 126 : 127;
		for (form = shortest; form <= 127; form = form < 126 ? 126 : form + 1) {
			for (masked = 0; masked < 2; masked++) {
				memset(header, 0, sizeof(header));
				size = put_header(header, 0x82, masked, form, lengths[i]);
				expected.masked = (uint8_t)masked;
				expected.length = lengths[i];
				if (form == shortest && lengths[i] < TOP_BIT)
					expect_header(header, size, &expected, "shortest");
				else
					expect_refused(header, size, "invalid");
			}
		}
	}
}
END_TEST

/* All lengths in the form of 7 bits, and all lengths in the form of 16 bits. */
START_TEST(frame_small_lengths)
{
	uint8_t header[FRAME_CLIENT_HEADER];
	struct frame f;
	unsigned length;
	int n;

	for (length = 0; length <= 65535; length++) {
		put_header(header, 0x82, 0, 126, length);
		n = frame_decode(&f, header, 4);
		if (n != (length < 126 ? -1 : 4) || (n == 4 && f.length != length))
			ck_abort_msg("length %u in 16 bits: %d", length, n);
		if (length > 125)
			continue;
		put_header(header, 0x82, 0, length, 0);
		n = frame_decode(&f, header, 2);
		if (n != 2 || f.length != length)
			ck_abort_msg("length %u in 7 bits: %d", length, n);
	}
}
END_TEST

START_TEST(frame_encode_decode)
{
	static const int opcodes[] = { FRAME_CONTINUATION, FRAME_TEXT, FRAME_BINARY, FRAME_CLOSE,
	    FRAME_PING, FRAME_PONG };
	uint8_t header[FRAME_SERVER_HEADER + 4], *out;
	struct frame expected = { 0 };
	size_t size, i, k;
	int fin;

	for (i = 0; i < COUNTOF(lengths); i++) {
		if (lengths[i] >= TOP_BIT)
			continue;
		for (k = 0; k < 2 * COUNTOF(opcodes); k++) {
			fin = (int)k % 2;
			out = unit_guard_end(&guard, NULL, FRAME_SERVER_HEADER);
			size = frame_encode(out, fin, opcodes[k / 2], lengths[i]);
			ck_assert_uint_eq(size, lengths[i] <= 125 ? 2 :
			    lengths[i] <= 65535 ? 4 : 10);
			ck_assert_uint_eq(frame_header_size(lengths[i]), size);
			memset(header, 0, sizeof(header));
			memcpy(header, out, size);
			expected.fin = (uint8_t)fin;
			expected.opcode = (uint8_t)opcodes[k / 2];
			expected.length = lengths[i];
			expect_header(header, size, &expected, "encoded");
		}
	}
}
END_TEST

/* The examples of RFC 6455, section 5.7. */
START_TEST(frame_rfc_examples)
{
	uint8_t bytes[16], out[16];
	struct frame f;
	size_t len;

	len = unit_unhex(bytes, sizeof(bytes), "81 85 37fa213d 7f9f4d5158");
	ck_assert_int_eq(frame_decode(&f, bytes, len), 6);
	ck_assert_uint_eq(f.fin, 1);
	ck_assert_uint_eq(f.opcode, FRAME_TEXT);
	ck_assert_uint_eq(f.length, 5);
	frame_mask(bytes + 6, 5, f.mask, 0);
	ck_assert_mem_eq(bytes + 6, "Hello", 5);

	len = unit_unhex(bytes, sizeof(bytes), "89 05 48656c6c6f");
	ck_assert_uint_eq(frame_control(out, FRAME_PING, "Hello", 5), len);
	ck_assert_mem_eq(out, bytes, len);

	len = unit_unhex(bytes, sizeof(bytes), "82 7e 0100");
	ck_assert_uint_eq(frame_encode(out, 1, FRAME_BINARY, 256), len);
	ck_assert_mem_eq(out, bytes, len);

	len = unit_unhex(bytes, sizeof(bytes), "82 7f 0000000000010000");
	ck_assert_uint_eq(frame_encode(out, 1, FRAME_BINARY, 65536), len);
	ck_assert_mem_eq(out, bytes, len);
}
END_TEST

/* Masks one byte at a time, as in RFC 6455, section 5.3. */
static void
naive_mask(uint8_t *data, size_t len, const uint8_t mask[4], uint64_t offset)
{
	size_t i;

	for (i = 0; i < len; i++)
		data[i] = (uint8_t)(data[i] ^ mask[(offset + i) & 3]);
}

static void
compare_mask(size_t len, size_t align, uint64_t offset)
{
	uint8_t plain[128], expected[128], *data;
	size_t i;

	for (i = 0; i < sizeof(plain); i++)
		plain[i] = expected[i] = (uint8_t)(i * 7 + 1);
	naive_mask(expected, len, key, offset);
	/* The masked bytes end `align` bytes before the guard page. */
	data = unit_guard_end(&guard, plain, len + align);
	frame_mask(data, len, key, offset);
	if (memcmp(data, expected, len + align) != 0)
		ck_abort_msg("%zu bytes from %llu, %zu before the end: %s is not %s", len,
		    (unsigned long long)offset, align, unit_hex(data, len),
		    unit_hex(expected, len));
	/* The masked bytes begin `align` bytes after the guard page. */
	data = unit_guard_begin(&guard, plain, align + len);
	frame_mask(data + align, len, key, offset);
	memcpy(expected, plain, align);
	memcpy(expected + align, plain + align, len);
	naive_mask(expected + align, len, key, offset);
	if (memcmp(data, expected, align + len) != 0)
		ck_abort_msg("%zu bytes from %llu, %zu after the beginning: %s is not %s", len,
		    (unsigned long long)offset, align, unit_hex(data, align + len),
		    unit_hex(expected, align + len));
	frame_mask(data + align, len, key, offset);
	if (memcmp(data, plain, align + len) != 0)
		ck_abort_msg("masking twice is not the same again");
}

START_TEST(frame_mask_everywhere)
{
	size_t len, align;
	uint64_t offset;

	for (len = 0; len <= 64; len++)
		for (align = 0; align <= 32; align++)
			for (offset = 0; offset <= 64; offset++)
				compare_mask(len, align, offset);
}
END_TEST

/* A frame can be longer than 2^32 bytes. */
START_TEST(frame_mask_far_offsets)
{
	static const uint64_t far[] = { 0x7fffffff, 0x80000000, 0xffffffff, UINT64_C(0x100000000),
	    TOP_BIT - 66, TOP_BIT - 65 };
	size_t i, len;
	unsigned k;

	for (i = 0; i < COUNTOF(far); i++)
		for (len = 0; len <= 64; len++)
			for (k = 0; k < 4; k++)
				compare_mask(len, 1, far[i] - k);
}
END_TEST

/* Unmasking a payload in pieces must have the same result as unmasking the whole. */
START_TEST(frame_mask_in_pieces)
{
	uint8_t whole[61], pieces[61];
	size_t a, b, i;

	for (a = 0; a <= sizeof(whole); a++) {
		for (b = a; b <= sizeof(whole); b++) {
			for (i = 0; i < sizeof(whole); i++)
				whole[i] = pieces[i] = (uint8_t)(i * 11);
			frame_mask(whole, sizeof(whole), key, 0);
			frame_mask(pieces, a, key, 0);
			frame_mask(pieces + a, b - a, key, a);
			frame_mask(pieces + b, sizeof(pieces) - b, key, b);
			if (memcmp(whole, pieces, sizeof(whole)) != 0)
				ck_abort_msg("cut at %zu and %zu", a, b);
		}
	}
}
END_TEST

/*
 * The codes of RFC 6455, section 7.4, and of the registry, to which 1012 to 1014 were added
 * later.
 */
START_TEST(frame_close_codes)
{
	static const struct {
		unsigned	from, to;
		int		allowed;
	} ranges[] = {
		{ 0, 999, 0 }, { 1000, 1003, 1 }, { 1004, 1006, 0 }, { 1007, 1014, 1 },
		{ 1015, 2999, 0 }, { 3000, 4999, 1 }, { 5000, 65535, 0 },
		{ 65536 + 1000, 65536 + 1000, 0 }
	};
	unsigned code;
	size_t i;

	for (i = 0; i < COUNTOF(ranges); i++)
		for (code = ranges[i].from; code <= ranges[i].to; code++)
			if (!frame_close_code(code) != !ranges[i].allowed)
				ck_abort_msg("close code %u", code);
}
END_TEST

START_TEST(frame_control_frames)
{
	static const int opcodes[] = { FRAME_CLOSE, FRAME_PING, FRAME_PONG };
	uint8_t payload[FRAME_CONTROL_SIZE], *out;
	size_t len, i;

	for (i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(255 - i);
	for (i = 0; i < COUNTOF(opcodes); i++) {
		for (len = 0; len <= sizeof(payload); len++) {
			out = unit_guard_end(&guard, NULL, 2 + len);
			ck_assert_uint_eq(frame_control(out, opcodes[i], payload, len), 2 + len);
			ck_assert_uint_eq(out[0], 0x80 | (unsigned)opcodes[i]);
			ck_assert_uint_eq(out[1], len);
			ck_assert_mem_eq(out + 2, payload, len);
		}
	}
	out = unit_guard_end(&guard, NULL, 2);
	ck_assert_uint_eq(frame_control(out, FRAME_PONG, NULL, 0), 2);
}
END_TEST

/* Encodes a close frame with this reason, of which the first len bytes must remain. */
static void
expect_close(unsigned code, const char *reason, size_t len)
{
	uint8_t *out = unit_guard_end(&guard, NULL, 2 + FRAME_CONTROL_SIZE);
	size_t size = frame_close(out, code, reason);

	if (size != 4 + len || out[0] != 0x88 || out[1] != 2 + len || out[2] != code / 256 ||
	    out[3] != code % 256 || memcmp(out + 4, reason, len) != 0)
		ck_abort_msg("%u '%s': %s", code, reason, unit_hex(out, size));
}

START_TEST(frame_close_frames)
{
	char reason[256];
	size_t len;
	uint8_t *out;

	for (len = 0; len < sizeof(reason); len++) {
		memset(reason, 'r', len);
		reason[len] = '\0';
		expect_close(1000, reason, len <= 123 ? len : 123);
	}
	expect_close(1011, "peer refused connection", 23);
	expect_close(4999, "", 0);
	out = unit_guard_end(&guard, NULL, 2 + FRAME_CONTROL_SIZE);
	ck_assert_uint_eq(frame_close(out, 1005, "no code, so no reason"), 2);
	ck_assert_uint_eq(out[0], 0x88);
	ck_assert_uint_eq(out[1], 0);
}
END_TEST

/*
 * UTF-8 characters of each length, at every distance from the end at which the reason is
 * truncated.
 */
START_TEST(frame_close_cuts_at_a_character)
{
	static const char *const characters[] = { "x", "\xc3\xa4", "\xe2\x82\xac",
	    "\xf0\x9f\x98\x80" };
	char reason[256];
	size_t n, before, len, kept;

	for (n = 1; n <= COUNTOF(characters); n++) {
		for (before = 0; before <= 123; before++) {
			memset(reason, 'a', before);
			for (len = before; len < 140; len += n)
				memcpy(reason + len, characters[n - 1], n);
			reason[len] = '\0';
			kept = before + (123 - before) / n * n;
			expect_close(1008, reason, kept);
		}
	}
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("frame");
	TCase *tc = tcase_create("frame");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, frame_all_headers);
	tcase_add_test(tc, frame_lengths);
	tcase_add_test(tc, frame_small_lengths);
	tcase_add_test(tc, frame_encode_decode);
	tcase_add_test(tc, frame_rfc_examples);
	tcase_add_test(tc, frame_mask_everywhere);
	tcase_add_test(tc, frame_mask_far_offsets);
	tcase_add_test(tc, frame_mask_in_pieces);
	tcase_add_test(tc, frame_close_codes);
	tcase_add_test(tc, frame_control_frames);
	tcase_add_test(tc, frame_close_frames);
	tcase_add_test(tc, frame_close_cuts_at_a_character);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

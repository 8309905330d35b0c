/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "lib/countof.h"
#include "lib/unit.h"

#define SIZE	65536

static const uint8_t zeros[SIZE];

/* Writes to the first len bytes. */
static void
use(struct buf *b, size_t len)
{
	memset(b->memory, 0xa5, len);
	buf_touch(b, len);
}

START_TEST(buf_begins_untouched)
{
	struct buf b = { NULL, 0, 0 };

	ck_assert_int_eq(buf_open(&b, SIZE), 0);
	ck_assert_uint_eq(b.size, SIZE);
	ck_assert_int_eq(buf_can_rest(&b), 0);
	ck_assert_mem_eq(b.memory, zeros, SIZE);
	use(&b, 1);
	ck_assert_int_eq(buf_can_rest(&b), 1);
	use(&b, SIZE);
	ck_assert_uint_eq(b.touched, SIZE);
	/* Use of fewer bytes does not decrease the number of touched bytes. */
	buf_touch(&b, 1);
	ck_assert_uint_eq(b.touched, SIZE);
	buf_close(&b);
}
END_TEST

START_TEST(buf_grows)
{
	struct buf b = { NULL, 0, 0 };
	size_t i, size;

	ck_assert_int_eq(buf_open(&b, SIZE), 0);
	for (i = 0; i < SIZE; i++)
		b.memory[i] = (uint8_t)(i * 7);
	for (size = 2 * SIZE; size <= 16 * SIZE; size *= 2) {
		ck_assert_int_eq(buf_grow(&b, SIZE - 1), 0);
		ck_assert_uint_eq(b.size, size);
		ck_assert_uint_eq(b.touched, SIZE - 1);
		for (i = 0; i < SIZE - 1; i++)
			unit_assert(b.memory[i] == (uint8_t)(i * 7), "byte %zu", i);
		b.memory[size - 1] = 1;
	}
	buf_rest(&b, SIZE);
	ck_assert_uint_eq(b.size, SIZE);
	buf_close(&b);
}
END_TEST

START_TEST(buf_rests)
{
	struct buf b = { NULL, 0, 0 };

	ck_assert_int_eq(buf_open(&b, SIZE), 0);
	use(&b, SIZE);
	buf_rest(&b, SIZE);
	ck_assert_int_eq(buf_can_rest(&b), 0);
	ck_assert_mem_eq(b.memory, zeros, SIZE);
	buf_close(&b);
}
END_TEST

/* Sizes of two successive connections: kept is 1 if the second one gets the memory of the first. */
static const struct {
	size_t	first, used, second;
	int	kept;
} ends[] = {
	{ SIZE, 0, SIZE, 1 },
	{ SIZE, 1, SIZE, 1 },
	{ SIZE, 8192, SIZE, 1 },
	{ SIZE, 8193, SIZE, 0 },
	{ SIZE, SIZE, SIZE, 0 },
	{ SIZE, 100, 4 * SIZE, 0 },
	{ 4 * SIZE, 100, SIZE, 0 }
};

START_TEST(buf_is_left_for_the_next)
{
	struct buf b = { NULL, 0, 0 };
	uint8_t *memory;

	ck_assert_int_eq(buf_open(&b, ends[_i].first), 0);
	memory = b.memory;
	use(&b, ends[_i].used);
	buf_close(&b);
	ck_assert_int_eq(buf_open(&b, ends[_i].second), 0);
	ck_assert_uint_eq(b.size, ends[_i].second);
	if (ends[_i].kept)
		ck_assert_ptr_eq(b.memory, memory);
	else
		ck_assert_mem_eq(b.memory, zeros, SIZE);
	/*
	 * The kept pages were touched by the first connection, so they must be returned to the
	 * system at rest.
	 */
	ck_assert_int_eq(buf_can_rest(&b), ends[_i].kept && ends[_i].used > 0);
	buf_close(&b);
}
END_TEST

/* No process can map so many bytes, even with 32-bit addresses. */
#define TOO_LARGE	(SIZE_MAX - SIZE_MAX / 16)

/* Out of memory: the buffer must not change. */
START_TEST(buf_without_memory)
{
	struct buf b = { NULL, 0, 0 };

	ck_assert_int_eq(buf_open(&b, TOO_LARGE), -1);
	ck_assert_ptr_null(b.memory);
	ck_assert_int_eq(buf_open(&b, SIZE), 0);
	use(&b, 10);
	ck_assert_int_eq(buf_open(&b, TOO_LARGE), -1);
	buf_rest(&b, TOO_LARGE);
	ck_assert_uint_eq(b.size, SIZE);
	ck_assert_uint_eq(b.touched, 10);
	ck_assert_uint_eq(b.memory[9], 0xa5);
	buf_close(&b);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("buf");
	TCase *tc = tcase_create("buf");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, buf_begins_untouched);
	tcase_add_test(tc, buf_grows);
	tcase_add_test(tc, buf_rests);
	tcase_add_loop_test(tc, buf_is_left_for_the_next, 0, COUNTOF(ends));
	tcase_add_test(tc, buf_without_memory);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

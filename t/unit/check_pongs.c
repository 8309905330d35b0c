/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Tests pongs.h: the queue of pongs, its limit, and the two halves of its memory. */

#include "config.h"

#include <check.h>
#include <string.h>

#include "proto/frame.h"
#include "session/pongs.h"

static struct pongs_memory memory;
static struct pongs q;

static void
setup(void)
{
	memset(&memory, 0, sizeof(memory));
	memset(&q, 0, sizeof(q));
	q.memory = &memory;
}

START_TEST(pongs_in_order)
{
	static const char want[] = "\x8a\3one\x8a\0\x8a\5three";
	uint8_t *frames;
	size_t len;

	ck_assert_int_eq(pongs_add(&q, 0, "one", 3), 0);
	ck_assert_int_eq(pongs_add(&q, 0, "", 0), 0);
	ck_assert_int_eq(pongs_add(&q, 0, "three", 5), 0);
	frames = pongs_take(&q, &len);
	ck_assert_uint_eq(len, sizeof(want) - 1);
	ck_assert_mem_eq(frames, want, len);
	ck_assert_uint_eq(q.len, 0);

	/* While these frames are written, others do not overwrite them. */
	ck_assert_int_eq(pongs_add(&q, 1, "four", 4), 0);
	ck_assert_mem_eq(frames, want, len);
	ck_assert_int_eq(pongs_add(&q, 1, "five", 4), 0);
	frames = pongs_take(&q, &len);
	ck_assert_uint_eq(len, 12);
	ck_assert_mem_eq(frames, "\x8a\4four\x8a\4five", 12);

	/* After all frames were written, the first half is used again. */
	ck_assert_int_eq(pongs_add(&q, 0, "six", 3), 0);
	ck_assert_ptr_eq(pongs_take(&q, &len), memory.frames[0]);
	ck_assert_int_eq(pongs_add(&q, 0, "seven", 5), 0);
	ck_assert_ptr_eq(pongs_take(&q, &len), memory.frames[0]);
	ck_assert_uint_eq(len, 7);
}
END_TEST

/* For each length of a payload: the queue takes as many pongs as fit, and not one byte more. */
START_TEST(pongs_limit)
{
	uint8_t payload[FRAME_CONTROL_SIZE];
	size_t len, n, total;

	memset(payload, 'x', sizeof(payload));
	for (len = 0; len <= FRAME_CONTROL_SIZE; len++) {
		for (n = 0; pongs_add(&q, 0, payload, len) == 0; n++)
			;
		ck_assert_uint_eq(n, PONGS_SIZE / (2 + len));
		ck_assert_uint_eq(memory.frames[1][0], 0);
		pongs_clear(&q);
		ck_assert_uint_eq(q.len, 0);
		ck_assert_int_eq(pongs_add(&q, 0, payload, len), 0);
		(void)pongs_take(&q, &total);
		ck_assert_uint_eq(total, 2 + len);
	}
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("pongs");
	TCase *tc = tcase_create("pongs");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, pongs_in_order);
	tcase_add_test(tc, pongs_limit);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <string.h>

#include "base/human.h"
#include "lib/countof.h"

typedef char *format(char out[HUMAN_SIZE], uint64_t n);

static const struct {
	format		*format;
	uint64_t	 n;
	const char	*text;
} rows[] = {
	{ human_time, 0, "0.0s" }, { human_time, 99, "0.0s" }, { human_time, 100, "0.1s" },
	{ human_time, 9999, "9.9s" }, { human_time, 10000, "10s" },
	{ human_time, 59999, "59s" }, { human_time, 60000, "1m00s" },
	{ human_time, 3599999, "59m59s" }, { human_time, 3600000, "1h00m" },
	{ human_time, 86399999, "23h59m" }, { human_time, 86400000, "1d00h" },
	{ human_time, UINT64_C(86400000) * 999 + 3600000, "999d01h" },
	{ human_time, UINT64_C(86400000) * 1000, "1000d" },
	{ human_time, UINT64_C(86400000) * 99999999, "99999999d" },
	{ human_time, UINT64_C(86400000) * 100000000, "ages" },
	{ human_time, UINT64_MAX, "ages" },

	{ human_delay, 0, "-" }, { human_delay, 1, "1us" }, { human_delay, 99, "99us" },
	{ human_delay, 100, "0.10ms" }, { human_delay, 412, "0.41ms" },
	{ human_delay, 9999, "9.99ms" }, { human_delay, 10000, "10ms" },
	{ human_delay, 999999, "999ms" }, { human_delay, 1000000, "1.0s" },
	{ human_delay, UINT32_MAX, "1h11m" }, { human_delay, UINT64_MAX, "ages" },

	{ human_bytes, 0, "0" }, { human_bytes, 1023, "1023" }, { human_bytes, 1024, "1.0K" },
	{ human_bytes, 1024 * 10 - 1, "9.9K" }, { human_bytes, 1024 * 10, "10K" },
	{ human_bytes, 1024 * 1024 - 1, "1023K" }, { human_bytes, 1024 * 1024, "1.0M" },
	{ human_bytes, UINT64_C(5) << 30, "5.0G" }, { human_bytes, UINT64_C(7) << 40, "7.0T" },
	{ human_bytes, UINT64_C(3) << 50, "3.0P" }, { human_bytes, UINT64_MAX, "15E" },

	{ human_count, 99999, "99999" }, { human_count, 100000, "100k" },
	{ human_count, 4560000, "4.5m" }, { human_count, UINT64_C(999999999), "999m" },
	{ human_count, UINT64_C(1000000000), "1.0g" }, { human_count, UINT64_MAX, "18e" }
};

START_TEST(numbers)
{
	char out[HUMAN_SIZE + 1];

	memset(out, '#', sizeof(out));
	ck_assert_ptr_eq(rows[_i].format(out, rows[_i].n), out);
	ck_assert_str_eq(out, rows[_i].text);
	ck_assert_int_eq(out[HUMAN_SIZE], '#');
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("human");
	TCase *tc = tcase_create("human");

	tcase_add_loop_test(tc, numbers, 0, (int)COUNTOF(rows));
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

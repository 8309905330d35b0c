/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <string.h>

#include "figure.h"
#include "t.h"

typedef char *format(char out[FIGURE_SIZE], uint64_t n);

static const struct {
	format		*format;
	uint64_t	 n;
	const char	*text;
} rows[] = {
	{ figure_time, 0, "0.0s" }, { figure_time, 99, "0.0s" }, { figure_time, 100, "0.1s" },
	{ figure_time, 9999, "9.9s" }, { figure_time, 10000, "10s" },
	{ figure_time, 59999, "59s" }, { figure_time, 60000, "1m00s" },
	{ figure_time, 3599999, "59m59s" }, { figure_time, 3600000, "1h00m" },
	{ figure_time, 86399999, "23h59m" }, { figure_time, 86400000, "1d00h" },
	{ figure_time, UINT64_C(86400000) * 999 + 3600000, "999d01h" },
	{ figure_time, UINT64_C(86400000) * 1000, "1000d" },
	{ figure_time, UINT64_C(86400000) * 99999999, "99999999d" },
	{ figure_time, UINT64_C(86400000) * 100000000, "ages" },
	{ figure_time, UINT64_MAX, "ages" },

	{ figure_delay, 0, "-" }, { figure_delay, 1, "1us" }, { figure_delay, 99, "99us" },
	{ figure_delay, 100, "0.10ms" }, { figure_delay, 412, "0.41ms" },
	{ figure_delay, 9999, "9.99ms" }, { figure_delay, 10000, "10ms" },
	{ figure_delay, 999999, "999ms" }, { figure_delay, 1000000, "1.0s" },
	{ figure_delay, UINT32_MAX, "1h11m" }, { figure_delay, UINT64_MAX, "ages" },

	{ figure_bytes, 0, "0" }, { figure_bytes, 1023, "1023" }, { figure_bytes, 1024, "1.0K" },
	{ figure_bytes, 1024 * 10 - 1, "9.9K" }, { figure_bytes, 1024 * 10, "10K" },
	{ figure_bytes, 1024 * 1024 - 1, "1023K" }, { figure_bytes, 1024 * 1024, "1.0M" },
	{ figure_bytes, UINT64_C(5) << 30, "5.0G" }, { figure_bytes, UINT64_C(7) << 40, "7.0T" },
	{ figure_bytes, UINT64_C(3) << 50, "3.0P" }, { figure_bytes, UINT64_MAX, "15E" },

	{ figure_count, 99999, "99999" }, { figure_count, 100000, "100k" },
	{ figure_count, 4560000, "4.5m" }, { figure_count, UINT64_C(999999999), "999m" },
	{ figure_count, UINT64_C(1000000000), "1.0g" }, { figure_count, UINT64_MAX, "18e" }
};

START_TEST(figures)
{
	char out[FIGURE_SIZE + 1];

	memset(out, '#', sizeof(out));
	ck_assert_ptr_eq(rows[_i].format(out, rows[_i].n), out);
	ck_assert_str_eq(out, rows[_i].text);
	ck_assert_int_eq(out[FIGURE_SIZE], '#');
}
END_TEST

static Suite *
t_suite(void)
{
	Suite *s = suite_create("figure");
	TCase *tc = tcase_create("figure");

	tcase_add_loop_test(tc, figures, 0, (int)T_COUNT(rows));
	suite_add_tcase(s, tc);
	return s;
}

#include "t_main.h"

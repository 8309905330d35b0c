/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/countof.h"
#include "lib/unit.h"
#include "modules/backends/helper_protocol.h"

START_TEST(escapes)
{
	char text[256] = "";
	struct helper_question q = { text, sizeof(text), 0, 0 };

	helper_protocol_add(&q, "path", NULL,
	    "/a b\t\n\r=&;%'\"$`\\|<>*?[]{}()!#^~_-.:,@+\x7f\x01\xff");
	helper_protocol_add(&q, "cookie", "a:b=c", "");
	helper_protocol_add(&q, "x", NULL, "y");
	ck_assert_int_eq(helper_protocol_end(&q), 0);
	ck_assert_str_eq(text, "path=/a%20b%09%0A%0D=&%3B%25%27%22%24%60%5C%7C%3C%3E%2A%3F%5B%5D"
	    "%7B%7D%28%29%21%23%5E~_-.:,@+%7F%01%FF\tcookie:a:b=c=\tx=y\n");
}
END_TEST

/*
 * A value that contains every byte is sent as printable ASCII, and is unchanged when it is
 * decoded.
 */
START_TEST(every_byte)
{
	static const char plain[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "-._~/:,@+&=%";
	char all[256], text[1024], line[1100];
	struct helper_question q = { text, sizeof(text), 0, 0 };
	struct helper_answer a;
	const char *why;
	unsigned i;

	for (i = 1; i < 256; i++)
		all[i - 1] = (char)i;
	all[255] = '\0';
	helper_protocol_add(&q, "framing-config", NULL, all);
	ck_assert_uint_eq(strspn(text + 15, plain), strlen(text + 15));
	snprintf(line, sizeof(line), "peer=x:1 %s", text);
	ck_assert_int_eq(helper_protocol_read(line, &a, &why), 0);
	ck_assert_str_eq(a.config, all);
}
END_TEST

START_TEST(fits_or_not)
{
	static const char whole[] = "a=1%20\tb:c=2\n";
	struct unit_guard g;
	struct helper_question q;
	size_t size;

	unit_guard_open(&g, sizeof(whole) + 1);
	for (size = 1; size <= sizeof(whole) + 1; size++) {
		q.text = (char *)unit_guard_end(&g, NULL, size);
		q.size = size;
		q.len = 0;
		q.full = 0;
		helper_protocol_add(&q, "a", NULL, "1 ");
		helper_protocol_add(&q, "b", "c", "2");
		ck_assert_int_eq(helper_protocol_end(&q), size >= sizeof(whole) ? 0 : -1);
		if (size >= sizeof(whole))
			ck_assert_str_eq(q.text, whole);
	}
	unit_guard_close(&g);
}
END_TEST

/*
 * The answer of a helper, and its values. A row with neither peer nor status: the answer is
 * refused.
 */
static const struct {
	const char	*line;
	const char	*peer, *framing, *config, *protocol;
	int		 status;
	const char	*reason;
} rows[] = {
#define NO	NULL, NULL, NULL, NULL, 0, NULL
	{ "peer=tcp://h:1", "tcp://h:1", NULL, NULL, NULL, 0, NULL },
	{ "\xef\xbb\xbfpeer=tcp://h:1", "tcp://h:1", NULL, NULL, NULL, 0, NULL },
	{ "peer=tcp://h:1\r", "tcp://h:1", NULL, NULL, NULL, 0, NULL },
	{ " \tpeer=tcp://h:1\t ", "tcp://h:1", NULL, NULL, NULL, 0, NULL },
	{ "framing-config=a%20b framing=separator protocol=p peer=h:1", "h:1", "separator", "a b",
	    "p", 0, NULL },
	{ "peer=h:1\tframing=newline\tframing-config=lf", "h:1", "newline", "lf", NULL, 0, NULL },
	{ "peer=unix:///run/%C3%a9=x", "unix:///run/\xc3\xa9=x", NULL, NULL, NULL, 0, NULL },
	{ "peer=h:1 protocol=", "h:1", NULL, NULL, "", 0, NULL },
	{ "peer=", "", NULL, NULL, NULL, 0, NULL },
	{ "status=403", NULL, NULL, NULL, NULL, 403, NULL },
	{ "status=400", NULL, NULL, NULL, NULL, 400, NULL },
	{ "status=599 reason=go%20away%21", NULL, NULL, NULL, NULL, 599, "go away!" },
	{ "reason=no status=404", NULL, NULL, NULL, NULL, 404, "no" },
	{ "status=404 hide=a%20b reason=no", NULL, NULL, NULL, NULL, 404, "no" },
	{ "peer=h:1 hide=x", "h:1", NULL, NULL, NULL, 0, NULL },
	{ "", NO },
	{ " ", NO },
	{ "ok", NO },
	{ "reason=no", NO },
	{ "protocol=p", NO },
	{ "peer=h:1 status=403", NO },
	{ "peer=h:1 reason=x", NO },
	{ "status=403 framing=auto", NO },
	{ "status=403 framing-config=", NO },
	{ "status=403 protocol=p", NO },
	{ "status=399", NO },
	{ "status=600", NO },
	{ "status=200", NO },
	{ "status=40", NO },
	{ "status=4030", NO },
	{ "status=4x3", NO },
	{ "status=", NO },
	{ "status=403 reason=go away", NO },
	{ "peer=h:1 peer=h:2", NO },
	{ "peer=h:1 color=red", NO },
	{ "peer=h:1 Framing=auto", NO },
	{ "peer=h:1 =x", NO },
	{ "peer=h%", NO },
	{ "peer=h%2", NO },
	{ "peer=h%zz", NO },
	{ "peer=h%00", NO },
	{ "peer", NO }
#undef NO
};

static void
expect_part(const char *got, const char *wanted, const char *line)
{
	ck_assert_msg((got == NULL) == (wanted == NULL), "%s", line);
	if (wanted != NULL)
		ck_assert_str_eq(got, wanted);
}

START_TEST(answers)
{
	const char *why = NULL;
	struct helper_answer a;
	struct unit_guard g;
	int good = rows[_i].peer != NULL || rows[_i].status != 0;

	unit_guard_open(&g, strlen(rows[_i].line) + 1);
	ck_assert_msg((helper_protocol_read(unit_guard_string(&g, rows[_i].line), &a, &why) == 0) ==
	    good, "%s: %s", rows[_i].line, why == NULL ? "" : why);
	if (good) {
		expect_part(a.peer, rows[_i].peer, rows[_i].line);
		expect_part(a.framing, rows[_i].framing, rows[_i].line);
		expect_part(a.config, rows[_i].config, rows[_i].line);
		expect_part(a.protocol, rows[_i].protocol, rows[_i].line);
		expect_part(a.reason, rows[_i].reason, rows[_i].line);
		ck_assert_int_eq(a.status, rows[_i].status);
	} else {
		ck_assert_ptr_nonnull(why);
	}
	unit_guard_close(&g);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("helper_protocol");
	TCase *tc = tcase_create("helper_protocol");

	tcase_add_test(tc, escapes);
	tcase_add_test(tc, every_byte);
	tcase_add_test(tc, fits_or_not);
	tcase_add_loop_test(tc, answers, 0, COUNTOF(rows));
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

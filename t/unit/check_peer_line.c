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
#include "modules/backends/offers.h"
#include "modules/backends/peer_line.h"

#define FILL	2000	/* subprotocols that a client offers before those of a row */

/* A text, and its lines, each in angle brackets. */
static const struct {
	const char	*text;
	size_t		 len;
	const char	*lines;
} texts[] = {
#define T(s)	s, sizeof(s) - 1
	{ T(""), "" },
	{ T("\n"), "<>" },
	{ T("a"), "<a>" },
	{ T("a\n"), "<a>" },
	{ T("a\nb"), "<a><b>" },
	{ T("a\n\nb\n"), "<a><><b>" },
	{ T("a\r\nb\r\n"), "<a><b>" },
	{ T("a \t\r\nb"), "<a ><b>" },
	{ T("a\x7f\x01\n"), "<a>" },
	{ T("a\rb\n"), "<a\rb>" },
	{ T("caf\xc3\xa9\n"), "<caf\xc3\xa9>" },
	{ T("\r\n"), "<>" },
	/* byte order marks, also of files that were put together */
	{ T("\xef\xbb\xbf" "a\nb"), "<a><b>" },
	{ T("\xef\xbb\xbf# c\n\xef\xbb\xbf" "b"), "<# c><b>" },
	{ T("\xef\xbb\xbf"), "<>" },
	{ T("\xef\xbb\n"), "<\xef\xbb>" },
	{ T("a\xef\xbb\xbf\n"), "<a\xef\xbb\xbf>" },
	/* a NUL becomes a newline, so that peer_line_split() refuses the line */
	{ T("a\0b\nc"), "<a\nb><c>" },
	{ T("a\0\nc"), "<a\n><c>" },
	{ T("\0"), "<\n>" }
#undef T
};

START_TEST(next)
{
	char text[64], found[128] = "", *at = text, *line;
	struct unit_guard g;
	char *end;

	unit_guard_open(&g, texts[_i].len + 1);
	/* The caller provides one byte after the text, for the NUL of the last line. */
	memcpy(text, texts[_i].text, texts[_i].len);
	at = (char *)unit_guard_end(&g, text, texts[_i].len + 1);
	end = at + texts[_i].len;
	while ((line = peer_line_next(&at, end)) != NULL) {
		strcat(found, "<");
		strcat(found, line);
		strcat(found, ">");
	}
	ck_assert_str_eq(found, texts[_i].lines);
	unit_guard_close(&g);
}
END_TEST

START_TEST(empty)
{
	static const char *const yes[] = { "", " ", "\t ", "#", "# a", "  #tcp://x", "#\t" };
	static const char *const no[] = { "a", " a", "a#", "tcp://x:1 * # c", "\n", "\\#" };
	size_t i;

	for (i = 0; i < COUNTOF(yes); i++)
		ck_assert_msg(peer_line_is_empty(yes[i]), "'%s'", yes[i]);
	for (i = 0; i < COUNTOF(no); i++)
		ck_assert_msg(!peer_line_is_empty(no[i]), "'%s'", no[i]);
}
END_TEST

/* A line and its parts. A row with peer NULL: the line is refused. */
static const struct {
	const char	*line;
	const char	*peer, *protocol, *framing, *config;
} rows[] = {
	{ "tcp://localhost:5900 binary auto", "tcp://localhost:5900", "binary", "auto", NULL },
	{ "unix:///tmp/app.sock text text", "unix:///tmp/app.sock", "text", "text", NULL },
	{ "tcp://h:1 *", "tcp://h:1", "*", NULL, NULL },
	{ "tcp://h:1", "tcp://h:1", NULL, NULL, NULL },
	{ "tcp://h:1 ", "tcp://h:1", NULL, NULL, NULL },
	{ "tcp://h:1 * ", "tcp://h:1", "*", NULL, NULL },
	{ "tcp://h:1 a newline", "tcp://h:1", "a", "newline", NULL },
	{ "tcp://h:1 a newline ", "tcp://h:1", "a", "newline", NULL },
	{ "tcp://h:1 a newline lf", "tcp://h:1", "a", "newline", "lf" },
	{ "tcp://h:1 a dynamic32 offset=4, endian=big", "tcp://h:1", "a", "dynamic32",
	    "offset=4, endian=big" },
	/* the configuration is all text after one blank */
	{ "h:1 a separator  ", "h:1", "a", "separator", " " },
	{ "h:1 a separator  x  y ", "h:1", "a", "separator", " x  y " },
	{ "h:1 a separator \t", "h:1", "a", "separator", "\t" },
	{ "h:1 a separator #", "h:1", "a", "separator", "#" },
	{ "h:1 a separator \\r\\n", "h:1", "a", "separator", "\\r\\n" },
	/* several blanks or tabs between the parts */
	{ "  h:1   a\t\tbinary", "h:1", "a", "binary", NULL },
	{ "h:1\ta\tnewline\tlf", "h:1", "a", "newline", "lf" },
	{ "caf\xc3\xa9:1 \xff", "caf\xc3\xa9:1", "\xff", NULL, NULL },
	{ "", NULL, NULL, NULL, NULL },
	{ "   ", NULL, NULL, NULL, NULL },
	{ "tcp://h:1\n a", NULL, NULL, NULL, NULL }
};

static void
expect_part(const char *got, const char *wanted, const char *line)
{
	ck_assert_msg((got == NULL) == (wanted == NULL), "%s", line);
	if (wanted != NULL)
		ck_assert_str_eq(got, wanted);
}

START_TEST(split)
{
	const char *why = NULL;
	struct peer_line e;
	struct unit_guard g;
	int result;

	unit_guard_open(&g, strlen(rows[_i].line) + 1);
	result = peer_line_split(unit_guard_string(&g, rows[_i].line), &e, &why);
	ck_assert_msg((result == 0) == (rows[_i].peer != NULL), "%s", rows[_i].line);
	if (result == -1) {
		ck_assert_ptr_nonnull(why);
	} else {
		expect_part(e.peer, rows[_i].peer, rows[_i].line);
		expect_part(e.protocol, rows[_i].protocol, rows[_i].line);
		expect_part(e.framing, rows[_i].framing, rows[_i].line);
		expect_part(e.config, rows[_i].config, rows[_i].line);
	}
	unit_guard_close(&g);
}
END_TEST

#define NO	(-2)
#define NONE	(-1)

/*
 * The subprotocols of the line, those that the client offers (up to NULL), and the index of the
 * chosen one.
 */
static const struct {
	const char	*wanted;
	const char	*offered[4];
	int		 chosen;
} choices[] = {
#define O(...)	{ __VA_ARGS__ }
	{ "binary", O("binary"), 0 },
	{ "binary", O("base64", "binary"), 1 },
	{ "binary", O("Binary"), NO },
	{ "binary", O("binary2", "bin"), NO },
	{ "binary", O(NULL), NONE },
	{ "*", O("a", "b"), 0 },
	{ "*", O(NULL), NONE },
	{ "-", O("a", "b"), NONE },
	{ "-", O(NULL), NONE },
	/* of several matches, the one that the client offers first */
	{ "a,b", O("b", "a"), 0 },
	{ "a,b", O("c", "b", "a"), 1 },
	{ "a,b", O("c"), NO },
	{ "a,,b", O("b"), 0 },
	{ "a,", O("c"), NO },
	{ ",", O("a"), NO },
	{ "", O("a"), NO },
	{ "a,b", O("a,b"), NO },
	/* a * in a list stands for the names that are not in the list */
	{ "a,*", O("b", "a"), 1 },
	{ "a,*", O("c", "b"), 0 },
	{ "*,a", O("b", "a"), 1 },
	{ "a,*", O(NULL), NONE },
	{ "abc", O("ab", "abcd", "abc"), 2 }
#undef O
};

START_TEST(choose)
{
	size_t count, chosen, wanted;
	char *offered[4];

	/* The strings are not changed, but the type of the interface is without const. */
	for (count = 0; choices[_i].offered[count] != NULL; count++)
		offered[count] = (char *)(uintptr_t)choices[_i].offered[count];
	chosen = peer_line_choose(choices[_i].wanted, offered, count);
	wanted = choices[_i].chosen == NO ? PEER_LINE_NO : choices[_i].chosen == NONE ? count :
	    (size_t)choices[_i].chosen;
	ck_assert_msg(chosen == wanted, "row %d, %s: %zu", _i, choices[_i].wanted, chosen);
}
END_TEST

/* The index of many subprotocols gives the same results, after names that no line wants. */
START_TEST(choose_from_many)
{
	static char names[FILL][16];
	static char *offered[FILL + 4];
	static struct offers o;
	size_t count, wanted;

	for (count = 0; count < FILL; count++) {
		snprintf(names[count], sizeof(names[0]), "fill%zu", count);
		offered[count] = names[count];
	}
	for (; choices[_i].offered[count - FILL] != NULL; count++)
		offered[count] = (char *)(uintptr_t)choices[_i].offered[count - FILL];
	wanted = peer_line_choose(choices[_i].wanted, offered, count);
	offers_set(&o, offered, count);
	ck_assert_uint_eq(offers_choose(&o, choices[_i].wanted), wanted);
	/* The first of equal names counts. */
	ck_assert_uint_eq(offers_choose(&o, "fill7,fill3"), 3);
	offered[5] = names[3];
	offered[2] = names[3];
	offers_set(&o, offered, count);
	ck_assert_uint_eq(offers_choose(&o, "fill3"), 2);
	offers_set(&o, offered + FILL, count - FILL);
	ck_assert_uint_eq(offers_choose(&o, choices[_i].wanted),
	    peer_line_choose(choices[_i].wanted, offered + FILL, count - FILL));
}
END_TEST

START_TEST(check_protocol)
{
	static const char *const good[] = {
		"binary", "*", "-", "a,b", "a,,b", "a,", "mqttv3.1", "v1.k8s.io", "*,-", "!#$%&'^_`|~+"
	};
	static const char *const bad[] = {
		"", ",", ",,", "a/b", "a;b", "a,b/c", "\"a\"", "a:b", "(a)", "a=b", "caf\xc3\xa9",
		"a\x7f", "[a]", "{a}", "a@b", "a\\b", "<a>", "a?", "http://a"
	};
	const char *why = NULL;
	size_t i;

	for (i = 0; i < COUNTOF(good); i++)
		ck_assert_msg(peer_line_check_protocol(good[i], &why) == 0, "%s", good[i]);
	ck_assert_ptr_null(why);
	for (i = 0; i < COUNTOF(bad); i++) {
		ck_assert_msg(peer_line_check_protocol(bad[i], &why) == -1, "%s", bad[i]);
		ck_assert_ptr_nonnull(why);
	}
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("peer_line");
	TCase *tc = tcase_create("peer_line");

	tcase_add_loop_test(tc, next, 0, COUNTOF(texts));
	tcase_add_test(tc, empty);
	tcase_add_loop_test(tc, split, 0, COUNTOF(rows));
	tcase_add_test(tc, check_protocol);
	tcase_add_loop_test(tc, choose, 0, COUNTOF(choices));
	tcase_add_loop_test(tc, choose_from_many, 0, COUNTOF(choices));
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

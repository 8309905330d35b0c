/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Tests target.h: what the log and the status show of the target of a request. */

#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/countof.h"
#include "lib/unit.h"
#include "proto/target.h"

#define LAST	TARGET_BIT(TARGET_LAST)

struct row {
	const char	*target;
	uint64_t	 hidden;
	const char	*shown;		/* without the query */
	const char	*with_query;	/* NULL: the same */
};

static const struct row rows[] = {
	{ "/", 0, "/", NULL },
	{ "/vnc", 0, "/vnc", NULL },
	{ "/vnc?token=SECRET", 0, "/vnc?...", "/vnc?token=SECRET" },
	{ "/vnc?", 0, "/vnc?", NULL },
	{ "/?SECRET/x", 0, "/?...", "/?SECRET/x" },
	{ "?SECRET", 0, "?...", "?SECRET" },
	{ "/vnc%3Ftoken=SECRET/x", 0, "/vnc%3F...", "/vnc%3Ftoken=SECRET/x" },
	{ "/vnc%3ftoken", 0, "/vnc%3f...", "/vnc%3ftoken" },
	{ "/vnc#SECRET", 0, "/vnc#...", "/vnc#SECRET" },
	{ "/a;id=SECRET/b;c?d", 0, "/a;.../b;...?...", "/a;id=SECRET/b;c?d" },
	{ "/a%3Bid=SECRET/b", 0, "/a%3B.../b", "/a%3Bid=SECRET/b" },
	/* components */
	{ "/vnc/SECRET", LAST, "/vnc/...", NULL },
	{ "/SECRET", LAST, "/...", NULL },
	{ "/SECRET/", LAST, "/.../", NULL },
	{ "/vnc/SECRET//?q", LAST, "/vnc/...//?...", "/vnc/...//?q" },
	{ "/vnc%2FSECRET", LAST, "/vnc%2F...", NULL },
	{ "/vnc%2fSE%43RET", LAST, "/vnc%2f...", NULL },
	{ "/vnc/SECRET;SECRET", LAST, "/vnc/...;...", NULL },
	{ "/", LAST, "/", NULL },
	{ "/a/b/c", 1, "/.../b/c", NULL },
	{ "/a/b/c", 2, "/a/.../c", NULL },
	{ "/a//b/c", 2, "/a//.../c", NULL },
	{ "/a/b/c", 5, "/.../b/...", NULL },
	{ "/a/b/c", ~UINT64_C(0), "/.../.../...", NULL },
	/* other forms, also invalid ones */
	{ "ws://user:SECRET@host:80/vnc/1", LAST, "ws://...@host:80/vnc/...", NULL },
	{ "ws://user@SECRET@host", LAST, "ws://...@host", NULL },
	{ "ws://host", LAST, "ws://host", NULL },
	{ "ws://host?x", 0, "ws://host?...", "ws://host?x" },
	{ "http://host/a@b", 0, "http://host/a@b", NULL },
	{ "user:SECRET@host:443", 0, "...@host:443", NULL },
	{ "host:443", 0, "host:443", NULL },
	{ "SECRET", LAST, "...", NULL },
	{ "*", 0, "*", NULL },
	{ "://", 0, "://", NULL },
	{ "/a@b://c", 0, "/a@b://c", NULL },
	/* bytes that a target cannot have, and escapes that are malformed */
	{ "/a\"b\\c", 0, "/a\"b\\c", NULL },
	{ "/%2", 0, "/%2", NULL },
	{ "/%zz%00%", 0, "/%zz%00%", NULL },
	{ "/\x01", 0, "/\x01", NULL }
};

static void
show(const struct row *r, int query, size_t size, char *copy)
{
	struct unit_guard target, out;
	size_t len = strlen(r->target);
	uint8_t *from, *to;

	unit_guard_open(&target, len + 1);
	unit_guard_open(&out, size);
	from = unit_guard_end(&target, r->target, len);
	to = unit_guard_end(&out, NULL, size);
	ck_assert_ptr_eq(target_show((char *)to, size, (char *)from, len, r->hidden, query), to);
	strcpy(copy, (char *)to);
	unit_guard_close(&target);
	unit_guard_close(&out);
}

START_TEST(shown)
{
	const struct row *r = &rows[_i];
	char got[256];
	size_t size;

	show(r, 0, sizeof(got), got);
	ck_assert_str_eq(got, r->shown);
	show(r, 1, sizeof(got), got);
	ck_assert_str_eq(got, r->with_query != NULL ? r->with_query : r->shown);
	for (size = 1; size < 64; size++) {
		show(r, 0, size, got);
		ck_assert_uint_lt(strlen(got), size);
		if (strstr(r->shown, "SECRET") == NULL)
			ck_assert_ptr_null(strstr(got, "SECRET"));
	}
}
END_TEST

static const struct {
	const char	*shown;
	size_t		 length;
} lengths[] = {
	{ "/vnc", 4 }, { "/vnc?token=x", 4 }, { "/vnc%3fx", 4 }, { "/a;b/c", 2 },
	{ "#x", 0 }, { "", 0 }
};

START_TEST(path_length)
{
	size_t i;

	for (i = 0; i < COUNTOF(lengths); i++)
		ck_assert_uint_eq(target_path_length(lengths[i].shown), lengths[i].length);
}
END_TEST

#define LONG_PART	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char	*target, *value;
	uint64_t	 found;
} values[] = {
	{ "/vnc/token", "token", 2 },
	{ "/vnc/tok%65n", "token", 2 },
	{ "/vnc/tok%65n", "tok%65n", 2 },
	{ "/tokens/my-token-1/x", "token", 3 },
	{ "/vnc/t+n", "t+n", 2 },
	{ "/vnc/t%20n", "t n", 2 },
	{ "/1/2/1", "1", 5 },
	{ "/11/2/1", "1", 4 },
	{ "/a%2ftoken/b", "token", 2 },
	{ "/a/b?token", "token", 0 },
	{ "/a/b", "", 0 },
	{ "/a/b", "a/b", ~UINT64_C(0) },
	{ "/a/b", "token", 0 },
	{ "/", "token", 0 },
	{ "/%", "%", 1 },
	{ "/%4", "%4", 1 },
	/* Only the first bytes of a long value are compared. */
	{ "/a/" LONG_PART "x", LONG_PART "x", 2 },
	{ "/a/%30" LONG_PART "x", LONG_PART "y", 2 },
	{ "/a/" LONG_PART, LONG_PART "y", 2 },
	{ "/a/1" LONG_PART, "0" LONG_PART, 0 }
};

START_TEST(found)
{
	size_t i, len;
	struct unit_guard g;

	for (i = 0; i < COUNTOF(values); i++) {
		len = strlen(values[i].target);
		unit_guard_open(&g, len);
		ck_assert_msg(target_find((char *)unit_guard_end(&g, values[i].target, len), len,
		    values[i].value) == values[i].found, "%s in %s", values[i].value,
		    values[i].target);
		unit_guard_close(&g);
	}
}
END_TEST

/* More components than there are bits: those after the last bit are hidden together. */
START_TEST(many)
{
	char target[512], got[1024];
	uint64_t set;
	size_t i;

	for (i = 0; i < 100; i++)
		memcpy(target + 2 * i, i == 80 ? "/s" : "/x", 2);
	set = target_find(target, 200, "s");
	ck_assert(set == TARGET_BIT(TARGET_MANY));
	target_show(got, sizeof(got), target, 200, set, 0);
	ck_assert_ptr_null(strchr(got, 's'));
	ck_assert_ptr_nonnull(strstr(got, "x/..."));
	ck_assert_uint_eq(target_count(target, 200), 100);
}
END_TEST

static const struct {
	const char	*text, *secret;
	size_t		 length;
} matches[] = {
	{ "abc d", "abc", 3 }, { "abc", "%61bc", 3 }, { "%61bc", "%61bc", 5 }, { "a b", "a+b", 3 },
	{ "a+b", "a+b", 3 }, { "ab", "abc", 0 }, { "", "a", 0 }, { "a", "", 0 }, { "a", "%00", 0 },
	{ "a%", "a%", 2 }
};

START_TEST(matched)
{
	size_t i;

	for (i = 0; i < COUNTOF(matches); i++)
		ck_assert_uint_eq(target_matches(matches[i].text, matches[i].secret,
		    strlen(matches[i].secret)), matches[i].length);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("target");
	TCase *tc = tcase_create("target");

	tcase_add_loop_test(tc, shown, 0, (int)COUNTOF(rows));
	tcase_add_test(tc, path_length);
	tcase_add_test(tc, found);
	tcase_add_test(tc, many);
	tcase_add_test(tc, matched);
	suite_add_tcase(suite, tc);
	return suite;
}

#include "lib/check_main.h"

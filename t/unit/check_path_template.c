/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/countof.h"
#include "lib/unit.h"
#include "modules/backends/leftover.h"
#include "modules/backends/path_template.h"

#define SIZE	4096
#define HOSTILE	10000	/* number of random values */

/* Returns arg as the value of every variable. */
static const char *
constant_value(void *arg, const char *kind, const char *name)
{
	(void)kind;
	(void)name;
	return arg;
}

/* Returns a value that contains the kind and the name of the variable. */
static const char *
naming_value(void *arg, const char *kind, const char *name)
{
	static char text[SIZE];

	(void)arg;
	snprintf(text, sizeof(text), "<%s=%s>", kind, name);
	return text;
}

/* A template, the value of all its variables (NULL: none), and the expansion (NULL: refused). */
struct row {
	const char	*text, *value, *result;
};

static const struct row rows[] = {
	{ "", "x", "" },
	{ "plain", "x", "plain" },
	{ "a/b/c.txt", "x", "a/b/c.txt" },
	{ "%endpoint%", "x", "x" },
	{ "%host%%address%%protocol%", "x", "xxx" },
	{ "a%endpoint%b", "x", "axb" },
	{ "%cookie:c%/%header:h%/%query:q%", "x", "x/x/x" },
	{ "a%cookie:c%/peer", "", "a/peer" },
	/* no value */
	{ "%endpoint%", NULL, NULL },
	{ "a%cookie:c%", NULL, NULL },
	{ "plain", NULL, "plain" },
	{ "%nothing%", NULL, "%nothing%" },
	/* text that is similar to a variable is unchanged */
	{ "%", "x", "%" },
	{ "%%", "x", "%%" },
	{ "100%", "x", "100%" },
	{ "%Endpoint%", "x", "%Endpoint%" },
	{ "%endpoint", "x", "%endpoint" },
	{ "%endpoint:a%", "x", "%endpoint:a%" },
	{ "%cookie%", "x", "%cookie%" },
	{ "%cookies:a%", "x", "%cookies:a%" },
	{ "%unknown%%endpoint%", "x", "%unknown%x" },
	{ "%%endpoint%%", "x", "%x%" },
	{ "50%%endpoint%", "x", "50%x" },
	/* a variable without its final % is refused */
	{ "%cookie:a", "x", NULL },
	{ "a/%header:", "x", NULL },
	{ "%query:a b/c", "x", NULL },
	{ "%endpoint%%cookie:a", "x", NULL },
	/*
	 * a value is inserted as plain text; it is not expanded again, and its slashes are
	 * replaced
	 */
	{ "%endpoint%", "%endpoint%", "%endpoint%" },
	{ "%endpoint%/%cookie:a%", "%cookie:b%", "%cookie:b%/%cookie:b%" },
	{ "%endpoint%:x%", "%cookie", "%cookie:x%" },
	{ "%endpoint%", "a/b", "a_b" },
	{ "%endpoint%", "/", "_" },
	{ "%endpoint%", "//etc//passwd", "__etc__passwd" },
	{ "%endpoint%", "../..", NULL },
	{ "%endpoint%", "a/../..", "a_.._.." },
	{ "%endpoint%", "a\\b", "a\\b" },
	{ "%endpoint%", "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
	{ "%endpoint%", "\xff\xfe", "\xff\xfe" },
	{ "%endpoint%", " ", " " },
	{ "%endpoint%", "~", NULL },
	{ "%endpoint%", "...", NULL },
	{ "%endpoint%", "..a", NULL },
	{ "%endpoint%", ".a", NULL },
	{ "%endpoint%", "%2e%2e", "%2e%2e" },
	/* control bytes */
	{ "%endpoint%", "a\nb", NULL },
	{ "%endpoint%", "\t", NULL },
	{ "%endpoint%", "\x7f", NULL },
	{ "%endpoint%", "\x01", NULL },
	{ "%endpoint%", "a\r", NULL },
	/* values that would make a component . or .. or empty are refused */
	{ "%endpoint%", ".", NULL },
	{ "%endpoint%", "..", NULL },
	{ "%endpoint%/peers", ".", NULL },
	{ "%endpoint%/peers", "..", NULL },
	{ "a/%endpoint%", "..", NULL },
	{ "a/%endpoint%/b", "..", NULL },
	{ "a/%endpoint%/b", ".", NULL },
	{ "/%endpoint%/", "..", NULL },
	{ ".%endpoint%", ".", NULL },
	{ "%endpoint%.", ".", NULL },
	{ ".%endpoint%/b", ".", NULL },
	{ "a/.%endpoint%", ".", NULL },
	{ ".%endpoint%", "", NULL },
	{ "..%endpoint%", "", NULL },
	{ "%endpoint%..", "", NULL },
	{ ".%endpoint%./b", "", NULL },
	{ "%endpoint%", "", NULL },
	{ "%cookie:c%/peer", "", NULL },
	{ "a/%endpoint%/b", "", NULL },
	{ "a/%endpoint%", "", NULL },
	{ "a/%endpoint%%host%/b", "", NULL },
	{ "%endpoint%%host%", ".", NULL },
	{ "%endpoint%%host%/b", ".", NULL },
	{ "%endpoint%%host%%address%", ".", NULL },
	{ ".%endpoint%", "..", "..." },
	{ "a.%endpoint%", ".", "a.." },
	{ "%endpoint%a", "..", NULL },
	/* the template itself may contain . and .. */
	{ "../%endpoint%", "x", "../x" },
	{ "./a/../%endpoint%", "x", "./a/../x" },
	{ "%endpoint%/..", "x", "x/.." },
	{ "..", "x", ".." },
	{ "a//%endpoint%/", "x", "a//x/" },
	{ "../%endpoint%", "..", NULL },
	/* what editors and package managers leave, unless the template itself says so */
	{ "%endpoint%", "desk~", NULL },
	{ "%endpoint%", "desk.bak", NULL },
	{ "%endpoint%", "desk.BAK", NULL },
	{ "%endpoint%", "desk.bak.1", NULL },
	{ "%endpoint%", "desk.dpkg-old", NULL },
	{ "%endpoint%", ".desk.swp", NULL },
	{ "%endpoint%", "desk.rpmsave", NULL },
	{ "%endpoint%", "#desk#", NULL },
	{ "%endpoint%", "#desk", "#desk" },
	{ "%endpoint%", "bak", "bak" },
	{ "%endpoint%", "desk.1", "desk.1" },
	{ "%endpoint%", "desk.bakery", "desk.bakery" },
	{ "%endpoint%/peer", "desk~", NULL },
	{ "%endpoint%/peer", ".git", NULL },
	{ "%endpoint%.conf", "desk.bak", "desk.bak.conf" },
	{ "%endpoint%.conf", ".desk", NULL },
	{ "%endpoint%.conf", "", NULL },
	{ "%endpoint%.bak", "desk", "desk.bak" },
	{ "%endpoint%k", "desk.ba", NULL },
	{ ".%endpoint%", "desk", ".desk" },
	{ ".rooms/%endpoint%~", "desk", ".rooms/desk~" },
	{ "#%endpoint%#", "desk", "#desk#" }
};

/* The expansion for each meaning of a slash in a value: underscore, refuse, directory. */
static const struct {
	const char	*text, *value, *result[3];
} slashes[] = {
	{ "%endpoint%", "a", { "a", "a", "a" } },
	{ "%endpoint%", "a/b", { "a_b", NULL, "a/b" } },
	{ "%endpoint%", "a/b/c", { "a_b_c", NULL, "a/b/c" } },
	{ "x%endpoint%y", "a/b", { "xa_by", NULL, "xa/by" } },
	{ "in/%endpoint%", "a/b", { "in/a_b", NULL, "in/a/b" } },
	{ "%endpoint%/peer", "a/b", { "a_b/peer", NULL, "a/b/peer" } },
	{ "a/b", "x", { "a/b", "a/b", "a/b" } },
	{ "%endpoint%", "/a", { "_a", NULL, NULL } },
	{ "%endpoint%", "a/", { "a_", NULL, NULL } },
	{ "%endpoint%", "a//b", { "a__b", NULL, NULL } },
	{ "%endpoint%", "a/./b", { "a_._b", NULL, NULL } },
	{ "%endpoint%", "a/../b", { "a_.._b", NULL, NULL } },
	{ "%endpoint%", "a/..", { "a_..", NULL, NULL } },
	{ "x%endpoint%", "../b", { "x.._b", NULL, "x../b" } },
	{ "%endpoint%x", "a/.", { "a_.x", NULL, NULL } },
	{ ".%endpoint%", "./b", { ".._b", NULL, NULL } },
	{ "%endpoint%", "a~/b", { "a~_b", NULL, NULL } },
	{ "%endpoint%", "a.bak/b", { "a.bak_b", NULL, NULL } },
	{ "%endpoint%", "a/.b", { "a_.b", NULL, NULL } },
	{ "%endpoint%", "a/b.bak", { NULL, NULL, NULL } },
	{ "%endpoint%.conf", "a/", { "a_.conf", NULL, NULL } },
	{ "%endpoint%%host%", "/", { "__", NULL, NULL } },
	{ "a/%endpoint%", "b\n/c", { NULL, NULL, NULL } }
};

START_TEST(slash)
{
	enum path_template_slash kind;
	char out[SIZE];
	const char *wanted;
	int result;

	for (kind = PATH_TEMPLATE_UNDERSCORE; kind <= PATH_TEMPLATE_DIRECTORY; kind++) {
		wanted = slashes[_i].result[kind];
		result = path_template_expand(out, sizeof(out), slashes[_i].text, kind,
		    constant_value, (void *)(uintptr_t)slashes[_i].value);
		ck_assert_msg((result == 0) == (wanted != NULL), "%s with %s, %d",
		    slashes[_i].text, slashes[_i].value, (int)kind);
		if (wanted != NULL)
			ck_assert_str_eq(out, wanted);
	}
}
END_TEST

static const struct {
	const char	*name;
	int		 leftover;
} names[] = {
	{ "desk", 0 }, { "desk.conf", 0 }, { "desk.1", 0 }, { "10-desk", 0 }, { "desk#", 0 },
	{ "#", 0 }, { "old", 0 }, { "desk.older", 0 }, { "a~b", 0 }, { "", 0 },
	{ ".desk", 1 }, { ".", 1 }, { "~", 1 }, { "desk~", 1 }, { "desk.~1~", 1 }, { "#desk#", 1 },
	{ "desk.bak", 1 }, { "desk.Bak", 1 }, { "desk.bak.12", 1 }, { "desk.old", 1 },
	{ "desk.orig", 1 }, { "desk.rej", 1 }, { "desk.save", 1 }, { "desk.save.1", 1 },
	{ "desk.swp", 1 }, { ".desk.swo", 1 }, { "desk.tmp", 1 }, { "desk.new", 1 },
	{ "desk,v", 1 }, { "desk.dpkg-dist", 1 }, { "desk.ucf-old", 1 }, { "desk.rpmnew", 1 },
	{ "desk.pacsave.2", 1 }, { "desk.apk-new", 1 }, { "desk.pkgsave", 1 }
};

START_TEST(leftovers)
{
	ck_assert_msg(leftover_name(names[_i].name) == names[_i].leftover, "%s", names[_i].name);
}
END_TEST

START_TEST(expand)
{
	const struct row *r = &rows[_i];
	char out[SIZE];
	/* The value is not changed, but the argument of a callback is without const. */
	int result = path_template_expand(out, sizeof(out), r->text, PATH_TEMPLATE_UNDERSCORE,
	    constant_value, (void *)(uintptr_t)r->value);

	ck_assert_msg((result == 0) == (r->result != NULL), "%s with %s: %d", r->text,
	    r->value == NULL ? "no value" : r->value, result);
	if (r->result != NULL)
		ck_assert_str_eq(out, r->result);
}
END_TEST

START_TEST(asks_for_kind_and_name)
{
	char out[SIZE];

	ck_assert_int_eq(path_template_expand(out, sizeof(out),
	    "%cookie:a b:c%,%header:X-Y%,%query:%,%host%,%endpoint%,%address%,%protocol%",
	    PATH_TEMPLATE_UNDERSCORE, naming_value, NULL), 0);
	ck_assert_str_eq(out, "<cookie=a b:c>,<header=X-Y>,<query=>,<host=>,<endpoint=>,"
	    "<address=>,<protocol=>");
}
END_TEST

/*
 * For a buffer of any size the whole result fits, or it is refused; no byte after the buffer is
 * touched.
 */
START_TEST(fits_or_is_refused)
{
	static char value[] = "value";
	static const char whole[] = "a/value/value.b";
	struct unit_guard g;
	size_t size;
	char *out;
	int result;

	unit_guard_open(&g, sizeof(whole) + 1);
	for (size = 0; size <= sizeof(whole) + 1; size++) {
		out = (char *)unit_guard_end(&g, NULL, size);
		result = path_template_expand(out, size, "a/%endpoint%/%host%.b",
		    PATH_TEMPLATE_UNDERSCORE, constant_value, value);
		ck_assert_int_eq(result, size >= sizeof(whole) ? 0 : -1);
		if (result == 0)
			ck_assert_str_eq(out, whole);
	}
	unit_guard_close(&g);
}
END_TEST

START_TEST(long_names)
{
	char text[SIZE], out[SIZE];
	static char value[] = "v";

	snprintf(text, sizeof(text), "%%cookie:%0255d%%", 1);
	ck_assert_int_eq(path_template_expand(out, sizeof(out), text, PATH_TEMPLATE_UNDERSCORE,
	    constant_value, value), 0);
	ck_assert_ptr_null(path_template_doubt(text));
	snprintf(text, sizeof(text), "%%cookie:%0256d%%", 1);
	ck_assert_int_eq(path_template_expand(out, sizeof(out), text, PATH_TEMPLATE_UNDERSCORE,
	    constant_value, value), -1);
	ck_assert_ptr_nonnull(path_template_doubt(text));
}
END_TEST

static const struct {
	const char	*text;
	int		 doubt;
} doubts[] = {
	{ "", 0 }, { "a/b", 0 }, { "%endpoint%", 0 }, { "%cookie:c%", 0 }, { "100%", 0 },
	{ "50%_%", 0 }, { "%2f%", 0 }, { "%%", 0 }, { "a%endpoint%/%query:a%.txt", 0 },
	{ "%cookie:c", 1 }, { "%endpiont%", 1 }, { "%Header:a%", 1 }, { "a/%x%", 1 },
	{ "%endpoint%/%user%", 1 }, { "%cookie%", 1 }
};

START_TEST(doubt)
{
	ck_assert_msg((path_template_doubt(doubts[_i].text) != NULL) == doubts[_i].doubt, "%s",
	    doubts[_i].text);
}
END_TEST

START_TEST(uses)
{
	ck_assert_int_eq(path_template_uses("a/%protocol%", "protocol"), 1);
	ck_assert_int_eq(path_template_uses("%host%%protocol%", "protocol"), 1);
	ck_assert_int_eq(path_template_uses("protocol%", "protocol"), 0);
	ck_assert_int_eq(path_template_uses("%cookie:protocol%", "protocol"), 0);
	ck_assert_int_eq(path_template_uses("%endpoint%", "protocol"), 0);
	ck_assert_int_eq(path_template_uses("", "protocol"), 0);
}
END_TEST

/* Makes a random value from dangerous pieces. */
static void
make_hostile(char *out, uint64_t *random)
{
	static const char *const pieces[] = {
		".", "..", "/", "//", "../", "/..", "/../", "./", "\\", "..\\", "%2e", "%2f", "%",
		"%endpoint%", "%cookie:a%", "%00", "~", "$HOME", "`id`", ";", "|", "*", "?", " ",
		"\t", "\n", "\r", "\x01", "\x7f", "\xc0\xaf", "\xe0\x80\xaf", "\xff", "a", "etc",
		"passwd", "/etc/passwd", "peers", "_", "-", ":", "secret", "...", "....//", ""
	};
	unsigned count = (unsigned)(unit_random(random) % 6);

	*out = '\0';
	while (count-- > 0)
		strcat(out, pieces[unit_random(random) % COUNTOF(pieces)]);
}

/*
 * Checks that a path has only the slashes of the template (unless more is 1), no component that
 * is empty, "." or "..", and no control bytes.
 */
static void
expect_inside(const char *name, unsigned count, int more, const char *value)
{
	const char *at = name;
	unsigned found = 0;
	size_t len;

	for (; *at != '\0'; at++) {
		unit_assert(!iscntrl((unsigned char)*at), "%s from %s", name, value);
		found += *at == '/';
	}
	unit_assert(found == count || (more && found > count), "%s from %s", name, value);
	at = name;
	do {
		len = strcspn(at, "/");
		unit_assert(len > 2 || (len > 0 && (at[0] != '.' || at[len - 1] != '.')),
		    "%s from %s", name, value);
		at += len;
	} while (*at++ == '/');
}

START_TEST(hostile_values)
{
	static const struct {
		const char *text;
		unsigned slashes;
	} templates[] = {
		{ "%endpoint%", 0 }, { "%endpoint%/peers", 1 }, { "a/%cookie:c%/%header:h%", 2 },
		{ ".%host%", 0 }, { "%host%./x", 1 }, { "%query:a%%query:b%/c", 1 },
		{ ".%protocol%./%address%", 1 }, { "x%endpoint%", 0 }
	};
	enum path_template_slash kind;
	unsigned i, j, used = 0, refused = 0;
	uint64_t random = 20;
	char value[256], out[SIZE];

	for (i = 0; i < HOSTILE; i += unit_stride()) {
		make_hostile(value, &random);
		kind = (enum path_template_slash)(i % 3);
		for (j = 0; j < COUNTOF(templates); j++) {
			if (path_template_expand(out, sizeof(out), templates[j].text, kind,
			    constant_value, value) == -1) {
				refused++;
				continue;
			}
			used++;
			expect_inside(out, templates[j].slashes, kind == PATH_TEMPLATE_DIRECTORY,
			    value);
		}
	}
	ck_assert_uint_gt(used, HOSTILE / unit_stride());
	ck_assert_uint_gt(refused, HOSTILE / unit_stride());
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("path_template");
	TCase *tc = tcase_create("path_template");

	tcase_add_loop_test(tc, expand, 0, COUNTOF(rows));
	tcase_add_loop_test(tc, slash, 0, COUNTOF(slashes));
	tcase_add_loop_test(tc, leftovers, 0, COUNTOF(names));
	tcase_add_test(tc, asks_for_kind_and_name);
	tcase_add_test(tc, fits_or_is_refused);
	tcase_add_test(tc, long_names);
	tcase_add_loop_test(tc, doubt, 0, COUNTOF(doubts));
	tcase_add_test(tc, uses);
	tcase_add_test(tc, hostile_values);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/countof.h"
#include "lib/unit.h"
#include "modules/backends/glob.h"
#include "modules/backends/path_map.h"

#define LINES	10000	/* lines of a large map */

/* -- patterns -- */

static const struct {
	const char	*pattern, *text;
	int		 fits;
} globs[] = {
	{ "", "", 1 }, { "", "a", 0 }, { "a", "", 0 }, { "a", "a", 1 }, { "a", "ab", 0 },
	{ "*", "", 1 }, { "*", "a/b", 1 }, { "/vnc/*", "/vnc/", 1 }, { "/vnc/*", "/vnc/a/b", 1 },
	{ "/vnc/*", "/vnc", 0 }, { "/*/b", "/a/b", 1 }, { "/*/b", "/a/c/b", 1 },
	{ "/*/b", "/b", 0 },
	{ "*.txt", "a.txt.txt", 1 }, { "*.txt", "a.txt.", 0 }, { "a*b*c", "aXbXc", 1 },
	{ "a*b*c", "abbcc", 1 }, { "a*b*c", "acb", 0 }, { "**", "x", 1 }, { "?", "/", 1 },
	{ "?", "", 0 }, { "?", "ab", 0 }, { "a?c", "abc", 1 }, { "[abc]", "b", 1 },
	{ "[abc]", "d", 0 },
	{ "[a-c]x", "bx", 1 }, { "[a-c]", "d", 0 }, { "[!a-c]", "d", 1 }, { "[!a-c]", "a", 0 },
	{ "[]a]", "]", 1 }, { "[]a]", "a", 1 }, { "[!]a]", "]", 0 }, { "[a-]", "-", 1 },
	{ "[-a]", "-", 1 }, { "[a-c-e]", "d", 0 }, { "/n[0-9]*", "/n5x", 1 },
	{ "/n[0-9]*", "/nx", 0 },
	{ "\\*", "*", 1 }, { "\\*", "a", 0 }, { "\\[a]", "[a]", 1 }, { "a\\?b", "a?b", 1 },
	{ "[\x80-\xff]", "\xc3", 1 }, { "*\xc3\xa9", "caf\xc3\xa9", 1 }
};

START_TEST(glob)
{
	ck_assert_msg(glob_match(globs[_i].pattern, globs[_i].text) == globs[_i].fits, "%s and %s",
	    globs[_i].pattern, globs[_i].text);
	ck_assert_int_eq(glob_check(globs[_i].pattern), 0);
}
END_TEST

START_TEST(glob_faults)
{
	static const char *const bad[] = { "[", "[a", "[!", "[]", "[!]", "a[", "\\", "a\\", "[a]\\",
	    "\\\\[", "*[" };
	static const char *const good[] = {
		"", "\\[", "\\\\", "[]]", "[!]]", "[[]", "a]", "\\[\\]"
	};
	size_t i;

	for (i = 0; i < COUNTOF(bad); i++)
		ck_assert_msg(glob_check(bad[i]) == -1, "%s", bad[i]);
	for (i = 0; i < COUNTOF(good); i++)
		ck_assert_msg(glob_check(good[i]) == 0, "%s", good[i]);
}
END_TEST

/* Random patterns and texts of a small alphabet must match in the same cases as with fnmatch(). */
START_TEST(glob_as_fnmatch)
{
	static const char alphabet[] = "ab*?[!-]/";
	char pattern[12], text[12];
	unsigned i, fits = 0;
	uint64_t random = 1;
	size_t n;

	for (i = 0; i < 200000; i++) {
		n = unit_random_below(&random, sizeof(pattern));
		pattern[n] = '\0';
		while (n-- > 0)
			pattern[n] = alphabet[unit_random_below(&random, sizeof(alphabet) - 1)];
		n = unit_random_below(&random, 6);
		text[n] = '\0';
		while (n-- > 0)
			text[n] = "ab-/"[unit_random_below(&random, 4)];
		/*
		 * The result of fnmatch() is undefined for malformed patterns and for reversed or
		 * open ranges.
		 */
		if (glob_check(pattern) == -1 || strstr(pattern, "--") != NULL ||
		    strstr(pattern, "b-a") != NULL || strstr(pattern, "-[") != NULL ||
		    strstr(pattern, "[-") != NULL || strstr(pattern, "!-") != NULL ||
		    strstr(pattern, "-/") != NULL || strstr(pattern, "-?") != NULL ||
		    strstr(pattern, "-*") != NULL || strstr(pattern, "-!") != NULL)
			continue;
		fits += glob_match(pattern, text) != 0;
		unit_assert(glob_match(pattern, text) ==
		    (fnmatch(pattern, text, FNM_NOESCAPE) == 0), "%s and %s", pattern, text);
	}
	ck_assert_uint_gt(fits, 1000);
}
END_TEST

/* The time of a match must be limited, also for a text chosen by an attacker. */
START_TEST(glob_is_bounded)
{
	static char text[8001];
	clock_t begun = clock();
	unsigned i;

	memset(text, 'a', sizeof(text) - 1);
	for (i = 0; i < 10; i++)
		ck_assert_int_eq(glob_match("/*a*a*a*a*a*a*b", text), 0);
	for (i = 0; i < 10; i++)
		ck_assert_int_eq(glob_match("*a*a*a*a*a*a*b", text), 0);
	/*
	 * The matches take milliseconds; if each star tried every position, they would take
	 * years.
	 */
	ck_assert_int_lt((long)((clock() - begun) / CLOCKS_PER_SEC), 5);
}
END_TEST

/* -- maps -- */

static char faults[4096];

static void
note_fault(const char *file, unsigned number, const char *why)
{
	size_t len = strlen(faults);

	ck_assert_uint_gt(strlen(why), 0);
	snprintf(faults + len, sizeof(faults) - len, "%s:%u;", file, number);
}

static int
check(const struct peer_line *e, const char **why)
{
	if (strncmp(e->peer, "bad", 3) != 0)
		return 0;
	*why = "a bad peer";
	return -1;
}

static struct path_map map;
static char *text;

static unsigned
load(const char *file)
{
	unsigned n;

	faults[0] = '\0';
	text = strdup(file);
	n = path_map_add(&map, text, strlen(text), "map", check, note_fault);
	ck_assert_int_eq(path_map_finish(&map), 0);
	return n;
}

static void
unload(void)
{
	path_map_free(&map);
	free(text);
}

static const char lines[] =
    "# a comment\n"
    "\n"
    "/exact tcp://exact:1\n"
    "/exact tcp://never:1\n"
    "/exact/* host=a.example tcp://a:1 binary\n"
    "  /exact/*   host=*.EXAMPLE   tcp://any:1  *  newline  lf\n"
    "/one tcp://one-text:1 text\n"
    "/o* tcp://o:1 binary,text binary\n"
    "/one tcp://one-other:1 other\n"
    "/late/x tcp://late:1\n"
    "/la* tcp://la:1\n"
    "/none tcp://none:1 - separator  x \r\n"
    "/host host=h tcp://h:1\n"
    "/host tcp://nohost:1\n"
    "/sp?ce tcp://space:1\n"
    "/\\* tcp://star:1\n"
    "/q[0-9] tcp://q:1\n"
    "*.sock unix:///run/a=b\n";

#define NO	(-2)
#define NONE	(-1)

/* A client, the peer that the map gives (NULL: none), and the index of the chosen subprotocol. */
static const struct {
	const char	*path, *host;
	const char	*offered[3];
	const char	*peer;
	int		 chosen;
} clients[] = {
	{ "/exact", NULL, { NULL }, "tcp://exact:1", NONE },
	{ "/exact", "x", { "p" }, "tcp://exact:1", 0 },
	{ "/exact/", "a.example", { "binary" }, "tcp://a:1", 0 },
	{ "/exact/", "a.example", { "text" }, "tcp://any:1", 0 },
	{ "/exact/y/z", "b.example", { NULL }, "tcp://any:1", NONE },
	{ "/exact/y", "example", { NULL }, NULL, NONE },
	{ "/exact/y", NULL, { NULL }, NULL, NONE },
	{ "/exac", NULL, { NULL }, NULL, NONE },
	{ "/one", NULL, { "text" }, "tcp://one-text:1", 0 },
	{ "/one", NULL, { "other" }, "tcp://one-other:1", 0 },
	{ "/one", NULL, { "binary", "text" }, "tcp://one-text:1", 1 },
	{ "/one", NULL, { "x", "binary" }, "tcp://o:1", 1 },
	{ "/one", NULL, { "other", "binary" }, "tcp://o:1", 1 },
	{ "/one", NULL, { NULL }, "tcp://one-text:1", NONE },
	{ "/one", NULL, { "x" }, NULL, NO },
	{ "/ox", NULL, { "text", "binary" }, "tcp://o:1", 0 },
	{ "/late/x", NULL, { NULL }, "tcp://late:1", NONE },
	{ "/late/y", NULL, { NULL }, "tcp://la:1", NONE },
	{ "/none", NULL, { "a", "b" }, "tcp://none:1", NONE },
	{ "/host", "h", { NULL }, "tcp://h:1", NONE },
	{ "/host", "g", { NULL }, "tcp://nohost:1", NONE },
	{ "/host", NULL, { NULL }, "tcp://nohost:1", NONE },
	{ "/sp ce", NULL, { NULL }, "tcp://space:1", NONE },
	{ "/*", NULL, { NULL }, "tcp://star:1", NONE },
	{ "/x", NULL, { NULL }, NULL, NONE },
	{ "/q7", NULL, { NULL }, "tcp://q:1", NONE },
	{ "/dir/x.sock", NULL, { NULL }, "unix:///run/a=b", NONE },
	{ "", NULL, { NULL }, NULL, NONE },
	{ "/EXACT", NULL, { NULL }, NULL, NONE }
};

START_TEST(find)
{
	const struct path_map_entry *e;
	size_t count, chosen, wanted;
	char *offered[3];

	ck_assert_uint_eq(load(lines), 0);
	ck_assert_uint_eq(map.count, 16);
	/* The strings are not changed, but the type of the interface is without const. */
	for (count = 0; clients[_i].offered[count] != NULL; count++)
		offered[count] = (char *)(uintptr_t)clients[_i].offered[count];
	e = path_map_find(&map, clients[_i].path, clients[_i].host, offered, count, &chosen);
	ck_assert_msg((e == NULL) == (clients[_i].peer == NULL), "%s", clients[_i].path);
	if (e != NULL)
		ck_assert_str_eq(e->line.peer, clients[_i].peer);
	wanted = clients[_i].chosen == NO ? PEER_LINE_NO : clients[_i].chosen != NONE ?
	    (size_t)clients[_i].chosen : e == NULL ? 0 : count;
	ck_assert_msg(chosen == wanted, "%s: %zu", clients[_i].path, chosen);
	unload();
}
END_TEST

START_TEST(rest_of_a_line)
{
	const struct path_map_entry *e;
	size_t chosen;

	load(lines);
	e = path_map_find(&map, "/exact/a", "b.example", NULL, 0, &chosen);
	ck_assert_ptr_nonnull(e);
	ck_assert_str_eq(e->line.framing, "newline");
	/* The first blank ends the framing; the second one belongs to the configuration. */
	ck_assert_str_eq(e->line.config, " lf");
	ck_assert_uint_eq(e->number, 6);
	ck_assert_str_eq(e->file, "map");
	e = path_map_find(&map, "/none", NULL, NULL, 0, &chosen);
	ck_assert_str_eq(e->line.config, " x ");
	unload();
}
END_TEST

static const struct {
	const char	*text;
	const char	*faults;
	size_t		 lines;
} broken[] = {
	{ "", "", 0 },
	{ "# only this", "", 0 },
	{ "/a", "map:1;", 0 },
	{ "/a host=x", "map:1;", 0 },
	{ "a tcp://a:1", "map:1;", 0 },
	{ "tcp://a:1 binary", "map:1;", 0 },
	{ "/a bad:1\n/b tcp://b:1\n/c bad:2\n", "map:1;map:3;", 1 },
	{ "\n\n/[ tcp://a:1\n/a\\ tcp://a:1", "map:3;map:4;", 0 },
	{ "/a host=[ tcp://a:1", "map:1;", 0 },
	{ "/a\xc3\xa9 tcp://a:1", "", 1 }
};

START_TEST(invalid_lines)
{
	size_t chosen;

	ck_assert_uint_eq(load(broken[_i].text) == 0, broken[_i].faults[0] == '\0');
	ck_assert_str_eq(faults, broken[_i].faults);
	ck_assert_uint_eq(map.count, broken[_i].lines);
	ck_assert_ptr_null(path_map_find(&map, "/nothing", NULL, NULL, 0, &chosen));
	unload();
}
END_TEST

START_TEST(nul_byte)
{
	char line[] = "/a\0b tcp://a:1\n/c tcp://c:1";

	faults[0] = '\0';
	ck_assert_uint_eq(path_map_add(&map, line, sizeof(line) - 1, "map", check, note_fault), 1);
	ck_assert_str_eq(faults, "map:1;");
	ck_assert_uint_eq(map.count, 1);
	path_map_free(&map);
}
END_TEST

/*
 * Large maps, of exact paths and of patterns: every line must be found. Prints the time of the
 * search.
 */
START_TEST(big_map)
{
	const struct path_map_entry *e;
	char *file = malloc(LINES * 64), path[64], peer[64];
	clock_t begun;
	size_t len = 0, chosen;
	unsigned i;

	ck_assert_ptr_nonnull(file);
	for (i = 0; i < LINES; i++)
		len += (size_t)sprintf(file + len, "/path/%u/%s tcp://h:%u\n", i,
		    _i == 0 ? "x" : "*", i);
	begun = clock();
	ck_assert_uint_eq(load(file), 0);
	printf("# %d lines read in %.1f ms\n", LINES,
	    (double)(clock() - begun) * 1000 / (double)CLOCKS_PER_SEC);
	begun = clock();
	for (i = 0; i < LINES; i += _i == 0 ? 1 : 10) {
		snprintf(path, sizeof(path), "/path/%u/x", i);
		snprintf(peer, sizeof(peer), "tcp://h:%u", i);
		e = path_map_find(&map, path, "h", NULL, 0, &chosen);
		ck_assert_ptr_nonnull(e);
		ck_assert_str_eq(e->line.peer, peer);
	}
	printf("# found in %.2f us each\n", (double)(clock() - begun) * 1e6 /
	    (double)CLOCKS_PER_SEC / (_i == 0 ? LINES : LINES / 10));
	ck_assert_ptr_null(path_map_find(&map, "/path/10000/x", "h", NULL, 0, &chosen));
	unload();
	free(file);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("path_map");
	TCase *tc = tcase_create("glob");

	tcase_add_loop_test(tc, glob, 0, COUNTOF(globs));
	tcase_add_test(tc, glob_faults);
	tcase_add_test(tc, glob_as_fnmatch);
	tcase_add_test(tc, glob_is_bounded);
	suite_add_tcase(s, tc);
	tc = tcase_create("path_map");
	tcase_add_loop_test(tc, find, 0, COUNTOF(clients));
	tcase_add_test(tc, rest_of_a_line);
	tcase_add_loop_test(tc, invalid_lines, 0, COUNTOF(broken));
	tcase_add_test(tc, nul_byte);
	tcase_add_loop_test(tc, big_map, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

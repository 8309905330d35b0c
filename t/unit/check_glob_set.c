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
#include "modules/backends/glob.h"
#include "modules/backends/glob_set.h"
#include "modules/backends/path_map.h"

/* Patterns of a large set: 10,000, or fewer with WS_SHORT. */
#define LINES		(unit_stride() > 1 ? 1000U : 10000U)
#define TEXT_LEN	8000	/* bytes of a long path */
#define PATTERN_SIZE	40

static const struct {
	const char	*pattern, *simple;
} simplified[] = {
	{ "", "" }, { "a", "a" }, { "***", "*" }, { "*?", "?*" }, { "a?b", "a?b" },
	{ "a*?*?b", "a??*b" }, { "a?*?", "a??*" }, { "\\*?*", "\\*?*" }, { "[*?]*?", "[*?]?*" },
	{ "*[]?*]*?\\?", "*[]?*]?*\\?" }, { "a**b**", "a*b*" }
};

START_TEST(simplify)
{
	char pattern[PATTERN_SIZE];

	strcpy(pattern, simplified[_i].pattern);
	glob_simplify(pattern);
	ck_assert_str_eq(pattern, simplified[_i].simple);
}
END_TEST

/* A part, the literal text in it, and the number of bytes that precede this text. */
static const struct {
	const char	*part, *word;
	size_t		 len, before;
} words[] = {
	{ "abc", "abc", 3, 0 }, { "a?bc", "bc", 4, 2 }, { "[a-z]x", "x", 2, 1 },
	{ "\\?[x]yz??", "yz", 6, 2 }, { "[ab][cd]", "", 2, 0 }, { "\\*", "*", 1, 0 },
	{ "ab\\*cde", "cde", 6, 3 }, { "", "", 0, 0 }, { "a*b", "a", 1, 0 }
};

START_TEST(part_word)
{
	const char *end, *word = "";
	size_t before = 0, len;

	ck_assert_uint_eq(glob_part(words[_i].part, &end), words[_i].len);
	len = glob_part_word(words[_i].part, end, &word, &before);
	ck_assert_uint_eq(len, strlen(words[_i].word));
	ck_assert_mem_eq(word, words[_i].word, len);
	ck_assert_uint_eq(before, words[_i].before);
}
END_TEST

/* Random patterns of a small alphabet must match the same texts as one by one. */
START_TEST(as_one_by_one)
{
	static const char alphabet[] = "aab*b**?[ab][!b]\\/";
	static char pattern[50][16], plain[50][16];
	struct glob_set s;
	uint64_t random = (uint64_t)_i + 1;
	unsigned i, j, round, fits = 0;
	char text[16];
	size_t n;

	for (round = 0; round < 40; round += unit_stride() > 1 ? 10 : 1) {
		memset(&s, 0, sizeof(s));
		for (i = 0; i < COUNTOF(pattern); i++) {
			do {
				n = unit_random_below(&random, sizeof(pattern[0]));
				pattern[i][n] = '\0';
				while (n-- > 0)
					pattern[i][n] = alphabet[unit_random_below(&random,
					    sizeof(alphabet) - 1)];
			} while (glob_check(pattern[i]) == -1);
			strcpy(plain[i], pattern[i]);
			unit_assert(glob_set_add(&s, pattern[i]) == i, "pattern %u", i);
		}
		ck_assert_int_eq(glob_set_finish(&s), 0);
		for (j = 0; j < 40; j++) {
			n = unit_random_below(&random, sizeof(text));
			text[n] = '\0';
			while (n-- > 0)
				text[n] = "aabb/"[unit_random_below(&random, 5)];
			glob_set_search(&s, text);
			for (i = 0; i < COUNTOF(pattern); i++) {
				fits += glob_set_matched(&s, i) != 0;
				unit_assert(glob_set_matched(&s, i) == glob_match(plain[i], text),
				    "%s and %s", plain[i], text);
			}
		}
		glob_set_free(&s);
	}
	ck_assert_uint_gt(fits, 1000 / unit_stride());
}
END_TEST

/* Writes a line with the number i in place of each #.  Returns its length. */
static size_t
number_line(char *out, const char *line, unsigned i)
{
	char *at = out;

	for (; *line != '\0'; line++) {
		if (*line == '#')
			at += sprintf(at, "%u", i);
		else
			*at++ = *line;
	}
	*at = '\0';
	return (size_t)(at - out);
}

/* Patterns with # for the number of the line.  The text is a slash and 'a' repeated. */
static const char *const costly[] = {
	"/#/*", "/a*a*a*b#", "/*a*a*a*b#*", "*#", "*#*", "/*/#/*", "/a*#", "/*a#*a*a*",
	"/*aaaaaaaaaaaaaaab#*", "/*a?x#*", "/*[a-z]#*", "/a?a?a?a*[ab]#", "/*?*?*a*?*b#",
	"/*a*aa*aaa*aaaa*b#*", "/aaaa*aaaa*#?*[0-9]", "/a\\a*\\b#*",
	"/a*[ab]*c#*", "/*[0-9]*#*", "/*a[0-9]*#*", "/*a?[b-z]*#*a*", "/*[a]*[!b]*a[a-c]?*[0-9]#*"
};

/*
 * The work of one search in a large set must not grow with the number of patterns times the
 * length of the text, whatever the patterns are.  Before, it was this product, 80 million.
 */
START_TEST(work_is_bounded)
{
	unsigned lines = LINES;
	char (*pattern)[PATTERN_SIZE] = malloc(lines * sizeof(*pattern)), *text;
	struct glob_set s;
	size_t work;
	unsigned i;

	text = malloc(TEXT_LEN + 1);
	ck_assert(pattern != NULL && text != NULL);
	memset(text, 'a', TEXT_LEN);
	text[0] = '/';
	text[TEXT_LEN] = '\0';
	memset(&s, 0, sizeof(s));
	for (i = 0; i < lines; i++) {
		number_line(pattern[i], costly[_i], i);
		unit_assert(glob_set_add(&s, pattern[i]) == i, "pattern %u", i);
	}
	ck_assert_int_eq(glob_set_finish(&s), 0);
	glob_set_search(&s, text);
	for (i = 0; i < lines; i++)
		unit_assert(!glob_set_matched(&s, i), "pattern %u", i);
	work = s.work;
	printf("# %s: %zu steps\n", costly[_i], work);
	ck_assert_uint_le(work, lines * 50 + 8 * TEXT_LEN);
	/* Half of the text saves at most that: no part of the work is a product. */
	text[TEXT_LEN / 2] = '\0';
	glob_set_search(&s, text);
	ck_assert_uint_le(work, s.work - work + 8 * TEXT_LEN);
	glob_set_free(&s);
	free(pattern);
	free(text);
}
END_TEST

/* Only the patterns with the literal beginning of the text cost anything. */
START_TEST(other_beginnings_are_free)
{
	unsigned lines = LINES;
	char (*pattern)[PATTERN_SIZE] = malloc(lines * sizeof(*pattern));
	struct glob_set s;
	unsigned i;

	ck_assert_ptr_nonnull(pattern);
	memset(&s, 0, sizeof(s));
	for (i = 0; i < lines; i++) {
		snprintf(pattern[i], sizeof(pattern[i]), "/%u/%s", i,
		    i % 2 == 0 ? "*" : "[a-z]*x*y?z");
		unit_assert(glob_set_add(&s, pattern[i]) == i, "pattern %u", i);
	}
	ck_assert_int_eq(glob_set_finish(&s), 0);
	glob_set_search(&s, "/500/room");
	for (i = 0; i < lines; i++)
		unit_assert(glob_set_matched(&s, i) == (i == 500), "pattern %u", i);
	ck_assert_uint_le(s.work, 100);
	glob_set_free(&s);
	free(pattern);
}
END_TEST

/* After 2^32 searches the numbers begin again; no result of an earlier one may be left. */
START_TEST(search_numbers_begin_again)
{
	char pattern[] = "*a*b*";
	struct glob_set s;

	memset(&s, 0, sizeof(s));
	ck_assert_uint_eq(glob_set_add(&s, pattern), 0);
	ck_assert_int_eq(glob_set_finish(&s), 0);
	glob_set_search(&s, "ab");
	ck_assert_int_eq(glob_set_matched(&s, 0), 1);
	s.search = UINT32_MAX;
	glob_set_search(&s, "a");
	ck_assert_int_eq(glob_set_matched(&s, 0), 0);
	glob_set_search(&s, "xaxbx");
	ck_assert_int_eq(glob_set_matched(&s, 0), 1);
	glob_set_free(&s);
}
END_TEST

static void
no_fault(const char *file, unsigned number, const char *why)
{
	ck_abort_msg("%s:%u: %s", file, number, why);
}

static int
valid(const struct peer_line *line, const char **why)
{
	(void)line;
	(void)why;
	return 0;
}

/* The same holds for the hosts of a table: a field Host is as long as a path can be. */
START_TEST(work_of_hosts)
{
	const char *line = _i == 0 ? "/ host=*a*a#.example tcp://h:#\n" :
	    "/* host=*a#*a* tcp://h:#\n";
	unsigned lines = LINES;
	char *text = malloc(lines * 64), *host = malloc(TEXT_LEN + 1);
	const struct path_map_entry *e;
	struct path_map map;
	size_t len = 0, chosen;
	unsigned i;

	ck_assert(text != NULL && host != NULL);
	memset(&map, 0, sizeof(map));
	for (i = 0; i < lines; i++)
		len += number_line(text + len, line, i);
	ck_assert_uint_eq(path_map_add(&map, text, len, "map", valid, no_fault), 0);
	ck_assert_int_eq(path_map_finish(&map), 0);
	memset(host, 'a', TEXT_LEN);
	host[TEXT_LEN] = '\0';
	ck_assert_ptr_null(path_map_find(&map, "/", host, NULL, 0, &chosen));
	ck_assert_uint_le(map.hosts.work + map.paths.work, lines * 64 + 4 * TEXT_LEN);
	e = path_map_find(&map, "/", _i == 0 ? "aa77.example" : "a77a", NULL, 0, &chosen);
	ck_assert_ptr_nonnull(e);
	ck_assert_str_eq(e->line.peer, _i == 0 ? "tcp://h:77" : "tcp://h:7");
	path_map_free(&map);
	free(text);
	free(host);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("glob_set");
	TCase *tc = tcase_create("parts");

	tcase_add_loop_test(tc, simplify, 0, COUNTOF(simplified));
	tcase_add_loop_test(tc, part_word, 0, COUNTOF(words));
	suite_add_tcase(s, tc);
	tc = tcase_create("search");
	tcase_add_loop_test(tc, as_one_by_one, 0, 10);
	tcase_add_test(tc, search_numbers_begin_again);
	suite_add_tcase(s, tc);
	tc = tcase_create("work");
	tcase_add_loop_test(tc, work_is_bounded, 0, COUNTOF(costly));
	tcase_add_test(tc, other_beginnings_are_free);
	tcase_add_loop_test(tc, work_of_hosts, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

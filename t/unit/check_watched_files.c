/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <sys/stat.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/unit.h"
#include "modules/backends/watched_files.h"

static struct watched_files s;
static char why[256];

static int
read_it(const char *name)
{
	why[0] = '\0';
	return watched_files_read(&s, unit_path(name), why, sizeof(why));
}

static const char *
text_of(size_t i)
{
	static char text[64];

	ck_assert_uint_lt(s.file[i].len, sizeof(text));
	memcpy(text, s.file[i].text, s.file[i].len);
	text[s.file[i].len] = '\0';
	return text;
}

/* As if a file had last been changed long ago, so that only its stamp tells. */
static void
grow_old(void)
{
	size_t i;

	for (i = 0; i < s.count; i++)
		s.file[i].stamp.young = 0;
}

START_TEST(one_file)
{
	unit_file("a", "one\n", 4);
	ck_assert_int_eq(read_it("a"), 0);
	ck_assert_uint_eq(s.count, 1);
	ck_assert_str_eq(text_of(0), "one\n");
	/* It was changed a moment ago, and a file system's clock is coarse. */
	ck_assert(watched_files_changed(&s));
	grow_old();
	ck_assert(!watched_files_changed(&s));
	watched_files_forget(&s);
	ck_assert(!watched_files_changed(&s));
	watched_files_free(&s);
}
END_TEST

/* What must be noticed, whatever else is the same. */
START_TEST(changes)
{
	struct timespec same[2];
	struct stat st, now;

	unit_file("a", "one\n", 4);
	ck_assert_int_eq(read_it("a"), 0);
	grow_old();
	/* another file by this name, of the same size and time */
	unit_file("b", "two\n", 4);
	ck_assert_int_eq(stat(unit_path("a"), &st), 0);
	same[0] = st.st_atim;
	same[1] = st.st_mtim;
	ck_assert_int_eq(utimensat(AT_FDCWD, unit_path("b"), same, 0), 0);
	ck_assert_int_eq(rename(unit_path("b"), unit_path("a")), 0);
	ck_assert(watched_files_changed(&s));
	watched_files_free(&s);
	ck_assert_int_eq(read_it("a"), 0);
	ck_assert_str_eq(text_of(0), "two\n");
	grow_old();
	/* a time that is set back */
	same[1].tv_sec -= 1000;
	ck_assert_int_eq(utimensat(AT_FDCWD, unit_path("a"), same, 0), 0);
	ck_assert(watched_files_changed(&s));
	watched_files_free(&s);
	/* written into */
	ck_assert_int_eq(read_it("a"), 0);
	grow_old();
	unit_file("a", "three\n", 6);
	ck_assert(watched_files_changed(&s));
	watched_files_free(&s);
	/* written into, with the same size, and its time set back: until the clock has moved on */
	ck_assert_int_eq(read_it("a"), 0);
	grow_old();
	ck_assert_int_eq(stat(unit_path("a"), &st), 0);
	same[0] = st.st_atim;
	same[1] = st.st_mtim;
	do {
		unit_file("a", "seven\n", 6);
		ck_assert_int_eq(utimensat(AT_FDCWD, unit_path("a"), same, 0), 0);
		ck_assert_int_eq(stat(unit_path("a"), &now), 0);
	} while (now.st_ctim.tv_sec == st.st_ctim.tv_sec &&
	    now.st_ctim.tv_nsec == st.st_ctim.tv_nsec);
	ck_assert(watched_files_changed(&s));
	watched_files_free(&s);
	/* gone, and back */
	ck_assert_int_eq(read_it("a"), 0);
	grow_old();
	ck_assert_int_eq(unlink(unit_path("a")), 0);
	ck_assert(watched_files_changed(&s));
	watched_files_free(&s);
	ck_assert_int_eq(read_it("a"), -1);
	ck_assert_ptr_nonnull(strstr(why, "/a: "));
	ck_assert(!watched_files_changed(&s));
	unit_file("a", "four\n", 5);
	ck_assert(watched_files_changed(&s));
	watched_files_free(&s);
}
END_TEST

/* Young means: changed lately by the file system's own account, not by what a program has set. */
START_TEST(youth)
{
	struct timespec long_ago[2] = { { 1000000000, 0 }, { 1000000000, 0 } };

	unit_file("a", "x", 1);
	ck_assert_int_eq(utimensat(AT_FDCWD, unit_path("a"), long_ago, 0), 0);
	ck_assert_int_eq(read_it("a"), 0);
	ck_assert_int_eq(s.file[0].stamp.young, 1);
	watched_files_free(&s);
}
END_TEST

START_TEST(directory)
{
	char path[512];
	uint64_t sum;
	size_t i;

	ck_assert_int_eq(mkdir(unit_path("d"), 0700), 0);
	unit_file("d/b", "bb", 2);
	unit_file("d/a", "aa", 2);
	unit_file("d/.hidden", "hh", 2);
	unit_file("d/a~", "~~", 2);
	ck_assert_int_eq(mkdir(unit_path("d/sub"), 0700), 0);
	unit_file("d/sub/x", "xx", 2);
	ck_assert_int_eq(mkfifo(unit_path("d/fifo"), 0600), 0);
	ck_assert_int_eq(symlink("gone", unit_path("d/dangling")), 0);
	ck_assert_int_eq(read_it("d"), 0);
	/* itself, then a, b, dangling, fifo, sub */
	ck_assert_uint_eq(s.count, 6);
	ck_assert_ptr_null(s.file[0].text);
	ck_assert_str_eq(text_of(1), "aa");
	ck_assert_str_eq(text_of(2), "bb");
	for (i = 3; i < s.count; i++)
		ck_assert_ptr_null(s.file[i].text);
	sum = s.sum;
	grow_old();
	ck_assert(!watched_files_changed(&s));
	/* a file more */
	unit_file("d/c", "cc", 2);
	ck_assert(watched_files_changed(&s));
	watched_files_free(&s);
	ck_assert_int_eq(read_it("d"), 0);
	ck_assert_uint_eq(s.count, 7);
	ck_assert_uint_ne(s.sum, sum);
	/* one of them changed, the directory not */
	grow_old();
	unit_file("d/c", "cd", 2);
	s.file[0].stamp.young = 0;
	ck_assert(watched_files_changed(&s));
	watched_files_free(&s);
	/* one less: all is as it was before */
	ck_assert_int_eq(unlink(unit_path("d/c")), 0);
	ck_assert_int_eq(read_it("d"), 0);
	ck_assert_uint_eq(s.sum, sum);
	watched_files_free(&s);
	snprintf(path, sizeof(path), "rm -rf '%s'", unit_path("d"));
	ck_assert_int_eq(system(path), 0);
}
END_TEST

START_TEST(refusals)
{
	ck_assert_int_eq(read_it("nothing"), -1);
	watched_files_free(&s);
	ck_assert_int_eq(mkfifo(unit_path("fifo"), 0600), 0);
	ck_assert_int_eq(read_it("fifo"), -1);
	ck_assert_ptr_nonnull(strstr(why, "not a regular file"));
	watched_files_free(&s);
	ck_assert_int_eq(watched_files_read(&s, "/dev/null", why, sizeof(why)), -1);
	watched_files_free(&s);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("sources");
	TCase *tc = tcase_create("sources");

	tcase_add_unchecked_fixture(tc, unit_files_setup, unit_files_remove);
	tcase_add_test(tc, one_file);
	tcase_add_test(tc, changes);
	tcase_add_test(tc, youth);
	tcase_add_test(tc, directory);
	tcase_add_test(tc, refusals);
	suite_add_tcase(suite, tc);
	return suite;
}

#include "lib/check_main.h"

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

static struct watched_files files;
static char why[256];

static int
read_files(const char *name)
{
	why[0] = '\0';
	return watched_files_read(&files, unit_path(name), why, sizeof(why));
}

static const char *
text_of(size_t i)
{
	static char text[64];

	ck_assert_uint_lt(files.file[i].len, sizeof(text));
	memcpy(text, files.file[i].text, files.file[i].len);
	text[files.file[i].len] = '\0';
	return text;
}

/*
 * Marks the files as not recently changed, so that a change is noticed only if their stamps
 * differ.
 */
static void
make_old(void)
{
	size_t i;

	for (i = 0; i < files.count; i++)
		files.file[i].stamp.recent = 0;
}

START_TEST(one_file)
{
	unit_file("a", "one\n", 4);
	ck_assert_int_eq(read_files("a"), 0);
	ck_assert_uint_eq(files.count, 1);
	ck_assert_str_eq(text_of(0), "one\n");
	/*
	 * The file was changed a moment ago. The clock of a file system is coarse, so another
	 * change may give the same time: the file counts as changed.
	 */
	ck_assert(watched_files_changed(&files));
	make_old();
	ck_assert(!watched_files_changed(&files));
	watched_files_drop_texts(&files);
	ck_assert(!watched_files_changed(&files));
	watched_files_free(&files);
}
END_TEST

/* Each kind of change must be noticed, even if all other properties are equal. */
START_TEST(changes)
{
	struct timespec same[2];
	struct stat st, now;

	unit_file("a", "one\n", 4);
	ck_assert_int_eq(read_files("a"), 0);
	make_old();
	/* the file is replaced by another one with the same size and time */
	unit_file("b", "two\n", 4);
	ck_assert_int_eq(stat(unit_path("a"), &st), 0);
	same[0] = st.st_atim;
	same[1] = st.st_mtim;
	ck_assert_int_eq(utimensat(AT_FDCWD, unit_path("b"), same, 0), 0);
	ck_assert_int_eq(rename(unit_path("b"), unit_path("a")), 0);
	ck_assert(watched_files_changed(&files));
	watched_files_free(&files);
	ck_assert_int_eq(read_files("a"), 0);
	ck_assert_str_eq(text_of(0), "two\n");
	make_old();
	/* the time of the file is set back */
	same[1].tv_sec -= 1000;
	ck_assert_int_eq(utimensat(AT_FDCWD, unit_path("a"), same, 0), 0);
	ck_assert(watched_files_changed(&files));
	watched_files_free(&files);
	/* other contents */
	ck_assert_int_eq(read_files("a"), 0);
	make_old();
	unit_file("a", "three\n", 6);
	ck_assert(watched_files_changed(&files));
	watched_files_free(&files);
	/*
	 * other contents with the same size, and the time set back; repeated until the clock has
	 * advanced
	 */
	ck_assert_int_eq(read_files("a"), 0);
	make_old();
	ck_assert_int_eq(stat(unit_path("a"), &st), 0);
	same[0] = st.st_atim;
	same[1] = st.st_mtim;
	do {
		unit_file("a", "seven\n", 6);
		ck_assert_int_eq(utimensat(AT_FDCWD, unit_path("a"), same, 0), 0);
		ck_assert_int_eq(stat(unit_path("a"), &now), 0);
	} while (now.st_ctim.tv_sec == st.st_ctim.tv_sec &&
	    now.st_ctim.tv_nsec == st.st_ctim.tv_nsec);
	ck_assert(watched_files_changed(&files));
	watched_files_free(&files);
	/* the file is removed, and made again */
	ck_assert_int_eq(read_files("a"), 0);
	make_old();
	ck_assert_int_eq(unlink(unit_path("a")), 0);
	ck_assert(watched_files_changed(&files));
	watched_files_free(&files);
	ck_assert_int_eq(read_files("a"), -1);
	ck_assert_ptr_nonnull(strstr(why, "/a: "));
	ck_assert(!watched_files_changed(&files));
	unit_file("a", "four\n", 5);
	ck_assert(watched_files_changed(&files));
	watched_files_free(&files);
}
END_TEST

/*
 * Whether a file is recent depends on its time of change (ctime), which programs cannot set, and
 * not on its time of modification.
 */
START_TEST(recent)
{
	struct timespec long_ago[2] = { { 1000000000, 0 }, { 1000000000, 0 } };

	unit_file("a", "x", 1);
	ck_assert_int_eq(utimensat(AT_FDCWD, unit_path("a"), long_ago, 0), 0);
	ck_assert_int_eq(read_files("a"), 0);
	ck_assert_int_eq(files.file[0].stamp.recent, 1);
	watched_files_free(&files);
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
	ck_assert_int_eq(read_files("d"), 0);
	/* 6 entries: the directory itself, then a, b, dangling, fifo, sub */
	ck_assert_uint_eq(files.count, 6);
	ck_assert_ptr_null(files.file[0].text);
	ck_assert_str_eq(text_of(1), "aa");
	ck_assert_str_eq(text_of(2), "bb");
	for (i = 3; i < files.count; i++)
		ck_assert_ptr_null(files.file[i].text);
	sum = files.sum;
	make_old();
	ck_assert(!watched_files_changed(&files));
	/* a new file in the directory */
	unit_file("d/c", "cc", 2);
	ck_assert(watched_files_changed(&files));
	watched_files_free(&files);
	ck_assert_int_eq(read_files("d"), 0);
	ck_assert_uint_eq(files.count, 7);
	ck_assert_uint_ne(files.sum, sum);
	/* a file in the directory has changed, but not the directory */
	make_old();
	unit_file("d/c", "cd", 2);
	files.file[0].stamp.recent = 0;
	ck_assert(watched_files_changed(&files));
	watched_files_free(&files);
	/* the new file is removed again: the sum is the same as at first */
	ck_assert_int_eq(unlink(unit_path("d/c")), 0);
	ck_assert_int_eq(read_files("d"), 0);
	ck_assert_uint_eq(files.sum, sum);
	watched_files_free(&files);
	snprintf(path, sizeof(path), "rm -rf '%s'", unit_path("d"));
	ck_assert_int_eq(system(path), 0);
}
END_TEST

START_TEST(refusals)
{
	ck_assert_int_eq(read_files("nothing"), -1);
	watched_files_free(&files);
	ck_assert_int_eq(mkfifo(unit_path("fifo"), 0600), 0);
	ck_assert_int_eq(read_files("fifo"), -1);
	ck_assert_ptr_nonnull(strstr(why, "not a regular file"));
	watched_files_free(&files);
	ck_assert_int_eq(watched_files_read(&files, "/dev/null", why, sizeof(why)), -1);
	watched_files_free(&files);
}
END_TEST

/* A text in another encoding is refused with the reason, and one with a mark of UTF-8 is read. */
START_TEST(encodings)
{
	unit_file("a", "\xff\xfe" "t\0:\0", 6);
	ck_assert_int_eq(read_files("a"), -1);
	ck_assert_ptr_nonnull(strstr(why, "/a: the file begins with a byte order mark of UTF-16"));
	watched_files_free(&files);
	unit_file("a", "\xef\xbb\xbfone\n", 7);
	ck_assert_int_eq(read_files("a"), 0);
	watched_files_free(&files);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("watched_files");
	TCase *tc = tcase_create("watched_files");

	tcase_add_unchecked_fixture(tc, unit_files_setup, unit_files_remove);
	tcase_add_test(tc, one_file);
	tcase_add_test(tc, changes);
	tcase_add_test(tc, recent);
	tcase_add_test(tc, encodings);
	tcase_add_test(tc, directory);
	tcase_add_test(tc, refusals);
	suite_add_tcase(suite, tc);
	return suite;
}

#include "lib/check_main.h"

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Tests temporary.h: files without a name, and the places in which they are made. */

#include "config.h"

#include <sys/stat.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/temporary.h"
#include "lib/unit.h"

#define PLACES	8	/* more than there are */

struct filling {
	unsigned	calls, failures;	/* calls that fail with ENOSPC */
};

static int
fill(int fd, void *arg)
{
	struct filling *f = arg;

	if (f->calls++ >= f->failures)
		return write(fd, "full", 4) == 4 ? 0 : -1;
	errno = ENOSPC;
	return -1;
}

static void
assert_private(int fd, off_t size)
{
	struct stat st;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert(S_ISREG(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_uint_eq(st.st_nlink, 0);
	ck_assert_uint_eq(st.st_uid, geteuid());
	ck_assert_int_eq(st.st_size, size);
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	ck_assert_int_eq(close(fd), 0);
}

START_TEST(temporary_is_private)
{
	assert_private(temporary_make(NULL, NULL), 0);
}
END_TEST

/* Where the file cannot be filled, the next place is tried; the directories stay empty. */
START_TEST(temporary_next_place)
{
	struct filling f = { 0, 0 };
	unsigned places;
	const char *directory = unit_path("temporary");

	ck_assert_int_eq(mkdir(directory, 0700), 0);
	ck_assert_int_eq(setenv("TMPDIR", directory, 1), 0);
	f.failures = PLACES;
	ck_assert_int_eq(temporary_make(fill, &f), -1);
	ck_assert_int_eq(errno, ENOSPC);
	places = f.calls;
	ck_assert_uint_ge(places, 2);
	ck_assert_uint_lt(places, PLACES);
	for (f.failures = 0; f.failures < places; f.failures++) {
		f.calls = 0;
		assert_private(temporary_make(fill, &f), 4);
		ck_assert_uint_eq(f.calls, f.failures + 1);
	}
	ck_assert_int_eq(rmdir(directory), 0);
}
END_TEST

/* A TMPDIR that is missing, relative or too long is passed over. */
START_TEST(temporary_useless_directory)
{
	static const char *const useless[] = { "/nonexistent", "relative", "", NULL };
	char path[5000];
	unsigned i;

	for (i = 0; i < sizeof(path) - 1; i++)
		path[i] = '/';
	path[i] = '\0';
	for (i = 0; i < 4; i++) {
		struct filling f = { 0, 1 };

		ck_assert_int_eq(setenv("TMPDIR", useless[i] != NULL ? useless[i] : path, 1), 0);
		assert_private(temporary_make(fill, &f), 4);
	}
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("temporary");
	TCase *tc = tcase_create("temporary");

	tcase_add_unchecked_fixture(tc, unit_files_setup, unit_files_remove);

	tcase_add_test(tc, temporary_is_private);
	tcase_add_test(tc, temporary_next_place);
	tcase_add_test(tc, temporary_useless_directory);
	suite_add_tcase(suite, tc);
	return suite;
}

#include "lib/check_main.h"

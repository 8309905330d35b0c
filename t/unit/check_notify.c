/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "lib/countof.h"
#include "lib/unit.h"
#include "posix/notify.h"

#define ROOM	sizeof(((struct sockaddr_un *)NULL)->sun_path)

static int manager = -1;	/* the socket of the service manager */
static int lowest;

static void
setup(void)
{
	unit_log_capture();
	log_set_level(LOG_LEVEL_DEBUG);
	ck_assert_int_eq(unsetenv("NOTIFY_SOCKET"), 0);
	notify_init();
	lowest = unit_lowest_free();
}

/* All descriptors that a test has opened must be closed. */
static void
teardown(void)
{
	io_close(&manager);
	ck_assert_int_eq(unit_lowest_free(), lowest);
	(void)unsetenv("NOTIFY_SOCKET");
	notify_init();
	log_set_level(LOG_LEVEL_INFO);
	unit_log_release();
}

/*
 * Binds the socket of the service manager to the len bytes of a name, and sets NOTIFY_SOCKET to
 * environment.
 */
static void
manage(const char *name, size_t len, const char *environment)
{
	struct sockaddr_un address;

	memset(&address, 0, sizeof(address));
	address.sun_family = AF_UNIX;
	ck_assert_uint_le(len, sizeof(address.sun_path));
	memcpy(address.sun_path, name, len);
	manager = socket(AF_UNIX, SOCK_DGRAM, 0);
	ck_assert_int_ne(manager, -1);
	ck_assert_int_eq(fcntl(manager, F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(bind(manager, (struct sockaddr *)&address,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)), 0);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", environment, 1), 0);
	notify_init();
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
}

/* Sends a message, which the manager must receive as one datagram. */
static void
send_and_expect(const char *text)
{
	char got[256];
	ssize_t n;

	errno = ENOTTY;
	notify_send(text);
	ck_assert_int_eq(errno, ENOTTY);
	n = recv(manager, got, sizeof(got), 0);
	ck_assert_int_eq(n, (ssize_t)strlen(text));
	ck_assert_mem_eq(got, text, strlen(text));
	ck_assert_int_eq(recv(manager, got, sizeof(got), 0), -1);
}

START_TEST(notify_sends_a_datagram)
{
	const char *path = unit_path("notify");

	manage(path, strlen(path) + 1, path);
	send_and_expect("READY=1");
	send_and_expect("STATUS=two lines\nMAINPID=4711");
	ck_assert_uint_eq(unit_log_count(NULL), 0);
	unlink(path);
}
END_TEST

START_TEST(notify_survives_an_exec)
{
	const char *path = unit_path("notify");

	manage(path, strlen(path) + 1, path);
	notify_export();
	ck_assert_str_eq(getenv("NOTIFY_SOCKET"), path);
	/*
	 * notify_init() is called again after an exec: by the new program, or by the old one if
	 * the exec fails.
	 */
	notify_init();
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	send_and_expect("READY=1");
	unlink(path);
}
END_TEST

START_TEST(notify_longest_path)
{
	char path[ROOM + 1];
	size_t len = strlen(unit_path(""));

	strcpy(path, unit_path(""));
	memset(path + len, 'x', sizeof(path) - len);
	/* This path is one byte too long for an address with its NUL. */
	path[ROOM] = '\0';
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", path, 1), 0);
	notify_init();
	ck_assert_uint_eq(unit_log_count("is not a usable address of a Unix socket"), 1);
	notify_send("READY=1");
	ck_assert_uint_eq(unit_log_count(NULL), 1);

	path[ROOM - 1] = '\0';
	manage(path, ROOM, path);
	send_and_expect("READY=1");
	unlink(path);
}
END_TEST

#if defined(__linux__)
START_TEST(notify_abstract_name)
{
	char name[64], environment[64];

	snprintf(environment, sizeof(environment), "@websocksy-t/%ld", (long)getpid());
	strcpy(name, environment);
	name[0] = '\0';
	manage(name, strlen(environment), environment);
	send_and_expect("READY=1");
	notify_export();
	ck_assert_str_eq(getenv("NOTIFY_SOCKET"), environment);
}
END_TEST
#endif

START_TEST(notify_without_a_manager)
{
	notify_send("READY=1");
	notify_export();
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", "", 1), 0);
	notify_init();
	notify_send("READY=1");
	ck_assert_uint_eq(unit_log_count(NULL), 0);
}
END_TEST

/* An unusable address must cause exactly one warning. */
START_TEST(notify_unusable_address)
{
	static const char *const rows[] = { "relative", "@", "/", "vsock:2:1", "./notify" };
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		unit_log_capture();
		ck_assert_int_eq(setenv("NOTIFY_SOCKET", rows[i], 1), 0);
		notify_init();
		ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
		ck_assert_msg(unit_log_count("NOTIFY_SOCKET is ") == 1, "%s", rows[i]);
		notify_send("READY=1");
		notify_export();
		ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
		ck_assert_uint_eq(unit_log_count(NULL), 1);
	}
}
END_TEST

START_TEST(notify_manager_that_is_gone)
{
	const char *path = unit_path("notify");

	manage(path, strlen(path) + 1, path);
	io_close(&manager);
	errno = ENOTTY;
	notify_send("READY=1");
	ck_assert_int_eq(errno, ENOTTY);
	unlink(path);
	notify_send("READY=1");
	ck_assert_uint_eq(unit_log_count("cannot notify the service manager of 'READY=1'"), 2);
}
END_TEST

/* The manager does not read, and its socket becomes full; each call must still return. */
START_TEST(notify_manager_that_does_not_read)
{
	const char *path = unit_path("notify");
	unsigned i, lost = 0;

	manage(path, strlen(path) + 1, path);
	for (i = 0; i < 2000 && lost == 0; i++) {
		notify_send("STATUS=busy");
		lost = unit_log_count("cannot notify");
	}
	ck_assert_uint_eq(lost, 1);
	unlink(path);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("notify");
	TCase *tc = tcase_create("notify");

	tcase_set_timeout(tc, 60);
	tcase_add_unchecked_fixture(tc, unit_files_setup, unit_files_remove);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, notify_sends_a_datagram);
	tcase_add_test(tc, notify_survives_an_exec);
	tcase_add_test(tc, notify_longest_path);
#if defined(__linux__)
	tcase_add_test(tc, notify_abstract_name);
#endif
	tcase_add_test(tc, notify_without_a_manager);
	tcase_add_test(tc, notify_unusable_address);
	tcase_add_test(tc, notify_manager_that_is_gone);
	tcase_add_test(tc, notify_manager_that_does_not_read);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

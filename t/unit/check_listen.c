/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Tests listen.h: lists of addresses that one server listens on, and the check of such a list. */

#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/countof.h"
#include "lib/sock.h"
#include "lib/unit.h"
#include "posix/listen.h"

#define TRIES	20	/* ports that are tried, since another process may use a port */

static struct conf conf;
static struct listeners l;

static void
setup(void)
{
	unit_log_capture();
	conf_init(&conf);
}

static void
teardown(void)
{
	conf_free(&conf);
	unit_log_release();
}

/* Listens on a list, in which each %d is the number of a free port. */
static void
open_list(const char *format)
{
	char list[128], port[16];
	int number, fd, tries;

	for (tries = 0; tries < TRIES; tries++) {
		fd = sock_listen(&number);
		close(fd);
		snprintf(list, sizeof(list), "%s", format);
		snprintf(port, sizeof(port), "%d", number);
		ck_assert_int_eq(conf_set(&conf, "listen", list, "-l"), 0);
		ck_assert_int_eq(conf_set(&conf, "port", port, "-p"), 0);
		if (listen_open(&l, &conf, NULL) == 0)
			return;
	}
	ck_abort_msg("%s: %s", format, unit_log_text());
}

/* 0.0.0.0 beside :: has a socket of its own: otherwise :: would accept its clients, too. */
START_TEST(both_wildcards)
{
	static const char *const lists[] = { "0.0.0.0, ::", "::, 0.0.0.0", "*,0.0.0.0", "[::],0.0.0.0" };
	unsigned i, families = 0;

	if (!sock_has_v6())
		return;
	open_list(lists[_i]);
	ck_assert_uint_eq(l.count, 2);
	ck_assert_uint_eq(l.at[0].port, l.at[1].port);
	for (i = 0; i < 2; i++)
		families |= strncmp(l.at[i].text, "0.0.0.0:", 8) == 0 ? 1U :
		    strncmp(l.at[i].text, "[::]:", 5) == 0 ? 2U : 0;
	ck_assert_uint_eq(families, 3);
	listen_close(&l);
}
END_TEST

START_TEST(check_lists)
{
	static const struct {
		const char	*listen, *owner, *says;
		int		 result;
	} rows[] = {
		{ "::", "", NULL, 0 }, { "*, 127.0.0.1:80,[::1]:81", "", NULL, 0 },
		{ "127.0.0.1", "nobody-has-this", NULL, 0 },
		{ "unix:///tmp/x", "", NULL, 0 }, { "unix:///tmp/x", "12345", NULL, 0 },
		{ "unix:///tmp/x", "nobody-has-this", "-x: listen-owner: there is no user", -1 },
		{ "unix:///nonexistent/x", "", "-l: listen: unix:///nonexistent/x: there is no", 0 },
		/* a name that is refused without a name server */
		{ "a..b", "", "-l: listen: host a..b port 8001: ", -1 },
		{ "::, a..b:http", "", "-l: listen: host a..b port http: ", -1 }
	};
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++) {
		unit_log_capture();
		ck_assert_int_eq(conf_set(&conf, "listen", rows[i].listen, "-l"), 0);
		ck_assert_int_eq(conf_set(&conf, "listen-owner", rows[i].owner, "-x"), 0);
		ck_assert_msg(listen_check(&conf) == rows[i].result, "%s: %s", rows[i].listen,
		    unit_log_text());
		ck_assert_msg(unit_log_count(NULL) == (rows[i].says != NULL) &&
		    (rows[i].says == NULL || unit_log_count(rows[i].says) == 1), "%s: %s",
		    rows[i].listen, unit_log_text());
	}
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("listen");
	TCase *tc = tcase_create("listen");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, both_wildcards, 0, 4);
	tcase_add_test(tc, check_lists);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

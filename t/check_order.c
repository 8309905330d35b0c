/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The command line of websocksyctl.
 */

#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "order.h"
#include "t.h"

#define WORDS	12

static char line[400];		/* what the words of an order point into */

/* Words of a line, separated by blanks; a line's '~' is a blank in a word. */
static void
parse(struct order *o, const char *text)
{
	static char name[] = "websocksyctl";
	char *argv[WORDS + 1] = { name }, *p;
	int argc = 1;

	snprintf(line, sizeof(line), "%s", text);
	for (p = strtok(line, " "); p != NULL; p = strtok(NULL, " ")) {
		ck_assert_int_lt(argc, WORDS);
		argv[argc++] = p;
		for (; *p != '\0'; p++)
			*p = *p == '~' ? ' ' : *p;
	}
	argv[argc] = NULL;
	order_parse(o, argc, argv);
}

static const struct {
	const char		*line;
	enum order_command	 command;
} rows[] = {
	{ "", ORDER_STATUS }, { "status", ORDER_STATUS }, { "check", ORDER_CHECK },
	{ "close 4711.3", ORDER_CLOSE }, { "close --client 192.0.2.1", ORDER_CLOSE },
	{ "close --peer tcp://a:1", ORDER_CLOSE }, { "close 4711.3 --client ::1", ORDER_CLOSE },
	{ "drain", ORDER_DRAIN }, { "reload", ORDER_RELOAD }, { "stop", ORDER_STOP },
	{ "stop -t 5", ORDER_STOP }, { "reload --timeout=500ms", ORDER_RELOAD },
	{ "-h", ORDER_HELP }, { "--help", ORDER_HELP }, { "-V", ORDER_VERSION },
	{ "--version", ORDER_VERSION }, { "-h -V", ORDER_HELP }, { "-V -h", ORDER_VERSION },
	{ "stop -h", ORDER_HELP }, { "-h stop", ORDER_HELP }, { "status -w", ORDER_STATUS },
	{ "-ws x", ORDER_STATUS }, { "-- check", ORDER_CHECK }, { "-s x check", ORDER_CHECK },

	{ "halt", ORDER_WRONG }, { "stop stop", ORDER_WRONG }, { "-x", ORDER_WRONG },
	{ "--colour", ORDER_WRONG }, { "--jso", ORDER_WRONG }, { "--json=1", ORDER_WRONG },
	{ "-s", ORDER_WRONG }, { "--status-file", ORDER_WRONG }, { "-s a -f b", ORDER_WRONG },
	{ "-w --json", ORDER_WRONG }, { "--json --prometheus", ORDER_WRONG },
	{ "close", ORDER_WRONG }, { "close 4711", ORDER_WRONG }, { "close x.y", ORDER_WRONG },
	{ "close 4711.3 4711.4", ORDER_WRONG }, { "close --client nobody", ORDER_WRONG },
	{ "stop --json", ORDER_WRONG }, { "stop --client ::1", ORDER_WRONG },
	{ "status -t 3", ORDER_WRONG }, { "check -w", ORDER_WRONG },
	{ "--sort colour", ORDER_WRONG }, { "-i never", ORDER_WRONG }, { "-i 0", ORDER_WRONG },
	{ "reload -t 0", ORDER_WRONG }, { "reload -t -1", ORDER_WRONG }, { "check x", ORDER_WRONG }
};

START_TEST(commands)
{
	struct order o;

	parse(&o, rows[_i].line);
	ck_assert_msg(o.command == rows[_i].command, "'%s' is command %d, not %d", rows[_i].line,
	    (int)o.command, (int)rows[_i].command);
}
END_TEST

START_TEST(values)
{
	static const char *const same[] = {
		"-s f -o in -i 3 -c ::1 -p unix:///x -j", "-sf -oin -i3 -c::1 -punix:///x -j",
		"--status-file f --sort in --interval 3 --client ::1 --peer unix:///x --json",
		"--status-file=f --sort=in --interval=3s --client=::1 --peer=unix:///x --json",
		"-js f status -o in -i 3000ms -c ::1 -p unix:///x"
	};
	struct order o;
	size_t i;

	for (i = 0; i < T_COUNT(same); i++) {
		parse(&o, same[i]);
		ck_assert_int_eq(o.command, ORDER_STATUS);
		ck_assert_str_eq(o.status_file, "f");
		ck_assert_str_eq(o.sort, "in");
		ck_assert_uint_eq(o.interval, 3000);
		ck_assert_str_eq(o.filter.client, "::1");
		ck_assert_str_eq(o.filter.peer, "unix:///x");
		ck_assert_int_eq(o.json, 1);
		ck_assert_int_eq(o.watch + o.prometheus, 0);
	}
	parse(&o, "-f my~conf reload -t 1m");
	ck_assert_str_eq(o.conf_file, "my conf");
	ck_assert_uint_eq(o.timeout, 60000);
	ck_assert_ptr_null(o.status_file);
	parse(&o, "--peer=a=b -m");
	ck_assert_str_eq(o.filter.peer, "a=b");
	ck_assert_int_eq(o.prometheus, 1);
	parse(&o, "close 4711.3");
	ck_assert_str_eq(o.filter.id, "4711.3");
	ck_assert_str_eq(o.sort, "age");
}
END_TEST

static Suite *
t_suite(void)
{
	Suite *s = suite_create("order");
	TCase *tc = tcase_create("order");

	tcase_add_loop_test(tc, commands, 0, (int)T_COUNT(rows));
	tcase_add_test(tc, values);
	suite_add_tcase(s, tc);
	return s;
}

#include "t_main.h"

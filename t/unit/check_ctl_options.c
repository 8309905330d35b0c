/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* The command line of websocksyctl. */

#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/ctl_options.h"
#include "lib/countof.h"

#define WORDS	12

static char line[400];		/* the command line, to which struct ctl_options points */

/* Parses a command line: words separated by blanks; '~' stands for a blank in a word. */
static void
parse(struct ctl_options *o, const char *text)
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
	ctl_options_parse(o, argc, argv);
}

static const struct {
	const char		*line;
	enum ctl_command	 command;
} rows[] = {
	{ "", CTL_STATUS }, { "status", CTL_STATUS }, { "check", CTL_CHECK },
	{ "close 4711.3", CTL_CLOSE }, { "close --client 192.0.2.1", CTL_CLOSE },
	{ "close --peer tcp://a:1", CTL_CLOSE }, { "close 4711.3 --client ::1", CTL_CLOSE },
	{ "drain", CTL_DRAIN }, { "reload", CTL_RELOAD }, { "stop", CTL_STOP },
	{ "stop -t 5", CTL_STOP }, { "reload --timeout=500ms", CTL_RELOAD },
	{ "-h", CTL_HELP }, { "--help", CTL_HELP }, { "-V", CTL_VERSION },
	{ "--version", CTL_VERSION }, { "-h -V", CTL_HELP }, { "-V -h", CTL_VERSION },
	{ "stop -h", CTL_HELP }, { "-h stop", CTL_HELP }, { "status -w", CTL_STATUS },
	{ "-ws x", CTL_STATUS }, { "-- check", CTL_CHECK }, { "-s x check", CTL_CHECK },

	{ "halt", CTL_INVALID }, { "stop stop", CTL_INVALID }, { "-x", CTL_INVALID },
	{ "--colour", CTL_INVALID }, { "--jso", CTL_INVALID }, { "--json=1", CTL_INVALID },
	{ "-s", CTL_INVALID }, { "--status-file", CTL_INVALID }, { "-s a -f b", CTL_INVALID },
	{ "-w --json", CTL_INVALID }, { "--json --prometheus", CTL_INVALID },
	{ "close", CTL_INVALID }, { "close 4711", CTL_INVALID }, { "close x.y", CTL_INVALID },
	{ "close 4711.3 4711.4", CTL_INVALID }, { "close --client nobody", CTL_INVALID },
	{ "stop --json", CTL_INVALID }, { "stop --client ::1", CTL_INVALID },
	{ "status -t 3", CTL_INVALID }, { "check -w", CTL_INVALID },
	{ "--sort colour", CTL_INVALID }, { "-i never", CTL_INVALID }, { "-i 0", CTL_INVALID },
	{ "reload -t 0", CTL_INVALID }, { "reload -t -1", CTL_INVALID }, { "check x", CTL_INVALID }
};

START_TEST(commands)
{
	struct ctl_options o;

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
	struct ctl_options o;
	size_t i;

	for (i = 0; i < COUNTOF(same); i++) {
		parse(&o, same[i]);
		ck_assert_int_eq(o.command, CTL_STATUS);
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
check_suite(void)
{
	Suite *s = suite_create("ctl_options");
	TCase *tc = tcase_create("ctl_options");

	tcase_add_loop_test(tc, commands, 0, (int)COUNTOF(rows));
	tcase_add_test(tc, values);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <sys/stat.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "lib/countof.h"
#include "lib/unit.h"

static struct conf conf;

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

/* A file, the positions of its invalid lines, and the settings that result from its valid lines. */
static const struct {
	const char	*text;
	const char	*faults[4];
	uint64_t	 ping;			/* in ms; default 30000 */
	const char	*options;		/* each option as name=value; */
} rows[] = {
	{ "", { NULL }, 30000, "" },
	{ "\n\r\n \t \n\n", { NULL }, 30000, "" },
	{ "# a\n; b = c\n#\n;\n  # d\n\t;e\n## f\n#ping = 1", { NULL }, 30000, "" },
	/* a byte order mark */
	{ "\xef\xbb\xbfping = 5\n", { NULL }, 5000, "" },
	{ "\xef\xbb\xbf[backend]\nhost = x\n", { NULL }, 30000, "host=x;" },
	{ "\xef\xbb\xbf# a\n\xef\xbb\xbf[core]\nping = 5\n", { NULL }, 5000, "" },
	{ "\xff\xfe[\nping = 5\nx\n", { ":1:" }, 30000, "" },
	{ "\xfe\xff\nping = 5\n", { ":1:" }, 30000, "" },
	/* positions of a setting, and blanks around it */
	{ "ping = 5\n", { NULL }, 5000, "" },
	{ "[core]\nping = 5\n", { NULL }, 5000, "" },
	{ "[core]\nping = 5", { NULL }, 5000, "" },
	{ "ping=5", { NULL }, 5000, "" },
	{ "  ping\t=\t 5 \t\n", { NULL }, 5000, "" },
	{ "\tping=5\n", { NULL }, 5000, "" },
	{ "[core]\r\n# c\r\nping = 5\r\n\r\n[backend]\r\nhost = x\r\n", { NULL }, 5000, "host=x;" },
	{ "[core] trailing text\nping = 5\n", { NULL }, 5000, "" },
	{ "[core]  \n\nping = 5\n", { NULL }, 5000, "" },
	{ "ping = 1\nping = 5\n", { NULL }, 5000, "" },
	{ "[backend]\na = b\n[core]\nping = 5\n[backend]\nc = d\n", { NULL }, 5000, "a=b;c=d;" },
	{ "[core]\n[core]\n[backend]\n[core]\nping = 5\n", { NULL }, 5000, "" },
	{ "[backend]\nping = 5\n", { NULL }, 30000, "ping=5;" },
	/* values of options */
	{ "[backend]\npath = a=b=%cookie:c%\n", { NULL }, 30000, "path=a=b=%cookie:c%;" },
	{ "[backend]\nx = a # b ; c \n", { NULL }, 30000, "x=a # b ; c;" },
	{ "[backend]\nx =\ny=\nz = \t\n", { NULL }, 30000, "x=;y=;z=;" },
	{ "[backend]\nx = [core]\nping = 1\n", { NULL }, 30000, "x=[core];ping=1;" },
	{ "[backend]\nx==\n", { NULL }, 30000, "x==;" },
	{ "[backend]\nx = \"q\"\n", { NULL }, 30000, "x=\"q\";" },
	{ "[backend]\nx = a  b\n", { NULL }, 30000, "x=a  b;" },
	{ "[backend]\nx = a \\\ny = b\n", { NULL }, 30000, "x=a \\;y=b;" },
	{ "[backend]\nx = \xc3\xa9\xff\n", { NULL }, 30000, "x=\xc3\xa9\xff;" },
	{ "[backend]\nx = 1\n# y = 2\n;\n\nx = 3\n", { NULL }, 30000, "x=1;x=3;" },
	/* invalid lines: each is reported, and the valid lines of the file take effect */
	{ "colour = red\nping = 5\n", { "conf:1: " }, 5000, "" },
	{ "ping = 5\ncolour = red", { "conf:2: " }, 5000, "" },
	{ "[core]\n\n# c\npign = 1\n", { "conf:4: " }, 30000, "" },
	{ "ping = \n", { "conf:1: " }, 30000, "" },
	{ "ping = soon\n", { "conf:1: " }, 30000, "" },
	{ "ping = 5 # often\n", { "conf:1: " }, 30000, "" },
	{ "ping = 5\nping = -1\n", { "conf:2: " }, 5000, "" },
	{ "ping 5\n", { "conf:1: " }, 30000, "" },
	{ "some words\nping = 5\n", { "conf:1: " }, 5000, "" },
	{ "= 5\n", { "conf:1: " }, 30000, "" },
	{ "=\n", { "conf:1: " }, 30000, "" },
	{ "[backend]\nwords\nx = y\n = z\n", { "conf:2: ", "conf:4: " }, 30000, "x=y;" },
	{ "[other]\n", { "conf:1: " }, 30000, "" },
	{ "[Core]\n", { "conf:1: " }, 30000, "" },
	{ "[core\n", { "conf:1: " }, 30000, "" },
	{ "[]\n", { "conf:1: " }, 30000, "" },
	{ "core\nping = 5\n", { "conf:1: " }, 5000, "" },
	{ "port = 99999\r\nping = x\r\n\r\nmin-spare = 0\r\nlog-level = all",
	    { "conf:1: ", "conf:2: ", "conf:4: ", "conf:5: " }, 30000, "" }
};

static void
assert_options(const struct conf *c, const char *want)
{
	const struct conf_option *o;
	char got[512] = "";
	size_t at = 0;

	for (o = c->options; o != NULL; o = o->next)
		at += (size_t)snprintf(got + at, sizeof(got) - at, "%s=%s;", o->name, o->value);
	ck_assert_str_eq(got, want);
}

START_TEST(conf_file_rows)
{
	const char *path = unit_file("conf", rows[_i].text, strlen(rows[_i].text));
	unsigned i;

	ck_assert_msg(conf_read(&conf, path) == (rows[_i].faults[0] == NULL ? 0 : -1), "'%s': %s",
	    rows[_i].text, unit_log_text());
	for (i = 0; i < COUNTOF(rows[_i].faults) && rows[_i].faults[i] != NULL; i++)
		ck_assert_msg(unit_log_count(rows[_i].faults[i]) == 1, "'%s', %s%s", rows[_i].text,
		    rows[_i].faults[i], unit_log_text());
	ck_assert_msg(unit_log_count(NULL) == i && unit_log_count(path) == i, "'%s': %s",
	    rows[_i].text, unit_log_text());
	ck_assert_uint_eq(conf.ping, rows[_i].ping);
	assert_options(&conf, rows[_i].options);
}
END_TEST

/* Lines in an unknown section must not be taken for lines of another section. */
START_TEST(conf_file_unknown_section)
{
	static const char text[] = "[backend]\na = b\n[bakend]\nc = d\n[core]\nping = 5\n";

	ck_assert_int_eq(conf_read(&conf, unit_file("conf", text, sizeof(text) - 1)), -1);
	ck_assert_uint_ge(unit_log_count("conf:3: "), 1);
	ck_assert_uint_eq(conf.ping, 5000);
	assert_options(&conf, "a=b;");
}
END_TEST

/*
 * Two files are read one after the other, as with two options -f. The second file starts outside
 * of any section.
 */
START_TEST(conf_file_after_another)
{
	static const char first[] = "ping = 5\nport = 1\n[backend]\nx = 1\n";
	static const char second[] = "ping = 7\n";

	ck_assert_int_eq(conf_read(&conf, unit_file("conf", first, sizeof(first) - 1)), 0);
	ck_assert_int_eq(conf_read(&conf, unit_file("other", second, sizeof(second) - 1)), 0);
	ck_assert_uint_eq(conf.ping, 7000);
	ck_assert_str_eq(conf.port, "1");
	assert_options(&conf, "x=1;");
	ck_assert_ptr_nonnull(strstr(conf.options->place, "conf:4"));
}
END_TEST

START_TEST(conf_file_nul_bytes)
{
	static const struct {
		const char	*text;
		size_t		 len;
		unsigned	 faults;
		uint64_t	 ping;
	} files[] = {
		{ "\0", 1, 1, 30000 }, { "\0\n\0", 3, 2, 30000 }, { "ping = 5\0\n", 10, 1, 30000 },
		{ "ping = 5\0000\nport = 1\n", 20, 1, 30000 },
		{ "# c\0\nping = 5\n", 14, 1, 5000 },
		{ "\0ping = 5\nping = 7\n", 19, 1, 7000 }, { "ping = 7\n\0", 10, 1, 7000 }
	};
	size_t i;

	for (i = 0; i < COUNTOF(files); i++) {
		conf_free(&conf);
		conf_init(&conf);
		unit_log_capture();
		ck_assert_int_eq(conf_read(&conf, unit_file("conf", files[i].text, files[i].len)),
		    -1);
		ck_assert_msg(unit_log_count("conf:") == files[i].faults, "file %zu: %s", i,
		    unit_log_text());
		ck_assert_msg(conf.ping == files[i].ping, "file %zu: %llu", i,
		    (unsigned long long)conf.ping);
	}
}
END_TEST

/* A line of any length is read completely, or reported once with its position. */
START_TEST(conf_file_long_lines)
{
	static const char *const begin[] = {
		"[backend]\nx = ", "[backend]\n# ", "[backend]\n", "[", ""
	};
	const size_t len = 300000;
	struct conf_option *o;
	char *text = malloc(len + 64);
	size_t i, at;

	ck_assert_ptr_nonnull(text);
	for (i = 0; i < COUNTOF(begin); i++) {
		conf_free(&conf);
		conf_init(&conf);
		unit_log_capture();
		at = (size_t)snprintf(text, 64, "%s", begin[i]);
		memset(text + at, 'y', len);
		strcpy(text + at + len, "\n[core]\nping = 5\n");
		ck_assert_int_eq(conf_read(&conf, unit_file("conf", text, strlen(text))),
		    i < 2 ? 0 : -1);
		ck_assert_msg(unit_log_count(NULL) == (i < 2 ? 0 : 1), "%s", unit_log_text());
		ck_assert_uint_eq(unit_log_count(i == 2 ? "conf:2: " : "conf:1: "),
		    unit_log_count(NULL));
		ck_assert_uint_eq(conf.ping, 5000);
		o = conf.options;
		ck_assert_uint_eq(o == NULL ? 0 : strlen(o->value), i == 0 ? len : 0);
	}
	free(text);
}
END_TEST

START_TEST(conf_file_line_numbers)
{
	const unsigned lines = 70000;
	char *text = malloc(2 * lines + 64);

	ck_assert_ptr_nonnull(text);
	memset(text, '\n', 2 * lines);
	strcpy(text + lines, "what = is this\n");
	ck_assert_int_eq(conf_read(&conf, unit_file("conf", text, strlen(text))), -1);
	ck_assert_uint_eq(unit_log_count("conf:70001: "), 1);
	free(text);
}
END_TEST

START_TEST(conf_file_that_is_none)
{
	const char *path = unit_path("missing");

	ck_assert_int_eq(conf_read(&conf, path), -1);
	ck_assert_uint_eq(unit_log_count(NULL), 1);
	ck_assert_uint_eq(unit_log_count(path), 1);

	unit_log_capture();
	path = unit_path("directory");
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(conf_read(&conf, path), -1);
	ck_assert_uint_eq(unit_log_count(NULL), 1);
	ck_assert_uint_eq(unit_log_count(path), 1);

	unit_log_capture();
	ck_assert_int_eq(conf_read(&conf, ""), -1);
	ck_assert_uint_eq(unit_log_count(NULL), 1);
	ck_assert_int_eq(conf_read(&conf, "/dev/null"), 0);
	ck_assert_uint_eq(unit_log_count(NULL), 1);
}
END_TEST

/* For random files: a valid file logs nothing, and an invalid file logs at least one line. */
START_TEST(conf_file_random)
{
	static const char *const parts[] = {
		"[core]", "[backend]", "[", "]", "\n", "\n", "\n", "=", " = ", "ping", "port",
		"backend", "1", "file", "#", ";", " ", "\t", "\r", "\xff", "'", "%n%s",
		"max-message", "4k", "origin"
	};
	uint64_t random = 8;
	char text[512];
	unsigned n, right = 0;
	int turn, result;

	for (turn = 0; turn < 1000; turn++) {
		text[0] = '\0';
		for (n = (unsigned)(unit_random(&random) % 20); n > 0; n--)
			strcat(text, parts[unit_random(&random) % COUNTOF(parts)]);
		conf_free(&conf);
		conf_init(&conf);
		unit_log_capture();
		result = conf_read(&conf, unit_file("conf", text, strlen(text)));
		ck_assert_msg((result == 0) == (unit_log_count(NULL) == 0), "'%s': %d, %s", text,
		    result, unit_log_text());
		right += result == 0;
	}
	ck_assert_uint_gt(right, 50);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("conf_file");
	TCase *tc = tcase_create("conf_file");

	tcase_add_unchecked_fixture(tc, unit_files_setup, unit_files_remove);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, conf_file_rows, 0, COUNTOF(rows));
	tcase_add_test(tc, conf_file_unknown_section);
	tcase_add_test(tc, conf_file_after_another);
	tcase_add_test(tc, conf_file_nul_bytes);
	tcase_add_test(tc, conf_file_long_lines);
	tcase_add_test(tc, conf_file_line_numbers);
	tcase_add_test(tc, conf_file_that_is_none);
	tcase_add_test(tc, conf_file_random);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

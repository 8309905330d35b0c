/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What -t reports: names in the wrong section, values that cannot work, and all faults of a
 * configuration at once, each with its place and its remedy.
 */

#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf_names.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"

static struct harness h;
static char output[65536];

/* Runs the program to its end. Its standard output is stored in `output`, its log in h.text. */
static int
run(const char *const *args)
{
	int status = harness_output(&h, args, output, sizeof(output));

	harness_log_text(&h);
	return status;
}

static void
expect_in(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		expect_fail("should say \"%s\": %s", part, text);
}

/* -- arguments -- */

static const struct {
	const char	*args[6];
	const char	*says;
} refused[] = {
	{ { "-c", "ping=1" }, "-c: ping is a setting: give it as -o ping=VALUE" },
	{ { "-c", "orign=1" }, "is 'origin' meant, a setting" },
	{ { "-o", "host=x" }, "-o: host is an option of the backend: give it as -c host=VALUE" },
	{ { "-b", "map", "-c", "origin=any" }, "-c: origin is a setting: give it as -o origin" },
	{ { "-b", "file", "-c", "expresion=x" }, "-c: backend file: the options are path, "
	    "expression and slash, not 'expresion'; is 'expression' meant?" },
	{ { "-b", "map", "-o", "tokens=x" }, "-o: tokens is an option of the backend: give it as" },
	{ { "-b", "exec", "-c", "timeout=soon" }, "-c: backend_exec: timeout = soon: not a time" },
	{ { "-c", "file=/x", "-b", "map" }, "-b: setting the backend has dropped the options given "
	    "before it, such as file (-c)" },
	{ { "-c", "port=80x" }, "-c: the built-in backend: port = 80x: port 80x is neither" },
	{ { "-c", "port=no-such-service" }, "port = no-such-service: port no-such-service is" },
	{ { "-c", "port=5900,5901" }, "-c: the built-in backend: port = 5900,5901: " },
	{ { "-c", "port=5900 # vnc" }, "a comment is a line of its own" },
	{ { "-c", "host=localhost:80x" }, "-c: the built-in backend: host = localhost:80x: " },
	{ { "-c", "host=localhost 5900" }, "-c: the built-in backend: host = localhost 5900: " },
	{ { "-c", "host=/run/x.sock" }, "unix:///run/x.sock" },
	{ { "-c", "host=unix:/run/x.sock" }, "unix:///run/x.sock" },
	{ { "-c", "host=\"localhost\"" }, "a value is not put in quotes" },
	{ { "-c", "host=unix:///run/x # y" }, "a comment is a line of its own" },
	{ { "-c", "host=::1:5900" }, "tcp://[::1]:5900" },
	{ { "-c", "host=http://x" }, "unknown scheme" },
	{ { "-c", "protocol=a/b" }, "-c: the built-in backend: protocol = a/b: a subprotocol is" },
	{ { "-c", "protocol=\"binary\"" }, "a value is not put in quotes" },
	{ { "-c", "protocol=mqtt binary" }, "protocol = mqtt binary: a subprotocol is" },
	{ { "-c", "protocol=irc, mqtt binary , x" }, "a subprotocol is a name of letters" },
	{ { "-c", "protocol=" }, "protocol = : it is empty" },
	{ { "-o", "ping=off" }, "-o: ping: 'off' is not a time such as 30, 30s, 500ms, 5m or 1h (no "
	    "blank, no other unit than ms, s, m, h, d) from 0s to 86400s: time of silence after "
	    "which a client is pinged; 0: never" },
	{ { "-o", "max-connections-per-worker=unlimited" }, "0: no limit" },
	{ { "-t", "-o", "user=nobody-has-this" }, "-o: user = nobody-has-this cannot be used here" },
	/* what could not be used at the start */
	{ { "-t", "-l", "a..b" }, "-l: listen: host a..b port 8001: " },
	{ { "-t", "-l", "unix:///tmp/x", "-o", "listen-owner=nobody-has-this" },
	    "-o: listen-owner: there is no user 'nobody-has-this'" },
	{ { "-t", "-l", "unix:///tmp/x", "-o", "listen-group=nobody-has-this" },
	    "-o: listen-group: there is no group 'nobody-has-this'" },
	{ { "-t", "-o", "log=/" }, "-o: log: / is a directory: name a file in it" },
	{ { "-t", "-o", "log=/nonexistent/log" }, "-o: log: there is no directory /nonexistent/" },
	{ { "-t", "-o", "pid-file=/" }, "-o: pid-file: / is a directory: name a file in it" },
	{ { "-t", "-o", "status-file=/tmp" }, "-o: status-file: /tmp is a directory" }
};

/* The program does not start, and the message has the option, the value and the remedy. */
START_TEST(refused_arguments)
{
	const char *args[COUNTOF(refused[0].args) + 2] = { NULL };

	expect_context("row %d", _i);
	memcpy(args, refused[_i].args, sizeof(refused[_i].args));
	ck_assert_int_eq(run(args), 1);
	expect_in(h.text, refused[_i].says);
	ck_assert_str_eq(output, "");
	harness_clean(&h);
}
END_TEST

/* Directories that a service manager may make later: the check warns, and does not fail. */
START_TEST(missing_directories)
{
	static const struct {
		const char	*setting, *says;
	} rows[] = {
		{ "pid-file=/nonexistent/x", "warn: -o: pid-file: there is no directory /nonexistent/" },
		{ "status-file=/dev/null/x", "warn: -o: status-file: there is no directory /dev/null/" },
		{ "listen=unix:///nonexistent/x",
		    "warn: -o: listen: unix:///nonexistent/x: there is no directory /nonexistent/" }
	};
	const char *args[] = { "-t", "-o", rows[_i].setting, NULL };

	ck_assert_int_eq(run(args), 0);
	expect_in(h.text, rows[_i].says);
	expect_in(output, "the configuration is valid");
	harness_clean(&h);
}
END_TEST

/* An ordinary user's daemon: the message names the settings that this user has to set. */
START_TEST(daemon_of_an_ordinary_user)
{
	static const char user[] = "setpriv --reuid 65534 --regid 65534 --clear-groups";
	const char *args[] = { _i == 0 ? "-td" : "-d", "-p", "0", "-l", "127.0.0.1", NULL };
	char command[1200];

	snprintf(command, sizeof(command), "%s '%s' -V >/dev/null 2>&1", user,
	    getenv("WEBSOCKSY") != NULL ? getenv("WEBSOCKSY") : "./websocksy");
	if (geteuid() == 0 && system(command) != 0) {
		expect_skip("no setpriv to run the program as another user");
		return;
	}
	if (geteuid() == 0)
		harness_wrap("while [ \"$2\" = user=root ]; do shift 2; done", user, "");
	ck_assert_int_eq(setenv("XDG_RUNTIME_DIR", "/run/user/1", 1), 0);
	ck_assert_int_eq(run(args), 1);
	harness_unwrap();
	expect_in(h.text, "/run");
	expect_in(h.text, "set pid-file and status-file, as in -o pid-file=/run/user/1/websocksy.pid "
	    "-o status-file=/run/user/1/websocksy.status");
	harness_clean(&h);
}
END_TEST

/* -- files -- */

static const struct {
	const char	*text;
	const char	*says[4];
} bad_files[] = {
	/* names in the wrong section */
	{ "\nhost = localhost\n", { ":2: host is an option of the backend: it belongs in "
	    "[backend]" } },
	{ "framing = binary\n[backend]\n\norigin = any\n", { ":1: framing is an option",
	    ":4: origin is a setting: it belongs in [core]" } },
	{ "backend = map\n[backend]\nfile = /dev/null\nlisten = ::\n",
	    { ":4: listen is a setting: it belongs in [core]" } },
	{ "[backend]\nhost = x\n\n[core]\nbackend = internal\n",
	    { ":5: backend comes after an option of the backend (", ":2: host): put it before" } },
	{ "[backend]\nfile = /x\nexpression = y\n", { ":2: the built-in backend: the options are "
	    "host, port, framing, framing-config and protocol, not 'file', which is an option of "
	    "the backend map (set backend = map in [core], or -b)", ":3: ", "of the backend file" } },
	{ "backend = map\n[backend]\nfile = /dev/null\nhost = x\n", { ":4: backend map: the "
	    "options are file and tokens, not 'host', which is an option of the backend internal" } },
	{ "[Core]\nport = 1\n[bakend]\nhost = x\n", { ":1: there is no section '[Core]' (only "
	    "[core] and [backend]); is '[core]' meant?", ":3: there is no section '[bakend]' (only "
	    "[core] and [backend]); is '[backend]' meant?" } },
	{ "backend = exec\n[backend]\ncommand = true\nkeep = \"yes\"\ntimeout = 5 # seconds\n",
	    { ":4: backend exec does not accept the option keep = \"yes\": a value is not put in "
	    "quotes", ":5: backend exec does not accept the option timeout = 5 # seconds: a "
	    "comment is a line of its own" } },
	/* all faults of both sections */
	{ "ping = soon\n[backend]\nport = 80x\nframing = nonsense\nprotocol = a b/c\n",
	    { ":1: ping:", ":3: the built-in backend: port = 80x", ":4: the built-in backend: "
	    "framing = nonsense: there is no framing 'nonsense'", ":5: the built-in backend: protocol = " } },
	{ "backend = exec\nport = 80x\n[backend]\ntimeout = soon\nkep = no\n",
	    { ":2: port:", ":4: backend_exec: timeout", ":4: backend exec does not accept",
	    ":5: backend exec: the options are" } },
	{ "min-spare = 5\nmax-spare = 4\n[backend]\nhost = [::1\n",
	    { ":1: min-spare (5) is greater", ":4: the built-in backend: host = [::1: " } },
	{ "group = no-such-group\n[backend]\nport = 99999\n",
	    { "group", ":3: the built-in backend: port = 99999: " } },
	{ "[backend]\n= 1\n", { ":2: an option for the backend has no name" } },
	{ "[core]\nbackend = no-such\n", { "no-such" } },
	{ "\xff\xfe[\nport = 80x\n", { ":1: the file begins with a byte order mark of UTF-16 or "
	    "UTF-32: save it as UTF-8" } },
	{ "\nport = 80x\nlog = /nonexistent/log\n[backend]\nport = 80x\n", { ":2: port: '80x'",
	    ":3: log: there is no directory", ":5: the built-in backend: port = 80x" } }
};

static const char *
write_file(const char *text)
{
	const char *path = harness_scratch("conf");
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
	return path;
}

/* Returns the path of a file with this text and, if it names a backend, the module directory. */
static const char *
configuration(const char *text)
{
	char all[1024];

	if (strncmp(text, "backend = ", 10) != 0 || harness_modules() == NULL)
		return write_file(text);
	snprintf(all, sizeof(all), "%s[core]\nmodule-directory = %s\n", text, harness_modules());
	return write_file(all);
}

/* The whole of a file is reported. test_options.c does this for each way in which it is read. */
START_TEST(faults_of_a_file)
{
	const char *args[] = { "-t", "-f", configuration(bad_files[_i].text), NULL };
	size_t i;

	expect_context("row %d", _i);
	ck_assert_int_eq(run(args), 1);
	for (i = 0; i < COUNTOF(bad_files[_i].says) && bad_files[_i].says[i] != NULL; i++)
		expect_in(h.text, bad_files[_i].says[i]);
	ck_assert_str_eq(output, "");
	harness_clean(&h);
}
END_TEST

/* -- what -h and -T print -- */

/* The help has the options of each backend, and the names of the backends and framings. */
START_TEST(help)
{
	static const char *const lines[] = { "backend internal", "  host ", "  port ", "  framing ",
	    "  framing-config ", "  protocol ", "backend exec", "  command ", "backend file",
	    "  expression ", "backend map", "  tokens ", "\nbackends: internal, exec, file, map\n",
	    "\nframings: auto, binary, separator, newline, ", ", length, line, netstring" };
	const char *args[] = { "-h", "-m", harness_modules(), NULL };
	const char *setting[] = { "-o", NULL, "-h", NULL };
	char text[600];
	unsigned way;
	size_t i;

	if (args[2] == NULL)
		return;
	snprintf(text, sizeof(text), "module-directory=%s", args[2]);
	setting[1] = text;
	for (way = 0; way < 2; way++) {
		ck_assert_int_eq(run(way == 0 ? args : setting), 0);
		for (i = 0; i < COUNTOF(lines); i++)
			expect_in(output, lines[i]);
		ck_assert_str_eq(h.text, "");
		harness_clean(&h);
	}
}
END_TEST

/* The options that -h lists are those that the backends accept. */
START_TEST(help_is_true)
{
	static const struct {
		const char	*backend, *says;
	} rows[] = {
		{ "internal", "the options are host, port, framing, framing-config and protocol," },
		{ "exec", "the options are " }, { "file", "the options are " },
		{ "map", "the options are " }
	};
	const char *args[] = { "-t", "-m", harness_modules(), "-b", NULL, "-c", "nonsense=1", NULL };
	char text[4096], listed[512];
	const char *name;
	size_t i, n;

	if (args[2] == NULL)
		return;
	for (i = 0; i < COUNTOF(rows); i++) {
		args[4] = rows[i].backend;
		ck_assert_int_eq(run(args), 1);
		expect_in(h.text, rows[i].says);
		snprintf(text, sizeof(text), "%s", strstr(h.text, "the options are "));
		harness_clean(&h);
		listed[0] = '\0';
		for (n = 0; n < conf_names_count; n++) {
			name = conf_names_options[n].name;
			if (strcmp(conf_names_options[n].backend, rows[i].backend) != 0)
				continue;
			snprintf(listed + strlen(listed), sizeof(listed) - strlen(listed), "%s%s",
			    listed[0] == '\0' ? "the options are " :
			    n + 1 == conf_names_count || strcmp(conf_names_options[n + 1].backend,
			    rows[i].backend) != 0 ? " and " : ", ", name);
		}
		expect_in(text, listed);
	}
}
END_TEST

/* Each -m adds a directory to the setting, which -T prints; -o replaces them all. */
START_TEST(directories)
{
	const char *add[] = { "-T", "-o", "module-directory=/a", "-m", "/b", "-m", ".", "-m", "/b",
	    NULL };
	const char *replace[] = { "-T", "-m", "/b", "-o", "module-directory=/c", NULL };
	const char *installed[] = { "-T", "-m", "/b", NULL };
	const char *empty[] = { "-T", "-m", "", NULL };

	ck_assert_int_eq(run(add), 0);
	expect_in(output, "\nmodule-directory = /a:/b:.\n");
	harness_clean(&h);
	ck_assert_int_eq(run(replace), 0);
	expect_in(output, "\nmodule-directory = /c\n");
	harness_clean(&h);
	ck_assert_int_eq(run(installed), 0);
	expect_in(output, "\nmodule-directory = " MODULE_DIRECTORY ":/b\n");
	harness_clean(&h);
	ck_assert_int_eq(run(empty), 1);
	expect_in(h.text, "-m: module-directory: '' is invalid");
	harness_clean(&h);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("check");
	TCase *tc = harness_case(s, "arguments", 60);

	tcase_add_loop_test(tc, refused_arguments, 0, (int)COUNTOF(refused));
	tcase_add_loop_test(tc, missing_directories, 0, 3);
	tcase_add_loop_test(tc, daemon_of_an_ordinary_user, 0, 2);
	tc = harness_case(s, "files", 60);
	tcase_add_loop_test(tc, faults_of_a_file, 0, (int)COUNTOF(bad_files));
	tc = harness_case(s, "help", 60);
	tcase_add_test(tc, help);
	tcase_add_test(tc, help_is_true);
	tcase_add_test(tc, directories);
	return s;
}

#include "lib/check_main.h"

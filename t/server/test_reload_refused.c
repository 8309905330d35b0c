/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Reloads that fail: the running server goes on with its old configuration, and the reason is
 * logged.
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/proc.h"
#include "lib/server.h"
#include "lib/sock.h"
#include "test_reload.h"

static struct server s;

/* Checks that the server goes on: the session can be used, and another session can be opened. */
static void
expect_unharmed(struct client *c)
{
	client_echo(c);
	server_use(&s);
}

/*
 * A reload with an invalid configuration is refused; a later reload with a valid configuration
 * succeeds.
 */
static void
refused(const char *settings, const char *why)
{
	struct client c;

	server_start(&s, "start-workers = 2\n");
	server_open(&s, &c);
	server_write(&s, "%s", settings);
	server_reload_refused(&s);
	harness_log(&s.h, why, EXPECT_MS);
	ck_assert_uint_le(harness_log_count(&s.h, " error: "), 3);
	expect_unharmed(&c);
	server_write(&s, "start-workers = 2\n");
	server_reload(&s, 1);
	expect_unharmed(&c);
	client_echo_finish(&c);
	server_stop(&s);
}

static const struct {
	const char	*settings, *why;
} bad[] = {
	{ "colour = blue\n", "colour" },
	{ "ping = soon\n", "ping" },
	{ "backend = nobody-has-this\n", "nobody-has-this" },
	{ "module-directory = /nonexistent/modules\nbackend = file\n", "/nonexistent/modules" },
	{ "[nowhere]\n", "nowhere" },
	{ "start-workers\n", "start-workers" },
	{ "user = nobody-has-this\n", "nobody-has-this" },
	{ "listen = unix://relative\n", "slash" },
	{ "[backend]\nframing = newlin\n", "is 'newline' meant?" },
	{ "[backend]\nframing = newline/text\nframing-config = LF\n",
	    "the line end is crlf, lf, cr or lfcr; is 'lf' meant?" },
};

START_TEST(a_bad_configuration)
{
	expect_context("%s", bad[_i].settings);
	refused(bad[_i].settings, bad[_i].why);
}
END_TEST

START_TEST(no_configuration)
{
	struct client c;

	server_start(&s, "start-workers = 2\n");
	server_open(&s, &c);
	ck_assert_int_eq(unlink(s.conf), 0);
	server_reload_refused(&s);
	harness_log(&s.h, s.conf, EXPECT_MS);
	expect_unharmed(&c);
	client_echo_finish(&c);
	server_stop(&s);
}
END_TEST

/* The reason of a refusal is logged also if the directory of the start is not there any more. */
START_TEST(no_directory)
{
	char away[sizeof(s.h.dir) + 8], log[sizeof(s.h.log)];
	struct client c;

	server_start(&s, "start-workers = 2\n");
	server_open(&s, &c);
	snprintf(away, sizeof(away), "%s.away", s.h.dir);
	memcpy(log, s.h.log, sizeof(log));
	snprintf(s.h.log, sizeof(s.h.log), "%s%s", away, log + strlen(s.h.dir));
	ck_assert_int_eq(rename(s.h.dir, away), 0);
	server_reload_refused(&s);
	ck_assert_int_eq(rename(away, s.h.dir), 0);
	memcpy(s.h.log, log, sizeof(log));
	harness_log(&s.h, "cannot go to the directory where the server was started", EXPECT_MS);
	server_reload(&s, 1);
	client_echo_finish(&c);
	server_stop(&s);
}
END_TEST

/* Settings whose errors show only after the new program has started, not in the check. */
static const struct {
	const char	*settings, *why;
} late[] = {
	{ "log = /nonexistent/directory/log\n", "/nonexistent/directory/log" },
	{ "listen = 127.0.0.1, unix:///nonexistent/directory/socket\n",
	    "/nonexistent/directory/socket" },
	{ "listen = 127.0.0.1, nobody.has.this.name.invalid\n", "nobody.has.this.name.invalid" },
	{ "pid-file = /nonexistent/directory/pid\n", "/nonexistent/directory/pid" },
	{ "status-file = /nonexistent/directory/status\n", "status-file" },
};

/*
 * Reloads with a setting that cannot be applied. The log must have the words `why`, and the
 * server goes on with its other settings.
 */
static void
try_failing(const char *settings, const char *why)
{
	struct client c;

	server_start(&s, "start-workers = 2\n");
	server_open(&s, &c);
	server_write(&s, "%s", settings);
	harness_log_mark(&s.h);
	harness_signal(&s.h, SIGHUP);
	harness_log(&s.h, why, EXPECT_MS);
	expect_unharmed(&c);
	ck_assert_uint_le(harness_log_count(&s.h, " error: "), 2);
	server_write(&s, "start-workers = 2\n");
	server_reload(&s, 1);
	expect_unharmed(&c);
	client_echo_finish(&c);
	server_stop(&s);
}

START_TEST(a_place_that_cannot_be_had)
{
	expect_context("%s", late[_i].settings);
	try_failing(late[_i].settings, late[_i].why);
}
END_TEST

START_TEST(a_port_that_another_has)
{
	int port, other = sock_listen(&port);
	char settings[64], place[32];

	snprintf(place, sizeof(place), "127.0.0.1:%d", port);
	snprintf(settings, sizeof(settings), "listen = 127.0.0.1, %s\n", place);
	try_failing(settings, place);
	sock_close(&other);
}
END_TEST

/* -- the program itself -- */

static char program[600];

/* Starts a copy of the program, whose file the test can replace. */
static void
start_copy(struct client *c)
{
	server_prepare(&s);
	server_write(&s, "start-workers = 2\nclose-timeout = 1s\n");
	snprintf(program, sizeof(program), "%s", harness_scratch("program"));
	reload_install(program);
	reload_run_installed(&s, program);
	server_open(&s, c);
}

static void
replace(const char *text, mode_t mode)
{
	FILE *f;

	ck_assert(unlink(program) == 0);
	if (text == NULL)
		return;
	f = fopen(program, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(program, mode), 0);
}

static const struct {
	const char	*text, *why;
	mode_t		 mode;
} programs[] = {
	{ NULL, "No such file", 0 },
	{ "#!/bin/sh\necho this is no server >&2\nexit 1\n", "this is no server", 0700 },
	{ "#!/bin/sh\nkill -KILL $$\n", "signal 9 ended the check", 0700 },
	{ "#!/bin/sh\nexit 3\n", "without a message, with status 3", 0700 },
	{ "#!/nonexistent/interpreter\n", "No such file", 0700 },
	{ "not to be executed\n", "ermission denied", 0600 },
};

START_TEST(a_program_that_will_not_do)
{
	struct client c;

	expect_context("%s", programs[_i].text != NULL ? programs[_i].text : "none");
	start_copy(&c);
	replace(programs[_i].text, programs[_i].mode);
	harness_log_mark(&s.h);
	harness_signal(&s.h, SIGHUP);
	harness_log(&s.h, "the server goes on", EXPECT_MS);
	harness_log(&s.h, programs[_i].why, EXPECT_MS);
	expect_unharmed(&c);
	reload_install(program);
	server_reload(&s, 1);
	expect_unharmed(&c);
	client_echo_finish(&c);
	server_stop(&s);
}
END_TEST

static const char *const endless[] = {
	"#!/bin/sh\nexec sleep 60\n",
	"#!/bin/sh\nwhile :; do echo this line and the next, without an end; done >&2\n",
};

/*
 * A configuration check that prints without end, or never exits, delays neither clients nor a
 * stop.
 */
START_TEST(a_check_that_does_not_end)
{
	pid_t pids[64];
	unsigned n;
	struct client c;
	uint64_t begun;

	start_copy(&c);
	replace(endless[_i], 0700);
	harness_log_mark(&s.h);
	begun = expect_now();
	harness_signal(&s.h, SIGHUP);
	harness_log(&s.h, "reload: checking", EXPECT_MS);
	expect_unharmed(&c);
	n = harness_children(s.h.pid, pids, COUNTOF(pids));
	harness_signal(&s.h, SIGTERM);
	client_expect_end(&c, 1001);
	ck_assert_int_eq(harness_wait(&s.h, EXPECT_MS), 0);
	expect_elapsed(begun, 0, 5000);
	while (n > 0)
		harness_expect_gone(pids[--n], 1000);
	harness_clean(&s.h);
	harness_stop(&s.echo);
}
END_TEST

/* A server that receives TERM or QUIT during the check does not execute the program again. */
START_TEST(term_during_the_check)
{
	struct client c;
	uint64_t begun;
	char go[600];

	snprintf(go, sizeof(go), "%s", harness_scratch("go"));
	start_copy(&c);
	reload_install_waiting(program, go);
	harness_log_mark(&s.h);
	harness_signal(&s.h, SIGHUP);
	harness_log(&s.h, "reload: checking", EXPECT_MS);
	begun = expect_now();
	harness_signal(&s.h, _i == 0 ? SIGTERM : SIGQUIT);
	harness_log(&s.h, _i == 0 ? "stopping" : "draining", EXPECT_MS);
	reload_go(go);
	if (_i == 0) {
		/*
		 * The client does not answer the close frame, so that the stop takes longer than
		 * the check.
		 */
		client_expect_close(&c, 1001);
	} else {
		client_echo(&c);
		ck_assert(client_is_silent(&c, 500));
		client_finish(&c);
	}
	ck_assert_int_eq(harness_wait(&s.h, 2 * EXPECT_MS), 0);
	expect_elapsed(begun, 0, 10000);
	ck_assert_uint_eq(harness_log_count(&s.h, "executing the program again"), 0);
	if (_i == 0)
		client_end(&c);
	harness_clean(&s.h);
	harness_stop(&s.echo);
}
END_TEST

/* -- descriptors -- */

/* The server goes on if a reload needs more descriptors than the limit allows. */
START_TEST(no_descriptors)
{
	unsigned have, more;
	struct client c;

	if (!proc_is_available() || getenv("VALGRIND_PROGRAM") != NULL) {
		expect_skip("descriptors cannot be counted");
		return;
	}
	server_start(&s, "start-workers = 2\n");
	server_open(&s, &c);
	have = proc_descriptors(s.h.pid);
	for (more = 0; more < 6; more++) {
		expect_context("%u descriptors more", more);
		if (!proc_limit_descriptors(s.h.pid, have + more)) {
			expect_skip("no prlimit for a running process");
			break;
		}
		harness_log_mark(&s.h);
		harness_signal(&s.h, SIGHUP);
		if (more == 0)
			harness_log(&s.h, strerror(EMFILE), EXPECT_MS);
		else
			harness_log(&s.h, "the configuration", EXPECT_MS);
		expect_unharmed(&c);
	}
	ck_assert(proc_limit_descriptors(s.h.pid, 1000));
	server_reload(&s, 1);
	expect_unharmed(&c);
	client_echo_finish(&c);
	server_stop(&s);
}
END_TEST

void
reload_refused_cases(Suite *suite)
{
	TCase *tc = harness_case(suite, "refused", 60);

	tcase_add_loop_test(tc, a_bad_configuration, 0, (int)COUNTOF(bad));
	tcase_add_test(tc, no_configuration);
	tcase_add_test(tc, no_directory);
	tcase_add_loop_test(tc, a_place_that_cannot_be_had, 0, (int)COUNTOF(late));
	tcase_add_test(tc, a_port_that_another_has);
	tcase_add_test(tc, no_descriptors);
	if (getenv("VALGRIND_PROGRAM") != NULL) {
		expect_skip("valgrind does not run a copy of the program");
		return;
	}
	tcase_add_loop_test(tc, a_program_that_will_not_do, 0, (int)COUNTOF(programs));
	tcase_add_loop_test(tc, a_check_that_does_not_end, 0, (int)COUNTOF(endless));
	tcase_add_loop_test(tc, term_during_the_check, 0, 2);
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The auxiliary process of a module: how workers ask it, what happens if it exits, and what an
 * intruder in a worker can do to it.
 */

#include "config.h"

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/client.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/modules.h"
#include "lib/sock.h"

static struct harness h;

static void
start(const char *setting)
{
	modules_begin("framing_test", NULL);
	modules_link("backend_asking", "backend_test");
	modules_start(&h, 1, "-o", setting, NULL);
}

/* Sends a request and returns the answer, the reason of the refusal. */
static const char *
ask(const char *path)
{
	static char text[200];
	struct client c;

	client_ask(&c, h.port, path);
	ck_assert_int_eq(c.status, 403);
	snprintf(text, sizeof(text), "%s", c.body);
	text[strcspn(text, "\r\n")] = '\0';
	client_end(&c);
	return text;
}

static void
expect_answer(const char *path, const char *expected)
{
	const char *text = ask(path);

	if (strstr(text, expected) == NULL)
		expect_fail("%s: \"%s\", not \"%s\"", path, text, expected);
}

/* Returns the pid of the process. */
static pid_t
process(void)
{
	const char *pid = strstr(ask("/"), "process ");

	if (pid == NULL)
		expect_fail("no pid");
	return (pid_t)strtol(pid + strlen("process "), NULL, 10);
}

START_TEST(answers)
{
	pid_t pid;

	start("ping=0");
	pid = process();
	ck_assert_int_ne(pid, h.pid);
	ck_assert_int_eq(process(), pid);
	/* A worker has its own end alone, from which it can read nothing. */
	expect_answer("/sockets", "sockets 1");
	harness_stop(&h);
	harness_expect_gone(pid, EXPECT_MS);
}
END_TEST

/* A process without an answer does not make the worker exceed module-timeout. */
START_TEST(silent)
{
	char setting[40];

	snprintf(setting, sizeof(setting), "module-timeout=%dms", expect_stretch(1000));
	start(setting);
	expect_answer("/silent", "result -2");
	ck_assert_uint_eq(harness_log_count(&h, "module-timeout"), 0);
	harness_stop(&h);
}
END_TEST

/* A process that exits is started again, and is not asked for ever. */
START_TEST(exits)
{
	pid_t pid;

	start("ping=0");
	pid = process();
	expect_answer("/exit", "result -");
	(void)harness_log(&h, "ended with status 3", EXPECT_MS);
	harness_expect_gone(pid, EXPECT_MS);
	/* A question waits until the process runs again. */
	ck_assert_int_ne(process(), pid);
	h.deaths = 1;
	harness_stop(&h);
}
END_TEST

/* If an intruder shuts down the socket of all workers, the workers get another one. */
START_TEST(shut_down)
{
	uint64_t deadline;
	pid_t pid;

	start("ping=0");
	pid = process();
	expect_answer(_i == 0 ? "/shut" : "/shut-sending", "sockets 1");
	(void)harness_log(&h, "were shut down and are replaced", EXPECT_MS);
	harness_expect_gone(pid, EXPECT_MS);
	/* The previous workers exit when they have no client. */
	deadline = expect_deadline(EXPECT_MS);
	while (strstr(ask("/"), "process ") == NULL)
		if (!expect_again(deadline))
			expect_fail("the process cannot be asked");
	expect_answer("/sockets", "sockets 1");
	ck_assert_int_ne(process(), pid);
	h.deaths = 1;
	harness_stop(&h);
}
END_TEST

START_TEST(only_one)
{
	const char *args[] = { "-p", "0", "-o", NULL, "-b", "test", "-c", "processes=2", NULL };

	modules_begin("framing_test", NULL);
	modules_link("backend_asking", "backend_test");
	args[3] = modules_setting();
	modules_refused(&h, args, 1);
	(void)harness_log(&h, "only one auxiliary process is possible", EXPECT_MS);
	harness_clean(&h);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("asking");
	TCase *tc = harness_case(s, "process", 30);

	tcase_add_test(tc, answers);
	tcase_add_test(tc, silent);
	tcase_add_test(tc, exits);
#ifdef POLLRDHUP
	tcase_add_loop_test(tc, shut_down, 0, 2);
#else
	tcase_add_loop_test(tc, shut_down, 0, 1);
#endif
	tcase_add_test(tc, only_one);
	return s;
}

#include "lib/check_main.h"

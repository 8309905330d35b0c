/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Inetd mode with errors, also with the connection as standard error: the client receives one
 * whole HTTP response or nothing, and never a byte of a message.
 */

#include "config.h"

#include <sys/socket.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/modules.h"
#include "lib/request.h"
#include "lib/server.h"
#include "lib/sock.h"

#define ANSWER	20000

static struct harness h;

/* Reads until end of file or a reset. A reset comes if the server has not read the request. */
static size_t
read_all(int fd, char answer[ANSWER])
{
	size_t len = 0;
	ssize_t n;

	while (len < ANSWER - 1 &&
	    (n = sock_read(fd, answer + len, ANSWER - 1 - len, EXPECT_MS)) > 0)
		len += (size_t)n;
	answer[len] = '\0';
	return len;
}

/*
 * Starts the server on a connection, sends a request, and reads the response. Returns the length
 * of the response.
 */
static size_t
ask(const char *const *args, const char *target, char answer[ANSWER])
{
	char text[REQUEST_SIZE];
	size_t len = request_format(text, &(struct request){ .target = target });
	int end[2], fds[3];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, end), 0);
	ck_assert_int_eq(send(end[1], text, len, MSG_NOSIGNAL), (ssize_t)len);
	fds[0] = fds[1] = fds[2] = end[0];
	harness_spawn(&h, args, fds);
	sock_close(&end[0]);
	len = read_all(end[1], answer);
	sock_close(&end[1]);
	(void)harness_wait(&h, EXPECT_MS);
	harness_clean(&h);
	return len;
}

/* Fails unless the answer is empty or one whole HTTP response. */
static void
expect_clean(const char *answer, size_t len)
{
	const char *body = strstr(answer, "\r\n\r\n"), *field = strstr(answer, "Content-Length: ");

	if (len == 0)
		return;
	if (strlen(answer) != len || strncmp(answer, "HTTP/1.1 ", 9) != 0 || body == NULL ||
	    field == NULL || field > body ||
	    strtoul(field + 16, NULL, 10) != len - (size_t)(body + 4 - answer))
		expect_fail("not an HTTP response: %s", answer);
}

static const struct {
	const char	*start;		/* action of the module at the start (WS_START), or NULL */
	const char	*target;	/* target of the request; an action of the module */
	const char	*args[6];	/* arguments after -i and the module directory */
	const char	*status;	/* expected status; NULL: there may be no response */
} rows[] = {
	/* the configuration */
	{ NULL, "/", { "-o", "nonsense=1" }, "500" },
	{ NULL, "/", { "-f", "/nonexistent/file" }, "500" },
	{ NULL, "/", { "-X" }, "500" },
	{ NULL, "/", { "-o", "log=/nonexistent/directory/log" }, NULL },
	/* modules */
	{ NULL, "/", { "-b", "no-such-backend" }, "500" },
	{ "init:print", "/refuse", { "-b", "test" }, "404" },
	{ "init:thread", "/", { "-b", "test" }, "500" },
	{ "init:version-9", "/", { "-b", "test" }, "500" },
	{ "init:fpe", "/", { "-b", "test" }, NULL },
	{ "init:abort", "/", { "-b", "test" }, NULL },
	{ "init:exit", "/", { "-b", "test" }, NULL },
	{ "init:_exit", "/", { "-b", "test" }, NULL },
	{ "worker_init:print", "/refuse", { "-b", "test" }, "404" },
	{ "worker_init:refuse", "/", { "-b", "test" }, "500" },
	{ "configure:print", "/", { "-b", "test", "-c", "no-such=option" }, "500" },
	{ NULL, "/print?status=403", { "-b", "test" }, "403" },
	{ NULL, "/fpe", { "-b", "test" }, "500" },
	{ NULL, "/abort", { "-b", "test" }, "500" },
	{ NULL, "/exit", { "-b", "test" }, "500" },
	{ NULL, "/_exit", { "-b", "test" }, NULL },
	/* the peer */
	{ NULL, "/", { "-c", "host=tcp://127.0.0.1:1" }, "502" },
	{ NULL, "/", { "-c", "host=unix:///nonexistent/socket" }, "502" },
	{ NULL, "/", { "-c", "host=tcp://nobody.has.this.name.invalid:1" }, "502" },
	/* the client */
	{ NULL, "nonsense", { NULL }, "400" },
};

START_TEST(faults)
{
	const char *args[12] = { "-i", "-o", modules_setting() };
	char answer[ANSWER];
	unsigned n = 3, i;
	size_t len;

	expect_context("row %d", _i);
	if (rows[_i].start != NULL && strstr(rows[_i].start, "thread") != NULL &&
	    modules_is_watched("a thread in init()"))
		return;
	modules_begin("backend_test", NULL);
	args[2] = modules_setting();
	if (rows[_i].start != NULL)
		modules_set_start(rows[_i].start);
	for (i = 0; i < COUNTOF(rows[_i].args) && rows[_i].args[i] != NULL; i++)
		args[n++] = rows[_i].args[i];
	len = ask(args, rows[_i].target, answer);
	expect_clean(answer, len);
	if (rows[_i].status != NULL && (len < 12 || strncmp(answer + 9, rows[_i].status, 3) != 0))
		expect_fail("should be status %s: %s", rows[_i].status, answer);
}
END_TEST

/* -- memory -- */

#define STEPS	40
#define STEP	32	/* KiB */

/* Returns 1 if the program can be loaded with a limit of this number of KiB of memory. */
static int
can_start(unsigned long kib)
{
	const char *program = getenv("WEBSOCKSY");
	char command[1200];

	snprintf(command, sizeof(command), "(ulimit -v %lu && exec '%s' -V) >/dev/null 2>&1", kib,
	    program != NULL ? program : "./websocksy");
	return system(command) == 0;
}

/* The limit of memory is raised in steps, from just enough to load the program on. */
START_TEST(no_memory)
{
	static const char *const args[] = { "-i", "-c", "host=tcp://127.0.0.1:1", NULL };
	unsigned long kib = 1024;
	char answer[ANSWER], limit[64];
	unsigned i, answers = 0;
	size_t len = 0;

	if (getenv("VALGRIND_PROGRAM") != NULL || !can_start(1024 * 1024)) {
		expect_skip("memory cannot be limited for this program");
		return;
	}
	while (!can_start(kib))
		kib += STEP;
	for (i = 0; i < STEPS; i++, kib += STEP) {
		expect_context("%lu KiB", kib);
		snprintf(limit, sizeof(limit), "ulimit -v %lu", kib);
		harness_wrap(limit, "", "");
		len = ask(args, "/", answer);
		harness_unwrap();
		expect_clean(answer, len);
		answers += len > 0;
	}
	/* With the last limit the server has answered. */
	ck_assert_uint_gt(answers, 0);
	ck_assert_uint_gt(len, 0);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("inetd faults");
	TCase *tc = harness_case(suite, "faults", 60);

	tcase_add_loop_test(tc, faults, 0, (int)COUNTOF(rows));
	tcase_add_test(tc, no_memory);
	return suite;
}

#include "lib/check_main.h"

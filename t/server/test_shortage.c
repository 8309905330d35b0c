/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Clients that cannot be accepted, because the server is out of descriptors or because accept()
 * fails in another way: the clients wait, the server uses little processor time, and the clients
 * are served soon after the shortage.
 */

#include "config.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/faults.h"
#include "lib/harness.h"
#include "lib/proc.h"
#include "lib/server.h"
#include "lib/sock.h"

#define WORKERS		3
#define SHORT_MS	1000	/* ms; length of a shortage */
#define FULL_MS		30000	/* ms; length of a shortage if tests run at full length */

static struct harness h, echo;

/* Starts a server, and waits until it has WORKERS workers. */
static void
start(void)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);

	harness_echo(&echo, NULL);
	harness_bridge(&h, echo.port, "-o", "start-workers=3", "-o", "min-spare=1", "-o",
	    "max-spare=3", "-o", "max-workers=3", NULL);
	while (harness_children(h.pid, NULL, 0) != WORKERS)
		if (!expect_again(deadline))
			expect_fail("there are not three workers");
}

static void
stop(void)
{
	harness_stop(&h);
	harness_stop(&echo);
}

/*
 * A client connects during the shortage; while it waits, the server must use almost no processor
 * time. end() ends the shortage: then the client is served within a second.
 */
static void
expect_waiting(void (*end)(void), const char *what)
{
	int ms = expect_full() ? FULL_MS : SHORT_MS;
	struct client c;
	uint64_t begun;
	long before, used;
	unsigned lines;

	before = harness_cpu(&h);
	client_connect(&c, h.port);
	client_request(&c, NULL);
	harness_log(&h, "cannot accept clients for the moment", EXPECT_MS);
	/* The test measures the processor time while nothing happens. */
	ck_assert(client_is_silent(&c, ms));
	used = harness_cpu(&h) - before;
	lines = harness_log_count(&h, "cannot accept");
	begun = expect_now();
	end();
	client_answer(&c);
	expect_figure("E1, %s: %ld ms of CPU and %u log lines in %d ms, served %llu ms after it",
	    what, used, lines, ms, (unsigned long long)(expect_now() - begun));
	expect_within(begun, 1000);
	client_expect_accepted(&c, REQUEST_KEY, NULL);
	client_text(&c, "anybody?");
	client_expect_text(&c, "anybody?");
	client_finish(&c);
	/* At most 1 % of a processor, and 100 ms for the measurement. */
	ck_assert_int_le(used, expect_stretch(ms / 100 + (expect_full() ? 0 : 100)));
	/* At most one line at the beginning of the shortage, and one more in ten seconds. */
	ck_assert_uint_le(lines, 1 + (unsigned)expect_stretch(ms) / 10000);
}

/* -- descriptors -- */

static pid_t pids[WORKERS];

static void
give_descriptors(void)
{
	unsigned i;

	for (i = 0; i < WORKERS; i++)
		ck_assert(proc_limit_descriptors(pids[i], 64));
}

START_TEST(no_descriptors_for_clients)
{
	unsigned i;

	start();
	ck_assert_uint_eq(harness_children(h.pid, pids, WORKERS), WORKERS);
	for (i = 0; i < WORKERS; i++) {
		if (!proc_limit_descriptors(pids[i], 3)) {
			expect_skip("no prlimit to take descriptors from a running process");
			stop();
			return;
		}
	}
	expect_waiting(give_descriptors, "descriptors");
	stop();
}
END_TEST

/*
 * Starts a server with a limit of n descriptors. The server either exits with a message, or
 * answers a client, and uses little processor time.
 */
static void
check_limit(int n)
{
	char port[32], line[32];
	const char *args[] = { "-l", "127.0.0.1", "-p", "0", "-c", "host=127.0.0.1", "-c", port,
	    "-o", "start-workers=2", "-o", "min-spare=1", NULL };
	struct client c;
	uint8_t byte;
	int started;

	snprintf(port, sizeof(port), "port=%d", echo.port);
	snprintf(line, sizeof(line), "ulimit -Sn %d", n);
	harness_wrap(line, "", "");
	harness_spawn(&h, args, NULL);
	harness_unwrap();
	/* The pipe becomes readable when the server prints its port, and when it exits. */
	ck_assert(sock_readable(h.out, EXPECT_MS));
	started = read(h.out, &byte, 1) == 1;
	if (!started) {
		ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 1);
		harness_clean(&h);
		return;
	}
	for (h.port = byte - '0'; read(h.out, &byte, 1) == 1 && byte != '\n'; )
		h.port = h.port * 10 + (byte - '0');
	client_ask(&c, h.port, "/");
	ck_assert_msg(c.status == 101 || c.status == 502 || c.status == 503, "status %d", c.status);
	client_end(&c);
	ck_assert_int_lt(harness_cpu(&h), expect_stretch(500));
	harness_stop(&h);
}

START_TEST(few_descriptors_from_the_start)
{
	int n;

	if (getenv("VALGRIND_PROGRAM") != NULL) {
		expect_skip("valgrind itself needs more descriptors");
		return;
	}
	harness_echo(&echo, NULL);
	for (n = 5; n <= 16; n++) {
		expect_context("%d descriptors", n);
		check_limit(n);
	}
	harness_stop(&echo);
}
END_TEST

/* -- other errors of accept(), made by a preloaded library -- */

static const struct {
	int		 number;
	const char	*name;
} errors[] = {
	{ EMFILE, "EMFILE" }, { ENFILE, "ENFILE" }, { ENOBUFS, "ENOBUFS" }, { ENOMEM, "ENOMEM" },
	{ ECONNABORTED, "ECONNABORTED" }, { EPROTO, "EPROTO" }, { EPERM, "EPERM" },
	{ ENETDOWN, "ENETDOWN" }, { EOPNOTSUPP, "EOPNOTSUPP" }, { ETIMEDOUT, "ETIMEDOUT" },
	{ EIO, "EIO" }		/* any error that accept() is not known to return */
};

START_TEST(errors_of_accept)
{
	expect_context("%s", errors[_i].name);
	if (!faults_wrap("WS_ACCEPT", "")) {
		expect_skip("valgrind would have the library too");
		return;
	}
	faults_begin(errors[_i].number);
	start();
	harness_unwrap();
	expect_waiting(faults_end, errors[_i].name);
	stop();
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("shortage");
	TCase *tc = harness_case(s, "descriptors", 60);

	tcase_add_test(tc, few_descriptors_from_the_start);
	tcase_add_test(tc, no_descriptors_for_clients);
	tc = harness_case(s, "errors", 60);
	tcase_add_loop_test(tc, errors_of_accept, 0, (int)COUNTOF(errors));
	return s;
}

#include "lib/check_main.h"

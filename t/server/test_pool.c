/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The pool of workers: the number of workers in every situation, and the response if all of them
 * are busy. Killed workers are tested in test_deaths.c.
 */

#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/proc.h"
#include "lib/sock.h"
#include "lib/testpool.h"

#define PIDS		1024
#define BUSY_AFTER	990	/* ms until the first client is refused: 100 polls, 10 ms apart */

static struct harness h, echo;

static void
stop(void)
{
	harness_stop(&h);
	harness_stop(&echo);
}

/* -- clients -- */

static void
open_clients(struct client *c, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		client_open(&c[i], h.port, "/");
}

static void
finish_clients(struct client *c, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		client_echo(&c[i]);
		client_finish(&c[i]);
	}
}

/* -- numbers of workers -- */

START_TEST(start_workers)
{
	static const unsigned numbers[] = { 1, 5, 40 };
	unsigned n = numbers[_i];

	testpool_start(&h, &echo, n, 1, 64, 100, NULL);
	harness_expect_workers(&h, n, n);
	stop();
}
END_TEST

START_TEST(spares_follow_the_clients)
{
	struct client c[20];
	unsigned i;

	testpool_start(&h, &echo, 2, 3, 6, 100, NULL);
	for (i = 0; i < COUNTOF(c); i++) {
		client_open(&c[i], h.port, "/");
		harness_expect_workers(&h, i + 1 + 3, i + 1 + 6);
	}
	finish_clients(c, COUNTOF(c));
	/* Surplus workers are retired soon, but not all at the same time. */
	harness_expect_workers(&h, 3, 6);
	testpool_expect_no_zombies(&h);
	open_clients(c, 1);
	finish_clients(c, 1);
	ck_assert_uint_eq(harness_log_count(&h, "warn:"), 0);
	stop();
}
END_TEST

/* The test tells the workers apart by the pid in the prefix of each log line. */
START_TEST(max_connections_per_worker)
{
	unsigned i, n, all = 0;
	pid_t seen[30];
	struct client c;
	long pid;
	char name[32];
	const char *at;

	testpool_start(&h, &echo, 2, 2, 2, 8, "max-connections-per-worker=3");
	for (i = 0; i < 30; i++) {
		client_open(&c, h.port, "/");
		client_echo(&c);
		client_finish(&c);
	}
	harness_log_times(&h, "closed client", 30, EXPECT_MS);
	memset(seen, 0, sizeof(seen));
	harness_log_text(&h);
	for (at = h.text; (at = strstr(at, "websocksy[")) != NULL; at++) {
		ck_assert_int_eq(sscanf(at, "websocksy[%ld]", &pid), 1);
		if ((pid_t)pid != h.pid && !testpool_is_in((pid_t)pid, seen, all))
			seen[all++] = (pid_t)pid;
	}
	ck_assert_uint_ge(all, 10);
	for (i = 0; i < all; i++) {
		snprintf(name, sizeof(name), "websocksy[%ld]", (long)seen[i]);
		n = harness_log_count(&h, name);
		/* Two lines for each client. */
		ck_assert_msg(n <= 6, "worker %ld logged %u lines", (long)seen[i], n);
		if (n == 6)
			harness_expect_gone(seen[i], EXPECT_MS);
	}
	harness_expect_workers(&h, 2, 2);
	ck_assert_uint_eq(harness_log_count(&h, "warn:"), 0);
	stop();
}
END_TEST

/* -- bursts -- */

#define BURST	200

START_TEST(a_burst_from_cold)
{
	static struct client c[BURST];
	struct request r = { 0 };
	uint64_t begun;
	unsigned i;

	testpool_start(&h, &echo, 2, 1, 16, 1024, NULL);
	begun = expect_now();
	for (i = 0; i < BURST; i++) {
		client_connect(&c[i], h.port);
		client_request(&c[i], &r);
	}
	for (i = 0; i < BURST; i++) {
		client_answer(&c[i]);
		client_expect_accepted(&c[i], REQUEST_KEY, NULL);
	}
	expect_elapsed(begun, 0, 3000);
	for (i = 0; i < BURST; i++)
		client_text(&c[i], "hello");
	for (i = 0; i < BURST; i++)
		client_expect_text(&c[i], "hello");
	finish_clients(c, BURST);
	harness_log_times(&h, "closed client", BURST, EXPECT_MS);
	testpool_expect_no_zombies(&h);
	harness_expect_workers(&h, 1, 150);
	stop();
}
END_TEST

static void
expect_busy(struct client *c)
{
	const char *after;
	char *end;

	client_expect_refused(c, 503);
	after = client_field(c, "Retry-After");
	ck_assert_ptr_nonnull(after);
	ck_assert_int_gt(strtol(after, &end, 10), 0);
	ck_assert_int_eq(*end, '\0');
	client_end(c);
}

START_TEST(full)
{
	struct client held[3], c;
	uint64_t begun;
	unsigned i;

	testpool_start(&h, &echo, 1, 1, 3, 3, NULL);
	open_clients(held, COUNTOF(held));
	for (i = 0; i < 20; i++) {
		begun = expect_now();
		ck_assert_int_eq(client_ask(&c, h.port, "/"), 503);
		expect_busy(&c);
		/*
		 * The first client is refused after BUSY_AFTER, because a worker may become free
		 * before; the clients right after the first wait less.
		 */
		expect_elapsed(begun, i == 0 ? BUSY_AFTER : 0, BUSY_AFTER + 100);
	}
	harness_log(&h, "all workers are busy (max-workers)", EXPECT_MS);
	/* The message is not logged for each client. */
	ck_assert_uint_lt(harness_log_count(&h, "all workers are busy"), 3);
	/* The children are the three workers and the process that answers 503. */
	harness_expect_workers(&h, 4, 4);
	finish_clients(held, 1);
	testpool_open(&h, &held[0]);
	finish_clients(held, COUNTOF(held));
	harness_expect_workers(&h, 1, 3);
	testpool_open(&h, &c);
	finish_clients(&c, 1);
	stop();
}
END_TEST

/* Many clients arrive together while all workers are busy: each of them gets the 503. */
START_TEST(full_and_a_burst)
{
	static struct client c[BURST];
	struct request r = { 0 };
	struct client held;
	unsigned i;

	testpool_start(&h, &echo, 1, 1, 1, 1, NULL);
	open_clients(&held, 1);
	for (i = 0; i < BURST; i++) {
		client_connect(&c[i], h.port);
		client_request(&c[i], &r);
	}
	for (i = 0; i < BURST; i++) {
		client_answer(&c[i]);
		expect_busy(&c[i]);
	}
	finish_clients(&held, 1);
	stop();
}
END_TEST

/* -- leaks and wake-ups -- */

START_TEST(a_thousand_sessions)
{
	unsigned i, before = 0;
	struct client c;

	testpool_start(&h, &echo, 2, 2, 4, 32, "max-connections-per-worker=10");
	harness_expect_workers(&h, 2, 2);
	if (proc_is_available())
		before = proc_descriptors(h.pid);
	for (i = 0; i < 1000; i++) {
		client_open(&c, h.port, "/");
		if (i % 10 == 0)
			client_echo(&c);
		client_finish(&c);
	}
	harness_log_times(&h, "closed client", 1000, EXPECT_MS);
	harness_expect_workers(&h, 2, 4);
	testpool_expect_no_zombies(&h);
	if (before > 0)
		ck_assert_uint_eq(proc_descriptors(h.pid), before);
	ck_assert_uint_eq(harness_log_count(&h, "warn:"), 0);
	stop();
}
END_TEST

/*
 * An idle worker has the three standard descriptors, the listener, the lock, the pipes and
 * perhaps a log file; a busy worker has two more, its client and its peer.
 */
START_TEST(descriptors_of_a_worker)
{
	pid_t known[2] = { 0 };
	uint64_t deadline;
	struct client c[2];
	unsigned idle;

	testpool_start(&h, &echo, 1, 1, 1, 10, NULL);
	known[0] = testpool_newest(&h, known, 0);
	open_clients(c, 1);
	client_echo(&c[0]);
	known[1] = testpool_newest(&h, known, 1);
	if (!proc_is_available()) {
		expect_skip("no /proc to count descriptors");
	} else {
		idle = proc_descriptors(known[1]);
		/*
		 * A worker that has just been forked may still have the master's descriptors
		 * open.
		 */
		deadline = expect_deadline(EXPECT_MS);
		while (proc_descriptors(known[0]) != idle + 2) {
			if (!expect_again(deadline))
				expect_fail("%u descriptors of an idle worker, %u of a busy one",
				    idle, proc_descriptors(known[0]));
			idle = proc_descriptors(known[1]);
		}
		/* valgrind keeps descriptors of its own in the process. */
		if (getenv("VALGRIND_PROGRAM") == NULL)
			ck_assert_uint_le(idle, 9);
	}
	finish_clients(c, 1);
	stop();
}
END_TEST

/*
 * Returns the number of voluntary context switches of a process; -1 if the system does not report
 * the number.
 */
static long
sleeps(pid_t pid)
{
	const char *n = proc_is_available() ? proc_status(pid, "voluntary_ctxt_switches") : "";

	return *n != '\0' ? strtol(n, NULL, 10) : -1;
}

/*
 * While there are more workers than max-spare allows, the master rescans once a second by itself.
 * At other times a worker wakes the master only when the worker takes its first client, and when
 * it exits.
 */
START_TEST(a_surplus_does_not_wake_the_master_each_time)
{
	struct client c;
	long before;
	int i;

	testpool_start(&h, &echo, 32, 1, 1, 40, NULL);
	before = sleeps(h.pid);
	for (i = 0; i < 400; i++) {
		open_clients(&c, 1);
		finish_clients(&c, 1);
	}
	if (before == -1)
		expect_skip("no /proc to see whether the master sleeps");
	else if (getenv("VALGRIND_PROGRAM") == NULL)
		ck_assert_int_lt(sleeps(h.pid) - before, 200);
	stop();
}
END_TEST

/* -- several listeners -- */

/* Connects to a numeric address; returns 0 if that fails. */
static int
connect_to(struct client *c, const char *address, int port)
{
	int fd = strchr(address, ':') != NULL ? sock_try_v6(address, port) :
	    sock_try(address, port);

	if (fd != -1)
		client_init(c, fd);
	return fd != -1;
}

/* A name with addresses of both families: the server listens on each of the addresses. */
START_TEST(several_listeners)
{
	static const char *const addresses[] = { "127.0.0.1", "127.0.0.2", "::1" };
	struct client busy[9], c;
	unsigned i;

	if (!harness_wrap_hosts(HARNESS_SEVERAL)) {
		expect_skip("no hosts file of our own without unshare");
		return;
	}
	harness_echo(&echo, NULL);
	harness_bridge(&h, echo.port, "-l", "several", "-o", "start-workers=1", "-o",
	    "min-spare=1", "-o", "max-spare=2", NULL);
	harness_unwrap();
	if (!connect_to(&c, "::1", h.port)) {
		expect_skip("this machine has no IPv6");
		stop();
		return;
	}
	client_end(&c);
	ck_assert_uint_eq(harness_log_count(&h, "listening on "), COUNTOF(addresses));
	for (i = 0; i < 300; i++) {
		if (!connect_to(&c, addresses[i % COUNTOF(addresses)], h.port))
			expect_fail("no server listens on %s", addresses[i % COUNTOF(addresses)]);
		client_request(&c, NULL);
		client_answer(&c);
		client_expect_accepted(&c, REQUEST_KEY, NULL);
		client_echo(&c);
		if (i < COUNTOF(busy))
			busy[i] = c;
		else
			client_finish(&c);
	}
	finish_clients(busy, COUNTOF(busy));
	harness_log_times(&h, "closed client=[::1]:", 100, EXPECT_MS);
	stop();
}
END_TEST

/* -- no client is refused while a worker is free -- */

#define HELD	3

/*
 * All workers but one are busy. Each client comes as soon as the previous client has its answer,
 * so each client finds a free worker.
 */
START_TEST(the_last_worker_is_enough)
{
	struct client held[HELD], c;
	unsigned i, refused = 0;

	testpool_start(&h, &echo, HELD + 1, 1, HELD + 1, HELD + 1, "max-connections-per-worker=0");
	open_clients(held, HELD);
	for (i = 0; i < 2000; i++) {
		if (client_ask(&c, h.port, "/") == 101)
			client_finish(&c);
		else {
			refused++;
			client_end(&c);
		}
	}
	if (refused > 0)
		expect_fail("%u of %u clients were refused", refused, i);
	finish_clients(held, HELD);
	stop();
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("pool");
	TCase *tc = harness_case(s, "numbers", 60);

	tcase_add_loop_test(tc, start_workers, 0, 3);
	tcase_add_test(tc, spares_follow_the_clients);
	tcase_add_test(tc, max_connections_per_worker);
	tcase_add_test(tc, a_burst_from_cold);
	tcase_add_test(tc, full);
	tcase_add_test(tc, full_and_a_burst);

	tc = harness_case(s, "sessions", 60);
	tcase_add_test(tc, a_thousand_sessions);
	tcase_add_test(tc, descriptors_of_a_worker);
	tcase_add_test(tc, a_surplus_does_not_wake_the_master_each_time);
	tcase_add_test(tc, several_listeners);
	tcase_add_test(tc, the_last_worker_is_enough);
	return s;
}

#include "lib/check_main.h"

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Reload: the program executes itself again in the same process; sessions and new connections are
 * not affected.
 */

#include "config.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/churn.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/pattern.h"
#include "lib/proc.h"
#include "lib/server.h"
#include "lib/pair.h"
#include "lib/sock.h"
#include "status/scoreboard.h"
#include "test_reload.h"

#define LOOK_MS		5
#define HELD_MAX	200
#define CHUNK		1000	/* bytes that each held session sends in one exchange */

static struct server s;

/* -- under load -- */

/* The numbers of reloads, of held sessions and of client processes, and two times. */
struct load {
	unsigned	reloads, held, loops;
	int		pause;		/* ms; minimum from one reload to the next */
	unsigned long	worst;		/* ms; maximum of one handshake */
};

static const struct load short_load = { 20, 20, 2, 0, 1000 };
static const struct load full_load = { 100, HELD_MAX, 4, 300, 150 };

static struct client held[HELD_MAX];

/* In each held session the client sends the next bytes of its pattern and gets them back. */
static void
exchange(unsigned n, uint64_t *at)
{
	uint8_t data[CHUNK];
	unsigned i;

	for (i = 0; i < n; i++) {
		pattern_fill(data, sizeof(data), *at, i);
		client_binary(&held[i], data, sizeof(data));
	}
	for (i = 0; i < n; i++)
		client_expect_pattern(&held[i], *at, sizeof(data), i);
	*at += CHUNK;
}

/* Waits until the server has executed itself n times in total. */
static void
expect_reloads(unsigned n)
{
	harness_log_times(&s.h, "reload: executing the program again", n, EXPECT_MS);
	harness_log_times(&s.h, "listening on ", n + 1, EXPECT_MS);
}

/* Sizes of the master, which must not grow with the number of reloads. */
struct size {
	unsigned	descriptors;
	unsigned long	memory;
};

static struct size
measure(void)
{
	struct size now = { proc_descriptors(s.h.pid), proc_memory(s.h.pid) };

	return now;
}

/* Right after a reload the master has a few descriptors more, which it is about to close. */
static void
check_size(const struct size *first, struct size *last, unsigned reloads)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);

	while ((*last = measure()).descriptors != first->descriptors)
		if (!expect_again(deadline))
			expect_fail("%u descriptors, then %u", first->descriptors,
			    last->descriptors);
	/* If most of the memory belongs to a sanitizer, a growth of the memory means nothing. */
	if (first->memory < 1024 * 1024 && last->memory > first->memory + 4 * reloads)
		expect_fail("%lu KiB, then %lu", first->memory, last->memory);
}

static void
reload_again_and_again(const struct load *l, struct churn *loops, uint64_t *at)
{
	uint64_t begun;
	unsigned i;

	for (i = 1; i <= l->reloads; i++) {
		begun = expect_now();
		harness_signal(&s.h, SIGHUP);
		exchange(l->held, at);
		expect_reloads(i);
		churn_expect_more(loops, 2 * l->loops);
		/* Wait for the time of the next reload, with data in the held sessions. */
		while (expect_now() < begun + (uint64_t)l->pause) {
			exchange(l->held, at);
			poll(NULL, 0, LOOK_MS);
		}
	}
}

START_TEST(under_load)
{
	const struct load *l = expect_full() ? &full_load : &short_load;
	struct size first = { 0, 0 }, last = { 0, 0 };
	struct churn_result sum;
	struct churn loops;
	uint64_t at = 0;
	unsigned i;
	pid_t pid;

	server_start(&s, "max-spare = 16\n");
	pid = s.h.pid;
	for (i = 0; i < l->held; i++)
		server_open(&s, &held[i]);
	churn_start(&loops, l->loops, s.h.port, 0);
	/* valgrind has descriptors and memory of its own in the process. */
	if (proc_is_available() && getenv("VALGRIND_PROGRAM") == NULL)
		first = measure();
	reload_again_and_again(l, &loops, &at);
	if (first.descriptors > 0)
		check_size(&first, &last, l->reloads);
	sum = churn_end_well(&loops);
	exchange(l->held, &at);
	expect_figure("P6: %u reloads, %u held sessions, %llu bytes each: %lu handshakes, "
	    "%lu failed, worst %lu ms; master: %u then %u descriptors, %lu then %lu KiB",
	    l->reloads, l->held, (unsigned long long)at, sum.good, sum.failed, sum.worst,
	    first.descriptors, last.descriptors, first.memory, last.memory);
	ck_assert_uint_le(sum.worst, (unsigned long)expect_stretch((int)l->worst));
	ck_assert_int_eq(pid, s.h.pid);
	for (i = 0; i < l->held; i++)
		client_echo_finish(&held[i]);
	ck_assert_uint_eq(harness_log_count(&s.h, " warn: ") +
	    harness_log_count(&s.h, " error: "), 0);
	server_stop(&s);
}
END_TEST

/* -- settings and the pool -- */

START_TEST(new_settings_are_for_new_clients)
{
	int port, listener = sock_listen(&port), peer;
	struct client old, new;

	server_start(&s, "start-workers = 2\n");
	server_open(&s, &old);
	s.peer = port;
	server_write(&s, "start-workers = 2\n");
	server_reload(&s, 1);
	client_open(&new, s.h.port, "/");
	peer = sock_accept(listener, EXPECT_MS);
	client_text(&new, "for the new one");
	sock_expect(peer, "for the new one", 15, EXPECT_MS);
	client_echo(&old);
	pair_finish(&new, &peer);
	client_echo_finish(&old);
	sock_close(&listener);
	server_stop(&s);
}
END_TEST

/* After a reload the pool is as big as after a start, and at no time it is smaller. */
START_TEST(the_pool_is_whole)
{
	server_start(&s, "start-workers = 9\nmin-spare = 1\nmax-spare = 9\n");
	harness_expect_workers(&s.h, 9, 9);
	server_reload(&s, 0);
	harness_expect_workers(&s.h, 9, 9);
	/*
	 * The pool also has this size if the old and the new workers together are more than
	 * max-workers.
	 */
	server_write(&s, "start-workers = 9\nmin-spare = 1\nmax-spare = 9\nmax-workers = 9\n");
	server_reload(&s, 0);
	harness_expect_workers(&s.h, 9, 9);
	ck_assert_uint_eq(harness_log_count(&s.h, " warn: "), 0);
	server_stop(&s);
}
END_TEST

START_TEST(a_single_word)
{
	/* After a reload, relative paths have the same meaning as at the start. */
	server_prepare(&s);
	strcpy(strrchr(s.conf, '/'), "/here.conf");
	server_write(&s, "start-workers = 1\n");
	harness_wrap("cd \"${1%/*}\"; set -- \"${1##*/}\"", "", "");
	server_run(&s);
	harness_unwrap();
	server_reload(&s, 0);
	server_use(&s);
	/* An error in the file is found, so the reload has read this file. */
	server_write(&s, "colour = blue\n");
	server_reload_refused(&s);
	harness_log(&s.h, "here.conf:", EXPECT_MS);
	server_stop(&s);
}
END_TEST

/* -- HUP at any moment -- */

static void
expect_last_settings(int listener)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	struct client c;

	/* Workers of the previous generation may still accept one or two clients. */
	do {
		client_open(&c, s.h.port, "/");
		client_finish(&c);
		if (expect_left(deadline) == 0)
			expect_fail("the last HUP was lost");
	} while (!sock_readable(listener, 0));
}

/*
 * A HUP that arrives during the check of the configuration causes another reload, with the file
 * as it is then.
 */
START_TEST(hup_during_the_check)
{
	int port, listener = sock_listen(&port), i;

	server_start(&s, "start-workers = 2\n");
	for (i = 0; i < 5; i++) {
		harness_log_mark(&s.h);
		s.peer = s.echo.port;
		server_write(&s, "start-workers = 2\n");
		harness_signal(&s.h, SIGHUP);
		harness_log(&s.h, "reload: checking the configuration", EXPECT_MS);
		s.peer = port;
		server_write(&s, "start-workers = 2\n");
		harness_signal(&s.h, SIGHUP);
		expect_last_settings(listener);
		while (sock_readable(listener, 0))
			close(sock_accept(listener, EXPECT_MS));
	}
	sock_close(&listener);
	server_stop(&s);
}
END_TEST

#define STORM	300

/* HUP, mixed with the other signals that a running server gets. */
START_TEST(storm)
{
	static const int signals[] = { SIGHUP, SIGUSR1, SIGCHLD, SIGHUP, SIGCONT };
	int port, listener = sock_listen(&port);
	struct churn loops;
	struct client c;
	unsigned i;
	pid_t pid;

	server_start(&s, "start-workers = 2\n");
	pid = s.h.pid;
	server_open(&s, &c);
	churn_start(&loops, 1, s.h.port, 0);
	for (i = 0; i < STORM; i++) {
		harness_signal(&s.h, signals[i % COUNTOF(signals)]);
		poll(NULL, 0, 1);
		if (i % 10 == 0)
			client_echo(&c);
	}
	churn_end_well(&loops);
	s.peer = port;
	server_write(&s, "start-workers = 2\n");
	harness_signal(&s.h, SIGHUP);
	expect_last_settings(listener);
	client_echo_finish(&c);
	ck_assert_int_eq(s.h.pid, pid);
	ck_assert_uint_eq(harness_log_count(&s.h, " warn: ") +
	    harness_log_count(&s.h, " error: "), 0);
	sock_close(&listener);
	server_stop(&s);
}
END_TEST

/* -- the status file -- */

static void
open_board(struct scoreboard *b, const char *path)
{
	const char *why = NULL;

	if (scoreboard_open(b, path, &why) == -1)
		expect_fail("%s: %s", path, why);
}

/*
 * With a larger max-workers the file grows while old workers use it; with a smaller one the file
 * keeps its size.
 */
START_TEST(the_status_file_grows)
{
	static struct client c[40];
	char path[600];
	struct scoreboard b;
	unsigned i, count[SCOREBOARD_STATES];

	snprintf(path, sizeof(path), "%s", harness_scratch("status"));
	server_start(&s, "status-file = %s\nmax-workers = 4\nstart-workers = 1\nmin-spare = 1\n",
	    path);
	server_open(&s, &c[0]);
	open_board(&b, path);
	ck_assert_uint_eq(b.head->max_workers, 4);
	ck_assert_uint_eq(b.head->generation, 1);
	scoreboard_destroy(&b);
	server_write(&s, "status-file = %s\nmax-workers = 64\nstart-workers = 1\nmin-spare = 1\n",
	    path);
	server_reload(&s, 1);
	for (i = 1; i < COUNTOF(c); i++)
		server_open(&s, &c[i]);
	client_echo(&c[0]);
	open_board(&b, path);
	ck_assert_uint_eq(b.head->max_workers, 64);
	ck_assert_uint_eq(b.head->generation, 2);
	ck_assert_int_eq((int)b.head->master, (int)s.h.pid);
	scoreboard_count(&b, b.slots, count);
	ck_assert_uint_eq(count[SCOREBOARD_OPEN], COUNTOF(c));
	scoreboard_destroy(&b);

	server_write(&s, "status-file = %s\nmax-workers = 2\nstart-workers = 1\nmin-spare = 1\n",
	    path);
	server_reload(&s, COUNTOF(c));
	open_board(&b, path);
	ck_assert_uint_eq(b.head->max_workers, 2);
	ck_assert_uint_eq(b.head->generation, 3);
	scoreboard_count(&b, b.slots, count);
	ck_assert_uint_eq(count[SCOREBOARD_OPEN], COUNTOF(c));
	scoreboard_destroy(&b);
	for (i = 0; i < COUNTOF(c); i++)
		client_echo_finish(&c[i]);
	/* No slot is free until the master has reaped the old workers. */
	harness_expect_workers(&s.h, 1, 1);
	server_use(&s);
	server_stop(&s);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

/*
 * The setting status-file gets another path: the new file has the status, and the old file is
 * removed.
 */
START_TEST(the_status_file_moves)
{
	char from[600], to[600];
	struct scoreboard b;

	snprintf(from, sizeof(from), "%s", harness_scratch("from"));
	snprintf(to, sizeof(to), "%s", harness_scratch("to"));
	server_start(&s, "status-file = %s\n", from);
	open_board(&b, from);
	scoreboard_destroy(&b);
	server_write(&s, "status-file = %s\n", to);
	server_reload(&s, 0);
	open_board(&b, to);
	ck_assert_int_eq((int)b.head->master, (int)s.h.pid);
	scoreboard_destroy(&b);
	ck_assert_int_eq(access(from, F_OK), -1);
	server_stop(&s);
	ck_assert_int_eq(access(to, F_OK), -1);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *suite = suite_create("reload");
	TCase *tc = harness_case(suite, "reload", expect_full() ? 300 : 60);

	tcase_add_test(tc, under_load);
	tcase_add_test(tc, new_settings_are_for_new_clients);
	tcase_add_test(tc, the_pool_is_whole);
	tcase_add_test(tc, a_single_word);
	tcase_add_test(tc, hup_during_the_check);
	tcase_add_test(tc, storm);
	tcase_add_test(tc, the_status_file_grows);
	tcase_add_test(tc, the_status_file_moves);
	reload_refused_cases(suite);
	reload_old_cases(suite);
	reload_upgrade_cases(suite);
	reload_listen_cases(suite);
	reload_descriptors_cases(suite);
	reload_state_cases(suite);
	return suite;
}

#include "lib/check_main.h"

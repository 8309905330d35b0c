/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Reload: the program starts anew in the same process, and nobody notices but those who
 * look.
 */

#include "config.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/expect.h"
#include "lib/loops.h"
#include "lib/pattern.h"
#include "lib/site.h"
#include "lib/sock.h"
#include "lib/t.h"
#include "status/scoreboard.h"
#include "test_reload.h"

#define LOOK_MS		5
#define HELD_MAX	200
#define CHUNK		1000	/* bytes that a held session sends each time */

static struct site s;

/* -- under load -- */

/* How much of it. */
struct load {
	unsigned	reloads, held, loops;
	int		pause;		/* ms from one reload to the next, at least */
	unsigned long	worst;		/* ms that a handshake may take */
};

static const struct load short_load = { 20, 20, 2, 0, 1000 };
static const struct load full_load = { 100, HELD_MAX, 4, 300, 150 };

static struct client held[HELD_MAX];

/* Each held session sends the next bytes of its pattern and gets them back. */
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

/* The server has started anew that many times in all. */
static void
expect_reloads(unsigned n)
{
	harness_log_times(&s.h, "reload: starting anew", n, EXPECT_MS);
	harness_log_times(&s.h, "listening on ", n + 1, EXPECT_MS);
}

/* What the master has: it must not be more after many reloads. */
struct size {
	unsigned	descriptors;
	unsigned long	memory;
};

static struct size
measure(void)
{
	struct size now = { site_descriptors(s.h.pid), site_memory(s.h.pid) };

	return now;
}

/* For a moment, when it has just begun, it has some that it is about to close. */
static void
check_size(const struct size *first, struct size *last, unsigned reloads)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);

	while ((*last = measure()).descriptors != first->descriptors) {
		if (expect_left(deadline) == 0)
			expect_fail("%u descriptors, then %u", first->descriptors,
			    last->descriptors);
		poll(NULL, 0, LOOK_MS);
	}
	/* Where most of it is a sanitizer's, it says nothing. */
	if (first->memory < 1024 * 1024 && last->memory > first->memory + 4 * reloads)
		expect_fail("%lu KiB, then %lu", first->memory, last->memory);
}

static void
reload_again_and_again(const struct load *l, struct loops *loops, uint64_t *at)
{
	uint64_t begun;
	unsigned i;

	for (i = 1; i <= l->reloads; i++) {
		begun = expect_now();
		harness_signal(&s.h, SIGHUP);
		exchange(l->held, at);
		expect_reloads(i);
		loops_expect_more(loops, 2 * l->loops);
		/* A rate, and no time in which anything is to happen. */
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
	struct loop_result sum;
	struct loops loops;
	uint64_t at = 0;
	unsigned i;
	pid_t pid;

	site_start(&s, "max-spare = 16\n");
	pid = s.h.pid;
	for (i = 0; i < l->held; i++)
		site_open(&s, &held[i]);
	loops_start(&loops, l->loops, s.h.port, 0);
	/* valgrind has descriptors and memory of its own. */
	if (site_has_proc() && getenv("VALGRIND_PROGRAM") == NULL)
		first = measure();
	reload_again_and_again(l, &loops, &at);
	if (first.descriptors > 0)
		check_size(&first, &last, l->reloads);
	sum = loops_end_well(&loops);
	exchange(l->held, &at);
	expect_figure("P6: %u reloads, %u held sessions, %llu bytes each: %lu handshakes, "
	    "%lu failed, worst %lu ms; master: %u then %u descriptors, %lu then %lu KiB",
	    l->reloads, l->held, (unsigned long long)at, sum.good, sum.failed, sum.worst,
	    first.descriptors, last.descriptors, first.memory, last.memory);
	ck_assert_uint_le(sum.worst, (unsigned long)expect_stretch((int)l->worst));
	ck_assert_int_eq(pid, s.h.pid);
	for (i = 0; i < l->held; i++)
		site_finish(&held[i]);
	ck_assert_uint_eq(harness_log_count(&s.h, " warn: ") +
	    harness_log_count(&s.h, " error: "), 0);
	site_stop(&s);
}
END_TEST

/* -- what changes and what does not -- */

START_TEST(new_settings_are_for_new_clients)
{
	int port, listener = sock_listen(&port), peer;
	struct client old, new;

	site_start(&s, "start-workers = 2\n");
	site_open(&s, &old);
	s.peer = port;
	site_write(&s, "start-workers = 2\n");
	site_reload(&s, 1);
	client_open(&new, s.h.port, "/");
	peer = sock_accept(listener, EXPECT_MS);
	client_text(&new, "for the new one");
	sock_expect(peer, "for the new one", 15, EXPECT_MS);
	site_use(&old);
	client_finish(&new);
	sock_expect_end(peer, EXPECT_MS);
	sock_close(&peer);
	site_finish(&old);
	sock_close(&listener);
	site_stop(&s);
}
END_TEST

/* The pool is as big as it is after a start, at no time smaller. */
START_TEST(the_pool_is_whole)
{
	site_start(&s, "start-workers = 9\nmin-spare = 1\nmax-spare = 9\n");
	site_expect_workers(&s, 9);
	site_reload(&s, 0);
	site_expect_workers(&s, 9);
	/* Also when the old ones and the new ones together are more than there may be. */
	site_write(&s, "start-workers = 9\nmin-spare = 1\nmax-spare = 9\nmax-workers = 9\n");
	site_reload(&s, 0);
	site_expect_workers(&s, 9);
	ck_assert_uint_eq(harness_log_count(&s.h, " warn: "), 0);
	site_stop(&s);
}
END_TEST

START_TEST(a_single_word)
{
	struct client c;

	/* Relative names mean what they meant at the start. */
	site_prepare(&s);
	strcpy(strrchr(s.conf, '/'), "/here.conf");
	site_write(&s, "start-workers = 1\n");
	harness_wrap("cd \"${1%/*}\"; set -- \"${1##*/}\"", "", "");
	site_run(&s);
	harness_unwrap();
	site_reload(&s, 0);
	site_open(&s, &c);
	site_finish(&c);
	/* It was not read by luck. */
	site_write(&s, "colour = blue\n");
	site_reload_refused(&s);
	harness_log(&s.h, "here.conf:", EXPECT_MS);
	site_stop(&s);
}
END_TEST

/* -- HUPs that come when they like -- */

static void
expect_last_settings(int listener)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	struct client c;

	/* Workers of the generation before may take a client or two. */
	do {
		client_open(&c, s.h.port, "/");
		client_finish(&c);
		if (expect_left(deadline) == 0)
			expect_fail("the last HUP was lost");
	} while (!sock_readable(listener, 0));
}

/* One that comes while the configuration is being checked means what is in the file by then. */
START_TEST(hup_during_the_check)
{
	int port, listener = sock_listen(&port), i;

	site_start(&s, "start-workers = 2\n");
	for (i = 0; i < 5; i++) {
		harness_log_mark(&s.h);
		s.peer = s.echo.port;
		site_write(&s, "start-workers = 2\n");
		harness_signal(&s.h, SIGHUP);
		harness_log(&s.h, "reload: checking the configuration", EXPECT_MS);
		s.peer = port;
		site_write(&s, "start-workers = 2\n");
		harness_signal(&s.h, SIGHUP);
		expect_last_settings(listener);
		while (sock_readable(listener, 0))
			close(sock_accept(listener, EXPECT_MS));
	}
	sock_close(&listener);
	site_stop(&s);
}
END_TEST

#define STORM	300

/* With all signals that mean something to a server which goes on. */
START_TEST(storm)
{
	static const int signals[] = { SIGHUP, SIGUSR1, SIGCHLD, SIGHUP, SIGCONT };
	int port, listener = sock_listen(&port);
	struct loops loops;
	struct client c;
	unsigned i;
	pid_t pid;

	site_start(&s, "start-workers = 2\n");
	pid = s.h.pid;
	site_open(&s, &c);
	loops_start(&loops, 1, s.h.port, 0);
	for (i = 0; i < STORM; i++) {
		harness_signal(&s.h, signals[i % T_COUNT(signals)]);
		poll(NULL, 0, 1);
		if (i % 10 == 0)
			site_use(&c);
	}
	loops_end_well(&loops);
	s.peer = port;
	site_write(&s, "start-workers = 2\n");
	harness_signal(&s.h, SIGHUP);
	expect_last_settings(listener);
	site_finish(&c);
	ck_assert_int_eq(s.h.pid, pid);
	ck_assert_uint_eq(harness_log_count(&s.h, " warn: ") +
	    harness_log_count(&s.h, " error: "), 0);
	sock_close(&listener);
	site_stop(&s);
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

/* More workers: it grows, under old ones that use it; fewer: it stays. */
START_TEST(the_status_file_grows)
{
	static struct client c[40];
	char path[600];
	struct scoreboard b;
	unsigned i, count[SCOREBOARD_STATES];

	snprintf(path, sizeof(path), "%s", harness_scratch("status"));
	site_start(&s, "status-file = %s\nmax-workers = 4\nstart-workers = 1\nmin-spare = 1\n",
	    path);
	site_open(&s, &c[0]);
	open_board(&b, path);
	ck_assert_uint_eq(b.head->max_workers, 4);
	ck_assert_uint_eq(b.head->generation, 1);
	scoreboard_destroy(&b);
	site_write(&s, "status-file = %s\nmax-workers = 64\nstart-workers = 1\nmin-spare = 1\n",
	    path);
	site_reload(&s, 1);
	for (i = 1; i < T_COUNT(c); i++)
		site_open(&s, &c[i]);
	site_use(&c[0]);
	open_board(&b, path);
	ck_assert_uint_eq(b.head->max_workers, 64);
	ck_assert_uint_eq(b.head->generation, 2);
	ck_assert_int_eq((int)b.head->master, (int)s.h.pid);
	scoreboard_count(&b, b.slots, count);
	ck_assert_uint_eq(count[SCOREBOARD_OPEN], T_COUNT(c));
	scoreboard_destroy(&b);

	site_write(&s, "status-file = %s\nmax-workers = 2\nstart-workers = 1\nmin-spare = 1\n",
	    path);
	site_reload(&s, T_COUNT(c));
	open_board(&b, path);
	ck_assert_uint_eq(b.head->max_workers, 2);
	ck_assert_uint_eq(b.head->generation, 3);
	scoreboard_count(&b, b.slots, count);
	ck_assert_uint_eq(count[SCOREBOARD_OPEN], T_COUNT(c));
	scoreboard_destroy(&b);
	for (i = 0; i < T_COUNT(c); i++)
		site_finish(&c[i]);
	/* Until the old ones are buried there is no room. */
	site_expect_workers(&s, 1);
	site_open(&s, &c[0]);
	site_finish(&c[0]);
	site_stop(&s);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

/* A new name: the status is there, and nothing is left at the old one. */
START_TEST(the_status_file_moves)
{
	char from[600], to[600];
	struct scoreboard b;

	snprintf(from, sizeof(from), "%s", harness_scratch("from"));
	snprintf(to, sizeof(to), "%s", harness_scratch("to"));
	site_start(&s, "status-file = %s\n", from);
	open_board(&b, from);
	scoreboard_destroy(&b);
	site_write(&s, "status-file = %s\n", to);
	site_reload(&s, 0);
	open_board(&b, to);
	ck_assert_int_eq((int)b.head->master, (int)s.h.pid);
	scoreboard_destroy(&b);
	ck_assert_int_eq(access(from, F_OK), -1);
	site_stop(&s);
	ck_assert_int_eq(access(to, F_OK), -1);
}
END_TEST

static Suite *
t_suite(void)
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
	reload_listen_cases(suite);
	reload_descriptors_cases(suite);
	return suite;
}

#include "lib/t_main.h"

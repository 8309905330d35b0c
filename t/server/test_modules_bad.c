/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Modules that fail during a connection: only that connection ends, with an HTTP status or a
 * close code, and the log has the name of the module. Another connection and the master go on,
 * and the state of framings is freed.
 */

#include "config.h"

#include <sys/socket.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/modules.h"
#include "lib/sock.h"

#define TIMEOUT		modules_timeout("1s")	/* short, for functions that never return */

static struct harness h;
static int listener, port;

/* Another connection, which must go on. */
static struct client other;
static int other_peer;

static void
open_at(struct client *c, int *peer, const char *target)
{
	client_open(c, h.port, target);
	*peer = sock_accept(listener, EXPECT_MS);
}

static void
use_other(void)
{
	client_text(&other, "undisturbed");
	sock_expect(other_peer, "undisturbed\n", 12, EXPECT_MS);
	sock_write(other_peer, "really\n", 7, EXPECT_MS);
	client_expect(&other, CLIENT_TEXT, "really", 6);
}

static void
start(const char *setting)
{
	listener = sock_listen(&port);
	modules_begin("backend_test", "framing_test", NULL);
	modules_start(&h, port, "-o", "start-workers=3", "-o", "min-spare=2", "-o", TIMEOUT, "-o",
	    setting, NULL);
	open_at(&other, &other_peer, "/?framing=test");
	use_other();
}

/*
 * Stops the server. All states of framings must have been freed, except those in the `dead`
 * workers that have ended abnormally.
 */
static void
stop(unsigned dead)
{
	use_other();
	client_finish(&other);
	sock_close(&other_peer);
	harness_stop(&h);
	sock_close(&listener);
	modules_expect_traced("freed", modules_traced("taken", NULL, 0) - dead);
	ck_assert_uint_eq(modules_traced("cleanup", NULL, 0), 1);
}

static int
is_left_out(const char *action)
{
	static const char *const actions[] = {
		"segfault", "overflow", "abort", "loop", "sleep", "wait-again"
	};
	size_t i;

	for (i = 0; i < COUNTOF(actions); i++)
		if (strstr(action, actions[i]) != NULL)
			return modules_is_watched(action);
	return 0;
}

/* -- in query() -- */

static const struct {
	const char	*action;
	int		 status;
	const char	*words, *ends;	/* in the log; ends is NULL if the worker goes on */
} queries[] = {
	{ "segfault", 500, "module backend_test crashed (signal 11) in query()", "signal 11" },
	{ "abort", 500, "module backend_test crashed (signal 6) in query()", "signal 6" },
	{ "fpe", 500, "module backend_test crashed (signal 8) in query()", "signal 8" },
	{ "overflow", 500, "module backend_test crashed (signal 11) in query()", "signal 11" },
	{ "exit", 500, "module backend_test called exit() in query()", "signal 6" },
	{ "loop", 504, "module backend_test did not return in time (setting: module-timeout) in "
	    "query()", "signal 6" },
	{ "sleep", 504, "module backend_test did not return in time", "signal 6" },
	{ "wait-again", 504, "module backend_test did not return in time", "signal 6" }
};

START_TEST(bad_queries)
{
	char line[100], target[100];
	struct client c;
	size_t i;

	start("ping=0");
	h.deaths = 1;
	for (i = 0; i < COUNTOF(queries); i++) {
		if (is_left_out(queries[i].action))
			continue;
		expect_context("%s", queries[i].action);
		harness_log_mark(&h);
		snprintf(target, sizeof(target), "/%s", queries[i].action);
		ck_assert_int_eq(client_ask(&c, h.port, target), queries[i].status);
		client_expect_refused(&c, queries[i].status);
		client_end(&c);
		harness_log(&h, queries[i].words, EXPECT_MS);
		snprintf(line, sizeof(line), "was ended by %s", queries[i].ends);
		harness_log(&h, line, EXPECT_MS);
		snprintf(line, sizeof(line), "path=\"/%s\" status=%d", queries[i].action,
		    queries[i].status);
		ck_assert_uint_eq(harness_log_count(&h, line), 1);
		ck_assert_uint_eq(harness_log_count(&h, "refused client="), 1);
		use_other();
	}
	sock_expect_nobody(listener);
	stop(0);
}
END_TEST

/* If the module calls _exit(), the client gets no response; other clients and the server go on. */
START_TEST(end_without_a_word)
{
	struct client c;
	int peer;

	start("ping=0");
	h.deaths = 1;
	client_connect(&c, h.port);
	client_request(&c, &(struct request){ .target = "/_exit" });
	sock_expect_gone(c.fd, EXPECT_MS);
	client_end(&c);
	harness_log(&h, "ended with status 7", EXPECT_MS);
	use_other();
	open_at(&c, &peer, "/?framing=test&config=frame:_exit");
	sock_write(peer, "!\n", 2, EXPECT_MS);
	sock_expect_gone(c.fd, EXPECT_MS);
	client_end(&c);
	sock_close(&peer);
	harness_log_times(&h, "ended with status 7", 2, EXPECT_MS);
	stop(1);
}
END_TEST

/* -- in framings -- */

/* Each action is tried in a session in which a message has been sent before. */
static const struct {
	const char	*config;
	unsigned	 code;
	const char	*words, *ends;
} framings[] = {
	{ "frame:segfault", 1011, "module framing_test crashed (signal 11) in the framing function",
	    "signal 11" },
	{ "frame:abort", 1011, "module framing_test crashed (signal 6) in the framing function",
	    "signal 6" },
	{ "frame:overflow", 1011, "module framing_test crashed (signal 11) in the framing function",
	    "signal 11" },
	{ "frame:exit", 1011, "module framing_test called exit() in the framing function",
	    "signal 6" },
	{ "frame:loop", 1011, "module framing_test did not return in time", "signal 6" },
	{ "frame:negative", 1011, "framing test of framing_test: the framing function failed",
	    NULL },
	{ "frame:more", 1011, "framing test of framing_test: the framing function asked for more "
	    "bytes than there are", NULL },
	{ "frame:type", 1011, "framing test of framing_test: the framing function chose a type",
	    NULL },
	{ "frame:hungry", 1009, "a message of the peer is longer than max-message", NULL },
	{ "unwrap:fpe", 1011, "module framing_test crashed (signal 8) in unwrap()", "signal 8" },
	{ "unwrap:exit", 1011, "module framing_test called exit() in unwrap()", "signal 6" },
	{ "unwrap:loop", 1011, "in unwrap()", "signal 6" },
	{ "unwrap:before", 1011,
	    "framing test of framing_test: the framing function unwrapped more",
	    NULL },
	{ "unwrap:after", 1011, "framing test of framing_test: the framing function unwrapped more",
	    NULL },
	{ "unwrap:sum", 1011, "framing test of framing_test: the framing function "
	    "unwrapped more", NULL },
	{ "wrap:fpe", 1011, "module framing_test crashed (signal 8) in wrap()", "signal 8" },
	{ "wrap:exit", 1011, "module framing_test called exit() in wrap()", "signal 6" },
	{ "wrap:loop", 1011, "did not return in time (setting: module-timeout) in wrap()",
	    "signal 6" },
	{ "wrap:before", 1011, "framing test of framing_test: the framing function put too much "
	    "around a message", NULL },
	{ "wrap:after", 1011, "framing test of framing_test: the framing function put too much "
	    "around a message", NULL },
	{ "wrap:nonsense", 1011, "framing test of framing_test: the framing function failed",
	    NULL },
	{ "wrap:refuse", 1003, "the peer's framing has no messages of this type", NULL }
};

/*
 * Triggers the action: the peer sends a line, or for wrap() the client sends a message of one
 * byte.
 */
static void
trigger(struct client *c, int peer, const char *config)
{
	static char much[8192];

	if (strncmp(config, "wrap", 4) == 0) {
		client_text(c, "!");
		return;
	}
	sock_write(peer, "!\n", 2, EXPECT_MS);
	if (strcmp(config, "frame:hungry") == 0) {
		memset(much, 'x', sizeof(much));
		sock_write(peer, much, sizeof(much), EXPECT_MS);
	}
}

START_TEST(bad_framings)
{
	char line[100], target[100];
	unsigned dead = 0;
	struct client c;
	size_t i;
	int peer;

	start("max-message=4k");
	h.deaths = 1;
	for (i = 0; i < COUNTOF(framings); i++) {
		if (is_left_out(framings[i].config))
			continue;
		expect_context("%s", framings[i].config);
		harness_log_mark(&h);
		snprintf(target, sizeof(target), "/?framing=test&config=%s", framings[i].config);
		open_at(&c, &peer, target);
		sock_write(peer, "before\n", 7, EXPECT_MS);
		client_expect(&c, CLIENT_TEXT, "before", 6);
		client_text(&c, "and up");
		sock_expect(peer, "and up\n", 7, EXPECT_MS);
		trigger(&c, peer, framings[i].config);
		client_expect_end(&c, framings[i].code);
		sock_expect_gone(peer, EXPECT_MS);
		sock_close(&peer);
		harness_log(&h, framings[i].words, EXPECT_MS);
		if (framings[i].ends != NULL) {
			snprintf(line, sizeof(line), "was ended by %s", framings[i].ends);
			harness_log(&h, line, EXPECT_MS);
			dead++;
		}
		snprintf(line, sizeof(line), "code=%u by=%s", framings[i].code,
		    framings[i].code == 1009 ? "peer" : "server");
		harness_log(&h, line, EXPECT_MS);
		ck_assert_uint_eq(harness_log_count(&h, "closed client="), 1);
		use_other();
	}
	stop(dead);
}
END_TEST

/* If unwrap() removes every byte of a message, the client gets an empty message. */
START_TEST(unwrapped_to_nothing)
{
	struct client c;
	int peer;

	start("ping=0");
	open_at(&c, &peer, "/?framing=test&config=unwrap:all");
	sock_write(peer, "!xyz\nnext\n\n", 11, EXPECT_MS);
	client_expect(&c, CLIENT_TEXT, "", 0);
	client_expect(&c, CLIENT_TEXT, "next", 4);
	client_expect(&c, CLIENT_TEXT, "", 0);
	client_finish(&c);
	sock_close(&peer);
	stop(0);
}
END_TEST

/*
 * A text message that is not valid UTF-8 is sent as binary; the type of the next message does not
 * change.
 */
START_TEST(text_that_is_none)
{
	struct client c;
	int peer;

	start("ping=0");
	open_at(&c, &peer, "/?framing=test");
	sock_write(peer, "\xff\xfe\nfine\n\xc3\n\xa4\n\xc3\xa4\n", 16, EXPECT_MS);
	client_expect(&c, CLIENT_BINARY, "\xff\xfe", 2);
	client_expect(&c, CLIENT_TEXT, "fine", 4);
	client_expect(&c, CLIENT_BINARY, "\xc3", 1);
	client_expect(&c, CLIENT_BINARY, "\xa4", 1);
	client_expect(&c, CLIENT_TEXT, "\xc3\xa4", 2);
	client_finish(&c);
	sock_close(&peer);
	stop(0);
}
END_TEST

/* wrap() can refuse a message because of its type or its length. */
START_TEST(refused_messages)
{
	struct client c;
	int peer;

	start("ping=0");
	open_at(&c, &peer, "/?framing=test&config=wrap:refuse");
	client_text(&c, "first");
	client_text(&c, "!");
	client_text(&c, "never");
	client_expect_end(&c, 1003);
	sock_expect(peer, "first\n", 6, EXPECT_MS);
	sock_expect_end(peer, EXPECT_MS);
	sock_close(&peer);
	harness_log(&h, "code=1003 by=server", EXPECT_MS);
	open_at(&c, &peer, "/?framing=test&config=wrap:refuse");
	client_binary(&c, "!", 1);
	client_expect_end(&c, 1009);
	sock_expect_end(peer, EXPECT_MS);
	sock_close(&peer);
	harness_log(&h, "reason=\"the message is too long for the peer's framing\"", EXPECT_MS);
	stop(0);
}
END_TEST

/* -- the last call of a framing function -- */

static void
end_by(struct client *c, int *peer, int way)
{
	switch (way) {
	case 0:
		client_finish(c);
		break;
	case 1:
		sock_close(peer);
		client_expect(c, CLIENT_BINARY, "thr", 3);
		client_expect_end(c, 1000);
		break;
	case 2:
		client_drop(c);
		sock_expect_gone(*peer, EXPECT_MS);
		break;
	case 3:
		sock_reset(*peer);
		*peer = -1;
		client_expect(c, CLIENT_BINARY, "thr", 3);
		client_expect_end(c, 1011);
		break;
	case 4:
		client_send(c, "\x83\x80mask", 6);
		client_expect_end(c, 1002);
		sock_expect_gone(*peer, EXPECT_MS);
		break;
	}
	sock_close(peer);
}

/* However a session ends, the framing function is called a last time and frees its state. */
START_TEST(state_is_freed)
{
	struct client c;
	int peer, way;

	start("ping=0");
	for (way = 0; way < 5; way++) {
		expect_context("way %d", way);
		open_at(&c, &peer, "/?framing=test");
		sock_write(peer, "one\ntwo\nthr", 11, EXPECT_MS);
		client_expect(&c, CLIENT_TEXT, "one", 3);
		client_expect(&c, CLIENT_TEXT, "two", 3);
		end_by(&c, &peer, way);
		modules_expect_traced("taken", (unsigned)way + 2);
		modules_expect_traced("freed", (unsigned)way + 1);
	}
	/*
	 * First a session in which only wrap() is called, then one in which no function is
	 * called.
	 */
	open_at(&c, &peer, "/?framing=test");
	client_text(&c, "up");
	sock_expect(peer, "up\n", 3, EXPECT_MS);
	client_finish(&c);
	sock_close(&peer);
	modules_expect_traced("freed", 6);
	open_at(&c, &peer, "/?framing=test");
	client_finish(&c);
	sock_close(&peer);
	/* The framing function is also called a last time when the server stops. */
	harness_signal(&h, SIGTERM);
	client_expect_end(&other, 1001);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 0);
	sock_close(&other_peer);
	harness_clean(&h);
	sock_close(&listener);
	ck_assert_uint_eq(modules_traced("taken", NULL, 0), 7);
	ck_assert_uint_eq(modules_traced("freed", NULL, 0), 7);
}
END_TEST

/*
 * A crash in the last call of a framing function does not change how the session ends; the
 * session is logged once.
 */
START_TEST(bad_last_call)
{
	struct client c;
	int peer;

	start("ping=0");
	h.deaths = 1;
	open_at(&c, &peer, "/?framing=test&config=last:fpe");
	client_text(&c, "up");
	sock_expect(peer, "up\n", 3, EXPECT_MS);
	client_finish(&c);
	sock_close(&peer);
	harness_log(&h,
	    "module framing_test crashed (signal 8) in the framing function's last call",
	    EXPECT_MS);
	harness_log(&h, "was ended by signal 8", EXPECT_MS);
	ck_assert_uint_eq(harness_log_count(&h, "closed client="), 1);
	ck_assert_uint_eq(harness_log_count(&h, "code=1000 by=client"), 1);
	use_other();
	stop(1);
}
END_TEST

/* -- descriptors and output -- */

#define REPLACED	3	/* number of workers that run out of descriptors */

/* A worker that is out of descriptors refuses one client and exits; another worker replaces it. */
START_TEST(leaked_descriptors)
{
	static const char line[] = "has no peer: out of descriptors";
	struct client c;
	uint64_t deadline;
	int peer;

	if (modules_is_watched("leaked descriptors"))
		return;
	start("worker-files=64");
	while (harness_log_count(&h, line) < REPLACED) {
		if (client_ask(&c, h.port, "/leak?framing=test") == 101) {
			peer = sock_accept(listener, EXPECT_MS);
			client_finish(&c);
			sock_close(&peer);
		} else {
			client_expect_refused(&c, 503);
			client_end(&c);
		}
	}
	/* Each exiting worker calls worker_exit() of the backend. */
	deadline = expect_deadline(EXPECT_MS);
	while (modules_traced("worker_exit", NULL, 0) < REPLACED)
		if (!expect_again(deadline))
			expect_fail("%u workers logged it, %u called worker_exit()", REPLACED,
			    modules_traced("worker_exit", NULL, 0));
	open_at(&c, &peer, "/?framing=test");
	client_finish(&c);
	sock_close(&peer);
	stop(0);
}
END_TEST

/* If a module closes descriptors of the worker, only that worker exits, without a busy loop. */
START_TEST(closed_descriptors)
{
	struct client c;
	long before;

	/* Under valgrind, to wait for a closed descriptor calls abort(). */
	if (modules_is_watched("closed descriptors"))
		return;
	start("connect-timeout=1s");
	h.deaths = 1;
	before = harness_cpu(&h);
	client_connect(&c, h.port);
	client_request(&c, &(struct request){ .target = "/close" });
	sock_expect_gone(c.fd, EXPECT_MS);
	client_end(&c);
	use_other();
	if (before != -1)
		ck_assert_int_lt(harness_cpu(&h) - before, expect_stretch(500));
	stop(0);
}
END_TEST

START_TEST(printing_at_work)
{
	struct client c;
	int peer;

	start("ping=0");
	open_at(&c, &peer, "/print?framing=test&config=frame:print");
	sock_write(peer, "!\n", 2, EXPECT_MS);
	client_expect(&c, CLIENT_TEXT, "!", 1);
	client_finish(&c);
	sock_close(&peer);
	stop(0);
}
END_TEST

/* -- inetd mode: the process has only one connection -- */

static void
spawn_inetd(struct client *c, const char *target)
{
	char option[64];
	int fds[3];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	client_init(c, fds[1]);
	fds[1] = fds[0];
	fds[2] = -1;
	snprintf(option, sizeof(option), "peer=tcp://127.0.0.1:%d", port);
	harness_spawn(&h, (const char *const[]){ "-i", "-o", modules_setting(), "-b", "test",
	    "-c", option, "-o", TIMEOUT, NULL }, fds);
	sock_close(&fds[0]);
	client_request(c, &(struct request){ .target = target });
	client_answer(c);
}

START_TEST(inetd)
{
	static const char *const actions[] = { "fpe", "exit", "sleep" };
	struct client c;
	char target[100];
	size_t i;
	int peer;

	listener = sock_listen(&port);
	modules_begin("backend_test", "framing_test", NULL);
	/* Text that a module prints to standard output is not sent to the client. */
	modules_set_start("init:print");
	spawn_inetd(&c, "/print?framing=test&config=frame:print");
	client_expect_accepted(&c, REQUEST_KEY, NULL);
	peer = sock_accept(listener, EXPECT_MS);
	sock_write(peer, "!\n", 2, EXPECT_MS);
	client_expect(&c, CLIENT_TEXT, "!", 1);
	client_finish(&c);
	sock_close(&peer);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 0);
	ck_assert_uint_eq(harness_log_count(&h, "closed client="), 1);
	harness_clean(&h);
	ck_assert_uint_eq(modules_traced("worker_init", NULL, 0), 1);
	ck_assert_uint_eq(modules_traced("worker_exit", NULL, 0), 1);
	ck_assert_uint_eq(modules_traced("freed", NULL, 0), 1);
	ck_assert_uint_eq(modules_traced("cleanup", NULL, 0), 1);

	for (i = 0; i < COUNTOF(actions); i++) {
		if (is_left_out(actions[i]))
			continue;
		expect_context("%s", actions[i]);
		snprintf(target, sizeof(target), "/%s", actions[i]);
		spawn_inetd(&c, target);
		client_expect_refused(&c, strcmp(actions[i], "sleep") == 0 ? 504 : 500);
		client_end(&c);
		ck_assert_int_ge(harness_wait(&h, EXPECT_MS), 128);
		harness_log(&h, "module backend_test ", EXPECT_MS);
		harness_clean(&h);

		snprintf(target, sizeof(target), "/?framing=test&config=frame:%s",
		    strcmp(actions[i], "sleep") == 0 ? "loop" : actions[i]);
		spawn_inetd(&c, target);
		client_expect_accepted(&c, REQUEST_KEY, NULL);
		peer = sock_accept(listener, EXPECT_MS);
		sock_write(peer, "!\n", 2, EXPECT_MS);
		/* Do not answer the close frame: the server's process has already exited. */
		client_expect_close(&c, 1011);
		client_expect_eof(&c);
		client_end(&c);
		sock_close(&peer);
		ck_assert_int_ge(harness_wait(&h, EXPECT_MS), 128);
		harness_log(&h, "module framing_test ", EXPECT_MS);
		harness_clean(&h);
	}
	/* If a module prevents the start, the client gets a 500. */
	modules_set_start("init:version-9");
	spawn_inetd(&c, "/");
	client_expect_refused(&c, 500);
	client_end(&c);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 1);
	harness_log(&h, "module backend_test is written for version 9", EXPECT_MS);
	harness_clean(&h);
	modules_set_start("worker_init:refuse");
	spawn_inetd(&c, "/");
	client_expect_refused(&c, 500);
	client_end(&c);
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), 1);
	harness_log(&h, "worker_init() returned 3", EXPECT_MS);
	harness_clean(&h);
	sock_close(&listener);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("modules_bad");
	TCase *tc = harness_case(s, "backends", 60);

	tcase_add_test(tc, bad_queries);
	tcase_add_test(tc, end_without_a_word);

	tc = harness_case(s, "framings", 60);
	tcase_add_test(tc, bad_framings);
	tcase_add_test(tc, unwrapped_to_nothing);
	tcase_add_test(tc, text_that_is_none);
	tcase_add_test(tc, refused_messages);
	tcase_add_test(tc, state_is_freed);
	tcase_add_test(tc, bad_last_call);

	tc = harness_case(s, "descriptors", 60);
	tcase_add_test(tc, leaked_descriptors);
	tcase_add_test(tc, closed_descriptors);
	tcase_add_test(tc, printing_at_work);

	tc = harness_case(s, "inetd", 60);
	tcase_add_test(tc, inetd);
	return s;
}

#include "lib/check_main.h"

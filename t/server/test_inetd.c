/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Inetd mode: one connection on standard input. Whatever fails, the client must receive HTTP or
 * WebSocket and no other bytes.
 */

#include "config.h"

#include <sys/socket.h>

#include <check.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/countof.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/logfile.h"
#include "lib/pump.h"
#include "lib/sock.h"

#define ARGS		24

/* Kinds of connections from a super-server: TCP or Unix, as descriptors 0 to 2 or only as 0. */
enum { TCP_ALL, UNIX_INPUT, TCP_INPUT, UNIX_ALL, PLACES };

static struct harness h;
static struct client c;
static int listener, port, peer;	/* the peer's listening socket, port and connection */

/* Makes a connection of this kind; *ours is the client's end, *theirs the server's. */
static void
connect_pair(int place, int *ours, int *theirs)
{
	int fds[2], any, tcp;

	if (place == UNIX_ALL || place == UNIX_INPUT) {
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		*ours = fds[0];
		*theirs = fds[1];
		return;
	}
	tcp = sock_listen(&any);
	*ours = sock_connect(any, 0);
	*theirs = sock_accept(tcp, EXPECT_MS);
	sock_close(&tcp);
}

/* Makes c the client of a connection, and stores the server's descriptors 0 to 2 in fds. */
static void
connect_client(int place, int fds[3])
{
	int ours;

	connect_pair(place, &ours, &fds[0]);
	fds[1] = fds[2] = place == TCP_ALL || place == UNIX_ALL ? fds[0] : -1;
	client_init(&c, ours);
}

/* Starts the server with -i, this peer and more arguments, the last one NULL, for the client c. */
static void
spawn(int place, const char *host, ...)
{
	const char *args[ARGS] = { "-i", "-c", NULL };
	char option[300];
	int fds[3];
	va_list ap;

	snprintf(option, sizeof(option), "host=%s", host);
	args[2] = option;
	va_start(ap, host);
	harness_add_args(args, 3, ARGS, ap);
	va_end(ap);
	connect_client(place, fds);
	harness_spawn(&h, args, fds);
	sock_close(&fds[0]);
}

static void
spawn_port(int place, const char *setting)
{
	char host[64];

	snprintf(host, sizeof(host), "tcp://localhost:%d", port);
	spawn(place, host, "-o", setting, NULL);
}

static void
expect_exit(int status)
{
	ck_assert_int_eq(harness_wait(&h, EXPECT_MS), status);
}

static void
open_session(void)
{
	client_request(&c, NULL);
	client_answer(&c);
	client_expect_accepted(&c, REQUEST_KEY, NULL);
	peer = sock_accept(listener, EXPECT_MS);
}

/* Starts the server with one more setting and opens a session. */
static void
begin_session_with(int place, const char *setting)
{
	listener = sock_listen(&port);
	spawn_port(place, setting);
	open_session();
}

static void
begin_session(int place)
{
	begin_session_with(place, "log-level=debug");
}

/*
 * The server exits with status 0. The peer, if the test has not closed it, receives end of file
 * before.
 */
static void
expect_end(void)
{
	if (peer != -1)
		sock_expect_end(peer, EXPECT_MS);
	sock_close(&peer);
	expect_exit(0);
}

static void
end_session(void)
{
	expect_end();
	harness_clean(&h);
	sock_close(&listener);
}

/* Sends data in both directions. */
static void
use(void)
{
	client_text(&c, "to the peer");
	sock_expect(peer, "to the peer", 11, EXPECT_MS);
	sock_write(peer, "and back", 8, EXPECT_MS);
	client_expect_text(&c, "and back");
}

/* -- sessions -- */

START_TEST(whole_session)
{
	expect_context("place %d", _i);
	begin_session(_i);
	use();
	client_finish(&c);
	expect_end();
	/* The log goes to standard error unless standard error is the client's connection. */
	if (_i == TCP_INPUT || _i == UNIX_INPUT)
		ck_assert_uint_eq(harness_log_count(&h, "closed client="), 1);
	if (_i == TCP_INPUT)
		ck_assert_uint_eq(harness_log_count(&h, "closed client=127.0.0.1:"), 1);
	harness_clean(&h);
	sock_close(&listener);
}
END_TEST

/* The peer closes: the client receives the peer's last bytes, then a close frame. */
START_TEST(peer_ends)
{
	begin_session(_i);
	sock_write(peer, "bye", 3, EXPECT_MS);
	sock_close(&peer);
	client_expect_text(&c, "bye");
	client_expect_end(&c, 1000);
	end_session();
}
END_TEST

START_TEST(client_vanishes)
{
	begin_session(_i);
	client_text(&c, "the last word");
	client_end(&c);
	sock_expect(peer, "the last word", 13, EXPECT_MS);
	end_session();
}
END_TEST

#define PUMPED	(8 * 1048576)

START_TEST(much_both_ways)
{
	struct pump p;

	begin_session_with(_i, "ping=0");
	pump_init(&p, &c, peer, PUMPED, PUMPED);
	pump_run(&p);
	pump_free(&p);
	client_finish(&c);
	end_session();
}
END_TEST

/* -- refusals -- */

static void
expect_refusal(int status)
{
	client_answer(&c);
	client_expect_refused(&c, status);
	client_end(&c);
	expect_exit(0);
	harness_clean(&h);
}

START_TEST(peer_refuses)
{
	int fd = sock_reserve(&port);

	spawn_port(_i, "log-level=debug");
	client_request(&c, NULL);
	expect_refusal(502);
	sock_close(&fd);
}
END_TEST

START_TEST(bad_request)
{
	spawn(_i, "127.0.0.1:1", "-o", "log-level=debug", NULL);
	client_request(&c, &(struct request){ .method = "POST" });
	expect_refusal(405);
}
END_TEST

START_TEST(request_too_slow)
{
	spawn(_i, "127.0.0.1:1", "-o", "handshake-timeout=200ms", "-o", "log-level=debug", NULL);
	client_send(&c, "GET / ", 6);
	expect_refusal(408);
}
END_TEST

/* -- invalid configurations: the client gets a 500 without details -- */

static const char *const bad[][6] = {
	{ "-i", "-o", "nonsense=1" },
	{ "-i", "-o", "ping=soon" },
	{ "-i", "-o", "nothing" },
	{ "-o", "nonsense=1", "-i" },
	{ "-i", "-c", "framing=nonsense" },
	{ "-i", "-c", "nonsense=1" },
	{ "-i", "-c", "host=unix://" },
	{ "-i", "-b", "no-such-backend" },
	{ "-i", "-f", "/nonexistent/file" },
	{ "-i", "-o", "min-spare=9", "-o", "max-spare=8" },
	{ "-i", "-X" },
	{ "-X", "-i" },
	{ "-iX" },
	{ "-i", "word" },
	{ "-i", "-p" }
};

static void
check_bad(int place, const char *const *args, int request)
{
	char text[REQUEST_SIZE];
	int fds[3];

	connect_client(place, fds);
	/*
	 * The server must not close before it has read the request: the system would send a
	 * reset, which can discard the response.
	 */
	if (request)
		client_send(&c, text, request_format(text, NULL));
	harness_spawn(&h, args, fds);
	sock_close(&fds[0]);
	client_answer(&c);
	client_expect_refused(&c, 500);
	if (strstr(c.body, "nonsense") != NULL || strstr(c.body, "nonexistent") != NULL)
		expect_fail("the body gives details: %s", c.body);
	client_end(&c);
	expect_exit(1);
	/* If standard error is not the connection, the details are logged there. */
	if (fds[2] == -1)
		ck_assert_uint_ge(harness_log_count(&h, "error:"), 1);
	harness_clean(&h);
}

START_TEST(bad_configuration)
{
	const char *args[8] = { NULL };
	int place;

	memcpy(args, bad[_i], sizeof(bad[_i]));
	for (place = 0; place < PLACES; place++) {
		expect_context("row %d, place %d", _i, place);
		check_bad(place, args, 0);
		if (place == TCP_ALL || place == TCP_INPUT)
			check_bad(place, args, 1);
	}
}
END_TEST

/* -- invalid standard input -- */

static void
expect_no_start(const int fds[3], const char *says)
{
	static const char *const args[] = { "-i", NULL };

	harness_spawn(&h, args, fds);
	expect_exit(1);
	if (strstr(harness_log_text(&h), says) == NULL)
		expect_fail("stderr should say \"%s\": %s", says, harness_log_text(&h));
	harness_clean(&h);
}

START_TEST(input_is_no_socket)
{
	int end[2], fds[3] = { -1, -1, -1 };

	expect_no_start(NULL, "standard input is not a socket");
	ck_assert_int_eq(pipe(end), 0);
	fds[0] = end[0];
	expect_no_start(fds, "standard input is not a socket");
	close(end[0]);
	close(end[1]);
}
END_TEST

/*
 * A service of the kind "wait": standard input is a listening socket. The server exits if no
 * client has connected for wait-timeout.
 */
START_TEST(input_is_a_listening_socket)
{
	const char *args[16] = { "-i", "-o", NULL, "-c", NULL };
	int fds[3] = { -1, -1, -1 }, waiting, wait = expect_stretch(300);
	char host[32], timeout[64];
	uint64_t begin;

	snprintf(timeout, sizeof(timeout), "wait-timeout=%dms", wait);
	args[2] = timeout;
	listener = sock_listen(&port);
	snprintf(host, sizeof(host), "host=127.0.0.1:%d", port);
	args[4] = host;
	fds[0] = sock_listen(&port);
	harness_spawn(&h, args, fds);
	client_open(&c, port, "/");
	peer = sock_accept(listener, EXPECT_MS);
	use();
	begin = expect_now();
	client_finish(&c);
	sock_close(&peer);
	expect_exit(0);
	expect_elapsed(begin, wait, 3000);
	/* A client that connects after the exit waits for the next server. */
	waiting = sock_connect(port, 0);
	ck_assert(!sock_readable(waiting, 0));
	harness_clean(&h);
	sock_close(&waiting);
	sock_close(&fds[0]);
	sock_close(&listener);
}
END_TEST

START_TEST(closed_descriptors)
{
	static const char *const redirections[] = { ">&-", "2>&-", ">&- 2>&-" };

	expect_context("%s", redirections[_i]);
	harness_wrap(":", "", redirections[_i]);
	begin_session(TCP_ALL);
	use();
	client_finish(&c);
	end_session();
}
END_TEST

START_TEST(closed_input)
{
	harness_wrap(":", "", "<&-");
	expect_no_start(NULL, "standard input is not a socket");
}
END_TEST

/* -- signals -- */

START_TEST(term)
{
	begin_session(_i);
	harness_signal(&h, SIGTERM);
	client_expect_end(&c, 1001);
	end_session();
}
END_TEST

/*
 * The test keeps the server's end of the connection open too, to see when the server has read the
 * bytes.
 */
START_TEST(term_during_the_handshake)
{
	static const char *const args[] = { "-i", "-o", "log-level=debug", NULL };
	uint64_t deadline = expect_deadline(EXPECT_MS);
	int fds[3];

	connect_client(_i, fds);
	client_send(&c, "GET / HTTP/1.1\r\n", 16);
	ck_assert(sock_readable(fds[0], EXPECT_MS));
	harness_spawn(&h, args, fds);
	while (sock_readable(fds[0], 0))
		if (!expect_again(deadline))
			expect_fail("the server does not read the request");
	harness_signal(&h, SIGTERM);
	client_answer(&c);
	client_expect_refused(&c, 503);
	client_end(&c);
	expect_exit(0);
	harness_clean(&h);
	sock_close(&fds[0]);
}
END_TEST

START_TEST(quit_lets_the_session_end)
{
	begin_session(_i);
	use();
	harness_signal(&h, SIGQUIT);
	use();
	client_finish(&c);
	end_session();
}
END_TEST

/* Signals that the super-server ignores or blocks have their usual effect in the session. */
START_TEST(inherited_signals)
{
	sigset_t blocked;

	listener = sock_listen(&port);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGPIPE);
	sigaddset(&blocked, SIGCHLD);
	sigaddset(&blocked, SIGALRM);
	if (_i == 0)
		harness_wrap("trap '' TERM PIPE CHLD ALRM QUIT", "", "");
	else
		ck_assert_int_eq(sigprocmask(SIG_BLOCK, &blocked, NULL), 0);
	spawn_port(TCP_ALL, "log-level=debug");
	ck_assert_int_eq(sigprocmask(SIG_UNBLOCK, &blocked, NULL), 0);
	open_session();
	use();
	harness_signal(&h, SIGTERM);
	client_expect_end(&c, 1001);
	end_session();
}
END_TEST

/* A write to a peer whose connection was reset must not end the server with SIGPIPE. */
START_TEST(peer_resets)
{
	begin_session(_i);
	sock_reset(peer);
	peer = -1;
	client_expect_end(&c, 1011);
	end_session();
}
END_TEST

/* -- the log -- */

static char log_file[600];

static void
spawn_logged(int place, const char *log, const char *format)
{
	char setting[700], host[64];

	listener = sock_listen(&port);
	snprintf(setting, sizeof(setting), "log=%s", log);
	snprintf(host, sizeof(host), "tcp://localhost:%d", port);
	spawn(place, host, "-o", setting, "-o", format, NULL);
}

static void
use_and_end(void)
{
	open_session();
	use();
	client_finish(&c);
	expect_end();
}

/* A log file has the lines of all connections, and the connection none. */
START_TEST(log_to_a_file)
{
	char *text;

	snprintf(log_file, sizeof(log_file), "%s", harness_scratch("inetd.log"));
	spawn_logged(_i, log_file, "log-format=text");
	use_and_end();
	ck_assert_str_eq(harness_log_text(&h), "");
	harness_clean(&h);
	sock_close(&listener);
	peer = -1;
	spawn_logged(_i, log_file, "log-format=json");
	use_and_end();
	text = logfile_text(log_file);
	ck_assert_uint_eq(logfile_count(text, " info: opened client="), 1);
	ck_assert_uint_eq(logfile_count(text, " info: closed client="), 1);
	ck_assert_uint_eq(logfile_count(text, "\"event\":\"opened\""), 1);
	ck_assert_uint_eq(logfile_count(text, "\"event\":\"closed\""), 1);
	free(text);
	(void)unlink(log_file);
	harness_clean(&h);
	sock_close(&listener);
}
END_TEST

START_TEST(log_file_impossible)
{
	spawn_logged(_i, "/nonexistent/log", "log-format=text");
	client_request(&c, NULL);
	client_answer(&c);
	client_expect_refused(&c, 500);
	client_end(&c);
	expect_exit(1);
	if (_i == TCP_INPUT || _i == UNIX_INPUT)
		harness_log(&h, "cannot write the log /nonexistent/log", 0);
	harness_clean(&h);
	sock_close(&listener);
}
END_TEST

/* Standard error has the log, in the given format, unless standard error is the connection. */
START_TEST(log_to_stderr)
{
	spawn_logged(_i, "stderr", "log-format=json");
	use_and_end();
	if (_i == TCP_INPUT || _i == UNIX_INPUT) {
		ck_assert_uint_eq(harness_log_count(&h, "\"event\":\"closed\""), 1);
		ck_assert_uint_eq(harness_log_count(&h, "standard error is the connection"), 0);
	}
	harness_clean(&h);
	sock_close(&listener);
}
END_TEST

/* With log = syslog nothing is on standard error. */
START_TEST(log_to_syslog)
{
	spawn_logged(_i, "syslog", "log-format=text");
	use_and_end();
	ck_assert_str_eq(harness_log_text(&h), "");
	harness_clean(&h);
	sock_close(&listener);
}
END_TEST

/* -- options in addition to -i -- */

START_TEST(check_and_help_need_no_connection)
{
	static const char *const options[] = { "-t", "-T", "-h", "-V" };
	const char *args[] = { "-i", options[_i], NULL };

	harness_spawn(&h, args, NULL);
	expect_exit(0);
	ck_assert(sock_readable(h.out, 0));
	harness_clean(&h);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("inetd");
	TCase *tc = harness_case(s, "sessions", 60);

	tcase_add_loop_test(tc, whole_session, 0, expect_rows(PLACES, 2));
	tcase_add_loop_test(tc, peer_ends, 0, expect_rows(PLACES, 2));
	tcase_add_loop_test(tc, client_vanishes, 0, expect_rows(PLACES, 2));
	tcase_add_loop_test(tc, much_both_ways, 0, expect_rows(PLACES, 2));
	tcase_add_loop_test(tc, peer_refuses, 0, expect_rows(PLACES, 2));
	tcase_add_loop_test(tc, bad_request, 0, expect_rows(PLACES, 2));
	tcase_add_loop_test(tc, request_too_slow, 0, expect_rows(PLACES, 2));

	tc = harness_case(s, "faults", 60);
	tcase_add_loop_test(tc, bad_configuration, 0, (int)COUNTOF(bad));
	tcase_add_test(tc, input_is_no_socket);
	tcase_add_test(tc, input_is_a_listening_socket);
	tcase_add_loop_test(tc, closed_descriptors, 0, 3);
	tcase_add_test(tc, closed_input);
	tcase_add_loop_test(tc, check_and_help_need_no_connection, 0, 4);

	tc = harness_case(s, "log", 60);
	tcase_add_loop_test(tc, log_to_a_file, 0, PLACES);
	tcase_add_loop_test(tc, log_file_impossible, 0, expect_rows(PLACES, 2));
	tcase_add_loop_test(tc, log_to_stderr, 0, PLACES);
	tcase_add_loop_test(tc, log_to_syslog, TCP_INPUT, TCP_INPUT + 1);

	tc = harness_case(s, "signals", 60);
	tcase_add_loop_test(tc, term, 0, expect_rows(PLACES, 2));
	tcase_add_loop_test(tc, term_during_the_handshake, 0, expect_rows(PLACES, 2));
	tcase_add_loop_test(tc, quit_lets_the_session_end, 0, expect_rows(PLACES, 2));
	tcase_add_loop_test(tc, inherited_signals, 0, 2);
	tcase_add_loop_test(tc, peer_resets, 0, expect_rows(PLACES, 2));
	return s;
}

#include "lib/check_main.h"

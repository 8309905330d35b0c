/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Limits of the server: neither a peer that sends without end nor the reader of its log can
 * prevent the exit of a worker or of the server.
 */

#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/client.h"
#include "lib/datagram.h"
#include "lib/expect.h"
#include "lib/harness.h"
#include "lib/pair.h"
#include "lib/sock.h"
#include "lib/testpool.h"
#include "test_limits.h"

#define PIDS		64
#define LOOK_MS		5	/* ms between two uses of a session */

static struct pair t;

static void
use(struct client *c, int peer)
{
	client_text(c, "anybody?");
	sock_expect(peer, "anybody?", 8, EXPECT_MS);
	sock_write(peer, "yes", 3, EXPECT_MS);
	client_expect_text(c, "yes");
}

/* Waits for a child process of this test and returns its exit status. */
static int
child_status(pid_t pid)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0)
		if (!expect_again(deadline))
			expect_fail("child %ld does not end", (long)pid);
	return status;
}

/* -- a peer that sends without end -- */

/*
 * Starts a process that plays the peer: it writes until the connection is reset, and never reads.
 */
static pid_t
stream(void)
{
	static const uint8_t zeros[65536];
	pid_t pid = fork();
	ssize_t n = 0;

	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		/* Close the copy of the client's socket, so that only the test has it open. */
		sock_close(&t.c.fd);
		while ((n = sock_write_now(t.peer, zeros, sizeof(zeros))) != SOCK_RESET)
			if (n == SOCK_AGAIN)
				(void)sock_writable(t.peer, 1000);
		_exit(0);
	}
	sock_close(&t.peer);
	return pid;
}

/* The client reads a message. Then it closes its socket, after a close frame if in_order is 1. */
static void
leave(int in_order)
{
	struct client_message m;

	client_read(&t.c, &m);
	ck_assert_int_eq(m.opcode, CLIENT_TEXT);
	if (in_order)
		client_finish_late(&t.c);
	else
		client_end(&t.c);
}

START_TEST(an_endless_peer_does_not_hold_a_worker)
{
	uint64_t begin;
	pid_t pid;

	pair_start(&t, HARNESS_ONE_WORKER, "-o", "max-workers=1", "-o", "close-timeout=500ms",
	    NULL);
	pair_open(&t);
	pid = stream();
	leave(_i);
	begin = expect_now();
	/* The peer's process exits when its connection is closed. */
	ck_assert_int_eq(child_status(pid), 0);
	expect_elapsed(begin, 0, 500);
	harness_log(&t.h, "closed client=", EXPECT_MS);
	pair_stop(&t);
}
END_TEST

START_TEST(an_endless_peer_does_not_hold_the_server)
{
	uint64_t begin;
	pid_t pid;

	pair_start(&t, "-o", "close-timeout=60s", NULL);
	pair_open(&t);
	pid = stream();
	leave(1);
	begin = expect_now();
	harness_signal(&t.h, SIGTERM);
	ck_assert_int_eq(harness_wait(&t.h, EXPECT_MS), 0);
	expect_elapsed(begin, 0, 1500);
	ck_assert_int_eq(child_status(pid), 0);
	harness_log(&t.h, "closed client=", 0);
	ck_assert_uint_eq(harness_log_count(&t.h, "warn:"), 0);
	harness_clean(&t.h);
	sock_close(&t.listener);
}
END_TEST

/* -- workers -- */

/* Waits for a worker that is not among the n known workers, and appends its pid to them. */
static void
expect_new_worker(pid_t *known, unsigned *n)
{
	ck_assert_uint_lt(*n, PIDS);
	known[*n] = testpool_newest(&t.h, known, *n);
	++*n;
}

/*
 * The pause before a new worker is 1 s and then doubles, even if a worker is busy all the time.
 * There is one idle worker at a time, which the test kills as soon as it exists.
 */
START_TEST(early_deaths_are_throttled_while_a_session_is_open)
{
	pid_t known[PIDS];
	unsigned n = 0, i;
	uint64_t killed;

	pair_start(&t, HARNESS_ONE_WORKER, NULL);
	t.h.deaths = 1;
	expect_new_worker(known, &n);
	pair_open(&t);
	expect_new_worker(known, &n);
	for (i = 0; i < 2; i++) {
		killed = expect_now();
		ck_assert_int_eq(kill(known[n - 1], SIGKILL), 0);
		expect_new_worker(known, &n);
		/*
		 * The clocks of the master and of the test may differ by a fraction of a
		 * millisecond.
		 */
		expect_elapsed(killed, (1000 << i) - 2, 1000 << i);
	}
	use(&t.c, t.peer);
	/* The early exits are not logged one by one. */
	ck_assert_uint_eq(harness_log_count(&t.h, "before its first client"), 1);
	pair_close(&t);
	pair_stop(&t);
}
END_TEST

/* drain-timeout applies only if the whole server drains, not to a worker that retires alone. */
START_TEST(a_retired_worker_keeps_its_session)
{
	pid_t known[PIDS];
	unsigned n = 0;
	uint64_t until;

	pair_start(&t, HARNESS_ONE_WORKER, "-o", "drain-timeout=300ms", NULL);
	expect_new_worker(known, &n);
	pair_open(&t);
	use(&t.c, t.peer);
	ck_assert_int_eq(kill(known[0], SIGQUIT), 0);
	until = expect_now() + 1000;
	while (expect_now() < until) {
		use(&t.c, t.peer);
		poll(NULL, 0, LOOK_MS);
	}
	if (_i == 0) {
		pair_close(&t);
		harness_expect_gone(known[0], EXPECT_MS);
		pair_stop(&t);
		return;
	}
	harness_signal(&t.h, SIGQUIT);
	pair_expect_close(&t, 1001);
	ck_assert_int_eq(harness_wait(&t.h, EXPECT_MS), 0);
	ck_assert_uint_eq(harness_log_count(&t.h, "warn:"), 0);
	harness_clean(&t.h);
	sock_close(&t.listener);
}
END_TEST

/* -- standard output and error -- */

/*
 * After the port, standard output has end of file: a script that reads it must not wait until the
 * server exits.
 */
START_TEST(the_output_ends_behind_the_port)
{
	struct pollfd p = { .events = POLLIN };
	char byte;

	pair_start(&t, NULL);
	p.fd = t.h.out;
	ck_assert_int_eq(poll(&p, 1, expect_stretch(EXPECT_MS)), 1);
	ck_assert_int_eq(read(t.h.out, &byte, 1), 0);
	pair_open(&t);
	use(&t.c, t.peer);
	pair_close(&t);
	pair_stop(&t);
}
END_TEST

/* Makes a pipe whose buffer is full. */
static void
full_pipe(int end[2])
{
	static const char bytes[4096];
	size_t len = sizeof(bytes);
	int i;

	ck_assert_int_eq(pipe(end), 0);
	for (i = 0; i < 2; i++)
		ck_assert_int_ne(fcntl(end[i], F_SETFD, FD_CLOEXEC), -1);
	ck_assert_int_ne(fcntl(end[1], F_SETFL, O_NONBLOCK), -1);
	while (len > 0)
		if (write(end[1], bytes, len) == -1)
			len /= 2;
	/* The server inherits the flags of the descriptor, and its writes must block. */
	ck_assert_int_ne(fcntl(end[1], F_SETFL, 0), -1);
}

/* Makes the server log more than the buffer of a pipe can hold. */
static void
fill_log(int port)
{
	char target[301];
	struct request r = { .target = target, .version = "12" };
	int i;

	memset(target, 'x', sizeof(target) - 1);
	target[0] = '/';
	target[sizeof(target) - 1] = '\0';
	for (i = 0; i < 250; i++)
		client_expect_refusal(port, &r, 426, NULL);
}

START_TEST(a_log_that_nobody_reads_stops_nobody)
{
	char peer[32], line[32];
	const char *args[] = { "-l", "127.0.0.1", "-p", "0", "-c", "host=127.0.0.1", "-c", peer,
	    NULL };
	int end[2], fds[3] = { -1, -1, -1 };
	uint64_t begin;

	memset(&t, 0, sizeof(t));
	t.listener = sock_listen(&t.port);
	snprintf(peer, sizeof(peer), "port=%d", t.port);
	if (_i == 0)
		ck_assert_int_eq(pipe(end), 0);
	else
		full_pipe(end);
	fds[2] = end[1];
	harness_spawn(&t.h, args, fds);
	harness_line(&t.h, line, sizeof(line));
	t.h.port = atoi(line);
	if (_i == 0)
		fill_log(t.h.port);
	t.peer = -1;
	pair_open(&t);
	use(&t.c, t.peer);
	pair_close(&t);
	begin = expect_now();
	harness_signal(&t.h, SIGTERM);
	ck_assert_int_eq(harness_wait(&t.h, EXPECT_MS), 0);
	expect_elapsed(begin, 0, 1000);
	harness_clean(&t.h);
	sock_close(&t.listener);
	close(end[0]);
	close(end[1]);
}
END_TEST

/* -- foreign datagrams -- */

#define SESSIONS	50

/* Sends a datagram to each socket in a directory. */
static void
send_to_all(int fd, const char *directory)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	DIR *d = opendir(directory);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		snprintf(a.sun_path, sizeof(a.sun_path), "%.80s/%.25s", directory, e->d_name);
		(void)sendto(fd, "forged", 6, MSG_DONTWAIT, (struct sockaddr *)&a, sizeof(a));
	}
	if (d != NULL)
		closedir(d);
}

/*
 * Starts a process that sends datagrams to the sockets of workers, whenever they exist.  It runs as
 * the same user: others cannot list the names.
 */
static pid_t
strangers(const char *directory)
{
	char sockets[300] = "";
	struct dirent *e;
	DIR *d = opendir(directory);
	pid_t pid;
	int fd;

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL)
		if (strncmp(e->d_name, "websocksy.", 10) == 0)
			snprintf(sockets, sizeof(sockets), "%.200s/%.20s", directory, e->d_name);
	closedir(d);
	ck_assert_str_ne(sockets, "");
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid != 0)
		return pid;
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	for (;;)
		send_to_all(fd, sockets);
}

/*
 * Sends one message in each direction: the first message that the client receives must be the
 * peer's.
 */
static void
exchange(int fd)
{
	struct datagram_peer p = { .fd = fd };

	client_open(&t.c, t.h.port, "/");
	client_text(&t.c, "hello");
	datagram_expect(&p, "hello", 5);
	datagram_send(&p, "real", 4);
	client_expect_text(&t.c, "real");
	client_finish(&t.c);
}

/* Between bind() and connect() of the worker's socket, any process can send to this socket. */
START_TEST(strangers_are_not_heard)
{
	const char *path = harness_scratch("peer");
	int i, fd = sock_unix_datagram(path);
	char name[300], directory[300], set[300];
	pid_t known[PIDS], pid;
	unsigned n = 0;

	memset(&t, 0, sizeof(t));
	snprintf(name, sizeof(name), "unix-dgram://%s", path);
	snprintf(directory, sizeof(directory), "%.*s", (int)(strrchr(path, '/') - path), path);
	snprintf(set, sizeof(set), "socket-directory=%.200s", directory);
	/* The next client waits in the backlog while the worker finishes the previous one. */
	harness_bridge_to(&t.h, name, HARNESS_ONE_WORKER, "-o", "max-workers=2", "-o", set, NULL);
	expect_new_worker(known, &n);
	pid = strangers(directory);
	for (i = 0; i < SESSIONS; i++)
		exchange(fd);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert(WIFSIGNALED(child_status(pid)));
	harness_stop(&t.h);
	sock_close(&fd);
}
END_TEST

void
test_limits_server(Suite *s)
{
	TCase *tc = harness_case(s, "endless peers", 60);

	tcase_add_loop_test(tc, an_endless_peer_does_not_hold_a_worker, 0, 2);
	tcase_add_test(tc, an_endless_peer_does_not_hold_the_server);

	tc = harness_case(s, "workers", 60);
	tcase_add_test(tc, early_deaths_are_throttled_while_a_session_is_open);
	tcase_add_loop_test(tc, a_retired_worker_keeps_its_session, 0, 2);

	tc = harness_case(s, "outside", 60);
	tcase_add_test(tc, the_output_ends_behind_the_port);
	tcase_add_loop_test(tc, a_log_that_nobody_reads_stops_nobody, 0, 2);
	tcase_add_test(tc, strangers_are_not_heard);
}

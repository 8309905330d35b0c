/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Questions to an auxiliary process: the way of an answer, and what an intruder in a worker can
 * send instead of a question.
 */

#include "config.h"

#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "lib/unit.h"
#include "posix/lifecycle.h"
#include "posix/question.h"
#include "posix/signals.h"

#define LATER	60000	/* ms; a deadline that is not reached */
#define MANY	40	/* descriptors in one datagram */

static int pair[2];	/* the end of the process, and that of the workers */
static char text[QUESTION_SIZE + 1];

static void
set_up(void)
{
	signals_init(SIGNALS_SINGLE);
	lifecycle_init(-1, 0, 0, NULL);
	ck_assert_int_eq(question_open(pair), 0);
}

static void
tear_down(void)
{
	io_close(&pair[0]);
	io_close(&pair[1]);
}

/* Returns the number of open descriptors. */
static unsigned
open_descriptors(void)
{
	unsigned n = 0;
	int fd;

	for (fd = 0; fd < 1000; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

/* -- datagrams that are not questions -- */

/* Sends a datagram of len bytes with n descriptors. */
static void
send_datagram(size_t len, const int *fds, size_t n)
{
	union {
		struct cmsghdr	head;
		char		bytes[CMSG_SPACE(MANY * sizeof(int))];
	} control;
	struct iovec part = { text, len };
	struct msghdr message;

	memset(&message, 0, sizeof(message));
	message.msg_iov = &part;
	message.msg_iovlen = 1;
	if (n > 0) {
		memset(&control, 0, sizeof(control));
		control.head.cmsg_len = (socklen_t)CMSG_LEN(n * sizeof(int));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.head), fds, n * sizeof(int));
		message.msg_control = control.bytes;
		message.msg_controllen = (socklen_t)CMSG_SPACE(n * sizeof(int));
	}
	ck_assert_int_eq(sendmsg(pair[1], &message, 0), (ssize_t)len);
}

/* Makes descriptors of a kind that no answer may be written to.  Returns how many. */
static size_t
make_descriptors(int kind, int fds[MANY])
{
	struct sockaddr_in in;
	struct sockaddr_un un;
	size_t i;

	switch (kind) {
	case 0:		/* none */
		return 0;
	case 1:		/* two, which are both valid */
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		return 2;
	case 2:		/* more than fit */
		for (i = 0; i < MANY; i += 2)
			ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds + i), 0);
		return MANY;
	case 3:		/* a pipe, whose reader could stop to read */
		ck_assert_int_eq(pipe(fds), 0);
		io_close(&fds[0]);
		fds[0] = fds[1];
		return 1;
	case 4:		/* a file */
		fds[0] = open("/dev/zero", O_RDWR);
		return 1;
	case 5:		/* a socket that is not connected */
		fds[0] = socket(AF_UNIX, SOCK_STREAM, 0);
		return 1;
	case 6:		/* a listener */
		memset(&un, 0, sizeof(un));
		un.sun_family = AF_UNIX;
		(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", unit_path("listener"));
		fds[0] = socket(AF_UNIX, SOCK_STREAM, 0);
		ck_assert_int_eq(bind(fds[0], (struct sockaddr *)&un, sizeof(un)), 0);
		ck_assert_int_eq(listen(fds[0], 1), 0);
		return 1;
	case 7:		/* a connected socket of another family */
		memset(&in, 0, sizeof(in));
		in.sin_family = AF_INET;
		in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		in.sin_port = htons(9);
		fds[0] = socket(AF_INET, SOCK_DGRAM, 0);
		ck_assert_int_eq(connect(fds[0], (struct sockaddr *)&in, sizeof(in)), 0);
		return 1;
	default:	/* a Unix socket without an end */
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
		io_close(&fds[1]);
		return 1;
	}
}

#define KINDS	9

/* Such a datagram is discarded with all its descriptors, and the next question is taken. */
START_TEST(no_question)
{
	static const size_t lengths[] = { 5, 0, QUESTION_SIZE };
	int fds[MANY], valid[2];
	unsigned before = open_descriptors();
	struct question q;
	size_t n, i;

	/* Without a descriptor a datagram of any length is no question: the rows after the kinds. */
	n = make_descriptors(_i < KINDS ? _i : 0, fds);
	send_datagram(lengths[_i < KINDS ? 0 : _i - KINDS + 1], fds, n);
	for (i = 0; i < n; i++)
		io_close(&fds[i]);
	ck_assert_int_eq(question_take(pair[0], text, sizeof(text), &q), QUESTION_NONE);
	ck_assert_uint_eq(open_descriptors(), before);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, valid), 0);
	send_datagram(3, &valid[1], 1);
	ck_assert_int_eq(question_take(pair[0], text, sizeof(text), &q), QUESTION_TAKEN);
	ck_assert_uint_eq(q.length, 3);
	question_answer(q.answer, "x", 1);
	io_close(&valid[0]);
	io_close(&valid[1]);
	ck_assert_uint_eq(open_descriptors(), before);
}
END_TEST

/* A question that is empty or too long is discarded with its descriptor. */
START_TEST(wrong_length)
{
	static const size_t lengths[] = { 0, 11, 1000 };
	unsigned before = open_descriptors();
	struct question q;
	int fds[2];
	size_t i;

	for (i = 0; i < COUNTOF(lengths); i++) {
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		send_datagram(lengths[i], &fds[1], 1);
		io_close(&fds[1]);
		ck_assert_int_eq(question_take(pair[0], text, 10, &q), QUESTION_NONE);
		ck_assert_int_eq(read(fds[0], text, 1), 0);
		io_close(&fds[0]);
	}
	ck_assert_uint_eq(open_descriptors(), before);
}
END_TEST

#ifdef POLLRDHUP
/* Empty datagrams, however many, are not the end. */
START_TEST(empty_datagrams)
{
	struct question q;
	int i;

	for (i = 0; i < 100; i++)
		send_datagram(0, NULL, 0);
	for (i = 0; i < 10; i++)
		ck_assert_int_eq(question_take(pair[0], text, sizeof(text), &q), QUESTION_NONE);
	ck_assert_int_eq(question_is_closed(pair[0]), 0);
}
END_TEST
#endif

/* A received descriptor is closed when another program is executed. */
START_TEST(close_on_exec)
{
	struct question q;
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	send_datagram(1, &fds[1], 1);
	ck_assert_int_eq(question_take(pair[0], text, sizeof(text), &q), QUESTION_TAKEN);
	ck_assert_int_ne(fcntl(q.answer, F_GETFD) & FD_CLOEXEC, 0);
#ifdef HAVE_STRUCT_UCRED_PID
	ck_assert_int_eq(q.asker, getpid());
#endif
	ck_assert_int_eq(question_is_dropped(q.answer), 0);
	io_close(&fds[1]);
	io_close(&fds[0]);
	ck_assert_int_eq(question_is_dropped(q.answer), 1);
	io_close(&q.answer);
}
END_TEST

/*
 * An answer does not wait for an asker that does not read: although the asker, which has a copy of
 * the descriptor, has filled the socket and made it blocking.
 */
START_TEST(full_socket)
{
	static char data[4096];
	struct question q;
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ck_assert_int_eq(io_set_nonblocking(fds[1]), 0);
	while (write(fds[1], data, sizeof(data)) > 0)
		continue;
	send_datagram(1, &fds[1], 1);
	ck_assert_int_eq(question_take(pair[0], text, sizeof(text), &q), QUESTION_TAKEN);
	ck_assert_int_eq(fcntl(fds[1], F_SETFL, 0), 0);
	question_answer(q.answer, data, sizeof(data));
	io_close(&fds[0]);
	io_close(&fds[1]);
}
END_TEST

/* An intruder can shut down the end of all workers, also for sending only, which is noticed. */
START_TEST(shut_down)
{
	struct question q;

	ck_assert_int_eq(question_is_closed(pair[0]), 0);
	ck_assert_int_eq(shutdown(pair[1], _i == 0 ? SHUT_RDWR : SHUT_WR), 0);
	ck_assert_int_eq(question_take(pair[0], text, sizeof(text), &q), QUESTION_END);
#ifndef POLLRDHUP
	if (_i == 1)
		return;
#endif
	ck_assert_int_eq(question_is_closed(pair[0]), 1);
	ck_assert_int_eq(question_ask(pair[1], "q", 1, text, sizeof(text), clock_now() + LATER),
	    QUESTION_FAILED);
}
END_TEST

/* -- questions and answers -- */

/* Waits for a question, in a child process, and takes it. */
static void
wait_and_take(struct question *q)
{
	enum question_result result;

	do {
		(void)lifecycle_wait_readable(pair[0], clock_now() + LATER);
		result = question_take(pair[0], text, sizeof(text), q);
	} while (result == QUESTION_NONE);
	if (result != QUESTION_TAKEN)
		_exit(9);
}

/*
 * Starts a process that takes questions: it drops the first ones without an answer, and answers the
 * last with the question itself.
 */
static pid_t
start_answering(unsigned drops)
{
	struct question q;
	pid_t pid = fork();
	unsigned i;

	ck_assert_int_ne(pid, -1);
	if (pid != 0)
		return pid;
	io_close(&pair[1]);
	for (i = 0; i < drops; i++) {
		wait_and_take(&q);
		io_close(&q.answer);
	}
	wait_and_take(&q);
	question_answer(q.answer, text, q.length < 8192 ? q.length : 8192);
	unit_leave(0);
}

START_TEST(answers)
{
	static const size_t lengths[] = { 1, 100, 8192, QUESTION_SIZE };
	static char answer[QUESTION_SIZE];
	size_t i, expected;
	ssize_t n;
	pid_t pid;

	memset(text, 'q', sizeof(text));
	for (i = 0; i < COUNTOF(lengths); i++) {
		pid = start_answering(0);
		n = question_ask(pair[1], text, lengths[i], answer, sizeof(answer),
		    clock_now() + LATER);
		expected = lengths[i] < 8192 ? lengths[i] : 8192;
		ck_assert_int_eq(n, (ssize_t)expected);
		ck_assert_int_eq(memcmp(answer, text, expected), 0);
		ck_assert_int_eq(unit_exit_status(pid), 0);
	}
}
END_TEST

/* A question that was lost with the process is asked again, twice. */
START_TEST(asked_again)
{
	char answer[4] = "";
	pid_t pid = start_answering((unsigned)_i);

	ck_assert_int_eq(question_ask(pair[1], "abc", 3, answer, sizeof(answer),
	    clock_now() + LATER), _i < 3 ? 3 : QUESTION_FAILED);
	ck_assert_str_eq(answer, _i < 3 ? "abc" : "");
	if (_i == 3)
		ck_assert_int_eq(question_ask(pair[1], "abc", 3, answer, sizeof(answer),
		    clock_now() + LATER), 3);
	ck_assert_int_eq(unit_exit_status(pid), 0);
}
END_TEST

START_TEST(no_answer)
{
	char answer[4];
	uint64_t begun = clock_now();
	unsigned before = open_descriptors();

	ck_assert_int_eq(question_ask(pair[1], "a", 1, answer, sizeof(answer), begun + 30),
	    QUESTION_LATE);
	ck_assert_uint_ge(clock_now(), begun + 30);
	ck_assert_int_eq(question_ask(pair[1], "", 0, answer, sizeof(answer), begun + LATER),
	    QUESTION_FAILED);
	ck_assert_int_eq(question_ask(pair[1], text, QUESTION_SIZE + 1, answer, sizeof(answer),
	    begun + LATER), QUESTION_FAILED);
	signals_stop = 1;
	ck_assert_int_eq(question_ask(pair[1], "a", 1, answer, sizeof(answer), begun + LATER),
	    QUESTION_STOP);
	ck_assert_uint_eq(open_descriptors(), before);
}
END_TEST

/* The queue in the socket is full: a worker waits, not longer than until its deadline. */
START_TEST(full_queue)
{
	static char one[1000];
	struct question q;
	unsigned sent = 0, taken = 0;
	char answer[4];

	while (send(pair[1], one, sizeof(one), MSG_NOSIGNAL) > 0)
		sent++;
	ck_assert_uint_gt(sent, 0);
	ck_assert_int_eq(question_ask(pair[1], one, sizeof(one), answer, sizeof(answer),
	    clock_now() + 30), QUESTION_LATE);
	while (taken++ < sent)
		ck_assert_int_eq(question_take(pair[0], text, sizeof(text), &q), QUESTION_NONE);
}
END_TEST

/* An intruder has made the buffer of all workers too small for a long question. */
START_TEST(small_buffer)
{
	static char answer[QUESTION_SIZE];
	int size = 1;
	pid_t pid;

	ck_assert_int_eq(setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
	pid = start_answering(0);
	memset(text, 'q', sizeof(text));
	ck_assert_int_eq(question_ask(pair[1], text, QUESTION_SIZE, answer, sizeof(answer),
	    clock_now() + LATER), 8192);
	ck_assert_int_eq(unit_exit_status(pid), 0);
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("question");
	TCase *tc = tcase_create("abuse");

	tcase_add_unchecked_fixture(tc, unit_files_setup, unit_files_remove);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, no_question, 0, KINDS + 2);
	tcase_add_test(tc, wrong_length);
#ifdef POLLRDHUP
	tcase_add_test(tc, empty_datagrams);
#endif
	tcase_add_test(tc, close_on_exec);
	tcase_add_test(tc, full_socket);
	tcase_add_loop_test(tc, shut_down, 0, 2);
	suite_add_tcase(s, tc);
	tc = tcase_create("answers");
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, answers);
	tcase_add_loop_test(tc, asked_again, 0, 4);
	tcase_add_test(tc, no_answer);
	tcase_add_test(tc, full_queue);
	tcase_add_test(tc, small_buffer);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

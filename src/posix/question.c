/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "posix/lifecycle.h"
#include "posix/question.h"

#define TRIES		3	/* times that a question is sent */
#define RETRY_PAUSE	50u	/* ms before a question is sent again; the pause doubles */
#define FULL_PAUSE	20	/* ms to wait if the system has no memory for a datagram */
#define DISCARDED_MAX	32	/* datagrams that one call of question_take() discards, at most */
#define RECEIVED_MAX	8	/* descriptors of one datagram that are received, at most */

#ifndef MSG_DONTWAIT
#define MSG_DONTWAIT	0
#endif
#ifndef MSG_CMSG_CLOEXEC
#define MSG_CMSG_CLOEXEC 0
#endif
/* Without it, a workers' end that was shut down for sending only looks like empty datagrams. */
#ifndef POLLRDHUP
#define POLLRDHUP	0
#endif

/* Room for the descriptors and for the credentials of the asker. */
#ifdef HAVE_STRUCT_UCRED_PID
#define CREDENTIALS_SPACE	CMSG_SPACE(sizeof(struct ucred))
#else
#define CREDENTIALS_SPACE	0
#endif
union control {
	struct cmsghdr	head;
	char		bytes[CMSG_SPACE(RECEIVED_MAX * sizeof(int)) + CREDENTIALS_SPACE];
};

/* -- socket pairs -- */

static int
make_pair(int type, int fd[2])
{
	if (socketpair(AF_UNIX, type, 0, fd) == -1)
		return -1;
#if defined(SOCK_CLOEXEC) && defined(SOCK_NONBLOCK)
	return 0;
#else
	if (io_set_cloexec(fd[0]) == 0 && io_set_nonblocking(fd[0]) == 0 &&
	    io_set_cloexec(fd[1]) == 0 && io_set_nonblocking(fd[1]) == 0)
		return 0;
	io_close(&fd[0]);
	io_close(&fd[1]);
	return -1;
#endif
}

/*
 * Makes a socket pair of the type SOCK_SEQPACKET.  A connected socket of this type cannot be
 * connected to another one, and its end is noticed.  Some systems have no such Unix sockets;
 * `otherwise` is the type for them.
 */
static int
make_pair_or(int otherwise, int fd[2])
{
#if defined(SOCK_CLOEXEC) && defined(SOCK_NONBLOCK)
	const int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
#else
	const int flags = 0;
#endif

	if (make_pair(SOCK_SEQPACKET | flags, fd) == 0)
		return 0;
	if (errno != EPROTONOSUPPORT && errno != EPROTOTYPE && errno != EOPNOTSUPP &&
	    errno != EINVAL)
		return -1;
	return make_pair(otherwise | flags, fd);
}

/* Makes room for the longest question in the buffer of the workers' end. */
static void
set_room(int fd)
{
	int size = 4 * QUESTION_SIZE;

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

int
question_open(int fd[2])
{
#ifdef HAVE_STRUCT_UCRED_PID
	int on = 1;
#endif

	if (make_pair_or(SOCK_DGRAM, fd) == -1)
		return -1;
	set_room(fd[1]);
#ifdef HAVE_STRUCT_UCRED_PID
	(void)setsockopt(fd[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
#endif
	return 0;
}

int
question_is_closed(int fd)
{
	struct pollfd p = { fd, POLLIN | POLLRDHUP, 0 };

	return poll(&p, 1, 0) == 1 &&
	    (p.revents & (POLLHUP | POLLRDHUP | POLLERR | POLLNVAL)) != 0;
}

/* -- in a worker -- */

/* Waits for ms milliseconds, but not after the deadline.  Returns 0, or QUESTION_LATE or _STOP. */
static int
rest(unsigned ms, uint64_t deadline)
{
	uint64_t until = clock_min(clock_now() + ms, deadline);

	while (lifecycle_state() != LIFECYCLE_STOP && clock_now() < until)
		(void)lifecycle_wait(-1, NULL, NULL, until);
	if (lifecycle_state() == LIFECYCLE_STOP)
		return QUESTION_STOP;
	return clock_now() >= deadline ? QUESTION_LATE : 0;
}

static ssize_t
send_with(int fd, const void *question, size_t length, int answer)
{
	struct iovec part;
	union control control;
	struct msghdr message;
	ssize_t n;

	/* sendmsg() does not write to the data; the type of iov_base lacks a const. */
	memcpy(&part.iov_base, &question, sizeof(question));
	part.iov_len = length;
	memset(&control, 0, sizeof(control));
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&control.head), &answer, sizeof(answer));
	memset(&message, 0, sizeof(message));
	message.msg_iov = &part;
	message.msg_iovlen = 1;
	message.msg_control = control.bytes;
	message.msg_controllen = CMSG_SPACE(sizeof(int));
	do {
		n = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	return n;
}

/* Sends the question and the descriptor for its answer.  Returns 0 or QUESTION_*. */
static int
send_question(int fd, const void *question, size_t length, int answer, uint64_t deadline)
{
	int result = 0, enlarged = 0;

	while (result == 0) {
		if (send_with(fd, question, length, answer) != -1)
			return 0;
		switch (errno) {
		case EAGAIN:
#if EAGAIN != EWOULDBLOCK
		case EWOULDBLOCK:
#endif
		case ENOBUFS:
		case ENOMEM:
#ifdef ETOOMANYREFS
		case ETOOMANYREFS:
#endif
			/* An end that looks writable may still have no room for this question. */
			result = rest(FULL_PAUSE, deadline);
			break;
		case EMSGSIZE:
			/* A worker that was broken into can change the buffer of all workers. */
			if (enlarged++)
				return QUESTION_FAILED;
			set_room(fd);
			break;
		default:
			return QUESTION_FAILED;
		}
	}
	return result;
}

/* Waits for the answer.  Returns its length, IO_EOF if the process has exited, or QUESTION_*. */
static ssize_t
receive_answer(int fd, void *answer, size_t size, uint64_t deadline)
{
	ssize_t n;

	for (;;) {
		if (!lifecycle_wait_readable(fd, deadline))
			return lifecycle_state() == LIFECYCLE_STOP ? QUESTION_STOP : QUESTION_LATE;
		n = io_read(fd, answer, size);
		if (n >= 0)
			return n;
		if (n != IO_AGAIN)
			return IO_EOF;
	}
}

static ssize_t
ask_once(int fd, const void *question, size_t length, void *answer, size_t size,
    uint64_t deadline)
{
	ssize_t result;
	int pair[2];

	if (make_pair_or(SOCK_STREAM, pair) == -1)
		return QUESTION_FAILED;
	result = send_question(fd, question, length, pair[1], deadline);
	io_close(&pair[1]);
	if (result == 0)
		result = receive_answer(pair[0], answer, size, deadline);
	io_close(&pair[0]);
	return result;
}

ssize_t
question_ask(int fd, const void *question, size_t length, void *answer, size_t size,
    uint64_t deadline)
{
	unsigned tries;
	ssize_t result;
	int rested;

	if (length == 0 || length > QUESTION_SIZE)
		return QUESTION_FAILED;
	for (tries = 0; tries < TRIES; tries++) {
		result = ask_once(fd, question, length, answer, size, deadline);
		if (result != IO_EOF)
			return result;
		rested = rest(RETRY_PAUSE << tries, deadline);
		if (rested != 0)
			return rested;
	}
	return QUESTION_FAILED;
}

/* -- in the auxiliary process -- */

/* The descriptors of a datagram. */
struct received {
	int		fd[RECEIVED_MAX];
	unsigned	count;
	pid_t		sender;
};

static void
read_descriptors(struct received *r, const char *data, size_t length)
{
	size_t i;
	int fd;

	for (i = 0; i < length / sizeof(int); i++) {
		memcpy(&fd, data + i * sizeof(int), sizeof(int));
		/* Without credentials there is room for a few more, which must be closed, too. */
		if (r->count < RECEIVED_MAX)
			r->fd[r->count++] = fd;
		else
			io_close(&fd);
	}
}

/* Reads the control data, of which total bytes were received. */
static void
read_control(const union control *control, size_t total, struct received *r)
{
	struct cmsghdr head;
	const char *data;
	size_t at, length;

	r->count = 0;
	r->sender = 0;
	/* The macro CMSG_NXTHDR() of some C libraries causes warnings about signs. */
	for (at = 0; at < total && total - at >= CMSG_LEN(0); at += CMSG_SPACE(length)) {
		memcpy(&head, control->bytes + at, sizeof(head));
		if (head.cmsg_len < CMSG_LEN(0) || head.cmsg_len > total - at)
			return;
		data = control->bytes + at + CMSG_LEN(0);
		length = head.cmsg_len - CMSG_LEN(0);
		if (head.cmsg_level == SOL_SOCKET && head.cmsg_type == SCM_RIGHTS)
			read_descriptors(r, data, length);
#ifdef HAVE_STRUCT_UCRED_PID
		if (head.cmsg_level == SOL_SOCKET && head.cmsg_type == SCM_CREDENTIALS) {
			struct ucred sender;

			memcpy(&sender, data, sizeof(sender));
			r->sender = sender.pid;
		}
#endif
	}
}

/*
 * Receives one datagram.  Returns its length, IO_AGAIN or IO_ERROR; *whole is 0 if a part of the
 * data or of the descriptors did not fit.
 */
static ssize_t
receive(int fd, void *data, size_t size, struct received *r, int *whole)
{
	struct iovec part = { data, size };
	union control control;
	struct msghdr message;
	ssize_t n;

	memset(&message, 0, sizeof(message));
	message.msg_iov = &part;
	message.msg_iovlen = 1;
	message.msg_control = control.bytes;
	message.msg_controllen = sizeof(control.bytes);
	do {
		n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	} while (n == -1 && errno == EINTR);
	if (n == -1) {
		r->count = 0;
		return errno == EAGAIN || errno == EWOULDBLOCK ? IO_AGAIN : IO_ERROR;
	}
	read_control(&control, message.msg_controllen, r);
	*whole = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
	return n;
}

/* Returns whether an answer can be sent to a received descriptor without waiting. */
static int
is_for_answer(int fd)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address), type_size = sizeof(int);
	int type;

	memset(&address, 0, sizeof(address));
	/* Only a connected socket has a peer. */
	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) == 0 &&
	    (type == SOCK_SEQPACKET || type == SOCK_STREAM) &&
	    getpeername(fd, (struct sockaddr *)&address, &size) == 0 &&
	    address.ss_family == AF_UNIX;
}

static void
close_received(struct received *r)
{
	while (r->count > 0)
		io_close(&r->fd[--r->count]);
}

enum question_result
question_take(int fd, void *data, size_t size, struct question *q)
{
	struct received r;
	unsigned discarded, empty = 0;
	ssize_t n;
	int whole;

	for (discarded = 0; discarded < DISCARDED_MAX; discarded++) {
		n = receive(fd, data, size, &r, &whole);
		if (n == IO_AGAIN)
			return QUESTION_NONE;
		/* An empty datagram looks like the end, except that the end lasts. */
		if (n == IO_ERROR || (n == 0 && r.count == 0 && question_is_closed(fd)))
			return QUESTION_END;
		if (n > 0 && whole && r.count == 1 && is_for_answer(r.fd[0]) &&
		    (MSG_CMSG_CLOEXEC != 0 || io_set_cloexec(r.fd[0]) == 0) &&
		    (MSG_DONTWAIT != 0 || io_set_nonblocking(r.fd[0]) == 0)) {
			q->length = (size_t)n;
			q->answer = r.fd[0];
			q->asker = r.sender;
			return QUESTION_TAKEN;
		}
		empty += n == 0 && r.count == 0;
		close_received(&r);
	}
	/* A process that mistook an end that lasts for empty datagrams would never wait again. */
	return POLLRDHUP == 0 && empty == DISCARDED_MAX ? QUESTION_END : QUESTION_NONE;
}

int
question_is_dropped(int answer)
{
	struct pollfd p = { answer, POLLIN, 0 };

	/* An asker sends nothing on this socket: if it can be read, the asker has closed it. */
	return poll(&p, 1, 0) != 0;
}

void
question_answer(int answer, const void *data, size_t length)
{
	ssize_t n;

	do {
		n = send(answer, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	io_close(&answer);
}

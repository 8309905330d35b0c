/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "churn.h"
#include "request.h"

#define FAILED_MS	20	/* ms from a failed session to the next */
#define READ_SECONDS	10	/* s; timeout of each read */

static void
session_failed(struct churn_result *r, const char *what)
{
	if (r->failed == 0)
		snprintf(r->first, sizeof(r->first), "%s: %s", what, strerror(errno));
	r->failed++;
	poll(NULL, 0, FAILED_MS);
}

static int
connect_to(int port)
{
	struct timeval limit = { .tv_sec = READ_SECONDS };
	struct sockaddr_in a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	memset(&a, 0, sizeof(a));
	a.sin_family = AF_INET;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons((uint16_t)port);
	if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == -1 ||
	    connect(fd, (struct sockaddr *)&a, sizeof(a)) == -1) {
		if (fd != -1)
			close(fd);
		return -1;
	}
	return fd;
}

/* Reads until the received bytes end in text. Returns 0, or -1 with errno set. */
static int
read_until(int fd, const char *text)
{
	char got[4096];
	size_t have = 0;
	ssize_t n;

	while (have < sizeof(got) - 1) {
		n = read(fd, got + have, sizeof(got) - 1 - have);
		if (n <= 0) {
			if (n == 0)
				errno = EPIPE;
			return -1;
		}
		have += (size_t)n;
		got[have] = '\0';
		if (strncmp(got, "HTTP", 4) == 0 && strncmp(got, "HTTP/1.1 101", 12) != 0) {
			errno = EPERM;
			return -1;
		}
		if (have >= strlen(text) && strcmp(got + have - strlen(text), text) == 0)
			return 0;
	}
	errno = EMSGSIZE;
	return -1;
}

static int
write_all(int fd, const void *data, size_t len)
{
	return send(fd, data, len, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -1;
}

/*
 * Runs one session: request, a message and its echo, close frames, end of file. Counts the
 * session in r.
 */
static void
run_session(struct churn_result *r, int port)
{
	static char request[REQUEST_SIZE];
	static const uint8_t word[] = { 0x82, 0x84, 0, 0, 0, 0, 'w', 'o', 'r', 'd' };
	static const uint8_t bye[] = { 0x88, 0x82, 0, 0, 0, 0, 1000 >> 8, 1000 & 0xff };
	size_t len = request_format(request, NULL);
	uint64_t begun = expect_now(), took;
	int fd = connect_to(port);

	if (fd == -1) {
		session_failed(r, "connect");
		return;
	}
	if (write_all(fd, request, len) == -1 || read_until(fd, "\r\n\r\n") == -1)
		session_failed(r, "handshake");
	else if (took = expect_since(begun), write_all(fd, word, sizeof(word)) == -1 ||
	    read_until(fd, "word") == -1)
		session_failed(r, "echo");
	else if (write_all(fd, bye, sizeof(bye)) == -1 || read_until(fd, "\x03\xe8") == -1)
		session_failed(r, "close");
	else {
		r->good++;
		if (took > r->worst)
			r->worst = (unsigned long)took;
	}
	close(fd);
}

/*
 * The main function of a client process. The process exits at end of file of the pipe `stop`, so
 * it also exits if the test crashes.
 */
static _Noreturn void
run_client(struct churn_result *r, int port, unsigned rate, int stop)
{
	struct pollfd p = { .fd = stop, .events = POLLIN };
	uint64_t begun = expect_now(), done = 0, due;
	int pause = 0;

	while (poll(&p, 1, pause) == 0) {
		run_session(r, port);
		/*
		 * The start time of each session is counted from the first session; a process
		 * that is late starts the next session immediately.
		 */
		due = rate == 0 ? 0 : begun + ++done * 1000 / rate;
		pause = due > expect_now() ? (int)(due - expect_now()) : 0;
	}
	_exit(0);
}

void
churn_start(struct churn *l, unsigned count, int port, unsigned rate)
{
	unsigned i;
	int zero = open("/dev/zero", O_RDWR);

	l->count = count;
	l->result = mmap(NULL, count * sizeof(*l->result), PROT_READ | PROT_WRITE, MAP_SHARED,
	    zero, 0);
	if (zero == -1 || l->result == MAP_FAILED || pipe(l->stop) == -1)
		expect_fail("churn: %s", strerror(errno));
	close(zero);
	memset(l->result, 0, count * sizeof(*l->result));
	for (i = 0; i < count; i++) {
		l->pid[i] = fork();
		if (l->pid[i] == -1)
			expect_fail("fork: %s", strerror(errno));
		if (l->pid[i] != 0)
			continue;
		close(l->stop[1]);
		run_client(&l->result[i], port, rate, l->stop[0]);
	}
	close(l->stop[0]);
}

unsigned long
churn_good(const struct churn *l)
{
	const volatile struct churn_result *r = l->result;
	unsigned long sum = 0;
	unsigned i;

	for (i = 0; i < l->count; i++)
		sum += r[i].good;
	return sum;
}

void
churn_expect_more(const struct churn *l, unsigned long n)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	unsigned long before = churn_good(l);

	while (churn_good(l) < before + n)
		if (!expect_again(deadline))
			expect_fail("%lu of %lu sessions", churn_good(l) - before, n);
}

struct churn_result
churn_end(struct churn *l)
{
	struct churn_result sum = { .good = 0 };
	unsigned i;

	close(l->stop[1]);
	for (i = 0; i < l->count; i++) {
		if (waitpid(l->pid[i], NULL, 0) != l->pid[i])
			expect_fail("waitpid: %s", strerror(errno));
		sum.good += l->result[i].good;
		if (sum.failed == 0)
			memcpy(sum.first, l->result[i].first, sizeof(sum.first));
		sum.failed += l->result[i].failed;
		if (l->result[i].worst > sum.worst)
			sum.worst = l->result[i].worst;
	}
	munmap(l->result, l->count * sizeof(*l->result));
	return sum;
}

struct churn_result
churn_end_well(struct churn *l)
{
	struct churn_result sum = churn_end(l);

	if (sum.failed > 0)
		expect_fail("%lu of %lu sessions failed, the first: %s", sum.failed,
		    sum.good + sum.failed, sum.first);
	return sum;
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "pattern.h"
#include "sock.h"

#define CHUNK	16384

union address {
	struct sockaddr		sa;
	struct sockaddr_in	in;
	struct sockaddr_in6	in6;
	struct sockaddr_un	un;
};

static int
new_socket(int family, int type)
{
	int fd = socket(family, type, 0);

	if (fd == -1 || fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		expect_fail("socket: %s", strerror(errno));
	return fd;
}

static void
set_option(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)) == -1)
		expect_fail("setsockopt: %s", strerror(errno));
}

static socklen_t
loopback_address(union address *a, int port)
{
	memset(a, 0, sizeof(*a));
	a->in.sin_family = AF_INET;
	a->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a->in.sin_port = htons((uint16_t)port);
	return sizeof(a->in);
}

static socklen_t
unix_address(union address *a, const char *path)
{
	memset(a, 0, sizeof(*a));
	a->un.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(a->un.sun_path))
		expect_fail("path too long for a socket: %s", path);
	strcpy(a->un.sun_path, path);
	return sizeof(a->un);
}

/* Binds a socket to a free port of 127.0.0.1, and sets *port. */
static void
bind_port(int fd, int *port)
{
	union address a;
	socklen_t len = loopback_address(&a, 0);

	if (bind(fd, &a.sa, len) == -1 || getsockname(fd, &a.sa, &len) == -1)
		expect_fail("bind: %s", strerror(errno));
	*port = ntohs(a.in.sin_port);
}

static void
bind_path(int fd, const char *path)
{
	union address a;
	socklen_t len = unix_address(&a, path);

	if (bind(fd, &a.sa, len) == -1)
		expect_fail("bind %s: %s", path, strerror(errno));
}

int
sock_listen_with(int *port, int backlog, int receive, int send)
{
	int fd = new_socket(AF_INET, SOCK_STREAM);

	if (receive != 0)
		set_option(fd, SOL_SOCKET, SO_RCVBUF, receive);
	if (send != 0)
		set_option(fd, SOL_SOCKET, SO_SNDBUF, send);
	bind_port(fd, port);
	if (listen(fd, backlog) == -1)
		expect_fail("listen: %s", strerror(errno));
	return fd;
}

int
sock_listen(int *port)
{
	return sock_listen_with(port, 256, 0, 0);
}

int
sock_listen_unix(const char *path)
{
	int fd = new_socket(AF_UNIX, SOCK_STREAM);

	bind_path(fd, path);
	if (listen(fd, 128) == -1)
		expect_fail("listen: %s", strerror(errno));
	return fd;
}

int
sock_reserve(int *port)
{
	int fd = new_socket(AF_INET, SOCK_STREAM);

	bind_port(fd, port);
	return fd;
}

unsigned
sock_fill(int listener, int *fill, unsigned max)
{
	union address a;
	socklen_t len = sizeof(a);
	unsigned n;

	if (getsockname(listener, &a.sa, &len) == -1)
		expect_fail("getsockname: %s", strerror(errno));
	for (n = 0; n < max; n++) {
		fill[n] = new_socket(a.sa.sa_family, SOCK_STREAM);
		if (connect(fill[n], &a.sa, len) == -1) {
			/* connect() sets EAGAIN if the backlog of a Unix socket is full. */
			if (errno == EAGAIN)
				return n + 1;
			if (errno != EINPROGRESS)
				expect_fail("connect: %s", strerror(errno));
		}
		if (!sock_writable(fill[n], 200))
			return n + 1;
	}
	expect_fail("a backlog that %u connections do not fill", max);
}

int
sock_udp(int *port)
{
	int fd = new_socket(AF_INET, SOCK_DGRAM);

	bind_port(fd, port);
	return fd;
}

int
sock_unix_datagram(const char *path)
{
	int fd = new_socket(AF_UNIX, SOCK_DGRAM);

	bind_path(fd, path);
	return fd;
}

static int
wait_for_event(int fd, short events, int ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	uint64_t deadline = expect_deadline(ms);
	int n;

	do
		n = poll(&p, 1, expect_left(deadline));
	while (n == -1 && errno == EINTR);
	if (n == -1)
		expect_fail("poll: %s", strerror(errno));
	return n > 0;
}

int
sock_readable(int fd, int ms)
{
	return wait_for_event(fd, POLLIN, ms);
}

int
sock_writable(int fd, int ms)
{
	return wait_for_event(fd, POLLOUT, ms);
}

int
sock_accept(int listener, int ms)
{
	union address a;
	socklen_t len = sizeof(a);
	int fd;

	if (!sock_readable(listener, ms))
		expect_fail("nobody connected to the peer within %d ms", ms);
	fd = accept(listener, &a.sa, &len);
	if (fd == -1 || fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		expect_fail("accept: %s", strerror(errno));
	if (a.sa.sa_family == AF_INET)
		set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	return fd;
}

void
sock_expect_nobody(int listener)
{
	if (sock_readable(listener, 0))
		expect_fail("the peer was connected to");
}

static void
finish_connect(int fd, const union address *a, socklen_t len)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (connect(fd, &a->sa, len) == 0)
		return;
	if (errno != EINPROGRESS)
		expect_fail("connect: %s", strerror(errno));
	if (!sock_writable(fd, EXPECT_MS))
		expect_fail("connect: no answer");
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1 || error != 0)
		expect_fail("connect: %s", strerror(error));
}

int
sock_connect(int port, int receive)
{
	union address a;
	socklen_t len = loopback_address(&a, port);
	int fd = new_socket(AF_INET, SOCK_STREAM);

	if (receive != 0)
		set_option(fd, SOL_SOCKET, SO_RCVBUF, receive);
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	finish_connect(fd, &a, len);
	return fd;
}

int
sock_connect_unix(const char *path)
{
	union address a;
	socklen_t len = unix_address(&a, path);
	int fd = new_socket(AF_UNIX, SOCK_STREAM);

	finish_connect(fd, &a, len);
	return fd;
}

int
sock_try(const char *address, int port)
{
	union address a;
	socklen_t len = loopback_address(&a, port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd == -1 || inet_pton(AF_INET, address, &a.in.sin_addr) != 1)
		expect_fail("%s: %s", address, strerror(errno));
	if (connect(fd, &a.sa, len) == -1)
		sock_close(&fd);
	return fd;
}

int
sock_try_v6(const char *address, int port)
{
	union address a;
	int fd = socket(AF_INET6, SOCK_STREAM, 0);

	memset(&a, 0, sizeof(a));
	a.in6.sin6_family = AF_INET6;
	a.in6.sin6_port = htons((uint16_t)port);
	if (inet_pton(AF_INET6, address, &a.in6.sin6_addr) != 1)
		expect_fail("%s is no IPv6 address", address);
	if (fd != -1 && connect(fd, &a.sa, sizeof(a.in6)) == -1)
		sock_close(&fd);
	return fd;
}

int
sock_has_v6(void)
{
	union address a;
	int fd = socket(AF_INET6, SOCK_STREAM, 0), result;

	memset(&a, 0, sizeof(a));
	a.in6.sin6_family = AF_INET6;
	a.in6.sin6_addr = in6addr_loopback;
	result = fd != -1 && bind(fd, &a.sa, sizeof(a.in6)) == 0;
	sock_close(&fd);
	return result;
}

int
sock_is_refused(int port)
{
	union address a;
	socklen_t len = loopback_address(&a, port), size = sizeof(int);
	int fd = new_socket(AF_INET, SOCK_STREAM), error = 0;
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	if (connect(fd, &a.sa, len) == -1)
		error = errno;
	if (error == EINPROGRESS && poll(&p, 1, 1000) == 1 &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1)
		expect_fail("getsockopt: %s", strerror(errno));
	sock_close(&fd);
	return error == ECONNREFUSED;
}

/* Returns the result of a read or write: a number of bytes, SOCK_AGAIN or SOCK_RESET. */
static ssize_t
io_result(ssize_t n, const char *what)
{
	if (n >= 0)
		return n;
	switch (errno) {
	case EAGAIN:
#if EWOULDBLOCK != EAGAIN
	case EWOULDBLOCK:
#endif
	case EINTR:
		return SOCK_AGAIN;
	case ECONNRESET:
	case EPIPE:
		return SOCK_RESET;
	default:
		expect_fail("%s: %s", what, strerror(errno));
	}
}

ssize_t
sock_read_now(int fd, void *data, size_t size)
{
	return io_result(recv(fd, data, size, 0), "recv");
}

ssize_t
sock_write_now(int fd, const void *data, size_t len)
{
	return io_result(send(fd, data, len, MSG_NOSIGNAL), "send");
}

ssize_t
sock_read(int fd, void *data, size_t size, int ms)
{
	uint64_t deadline = expect_deadline(ms);
	ssize_t n;

	while ((n = sock_read_now(fd, data, size)) == SOCK_AGAIN) {
		if (expect_left(deadline) == 0)
			expect_fail("nothing came within %d ms", ms);
		sock_readable(fd, ms);
	}
	return n;
}

void
sock_read_all(int fd, void *data, size_t len, int ms)
{
	uint8_t *to = data;
	size_t done = 0;
	ssize_t n;

	for (; done < len; done += (size_t)n) {
		n = sock_read(fd, to + done, len - done, ms);
		if (n <= 0)
			expect_fail("%s after %zu of %zu bytes",
			    n == 0 ? "end of stream" : "reset", done, len);
	}
}

void
sock_expect(int fd, const void *data, size_t len, int ms)
{
	const uint8_t *want = data;
	uint8_t chunk[CHUNK];
	size_t done, n;

	for (done = 0; done < len; done += n) {
		n = len - done < sizeof(chunk) ? len - done : sizeof(chunk);
		sock_read_all(fd, chunk, n, ms);
		if (memcmp(chunk, want + done, n) != 0)
			expect_fail("wrong bytes between %zu and %zu", done, done + n);
	}
}

void
sock_expect_pattern(int fd, uint64_t at, uint64_t len, unsigned seed, int ms)
{
	uint8_t chunk[CHUNK];
	uint64_t done;
	size_t n;

	for (done = 0; done < len; done += n) {
		n = len - done < sizeof(chunk) ? (size_t)(len - done) : sizeof(chunk);
		sock_read_all(fd, chunk, n, ms);
		if (pattern_check(chunk, n, at + done, seed) != n)
			expect_fail("wrong byte at %llu", (unsigned long long)(at + done +
			    pattern_check(chunk, n, at + done, seed)));
	}
}

size_t
sock_read_to_end(int fd, void *data, size_t size, int ms)
{
	uint8_t *to = data;
	size_t done = 0;
	ssize_t n;

	while (done < size && (n = sock_read(fd, to + done, size - done, ms)) != 0) {
		if (n == SOCK_RESET)
			expect_fail("reset after %zu bytes", done);
		done += (size_t)n;
	}
	if (done == size)
		sock_expect_end(fd, ms);
	return done;
}

void
sock_expect_end(int fd, int ms)
{
	uint8_t byte;
	ssize_t n = sock_read(fd, &byte, 1, ms);

	if (n == SOCK_RESET)
		expect_fail("reset instead of an end");
	if (n > 0)
		expect_fail("byte %02x instead of the end", (unsigned)byte);
}

void
sock_expect_gone(int fd, int ms)
{
	uint64_t deadline = expect_deadline(ms);
	uint8_t chunk[CHUNK];

	while (sock_read(fd, chunk, sizeof(chunk), ms) > 0)
		if (expect_left(deadline) == 0)
			expect_fail("still there after %d ms", ms);
}

void
sock_write(int fd, const void *data, size_t len, int ms)
{
	const uint8_t *from = data;
	ssize_t n;

	while (len > 0) {
		n = sock_write_now(fd, from, len);
		if (n == SOCK_RESET)
			expect_fail("reset with %zu bytes still to send", len);
		if (n == SOCK_AGAIN) {
			if (!sock_writable(fd, ms))
				expect_fail("%zu bytes not taken within %d ms", len, ms);
			continue;
		}
		from += n;
		len -= (size_t)n;
	}
}

void
sock_write_pattern(int fd, uint64_t at, uint64_t len, unsigned seed, int ms)
{
	uint8_t chunk[CHUNK];
	uint64_t done;
	size_t n;

	for (done = 0; done < len; done += n) {
		n = len - done < sizeof(chunk) ? (size_t)(len - done) : sizeof(chunk);
		pattern_fill(chunk, n, at + done, seed);
		sock_write(fd, chunk, n, ms);
	}
}

void
sock_reset(int fd)
{
	struct linger l = { .l_onoff = 1, .l_linger = 0 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)) == -1)
		expect_fail("setsockopt: %s", strerror(errno));
	close(fd);
}

void
sock_close(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

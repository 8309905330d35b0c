/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * echo: a peer for websocksy. It listens on loopback or on a Unix socket, prints its port or path
 * as the first line of its output, and then handles each connection according to its mode. It
 * exits when its parent exits, and on SIGTERM.
 */

#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/pattern.h"

#define CONNECTIONS	1024
#define BUFFER		65536
#define WATCH_MS	250	/* ms between checks whether the parent has exited */

enum mode { ECHO, SINK, SOURCE, HOLD, CLOSE };

static const char *const mode_names[] = { "echo", "sink", "source", "hold", "close" };

struct connection {
	int		 fd;
	uint8_t		*buf;
	size_t		 at, len;	/* offset and number of the bytes still to be written */
	uint64_t	 in, out;	/* bytes received and sent */
	uint64_t	 bad;		/* offset of the first wrong byte */
	uint64_t	 again;		/* earliest time of the next read, in ms */
	int		 ended;		/* 1: end of file was read */
	int		 finished;	/* 1: the sending side was shut down */
};

static struct connection connections[CONNECTIONS];
static unsigned count;
static enum mode mode = ECHO;
static uint64_t source_size = 1024 * 1024;
static uint64_t delay;
static unsigned seed;
static char where[sizeof(struct sockaddr_un)];	/* the port or path on which it listens */
static volatile sig_atomic_t stop;

static void
on_signal(int number)
{
	(void)number;
	stop = 1;
}

static void
die(const char *what)
{
	fprintf(stderr, "echo: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
usage(void)
{
	fprintf(stderr,
	    "usage: echo [-u | -U path | -D path] [-p port] [-m mode] [-s bytes] [-S seed]\n"
	    "            [-d ms]\n"
	    "  -u  UDP instead of TCP on 127.0.0.1     -p  port (0: a free one, which is printed)\n"
	    "  -U  Unix stream socket                  -D  Unix datagram socket\n"
	    "  -m  echo: send back what is received    sink: count it, compare with the pattern\n"
	    "      source: send -s bytes of pattern    hold: never read      close: close at once\n"
	    "  -S  seed of the pattern                 -d  milliseconds between two reads\n");
	exit(2);
}

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* -- connections -- */

static void
end_connection(struct connection *c)
{
	if (mode == SINK && c->bad == UINT64_MAX)
		printf("sink %" PRIu64 " good\n", c->in);
	else if (mode == SINK)
		printf("sink %" PRIu64 " bad at %" PRIu64 "\n", c->in, c->bad);
	close(c->fd);
	free(c->buf);
	*c = connections[--count];
}

static void
accept_connection(int listener)
{
	struct connection *c = &connections[count];
	int one = 1, fd = accept(listener, NULL, NULL);

	if (fd == -1)
		return;
	if (count == CONNECTIONS || mode == CLOSE) {
		close(fd);
		return;
	}
	memset(c, 0, sizeof(*c));
	c->fd = fd;
	c->bad = UINT64_MAX;
	c->buf = malloc(BUFFER);
	if (c->buf == NULL || fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		die("accept");
	/* A Unix socket does not have this option; the error is ignored. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	count++;
}

/* Reads the available bytes. Returns 0, also at end of file, or -1 after an error. */
static int
receive(struct connection *c, uint64_t now)
{
	size_t room = BUFFER - c->at - c->len, good;
	ssize_t n = read(c->fd, c->buf + c->at + c->len, room);

	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	c->again = now + delay;
	if (n == 0)
		c->ended = 1;
	if (mode == SINK && c->bad == UINT64_MAX) {
		good = pattern_check(c->buf, (size_t)n, c->in, seed);
		if (good != (size_t)n)
			c->bad = c->in + good;
	}
	c->in += (uint64_t)n;
	if (mode == ECHO)
		c->len += (size_t)n;
	return 0;
}

static void
refill(struct connection *c)
{
	uint64_t left = source_size - c->out;

	if (mode != SOURCE || c->len > 0 || left == 0)
		return;
	c->at = 0;
	c->len = left < BUFFER ? (size_t)left : BUFFER;
	pattern_fill(c->buf, c->len, c->out, seed);
}

static int
send_some(struct connection *c)
{
	ssize_t n = send(c->fd, c->buf + c->at, c->len, MSG_NOSIGNAL);

	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	c->at += (size_t)n;
	c->len -= (size_t)n;
	c->out += (uint64_t)n;
	if (c->len == 0)
		c->at = 0;
	return 0;
}

/* Returns 1 if all bytes of this mode have been sent. */
static int
is_done(const struct connection *c)
{
	if (c->len > 0)
		return 0;
	return mode == SOURCE ? c->out == source_size : c->ended;
}

static short
wanted(struct connection *c, uint64_t now, uint64_t *wake)
{
	short events = 0;

	refill(c);
	if (mode != HOLD && !c->ended && (mode != ECHO || c->at + c->len < BUFFER)) {
		if (c->again <= now)
			events |= POLLIN;
		else if (c->again < *wake)
			*wake = c->again;
	}
	if (c->len > 0)
		events |= POLLOUT;
	return events;
}

/* Handles the events of a connection. Returns -1 if the connection is to be closed. */
static int
serve(struct connection *c, short events, uint64_t now)
{
	static uint8_t rest[BUFFER];

	if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 && mode == SOURCE) {
		ssize_t n = read(c->fd, rest, sizeof(rest));

		if (n == 0)
			c->ended = 1;
		else if (n == -1 && errno != EAGAIN)
			return -1;
	} else if ((events & POLLIN) != 0 && receive(c, now) == -1) {
		return -1;
	}
	if ((events & POLLOUT) != 0 && c->len > 0 && send_some(c) == -1)
		return -1;
	if ((events & (POLLERR | POLLNVAL)) != 0)
		return -1;
	if (!c->finished && is_done(c)) {
		c->finished = 1;
		shutdown(c->fd, SHUT_WR);
	}
	return c->finished && c->ended ? -1 : 0;
}

static void
serve_streams(int listener)
{
	static struct pollfd p[CONNECTIONS + 1];
	uint64_t now, wake;
	pid_t parent = getppid();
	unsigned i, n;

	while (!stop && getppid() == parent) {
		now = now_ms();
		wake = now + WATCH_MS;
		for (n = 0; n < count; n++) {
			p[n].fd = connections[n].fd;
			p[n].events = wanted(&connections[n], now, &wake);
			/*
			 * Leave out a descriptor without events: poll() would report its POLLHUP
			 * continually.
			 */
			if (p[n].events == 0)
				p[n].fd = -1;
		}
		p[n].fd = listener;
		p[n].events = POLLIN;
		if (poll(p, n + 1, (int)(wake - now)) <= 0)
			continue;
		/* Backwards: when a connection is closed, the last one moves into its place. */
		now = now_ms();
		for (i = n; i > 0; i--)
			if (p[i - 1].fd != -1 && p[i - 1].revents != 0 &&
			    serve(&connections[i - 1], p[i - 1].revents, now) == -1)
				end_connection(&connections[i - 1]);
		if ((p[n].revents & POLLIN) != 0)
			accept_connection(listener);
	}
}

/* -- datagrams -- */

static void
serve_datagrams(int fd)
{
	static uint8_t data[BUFFER];
	struct pollfd p = { .fd = fd, .events = mode == HOLD ? 0 : POLLIN };
	pid_t parent = getppid();
	struct sockaddr_storage from;
	socklen_t len;
	ssize_t n;

	while (!stop && getppid() == parent) {
		if (poll(&p, 1, WATCH_MS) <= 0)
			continue;
		len = sizeof(from);
		n = recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&from, &len);
		if (n == -1)
			continue;
		if (mode == SINK)
			printf("sink %zd\n", n);
		/* A datagram that cannot be sent is dropped: datagrams may be lost. */
		if (mode == ECHO && len > 0)
			(void)sendto(fd, data, (size_t)n, MSG_NOSIGNAL,
			    (struct sockaddr *)&from, len);
	}
}

/* -- start -- */

static int
open_port(int type, int port)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	int one = 1, fd = socket(AF_INET, type, 0);

	memset(&a, 0, sizeof(a));
	a.sin_family = AF_INET;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons((uint16_t)port);
	if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == -1 ||
	    bind(fd, (struct sockaddr *)&a, len) == -1 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) == -1)
		die("bind");
	snprintf(where, sizeof(where), "%d", ntohs(a.sin_port));
	return fd;
}

static int
open_path(int type, const char *path)
{
	struct sockaddr_un a;
	int fd = socket(AF_UNIX, type, 0);

	memset(&a, 0, sizeof(a));
	a.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(a.sun_path)) {
		errno = ENAMETOOLONG;
		die(path);
	}
	strcpy(a.sun_path, path);
	if (fd == -1 || bind(fd, (struct sockaddr *)&a, sizeof(a)) == -1)
		die(path);
	snprintf(where, sizeof(where), "%s", path);
	return fd;
}

static uint64_t
number(const char *text, uint64_t max)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 10);

	if (end == text || *end != '\0' || n > max)
		usage();
	return n;
}

static enum mode
mode_of(const char *name)
{
	unsigned i;

	for (i = 0; i < sizeof(mode_names) / sizeof(mode_names[0]); i++)
		if (strcmp(name, mode_names[i]) == 0)
			return (enum mode)i;
	usage();
	return ECHO;
}

int
main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	const char *path = NULL;
	int c, fd, port = 0, type = SOCK_STREAM;

	while ((c = getopt(argc, argv, "uU:D:p:m:s:S:d:")) != -1) {
		switch (c) {
		case 'u':
			type = SOCK_DGRAM;
			break;
		case 'U':
		case 'D':
			path = optarg;
			type = c == 'U' ? SOCK_STREAM : SOCK_DGRAM;
			break;
		case 'p':
			port = (int)number(optarg, 65535);
			break;
		case 'm':
			mode = mode_of(optarg);
			break;
		case 's':
			source_size = number(optarg, UINT64_MAX);
			break;
		case 'S':
			seed = (unsigned)number(optarg, 1000000);
			break;
		case 'd':
			delay = number(optarg, 60000);
			break;
		default:
			usage();
		}
	}
	if (optind != argc)
		usage();
	sigemptyset(&sa.sa_mask);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	fd = path == NULL ? open_port(type, port) : open_path(type, path);
	if (type == SOCK_STREAM && listen(fd, 512) == -1)
		die("listen");
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		die("fcntl");
	printf("%s\n", where);
	if (type == SOCK_STREAM)
		serve_streams(fd);
	else
		serve_datagrams(fd);
	if (path != NULL)
		unlink(path);
	return 0;
}

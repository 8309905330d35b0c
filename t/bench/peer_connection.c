/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "peer.h"

#define BUFFER		(256 * 1024)
#define SLOW_READ	16384	/* bytes that a slow peer reads per millisecond */
#define WRITES_PER_TURN		8	/* writes before the next connection is served */

static uint8_t buffer[BUFFER];

static void receive_first(struct peer_connection *c, const uint8_t *data, size_t len);

struct peer_connection *
peer_new(int fd)
{
	struct peer_connection *c = bench_alloc(1, sizeof(*c));

	c->fd = fd;
	c->receive = receive_first;
	return c;
}

void
peer_free(struct peer_connection *c)
{
	(void)close(c->fd);
	testdata_free(&c->expected);
	testdata_free(&c->answer);
	free(c->pending);
	free(c);
}

/*
 * Writes, and keeps the bytes that the socket does not take.  The connection is not read until
 * they have been written.
 */
static void
write_or_keep(struct peer_connection *c, const void *data, size_t len)
{
	ssize_t n = c->pending_at < c->pending_end ? 0 : write(c->fd, data, len);

	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		c->action = PEER_CLOSE;
		return;
	}
	if (n < 0)
		n = 0;
	if ((size_t)n == len)
		return;
	if (c->pending == NULL)
		c->pending = bench_alloc(1, BUFFER + 64);
	memcpy(c->pending + c->pending_end, (const uint8_t *)data + n, len - (size_t)n);
	c->pending_end += len - (size_t)n;
}

static void
write_pending(struct peer_connection *c)
{
	ssize_t n = write(c->fd, c->pending + c->pending_at, c->pending_end - c->pending_at);

	if (n > 0)
		c->pending_at += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		c->action = PEER_CLOSE;
	if (c->pending_at == c->pending_end)
		c->pending_at = c->pending_end = 0;
}

static void
receive_echo(struct peer_connection *c, const uint8_t *data, size_t len)
{
	write_or_keep(c, data, len);
}

/*
 * Compares received bytes with the expected ones.  A wrong byte ends the connection without an
 * answer.
 */
static int
check_received(struct peer_connection *c, const uint8_t *data, size_t len)
{
	if (len > c->receive_total - c->received ||
	    !testdata_matches(&c->expected, c->received, data, len)) {
		fprintf(stderr, "peer: wrong bytes were received after %llu\n",
		    (unsigned long long)c->received);
		c->action = PEER_CLOSE;
		return -1;
	}
	c->received += len;
	return 0;
}

static void
receive_sink(struct peer_connection *c, const uint8_t *data, size_t len)
{
	if (check_received(c, data, len) == 0 && c->received == c->receive_total)
		write_or_keep(c, TESTDATA_OK, TESTDATA_OK_SIZE);
}

static void
receive_exchange(struct peer_connection *c, const uint8_t *data, size_t len)
{
	if (check_received(c, data, len) == 0)
		c->send_limit = c->received / c->request_size * c->chunk;
}

static void
receive_go(struct peer_connection *c, const uint8_t *data, size_t len)
{
	(void)data;
	(void)len;
	c->send_limit = c->receive_total;
}

/* Returns 1 if the line is a command that transfers test data; prepares the transfer. */
static int
start_transfer(struct peer_connection *c)
{
	unsigned long long total;
	size_t size, chunk, part;
	char name[8], kind;

	if (sscanf(c->line, "!%5s %c %zu %zu %llu", name, &kind, &size, &chunk, &total) == 5 &&
	    size > 0 && chunk > 0) {
		c->receive_total = total;
		c->chunk = chunk;
		c->slow = strcmp(name, "slow") == 0;
		c->receive = strcmp(name, "send") == 0 ? receive_go : receive_sink;
		testdata_make(c->receive == receive_go ? &c->answer : &c->expected, kind, size,
		    chunk);
		return 1;
	}
	if (sscanf(c->line, "!exchange %zu %zu %c %zu %zu", &size, &c->request_size, &kind, &part,
	    &c->chunk) == 5 && size > 0 && c->request_size > 0 && part > 0 && c->chunk > 0) {
		testdata_make(&c->expected, TESTDATA_BINARY, size, c->request_size);
		testdata_make(&c->answer, kind, part, c->chunk);
		c->receive_total = UINT64_MAX;
		c->receive = receive_exchange;
		return 1;
	}
	return 0;
}

static void
run_command(struct peer_connection *c)
{
	if (strcmp(c->line, "!park\n") == 0) {
		c->action = PEER_PARK;
		c->receive = receive_echo;
	} else if (strcmp(c->line, "!unpark\n") == 0) {
		c->action = PEER_UNPARK;
	} else if (!start_transfer(c)) {
		fprintf(stderr, "peer: unknown command: %s", c->line);
		c->action = PEER_CLOSE;
		return;
	}
	write_or_keep(c, TESTDATA_OK, TESTDATA_OK_SIZE);
}

static void
receive_command(struct peer_connection *c, const uint8_t *data, size_t len)
{
	if (len >= sizeof(c->line) - c->line_len) {
		c->action = PEER_CLOSE;
		return;
	}
	memcpy(c->line + c->line_len, data, len);
	c->line_len += len;
	c->line[c->line_len] = '\0';
	if (c->line[c->line_len - 1] == '\n')
		run_command(c);
}

static void
receive_first(struct peer_connection *c, const uint8_t *data, size_t len)
{
	c->receive = data[0] == '!' ? receive_command : receive_echo;
	c->receive(c, data, len);
}

short
peer_events(const struct peer_connection *c)
{
	if (c->pending_at < c->pending_end)
		return POLLOUT;
	return (short)(POLLIN | (c->sent < c->send_limit ? POLLOUT : 0));
}

static void
send_some(struct peer_connection *c)
{
	const uint8_t *data;
	size_t len;
	ssize_t n;
	int i;

	for (i = 0; i < WRITES_PER_TURN && c->sent < c->send_limit; i++) {
		data = testdata_piece(&c->answer, c->sent, c->chunk, &len);
		if (len > c->send_limit - c->sent)
			len = (size_t)(c->send_limit - c->sent);
		n = write(c->fd, data, len);
		if (n == -1 && errno != EAGAIN && errno != EINTR)
			c->action = PEER_CLOSE;
		if (n <= 0)
			return;
		c->sent += (uint64_t)n;
	}
}

static void
receive_some(struct peer_connection *c)
{
	struct timespec t = { 0, 1000000 };
	ssize_t n;

	n = read(c->fd, buffer, c->slow ? SLOW_READ : sizeof(buffer));
	if (n > 0)
		c->receive(c, buffer, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		c->action = PEER_CLOSE;
	if (c->slow)
		(void)nanosleep(&t, NULL);
}

void
peer_serve(struct peer_connection *c)
{
	if (c->pending_at < c->pending_end) {
		write_pending(c);
		return;
	}
	receive_some(c);
	/* Send the answer to the bytes just read now, without another poll(). */
	if (c->action == PEER_KEEP)
		send_some(c);
}

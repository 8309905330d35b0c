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
#define SLOW_READ	16384	/* bytes in a millisecond */
#define TURNS		8	/* writes before the next connection's turn */

static uint8_t buffer[BUFFER];

static void take_first(struct peer_connection *c, const uint8_t *data, size_t len);

struct peer_connection *
peer_new(int fd)
{
	struct peer_connection *c = bench_memory(1, sizeof(*c));

	c->fd = fd;
	c->take = take_first;
	return c;
}

void
peer_free(struct peer_connection *c)
{
	(void)close(c->fd);
	tape_free(&c->tape);
	tape_free(&c->answer);
	free(c->rest);
	free(c);
}

/* Writes, keeping what does not go; the connection is not read before that has gone. */
static void
say(struct peer_connection *c, const void *data, size_t len)
{
	ssize_t n = c->rest_at < c->rest_end ? 0 : write(c->fd, data, len);

	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		c->wish = PEER_END;
		return;
	}
	if (n < 0)
		n = 0;
	if ((size_t)n == len)
		return;
	if (c->rest == NULL)
		c->rest = bench_memory(1, BUFFER + 64);
	memcpy(c->rest + c->rest_end, (const uint8_t *)data + n, len - (size_t)n);
	c->rest_end += len - (size_t)n;
}

static void
say_rest(struct peer_connection *c)
{
	ssize_t n = write(c->fd, c->rest + c->rest_at, c->rest_end - c->rest_at);

	if (n > 0)
		c->rest_at += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		c->wish = PEER_END;
	if (c->rest_at == c->rest_end)
		c->rest_at = c->rest_end = 0;
}

static void
take_echo(struct peer_connection *c, const uint8_t *data, size_t len)
{
	say(c, data, len);
}

/* What comes must be the tape; a wrong byte ends the connection without an answer. */
static int
check(struct peer_connection *c, const uint8_t *data, size_t len)
{
	if (len > c->get - c->got || !tape_holds(&c->tape, c->got, data, len)) {
		fprintf(stderr, "peer: wrong bytes came after %llu\n", (unsigned long long)c->got);
		c->wish = PEER_END;
		return -1;
	}
	c->got += len;
	return 0;
}

static void
take_sink(struct peer_connection *c, const uint8_t *data, size_t len)
{
	if (check(c, data, len) == 0 && c->got == c->get)
		say(c, TAPE_OK, TAPE_OK_SIZE);
}

static void
take_swap(struct peer_connection *c, const uint8_t *data, size_t len)
{
	if (check(c, data, len) == 0)
		c->send = c->got / c->swap * c->chunk;
}

static void
take_go(struct peer_connection *c, const uint8_t *data, size_t len)
{
	(void)data;
	(void)len;
	c->send = c->get;
}

/* Whether the line is a command with a tape of its own, and that is set up. */
static int
start(struct peer_connection *c)
{
	unsigned long long total;
	size_t size, chunk, part;
	char name[8], kind;

	if (sscanf(c->line, "!%5s %c %zu %zu %llu", name, &kind, &size, &chunk, &total) == 5 &&
	    size > 0 && chunk > 0) {
		c->get = total;
		c->chunk = chunk;
		c->slow = strcmp(name, "slow") == 0;
		c->take = strcmp(name, "send") == 0 ? take_go : take_sink;
		tape_make(c->take == take_go ? &c->answer : &c->tape, kind, size, chunk);
		return 1;
	}
	if (sscanf(c->line, "!swap %zu %zu %c %zu %zu", &size, &c->swap, &kind, &part,
	    &c->chunk) == 5 && size > 0 && c->swap > 0 && part > 0 && c->chunk > 0) {
		tape_make(&c->tape, TAPE_BINARY, size, c->swap);
		tape_make(&c->answer, kind, part, c->chunk);
		c->get = UINT64_MAX;
		c->take = take_swap;
		return 1;
	}
	return 0;
}

static void
command(struct peer_connection *c)
{
	if (strcmp(c->line, "!park\n") == 0) {
		c->wish = PEER_PARK;
		c->take = take_echo;
	} else if (strcmp(c->line, "!unpark\n") == 0) {
		c->wish = PEER_UNPARK;
	} else if (!start(c)) {
		fprintf(stderr, "peer: not a command: %s", c->line);
		c->wish = PEER_END;
		return;
	}
	say(c, TAPE_OK, TAPE_OK_SIZE);
}

static void
take_line(struct peer_connection *c, const uint8_t *data, size_t len)
{
	if (len >= sizeof(c->line) - c->line_len) {
		c->wish = PEER_END;
		return;
	}
	memcpy(c->line + c->line_len, data, len);
	c->line_len += len;
	c->line[c->line_len] = '\0';
	if (c->line[c->line_len - 1] == '\n')
		command(c);
}

static void
take_first(struct peer_connection *c, const uint8_t *data, size_t len)
{
	c->take = data[0] == '!' ? take_line : take_echo;
	c->take(c, data, len);
}

short
peer_events(const struct peer_connection *c)
{
	if (c->rest_at < c->rest_end)
		return POLLOUT;
	return (short)(POLLIN | (c->sent < c->send ? POLLOUT : 0));
}

static void
send_some(struct peer_connection *c)
{
	const uint8_t *data;
	size_t len;
	ssize_t n;
	int i;

	for (i = 0; i < TURNS && c->sent < c->send; i++) {
		data = tape_piece(&c->answer, c->sent, c->chunk, &len);
		if (len > c->send - c->sent)
			len = (size_t)(c->send - c->sent);
		n = write(c->fd, data, len);
		if (n == -1 && errno != EAGAIN && errno != EINTR)
			c->wish = PEER_END;
		if (n <= 0)
			return;
		c->sent += (uint64_t)n;
	}
}

static void
get_some(struct peer_connection *c)
{
	struct timespec t = { 0, 1000000 };
	ssize_t n;

	n = read(c->fd, buffer, c->slow ? SLOW_READ : sizeof(buffer));
	if (n > 0)
		c->take(c, buffer, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		c->wish = PEER_END;
	if (c->slow)
		(void)nanosleep(&t, NULL);
}

void
peer_serve(struct peer_connection *c)
{
	if (c->rest_at < c->rest_end) {
		say_rest(c);
		return;
	}
	get_some(c);
	/* What a read has asked for goes at once, without another wait. */
	if (c->wish == PEER_STAY)
		send_some(c);
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "pattern.h"
#include "pump.h"
#include "sock.h"

#define CHUNK	65536

void
pump_init(struct pump *p, struct client *c, int peer, uint64_t up, uint64_t down)
{
	memset(p, 0, sizeof(*p));
	p->c = c;
	p->peer = peer;
	p->up = up;
	p->down = down;
	p->frame = 16384;
	p->first_byte = CLIENT_FIN | CLIENT_BINARY;
	p->chunk = CHUNK;
	p->client_reads = p->peer_reads = 1;
}

void
pump_free(struct pump *p)
{
	free(p->out);
	p->out = NULL;
}

static void
pump_check(const uint8_t *data, size_t len, uint64_t at, unsigned seed, uint64_t total,
    const char *way)
{
	size_t good = pattern_check(data, len, at, seed);

	if (good != len)
		expect_fail("wrong byte at %llu %s", (unsigned long long)(at + good), way);
	if (at + len > total)
		expect_fail("%llu bytes %s, should be %llu", (unsigned long long)(at + len), way,
		    (unsigned long long)total);
}

/* -- the client's side -- */

static void
next_frame(struct pump *p)
{
	uint64_t left = p->up - p->up_sent;
	size_t len = left < p->frame ? (size_t)left : p->frame;
	uint8_t *payload;

	if (p->out == NULL)
		p->out = malloc(p->frame * 2 + CLIENT_HEADER);
	if (p->out == NULL)
		expect_fail("out of memory");
	payload = p->out + p->frame + CLIENT_HEADER;
	pattern_fill(payload, len, p->up_sent, PUMP_UP);
	p->out_at = 0;
	p->out_len = client_frame(p->c, p->out, p->first_byte, payload, len);
	p->up_sent += len;
}

static int
client_writes(struct pump *p)
{
	ssize_t n;

	if (p->out_at == p->out_len)
		next_frame(p);
	n = sock_write_now(p->c->fd, p->out + p->out_at, p->out_len - p->out_at);
	if (n == SOCK_RESET)
		expect_fail("the client was reset");
	if (n == SOCK_AGAIN)
		return 0;
	p->out_at += (size_t)n;
	return 1;
}

/* Reads bytes of a frame's header. Returns the number of bytes that it has used. */
static size_t
take_header(struct pump *p, const uint8_t *data, size_t len)
{
	size_t before = p->head_len, n = sizeof(p->head) - before, size;
	int opcode;

	if (n > len)
		n = len;
	memcpy(p->head + before, data, n);
	size = client_parse(p->head, before + n, &p->first, &p->left);
	if (size == 0) {
		p->head_len += n;
		return n;
	}
	opcode = p->first & 0xf;
	if (opcode != CLIENT_CONTINUATION && opcode != CLIENT_TEXT && opcode != CLIENT_BINARY &&
	    opcode != CLIENT_PING)
		expect_fail("frame %02x among data", (unsigned)p->first);
	p->head_len = 0;
	p->in_frame = 1;
	return size - before;
}

static void
take_payload(struct pump *p, const uint8_t *data, size_t len)
{
	p->left -= len;
	if ((p->first & 0xf) != CLIENT_PING) {
		pump_check(data, len, p->down_got, p->peer == -1 ? PUMP_UP : PUMP_DOWN, p->down,
		    "to the client");
		p->down_got += len;
	}
	if (p->left == 0) {
		p->in_frame = 0;
		p->messages += (p->first & CLIENT_FIN) != 0;
	}
}

static void
client_takes(struct pump *p, const uint8_t *data, size_t len)
{
	size_t n;

	while (len > 0) {
		if (p->in_frame) {
			n = p->left < len ? (size_t)p->left : len;
			take_payload(p, data, n);
		} else {
			n = take_header(p, data, len);
			if (p->in_frame && p->left == 0)
				take_payload(p, data, 0);
		}
		data += n;
		len -= n;
	}
}

static int
client_reads(struct pump *p)
{
	static uint8_t chunk[CHUNK];
	struct client *c = p->c;
	ssize_t n;

	/* First use the bytes that the client had read before pump_init(). */
	if (c->in_at < c->in_len) {
		client_takes(p, c->in + c->in_at, c->in_len - c->in_at);
		c->in_at = c->in_len = 0;
		return 1;
	}
	n = sock_read_now(c->fd, chunk, p->chunk);
	if (n == 0 || n == SOCK_RESET)
		expect_fail("%s at the client after %llu bytes", n == 0 ? "end" : "reset",
		    (unsigned long long)p->down_got);
	if (n == SOCK_AGAIN)
		return 0;
	client_takes(p, chunk, (size_t)n);
	return 1;
}

/* -- the peer's side -- */

static int
peer_writes(struct pump *p)
{
	uint8_t chunk[16384];
	uint64_t left = p->down - p->down_sent;
	size_t len = left < sizeof(chunk) ? (size_t)left : sizeof(chunk);
	ssize_t n;

	pattern_fill(chunk, len, p->down_sent, PUMP_DOWN);
	n = sock_write_now(p->peer, chunk, len);
	if (n == SOCK_RESET)
		expect_fail("the peer was reset");
	if (n == SOCK_AGAIN)
		return 0;
	p->down_sent += (uint64_t)n;
	return 1;
}

static int
peer_reads(struct pump *p)
{
	static uint8_t chunk[CHUNK];
	ssize_t n = sock_read_now(p->peer, chunk, p->chunk);

	if (n == 0 || n == SOCK_RESET)
		expect_fail("%s at the peer after %llu bytes", n == 0 ? "end" : "reset",
		    (unsigned long long)p->up_got);
	if (n == SOCK_AGAIN)
		return 0;
	pump_check(chunk, (size_t)n, p->up_got, PUMP_UP, p->up, "to the peer");
	p->up_got += (uint64_t)n;
	return 1;
}

/* -- the loop -- */

static int
is_complete(const struct pump *p)
{
	return p->up_sent == p->up && p->out_at == p->out_len && p->down_got == p->down &&
	    !p->in_frame && (p->peer == -1 || (p->up_got == p->up && p->down_sent == p->down));
}

int
pump_turn(struct pump *p, int ms)
{
	struct pollfd f[2] = { { .fd = p->c->fd }, { .fd = p->peer } };
	int moved = 0;

	if (p->up_sent < p->up || p->out_at < p->out_len)
		f[0].events |= POLLOUT;
	if (p->client_reads)
		f[0].events |= POLLIN;
	if (p->peer != -1 && p->down_sent < p->down)
		f[1].events |= POLLOUT;
	if (p->peer != -1 && p->peer_reads && p->up_got < p->up)
		f[1].events |= POLLIN;
	/* poll() reports POLLHUP even if events is 0: leave out a side that waits for no event. */
	if (f[0].events == 0)
		f[0].fd = -1;
	if (f[1].events == 0)
		f[1].fd = -1;
	if (poll(f, 2, p->c->in_at < p->c->in_len ? 0 : ms) == -1 && errno != EINTR)
		expect_fail("poll: %s", strerror(errno));
	if (p->client_reads && (p->c->in_at < p->c->in_len || (f[0].revents & ~POLLOUT) != 0))
		moved |= client_reads(p);
	if ((f[0].revents & POLLOUT) != 0)
		moved |= client_writes(p);
	if ((f[1].revents & ~POLLOUT) != 0)
		moved |= peer_reads(p);
	if ((f[1].revents & POLLOUT) != 0)
		moved |= peer_writes(p);
	return moved;
}

int
pump_until_quiet(struct pump *p, int ms)
{
	uint64_t deadline = expect_deadline(ms);

	while (!is_complete(p)) {
		if (pump_turn(p, expect_left(deadline)))
			deadline = expect_deadline(ms);
		else if (expect_left(deadline) == 0)
			break;
	}
	return is_complete(p);
}

void
pump_run(struct pump *p)
{
	if (!pump_until_quiet(p, p->c->ms))
		expect_fail("stuck: up %llu sent %llu arrived of %llu, down %llu sent %llu arrived "
		    "of %llu", (unsigned long long)p->up_sent, (unsigned long long)p->up_got,
		    (unsigned long long)p->up, (unsigned long long)p->down_sent,
		    (unsigned long long)p->down_got, (unsigned long long)p->down);
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "posix/lifecycle.h"
#include "session/relay.h"

#define REST_AFTER	1000	/* ms of silence after which memory that was used is given back */
#define STOP_LIMIT	8000	/* ms that a connection has to end when the server stops */
#define PING_PAYLOAD	"websocksy"

/* Notes how the connection ends; the first to say so is the cause. */
static void
note(struct relay *r, const char *by, unsigned code, const char *reason, size_t len)
{
	if (r->by != NULL)
		return;
	r->by = by;
	r->code = code;
	(void)log_format_escape(r->reason, sizeof(r->reason), reason, len);
}

/* Ends it from our side; drop: without what the peer has sent but the client has not got. */
static void
end(struct relay *r, const char *by, unsigned code, const char *reason, int drop)
{
	note(r, by, code, reason, strlen(reason));
	downstream_ask_close(&r->down, code, reason, drop);
}

/*
 * The client takes nothing more: what waits for it is lost, but what it sent
 * is not, and is read for as long as it would have had to answer a close frame.
 */
static void
client_deaf(struct relay *r)
{
	r->client_deaf = 1;
	if (r->closing == 0)
		r->closing = r->now;
}

static void
client_gone(struct relay *r, const char *how)
{
	r->client_done = 1;
	note(r, "client", 1006, how, strlen(how));
	client_deaf(r);
}

/* A pong, whatever it answers: it cannot be older than our last ping was. */
static void
answered(struct relay *r)
{
	uint64_t time;

	if (r->ping_sent == 0)
		return;
	time = clock_microseconds() - r->ping_sent;
	r->ping_sent = 0;
	if (r->slot == NULL)
		return;
	/* 0 stands for an unknown one, and a client may have hours. */
	time = time == 0 ? 1 : clock_min(time, UINT32_MAX);
	scoreboard_set_rtt(r->slot, (uint32_t)time);
}

static void
client_event(struct relay *r, enum ws_event event, const struct ws_piece *piece)
{
	switch (event) {
	case WS_PING:
		downstream_pong(&r->down, piece->data, piece->len);
		break;
	case WS_CLOSE:
		r->client_done = r->client_closed = 1;
		note(r, "client", piece->code, (const char *)piece->data, piece->len);
		/* The answer has the client's code (section 5.5.1), but not its reason. */
		downstream_ask_close(&r->down, piece->code, "", 1);
		break;
	case WS_FAIL:
		r->client_done = 1;
		end(r, "server", piece->code, piece->reason, 1);
		break;
	case WS_PONG:
		answered(r);
		break;
	case WS_MORE:
	case WS_DATA:
		break;
	}
}

/* The peer cannot be written to any more; it may still have something to say. */
static void
peer_unwritable(struct relay *r, int error)
{
	upstream_drop(&r->up);
	if (r->up.datagram) {
		if (error == EMSGSIZE)
			end(r, "server", 1009, "the message is too long for a datagram", 0);
		else
			end(r, "peer", 1011, "the peer does not take datagrams", 0);
	} else if (error != EPIPE) {
		/* EPIPE: it ended in order, which reading it will show. */
		r->peer_failed = 1;
	}
}

/* What was decoded goes to the peer, and the next is decoded, for as long as the peer takes it. */
static void
move_up(struct relay *r)
{
	struct ws_piece piece;
	enum ws_event event;
	ssize_t n;

	for (;;) {
		while ((event = upstream_decode(&r->up, &piece)) != WS_MORE)
			client_event(r, event, &piece);
		if (!upstream_pending(&r->up))
			break;
		n = upstream_write(&r->up, r->peer);
		if (n == IO_AGAIN)
			break;
		r->peer_moved = r->data = r->now;
		if (n == IO_ERROR)
			peer_unwritable(r, errno);
	}
}

/* What the peer sent last makes no message: then its end, too, was not in order. */
static void
fail_down(struct relay *r, unsigned code, const char *why)
{
	if (r->by != NULL && strcmp(r->by, "peer") == 0 && !r->down.close_sent) {
		r->by = NULL;
		r->down.close_due = 0;
	}
	end(r, code == 1009 ? "peer" : "server", code, why, 1);
}

/* Messages are made of what the peer sent, and go to the client for as long as it takes them. */
static void
move_down(struct relay *r)
{
	const char *why = "";
	unsigned code;
	ssize_t n;

	while (!r->client_deaf) {
		if (!downstream_pending(&r->down)) {
			if (!downstream_more(&r->down))
				break;
			code = downstream_fill(&r->down, r->now, &why);
			if (code != 0)
				fail_down(r, code, why);
			if (!downstream_pending(&r->down))
				continue;
			r->client_moved = r->now;
		}
		n = downstream_write(&r->down, r->client);
		if (n == IO_AGAIN) {
			r->client_full = 1;
			return;
		}
		if (n == IO_ERROR) {
			note(r, "client", 1006, strerror(errno), strlen(strerror(errno)));
			client_deaf(r);
		}
		r->client_moved = r->now;
		if (r->client_full)
			r->client_freed = r->now;
		r->client_full = 0;
		if (r->down.batch > 0)
			r->data = r->now;
	}
	if (r->down.close_sent && r->closing == 0)
		r->closing = r->now;
}

static void
read_client(struct relay *r)
{
	uint64_t before = r->up.bytes + r->up.messages;
	ssize_t n = upstream_read(&r->up, r->client);

	if (n > 0) {
		r->heard = r->peer_moved = r->now;
		r->pinged = 0;
		move_up(r);
		if (r->up.bytes + r->up.messages != before)
			r->data = r->now;
	} else if (n == IO_EOF) {
		client_gone(r, "the connection ended without a close frame");
	} else if (n == IO_ERROR && errno == ENOMEM) {
		r->client_done = 1;
		end(r, "server", 1011, "out of memory", 1);
	} else if (n == IO_ERROR) {
		client_gone(r, strerror(errno));
	}
}

/* The end of the peer: what it sent before is delivered first. */
static void
peer_gone(struct relay *r, int failed)
{
	r->peer_done = 1;
	downstream_flush(&r->down);
	if (failed || r->peer_failed)
		end(r, "peer", 1011, "the peer's connection broke", 0);
	else
		end(r, "peer", 1000, "the peer closed the connection", 0);
}

/* Whether nothing that the peer may still send can reach the client. */
static int
peer_is_unheard(const struct relay *r)
{
	return r->client_deaf || r->down.close_drops || r->down.close_sent;
}

static void
read_peer(struct relay *r)
{
	int too_long;
	ssize_t n;

	if (peer_is_unheard(r)) {
		/* It may have to get rid of this before it can take what waits for it. */
		n = io_discard(r->peer);
		if (n == IO_ERROR || (n == IO_EOF && !r->down.datagram))
			r->peer_done = 1;
		return;
	}
	n = downstream_read(&r->down, r->peer, &too_long);
	if (n == IO_AGAIN)
		return;
	if (too_long)
		end(r, "peer", 1009, "a datagram of the peer is too long", 1);
	else if (n == IO_ERROR && r->down.datagram)
		end(r, "peer", 1011, "the peer does not take datagrams", 0);
	else if (n == IO_ERROR && errno == ENOMEM)
		end(r, "server", 1011, "out of memory", 0);
	else if (n == IO_ERROR || (n == IO_EOF && !r->down.datagram))
		peer_gone(r, n == IO_ERROR);
	else
		r->data = r->now;
}

/* A server that stops says so to each client; what has been read is still delivered. */
static void
obey(struct relay *r)
{
	if (lifecycle_state() != LIFECYCLE_STOP || r->hard_until != CLOCK_NEVER)
		return;
	r->hard_until = r->now + STOP_LIMIT;
	end(r, "server", 1001, "the server is shutting down", 0);
}

static int
wants_client(const struct relay *r)
{
	return !r->client_done && upstream_wants(&r->up);
}

static int
wants_peer(const struct relay *r)
{
	return !r->peer_done && (peer_is_unheard(r) || downstream_wants(&r->down));
}

/* Whether there is nothing more to do for either side. */
static int
over(const struct relay *r)
{
	int told = r->client_deaf || (r->down.close_sent && !downstream_pending(&r->down));

	return r->now >= r->hard_until ||
	    (told && r->client_done && !upstream_pending(&r->up));
}

static void
check_ping(struct relay *r)
{
	if (r->now < deadline_ping(r))
		return;
	if (r->pinged != 0) {
		end(r, "server", 1008, "no answer to a ping", 0);
		/* Nobody will answer the close frame either, but a slow network may still carry it. */
		r->client_done = 1;
	} else {
		r->pinged = r->now;
		r->ping_sent = clock_microseconds();
		downstream_ping(&r->down, PING_PAYLOAD, sizeof(PING_PAYLOAD) - 1);
	}
}

/* Acts on every deadline that has passed. */
static void
check_deadlines(struct relay *r)
{
	check_ping(r);
	if (r->now >= deadline_idle(r))
		end(r, "server", 1008, "no data for too long", 0);
	if (r->now >= deadline_flush(r))
		downstream_flush(&r->down);
	if (r->now >= deadline_client_stall(r)) {
		end(r, "server", 1008, "the client takes no data", 1);
		client_deaf(r);
	}
	if (r->now >= deadline_peer_stall(r)) {
		upstream_drop(&r->up);
		end(r, "server", 1011, "the peer takes no data", 0);
		/* What the client has sent behind that is still to be decoded, its close frame above all. */
		move_up(r);
	}
	if (r->now >= deadline_close(r))
		r->client_done = 1;
}

/* A peer that has all data learns of the client's end, though that may be slow to take its own. */
static void
tell_peer(struct relay *r)
{
	if (!r->client_done || r->peer_told || r->up.datagram || upstream_pending(&r->up))
		return;
	r->peer_told = 1;
	(void)shutdown(r->peer, SHUT_WR);
}

static void
tell(const struct relay *r)
{
	if (r->slot == NULL)
		return;
	scoreboard_set_traffic(r->slot, SCOREBOARD_IN_BYTES, r->up.bytes);
	scoreboard_set_traffic(r->slot, SCOREBOARD_IN_MESSAGES, r->up.messages);
	scoreboard_set_traffic(r->slot, SCOREBOARD_OUT_BYTES, r->down.bytes);
	scoreboard_set_traffic(r->slot, SCOREBOARD_OUT_MESSAGES, r->down.messages);
	scoreboard_set_last_data(r->slot, r->data);
}

/* Waits for what is wanted; 1 when something of it can be done. */
static int
wait_for_work(struct relay *r, fd_set *readable, fd_set *writable)
{
	int highest = r->client > r->peer ? r->client : r->peer, n;
	uint64_t deadline = deadline_next(r), rest = r->now + REST_AFTER;

	FD_ZERO(readable);
	FD_ZERO(writable);
	if (wants_client(r))
		io_fd_set(r->client, readable);
	if (wants_peer(r))
		io_fd_set(r->peer, readable);
	if (upstream_pending(&r->up))
		io_fd_set(r->peer, writable);
	if (downstream_pending(&r->down) && !r->client_deaf)
		io_fd_set(r->client, writable);
	if (upstream_can_rest(&r->up) || downstream_can_rest(&r->down))
		deadline = clock_min(deadline, rest);
	n = lifecycle_wait(highest, readable, writable, deadline);
	r->now = clock_now();
	if (n == 0 && r->now >= rest) {
		upstream_rest(&r->up);
		downstream_rest(&r->down);
	}
	return n > 0;
}

static void
turn(struct relay *r)
{
	fd_set readable, writable;

	if (wait_for_work(r, &readable, &writable)) {
		if (io_fd_isset(r->client, &readable))
			read_client(r);
		if (io_fd_isset(r->peer, &readable))
			read_peer(r);
		if (io_fd_isset(r->peer, &writable))
			move_up(r);
	}
	obey(r);
	check_deadlines(r);
	if (!downstream_pending(&r->down) || io_fd_isset(r->client, &writable))
		move_down(r);
	tell_peer(r);
	tell(r);
}

void
relay_run(struct relay *r)
{
	r->now = clock_now();
	r->heard = r->data = r->client_moved = r->peer_moved = r->now;
	r->hard_until = CLOCK_NEVER;
	obey(r);
	move_up(r);
	move_down(r);
	tell(r);
	while (!over(r))
		turn(r);
}

int
relay_handshaken(const struct relay *r)
{
	return r->client_closed && !r->client_deaf && r->down.close_sent &&
	    !downstream_pending(&r->down);
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/io.h"
#include "session/upstream.h"

#define READ_ROOM	4096	/* room that a read has at least */

int
upstream_open(struct upstream *u, int datagram, uint64_t limit)
{
	memset(u, 0, offsetof(struct upstream, envelope));
	u->wrapping.queue = NULL;
	ws_init(&u->ws, limit);
	u->datagram = datagram;
	return buf_open(&u->buf, BUF_STREAM);
}

int
upstream_wrap(struct upstream *u, struct framing *framing, uint64_t max_message)
{
	if (framing->framer->api.wrap == NULL)
		return 0;
	u->framing = framing;
	u->max_message = max_message;
	return u->datagram ? 0 : wrapping_open(&u->wrapping);
}

void
upstream_close(struct upstream *u)
{
	wrapping_close(&u->wrapping);
	buf_close(&u->buf);
}

uint8_t *
upstream_space(struct upstream *u, size_t *len)
{
	*len = u->buf.size - u->raw_end;
	return u->buf.memory + u->raw_end;
}

void
upstream_added(struct upstream *u, size_t len)
{
	u->raw_end += len;
	buf_touch(&u->buf, u->raw_end);
}

int
upstream_pending(const struct upstream *u)
{
	if (u->datagram)
		return u->ready;
	return u->framing != NULL ? wrapping_pending(&u->wrapping) : u->out < u->out_end;
}

int
upstream_wants(const struct upstream *u)
{
	return !upstream_pending(u) && u->raw == u->raw_end;
}

/* Makes room for more of a message that must be whole before it goes on. */
static int
make_room(struct upstream *u)
{
	if (u->raw == u->raw_end)
		u->raw = u->raw_end = u->out_end;
	if (u->buf.size - u->raw_end >= READ_ROOM)
		return 0;
	return buf_grow(&u->buf, u->raw_end);
}

ssize_t
upstream_read(struct upstream *u, int client)
{
	uint8_t *at;
	size_t len;
	ssize_t n;

	if (make_room(u) == -1) {
		errno = ENOMEM;
		return IO_ERROR;
	}
	at = upstream_space(u, &len);
	n = io_read(client, at, len);
	if (n > 0)
		upstream_added(u, (size_t)n);
	return n;
}

static void
sent(struct upstream *u, size_t n)
{
	u->out += n;
	if (u->out < u->out_end)
		return;
	u->ready = 0;
	u->out = u->out_end = 0;
	if (u->raw == u->raw_end)
		u->raw = u->raw_end = 0;
}

/* A piece of a message joins what waits; it moves only if frame headers lie between. */
static void
keep(struct upstream *u, const struct ws_piece *piece)
{
	size_t at = (size_t)(piece->data - u->buf.memory);

	if (piece->len == 0)
		return;
	if (u->out == u->out_end && !u->datagram && !u->collects)
		u->out = u->out_end = at;
	else if (u->out_end != at)
		memmove(u->buf.memory + u->out_end, piece->data, piece->len);
	u->out_end += piece->len;
}

/* Turns a piece into the event that ends the connection. */
static enum ws_event
fail(struct upstream *u, struct ws_piece *piece, unsigned code, const char *reason)
{
	u->ws.over = 1;
	piece->code = code;
	piece->reason = reason;
	return WS_FAIL;
}

/* A message whose length is known now: what comes before its payload. */
static enum ws_event
begin(struct upstream *u, struct ws_piece *piece, uint64_t len)
{
	ws_operation opcode = piece->opcode == FRAME_TEXT ? ws_frame_text : ws_frame_binary;
	const char *why = "";
	unsigned code;

	code = framer_wrap(u->framing, len, opcode, &u->envelope, &why);
	if (code != 0)
		return fail(u, piece, code, why);
	if (!u->datagram)
		wrapping_around(&u->wrapping, u->envelope.before, u->envelope.before_length);
	return WS_DATA;
}

static void
finish(struct upstream *u)
{
	wrapping_around(&u->wrapping, u->envelope.after, u->envelope.after_length);
}

/* A piece for a framing that must know the length first: all of the message is kept. */
static enum ws_event
collect(struct upstream *u, struct ws_piece *piece)
{
	enum ws_event event;

	keep(u, piece);
	if (!u->datagram && u->out_end - u->out > u->max_message)
		return fail(u, piece, 1009, "a message in parts is longer than max-message");
	if (!piece->last)
		return WS_DATA;
	event = u->framing == NULL ? WS_DATA : begin(u, piece, u->out_end - u->out);
	u->ready = event == WS_DATA;
	if (u->ready && u->framing != NULL && !u->datagram) {
		wrapping_payload(&u->wrapping, u->buf.memory + u->out, u->out_end - u->out);
		finish(u);
		/* Nothing with nothing around it is not worth a write. */
		if (!wrapping_pending(&u->wrapping))
			sent(u, 0);
	}
	return event;
}

/* A piece for a framing that knows, or need not know, how long the message will be. */
static enum ws_event
pass(struct upstream *u, struct ws_piece *piece)
{
	enum ws_event event = WS_DATA;

	if (piece->first)
		event = begin(u, piece, u->ws.frame.fin ? u->ws.frame.length : 0);
	if (event != WS_DATA)
		return event;
	wrapping_payload(&u->wrapping, piece->data, piece->len);
	if (piece->last)
		finish(u);
	return WS_DATA;
}

/* What becomes of a piece of payload; WS_DATA, or the end of the connection. */
static enum ws_event
dispatch(struct upstream *u, struct ws_piece *piece)
{
	u->messages += piece->last != 0;
	if (u->deaf)
		return WS_DATA;
	if (piece->first)
		u->collects = u->datagram || (u->framing != NULL && !u->ws.frame.fin &&
		    (u->framing->framer->api.flags & WS_FRAMER_STREAMS) == 0);
	if (u->collects)
		return collect(u, piece);
	if (u->framing != NULL)
		return pass(u, piece);
	keep(u, piece);
	return WS_DATA;
}

enum ws_event
upstream_decode(struct upstream *u, struct ws_piece *piece)
{
	enum ws_event event;
	size_t used;

	while (u->raw < u->raw_end && !u->ready &&
	    (u->wrapping.queue == NULL || !wrapping_full(&u->wrapping))) {
		event = ws_decode(&u->ws, u->buf.memory + u->raw, u->raw_end - u->raw, &used, piece);
		u->raw += used;
		if (event == WS_DATA)
			event = dispatch(u, piece);
		if (event != WS_MORE && event != WS_DATA)
			return event;
	}
	return WS_MORE;
}

/* A message with what is around it is one datagram. */
static ssize_t
send_datagram(struct upstream *u, int peer)
{
	struct iovec iov[3];
	ssize_t n;

	if (u->framing == NULL) {
		n = io_send(peer, u->buf.memory + u->out, u->out_end - u->out);
	} else {
		iov[0].iov_base = u->envelope.before;
		iov[0].iov_len = u->envelope.before_length;
		iov[1].iov_base = u->buf.memory + u->out;
		iov[1].iov_len = u->out_end - u->out;
		iov[2].iov_base = u->envelope.after;
		iov[2].iov_len = u->envelope.after_length;
		n = io_writev(peer, iov, 3);
	}
	/* Some systems say so when a queue is full: this datagram is lost, as any may be. */
	if (n == IO_ERROR && errno == ENOBUFS)
		n = (ssize_t)(u->out_end - u->out);
	if (n >= 0) {
		u->bytes += (uint64_t)n;
		sent(u, u->out_end - u->out);
	}
	return n;
}

ssize_t
upstream_write(struct upstream *u, int peer)
{
	ssize_t n;

	if (u->datagram)
		return send_datagram(u, peer);
	n = u->framing != NULL ? wrapping_write(&u->wrapping, peer) :
	    io_write(peer, u->buf.memory + u->out, u->out_end - u->out);
	if (n < 0)
		return n;
	u->bytes += (uint64_t)n;
	if (u->framing == NULL)
		sent(u, (size_t)n);
	else if (!wrapping_pending(&u->wrapping) && (u->ready || !u->collects))
		sent(u, u->out_end - u->out);
	return n;
}

void
upstream_drop(struct upstream *u)
{
	u->deaf = 1;
	wrapping_clear(&u->wrapping);
	sent(u, u->out_end - u->out);
}

int
upstream_can_rest(const struct upstream *u)
{
	return buf_can_rest(&u->buf) && u->raw == u->raw_end && u->out == u->out_end &&
	    !upstream_pending(u);
}

void
upstream_rest(struct upstream *u)
{
	if (!upstream_can_rest(u))
		return;
	buf_rest(&u->buf, BUF_STREAM);
	if (u->wrapping.queue != NULL)
		wrapping_rest(&u->wrapping);
}

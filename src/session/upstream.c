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

#define READ_ROOM	4096	/* bytes that must be free in the buffer before each read */

int
upstream_open(struct upstream *u, struct buf *buf)
{
	u->buf = buf;
	return buf_open(buf, BUF_STREAM);
}

int
upstream_start(struct upstream *u, struct framing *framing, int is_datagram, uint64_t limit,
    uint64_t max_message)
{
	ws_init(&u->ws, limit);
	u->is_datagram = is_datagram != 0;
	if (framing->framer->api.wrap == NULL)
		return 0;
	u->framing = framing;
	u->max_message = max_message;
	return is_datagram ? 0 : wrapping_open(&u->wrapping);
}

void
upstream_close(struct upstream *u)
{
	wrapping_close(&u->wrapping);
	buf_close(u->buf);
}

uint8_t *
upstream_received(const struct upstream *u, size_t *len)
{
	*len = u->raw_end - u->raw;
	return u->buf->memory + u->raw;
}

void
upstream_skip(struct upstream *u, size_t len)
{
	u->raw += len;
}

uint8_t *
upstream_space(struct upstream *u, size_t *len)
{
	*len = u->buf->size - u->raw_end;
	return u->buf->memory + u->raw_end;
}

void
upstream_added(struct upstream *u, size_t len)
{
	u->raw_end += len;
	buf_touch(u->buf, u->raw_end);
}

int
upstream_pending(const struct upstream *u)
{
	if (u->is_datagram)
		return u->complete;
	return u->framing != NULL ? wrapping_pending(&u->wrapping) : u->out < u->out_end;
}

int
upstream_wants(const struct upstream *u)
{
	return u->raw == u->raw_end && !upstream_pending(u);
}

/*
 * Makes sure that READ_ROOM bytes are free for a read; a message that is collected may need a
 * larger buffer.  Returns 0, or -1 if out of memory.
 */
static int
upstream_make_room(struct upstream *u)
{
	if (u->raw == u->raw_end)
		u->raw = u->raw_end = u->out_end;
	if (u->buf->size - u->raw_end >= READ_ROOM)
		return 0;
	return buf_grow(u->buf, u->raw_end);
}

ssize_t
upstream_read(struct upstream *u, int client)
{
	uint8_t *at;
	size_t len;
	ssize_t n;

	if (upstream_make_room(u) == -1) {
		errno = ENOMEM;
		return IO_ERROR;
	}
	at = upstream_space(u, &len);
	n = io_read(client, at, len);
	if (n > 0)
		upstream_added(u, (size_t)n);
	return n;
}

/*
 * Removes n bytes of payload, which the peer has received.  If no payload is left, its space is
 * reused.
 */
static void
remove_payload(struct upstream *u, size_t n)
{
	u->out += n;
	if (u->out < u->out_end)
		return;
	u->complete = 0;
	u->out = u->out_end = 0;
	if (u->raw == u->raw_end)
		u->raw = u->raw_end = 0;
}

/*
 * Appends a piece to the payload for the peer.  The piece is moved if a frame header precedes
 * it.
 */
static void
add_payload(struct upstream *u, const struct ws_piece *piece)
{
	size_t at = (size_t)(piece->data - u->buf->memory);

	if (piece->len == 0)
		return;
	if (u->out == u->out_end && !u->is_datagram && !u->collects)
		u->out = u->out_end = at;
	else if (u->out_end != at)
		memmove(u->buf->memory + u->out_end, piece->data, piece->len);
	u->out_end += piece->len;
}

/* Turns a piece into the event WS_FAIL, which ends the connection. */
static enum ws_event
fail_message(struct upstream *u, struct ws_piece *piece, unsigned code, const char *reason)
{
	u->ws.over = 1;
	piece->code = code;
	piece->reason = reason;
	return WS_FAIL;
}

/*
 * Asks the framing for the bytes around the message that begins with this piece and has len
 * bytes, and queues the bytes before the message.  Returns WS_DATA, or WS_FAIL if the framing
 * refuses the message.
 */
static enum ws_event
begin_wrapped(struct upstream *u, struct ws_piece *piece, uint64_t len)
{
	ws_operation opcode = piece->opcode == FRAME_TEXT ? ws_frame_text : ws_frame_binary;
	const char *why = "";
	unsigned code;

	code = framer_wrap(u->framing, len, opcode, &u->envelope, &why);
	if (code != 0)
		return fail_message(u, piece, code, why);
	if (!u->is_datagram)
		wrapping_around(&u->wrapping, u->envelope.before, u->envelope.before_length);
	return WS_DATA;
}

static void
finish_wrapped(struct upstream *u)
{
	wrapping_around(&u->wrapping, u->envelope.after, u->envelope.after_length);
}

/* Handles a piece of a message that is collected until it is complete. */
static enum ws_event
collect_piece(struct upstream *u, struct ws_piece *piece)
{
	enum ws_event event;

	add_payload(u, piece);
	if (!u->is_datagram && u->out_end - u->out > u->max_message)
		return fail_message(u, piece, CLOSE_TOO_BIG,
		    "a message in parts is longer than max-message");
	if (!piece->last)
		return WS_DATA;
	event = u->framing == NULL ? WS_DATA : begin_wrapped(u, piece, u->out_end - u->out);
	u->complete = event == WS_DATA;
	if (u->complete && u->framing != NULL && !u->is_datagram) {
		wrapping_payload(&u->wrapping, u->buf->memory + u->out, u->out_end - u->out);
		finish_wrapped(u);
		/* An empty message without bytes of the framing needs no write. */
		if (!wrapping_pending(&u->wrapping))
			remove_payload(u, 0);
	}
	return event;
}

/*
 * Handles a piece of a message that is passed on in pieces: its framing knows the length of the
 * message, or does not need it.
 */
static enum ws_event
pass_piece(struct upstream *u, struct ws_piece *piece)
{
	enum ws_event event = WS_DATA;

	if (piece->first)
		event = begin_wrapped(u, piece, u->ws.frame.fin ? u->ws.frame.length : 0);
	if (event != WS_DATA)
		return event;
	wrapping_payload(&u->wrapping, piece->data, piece->len);
	if (piece->last)
		finish_wrapped(u);
	return WS_DATA;
}

/* Returns whether the message whose first frame is the current frame must be collected. */
static int
must_collect(const struct upstream *u)
{
	return u->is_datagram || (u->framing != NULL && !u->ws.frame.fin &&
	    (u->framing->framer->api.flags & WS_FRAMER_STREAMS) == 0);
}

int
upstream_collects(const struct upstream *u)
{
	/* Between two messages the opcode is 0. */
	if (u->discards || u->complete || u->ws.over || u->ws.opcode == 0)
		return 0;
	return u->ws.begun ? u->collects : must_collect(u);
}

/* Handles a piece of payload.  Returns WS_DATA, or WS_FAIL to end the connection. */
static enum ws_event
handle_piece(struct upstream *u, struct ws_piece *piece)
{
	u->messages += piece->last != 0;
	u->payload += piece->len;
	if (u->discards)
		return WS_DATA;
	if (piece->first)
		u->collects = must_collect(u) != 0;
	if (u->collects)
		return collect_piece(u, piece);
	if (u->framing != NULL)
		return pass_piece(u, piece);
	add_payload(u, piece);
	return WS_DATA;
}

enum ws_event
upstream_decode(struct upstream *u, struct ws_piece *piece)
{
	enum ws_event event;
	size_t used;

	while (u->raw < u->raw_end && !u->complete &&
	    (u->wrapping.queue == NULL || !wrapping_full(&u->wrapping))) {
		event = ws_decode(&u->ws, u->buf->memory + u->raw, u->raw_end - u->raw, &used,
		    piece);
		u->raw += used;
		if (event == WS_DATA)
			event = handle_piece(u, piece);
		if (event != WS_MORE && event != WS_DATA)
			return event;
	}
	return WS_MORE;
}

int
upstream_parts(struct upstream *u, struct iovec parts[UPSTREAM_PARTS])
{
	struct iovec *payload = u->framing == NULL ? &parts[0] : &parts[1];

	payload->iov_base = u->buf->memory + u->out;
	payload->iov_len = u->out_end - u->out;
	if (u->framing == NULL)
		return 1;
	parts[0].iov_base = u->envelope.before;
	parts[0].iov_len = u->envelope.before_length;
	parts[2].iov_base = u->envelope.after;
	parts[2].iov_len = u->envelope.after_length;
	return UPSTREAM_PARTS;
}

void
upstream_lost(struct upstream *u)
{
	remove_payload(u, u->out_end - u->out);
}

/* Sends a complete message, with the bytes of its framing, as one datagram. */
static ssize_t
send_datagram(struct upstream *u, int peer)
{
	struct iovec parts[UPSTREAM_PARTS];
	int count = upstream_parts(u, parts);
	ssize_t n;

	n = count == 1 ? io_send(peer, parts[0].iov_base, parts[0].iov_len) :
	    io_writev(peer, parts, count);
	/*
	 * Some systems return ENOBUFS when a queue is full.  The datagram is lost, as any
	 * datagram may be.
	 */
	if (n == IO_ERROR && errno == ENOBUFS)
		n = (ssize_t)(u->out_end - u->out);
	if (n >= 0) {
		u->bytes += (uint64_t)n;
		remove_payload(u, u->out_end - u->out);
	}
	return n;
}

ssize_t
upstream_write(struct upstream *u, int peer)
{
	ssize_t n;

	if (u->is_datagram)
		return send_datagram(u, peer);
	n = u->framing != NULL ? wrapping_write(&u->wrapping, peer) :
	    io_write(peer, u->buf->memory + u->out, u->out_end - u->out);
	if (n < 0)
		return n;
	u->bytes += (uint64_t)n;
	if (u->framing == NULL)
		remove_payload(u, (size_t)n);
	else if (!wrapping_pending(&u->wrapping) && (u->complete || !u->collects))
		remove_payload(u, u->out_end - u->out);
	return n;
}

void
upstream_discard(struct upstream *u)
{
	u->discards = 1;
	wrapping_clear(&u->wrapping);
	remove_payload(u, u->out_end - u->out);
}

int
upstream_can_rest(const struct upstream *u)
{
	return buf_can_rest(u->buf) && u->raw == u->raw_end && u->out == u->out_end &&
	    !upstream_pending(u);
}

void
upstream_rest(struct upstream *u)
{
	if (!upstream_can_rest(u))
		return;
	buf_rest(u->buf, BUF_STREAM);
	if (u->wrapping.queue != NULL)
		wrapping_rest(&u->wrapping);
}

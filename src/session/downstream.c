/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "session/downstream.h"

#define HEADROOM	16	/* before the bytes, for the header of the first message */
#define READ_ROOM	4096	/* room that a read has at least */
#define WRAP_ROOM	4096	/* around a message, beyond max-message */
#define DATAGRAM_SIZE	(256 * 1024)	/* more than systems let through as they come */

/* What was cut off. */
struct message {
	size_t		len;
	size_t		behind;		/* bytes behind it that are not part of it */
	ws_operation	opcode;
};

#define TOO_LONG	"a message of the peer is longer than max-message"

static size_t
first_size(const struct downstream *d)
{
	return d->datagram ? DATAGRAM_SIZE : BUF_STREAM;
}

int
downstream_open(struct downstream *d, struct framing *framing, int datagram, uint64_t max_message)
{
	memset(d, 0, offsetof(struct downstream, buf));
	d->framing = framing;
	d->datagram = datagram;
	d->max_message = (size_t)max_message;
	d->head = d->tail = HEADROOM;
	d->flush_at = CLOCK_NEVER;
	return buf_open(&d->buf, first_size(d));
}

void
downstream_close(struct downstream *d)
{
	buf_close(&d->buf);
}

int
downstream_pending(const struct downstream *d)
{
	return d->first < d->count;
}

int
downstream_more(const struct downstream *d)
{
	/* Nothing follows a close frame (section 5.5.1). */
	return !d->close_sent && (d->cut || (d->whole && d->head < d->tail) || d->pong_due ||
	    d->ping_due || d->close_due);
}

int
downstream_wants(const struct downstream *d)
{
	return !downstream_pending(d) && !d->cut && !d->whole && !d->close_due;
}

/* Moves what is left to the front, and makes room for more of a message that is not whole yet. */
static int
make_room(struct downstream *d)
{
	size_t len = d->tail - d->head;

	if (d->head > HEADROOM) {
		memmove(d->buf.memory + HEADROOM, d->buf.memory + d->head, len);
		d->head = HEADROOM;
		d->tail = HEADROOM + len;
	}
	if (d->buf.size - d->tail > READ_ROOM || d->datagram)
		return 0;
	return buf_grow(&d->buf, d->tail);
}

ssize_t
downstream_read(struct downstream *d, int peer, int *too_long)
{
	ssize_t n;
	size_t room;

	*too_long = 0;
	if (make_room(d) == -1)
		return IO_ERROR;
	/* One byte is left for the NUL that framing functions are promised. */
	room = d->buf.size - d->tail - 1;
	n = d->datagram ? io_receive(peer, d->buf.memory + d->tail, room, too_long) :
	    io_read(peer, d->buf.memory + d->tail, room);
	if (n < 0 || (n == 0 && !d->datagram))
		return n;
	d->tail += (size_t)n;
	d->fresh = (size_t)n;
	d->cut = 1;
	d->flush_at = CLOCK_NEVER;
	buf_touch(&d->buf, d->tail);
	return n;
}

void
downstream_flush(struct downstream *d)
{
	d->whole = 1;
	d->flush_at = CLOCK_NEVER;
}

static void
add_iov(struct downstream *d, void *base, size_t len)
{
	d->iov[d->count].iov_base = base;
	d->iov[d->count].iov_len = len;
	d->count++;
}

/* The first len bytes become message number n of the batch. */
static void
add_message(struct downstream *d, unsigned n, int opcode, size_t len)
{
	uint8_t *payload = d->buf.memory + d->head, *head;
	size_t size = frame_header_size(len);

	if (n == 0) {
		/* What stood before has been written: its place is free. */
		head = payload - size;
		(void)frame_encode(head, 1, opcode, len);
		add_iov(d, head, size + len);
	} else {
		(void)frame_encode(d->heads[n], 1, opcode, len);
		add_iov(d, d->heads[n], size);
		if (len > 0)
			add_iov(d, payload, len);
	}
	d->head += len;
	d->bytes += len;
	d->messages++;
}

/* How much may be held of a message that is not whole: with what is around it. */
static size_t
limit(const struct downstream *d)
{
	return d->max_message + (d->framing->framer->api.unwrap != NULL ? WRAP_ROOM : 0);
}

/* Pongs and pings go before the messages: somebody waits for them. */
static size_t
add_control(struct downstream *d)
{
	size_t len = 0;

	if (d->pong_due)
		len += frame_control(d->control + len, FRAME_PONG, d->pong, d->pong_len);
	if (d->ping_due)
		len += frame_control(d->control + len, FRAME_PING, d->ping, d->ping_len);
	d->pong_due = d->ping_due = 0;
	if (len > 0)
		add_iov(d, d->control, len);
	return len;
}

/* A message that was cut off: what is not part of it is dropped. */
static int
unwrap(struct downstream *d, size_t n, struct message *m, const char **why)
{
	size_t before, after;

	if (m->opcode == ws_frame_discard) {
		d->head += n;
		return 0;
	}
	if (framer_unwrap(d->framing, d->buf.memory + d->head, n, &before, &after, why) == -1)
		return 1011;
	d->head += before;
	m->len = n - before - after;
	m->behind = after;
	m->opcode = framer_settle(d->framing, m->opcode, d->buf.memory + d->head, m->len);
	return !d->framing->framer->whole && !d->datagram && m->len > d->max_message ? 1009 : 0;
}

/* What is left is a message as it is, unless the framing says that it is a broken one. */
static int
rest_message(struct downstream *d, struct message *m, const char **why)
{
	size_t held = d->tail - d->head;
	int broken = held > 0 && (d->framing->framer->api.flags & WS_FRAMER_EXACT) != 0;

	d->whole = 0;
	if (broken) {
		*why = "the peer ended within a message";
		return 1011;
	}
	m->len = held;
	m->opcode = framer_type(d->framing, d->buf.memory + d->head, held);
	return 0;
}

/*
 * The next message.  Returns -1 if there is none now; otherwise 0, or a close code
 * with *why.
 */
static int
next_message(struct downstream *d, uint64_t now, struct message *m, const char **why)
{
	const struct framer *framer = d->framing->framer;
	size_t held = d->tail - d->head;
	int64_t n = 0;
	int code;

	m->len = m->behind = 0;
	m->opcode = ws_frame_binary;
	if (d->cut && d->datagram && (framer->whole || held == 0)) {
		/* A datagram is a message, an empty one too. */
		m->len = held;
		if (held > 0)
			m->opcode = framer_type(d->framing, d->buf.memory + d->head, held);
		d->cut = 0;
		return 0;
	}
	if (d->cut && held > 0) {
		n = framer_next(d->framing, d->buf.memory + d->head, held, d->fresh, &m->opcode, why);
		if (n == -1)
			return 1011;
		if (n == 0 && !framer->whole && !d->datagram && held >= limit(d)) {
			*why = TOO_LONG;
			return 1009;
		}
		if (n == 0 && framer->hold > 0 && !d->whole)
			d->flush_at = now + framer->hold;
	}
	d->cut = n > 0 && (size_t)n < held;
	d->fresh = held - (size_t)n;
	if (n > 0) {
		*why = TOO_LONG;
		code = unwrap(d, (size_t)n, m, why);
		return code;
	}
	if (held > 0 && (d->whole || d->datagram))
		return rest_message(d, m, why);
	d->whole = 0;
	return -1;
}

static void
add_close(struct downstream *d, size_t control)
{
	size_t len = frame_close(d->control + control, d->close_code, d->close_reason);

	add_iov(d, d->control + control, len);
	d->close_sent = 1;
}

unsigned
downstream_fill(struct downstream *d, uint64_t now, const char **why)
{
	struct message m;
	size_t control;
	unsigned n = 0;
	int result;

	if (downstream_pending(d) || d->close_sent)
		return 0;
	d->first = d->count = 0;
	control = add_control(d);
	while (n < DOWNSTREAM_BATCH && !d->close_drops) {
		result = next_message(d, now, &m, why);
		if (result > 0)
			return (unsigned)result;
		if (result == -1)
			break;
		if (m.opcode != ws_frame_discard)
			add_message(d, n++, (int)m.opcode, m.len);
		d->head += m.behind;
	}
	d->batch = n;
	if (d->close_due && (d->close_drops || n < DOWNSTREAM_BATCH))
		add_close(d, control);
	return 0;
}

void
downstream_pong(struct downstream *d, const void *payload, size_t len)
{
	memcpy(d->pong, payload, len);
	d->pong_len = (uint8_t)len;
	d->pong_due = 1;
}

void
downstream_ping(struct downstream *d, const void *payload, size_t len)
{
	memcpy(d->ping, payload, len);
	d->ping_len = (uint8_t)len;
	d->ping_due = 1;
}

void
downstream_ask_close(struct downstream *d, unsigned code, const char *reason, int drop)
{
	if (d->close_sent)
		return;
	if (!d->close_due) {
		d->close_code = code;
		d->close_reason = reason;
	}
	d->close_due = 1;
	if (drop)
		d->close_drops = 1;
}

/* The first n bytes of the batch are gone. */
static void
written(struct downstream *d, size_t n)
{
	struct iovec *iov;

	while (d->first < d->count) {
		iov = &d->iov[d->first];
		if (n < iov->iov_len) {
			iov->iov_base = (uint8_t *)iov->iov_base + n;
			iov->iov_len -= n;
			return;
		}
		n -= iov->iov_len;
		d->first++;
	}
}

ssize_t
downstream_write(struct downstream *d, int client)
{
	ssize_t n;

	if (d->count - d->first == 1)
		n = io_write(client, d->iov[d->first].iov_base, d->iov[d->first].iov_len);
	else
		n = io_writev(client, d->iov + d->first, d->count - d->first);
	if (n > 0)
		written(d, (size_t)n);
	return n;
}

int
downstream_can_rest(const struct downstream *d)
{
	return buf_can_rest(&d->buf) && !downstream_pending(d) && d->head == d->tail;
}

void
downstream_rest(struct downstream *d)
{
	if (!downstream_can_rest(d))
		return;
	buf_rest(&d->buf, first_size(d));
	d->head = d->tail = HEADROOM;
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/pages.h"
#include "session/downstream.h"

#define HEADROOM	16	/* bytes before the payload, for the first header of a batch */
#define READ_ROOM	4096	/* bytes that must be free in the buffer before each read */
#define WRAP_ROOM	4096	/* bytes that a framing may add to a message of max-message */
#define DATAGRAM_SIZE	(256 * 1024)	/* bytes; more than the default limits of systems */
#define TOO_LONG	"a message of the peer is longer than max-message"

/* A message that was found; its payload begins at d->head in the buffer. */
struct message {
	size_t		len;
	size_t		skip;		/* bytes of the framing after the payload */
	ws_operation	opcode;
};

static size_t
first_size(const struct downstream *d)
{
	return d->is_datagram ? DATAGRAM_SIZE : BUF_STREAM;
}

int
downstream_open(struct downstream *d, struct downstream_memory *memory, struct framing *framing,
    int is_datagram, uint64_t max_message)
{
	d->memory = memory;
	d->framing = framing;
	d->is_datagram = is_datagram != 0;
	d->max_message = (size_t)max_message;
	d->head = d->tail = HEADROOM;
	d->flush_at = CLOCK_NEVER;
	return buf_open(&memory->buf, first_size(d));
}

void
downstream_close(struct downstream *d)
{
	if (d->memory != NULL)
		buf_close(&d->memory->buf);
}

int
downstream_pending(const struct downstream *d)
{
	return d->first < d->count;
}

int
downstream_more(const struct downstream *d)
{
	/* Nothing follows a close frame (RFC 6455 section 5.5.1). */
	return !d->close_sent && (d->ask_framing || (d->flush && d->head < d->tail) ||
	    d->pongs.len > 0 || d->ping_due || d->close_due);
}

int
downstream_wants(const struct downstream *d)
{
	return !downstream_pending(d) && !d->ask_framing && !d->flush && !d->close_due;
}

/*
 * Moves the remaining bytes to the front of the buffer, and enlarges the buffer if less than
 * READ_ROOM bytes are free.  Returns 0, or -1 if out of memory.
 */
static int
downstream_make_room(struct downstream *d)
{
	struct buf *buf = &d->memory->buf;
	size_t len = d->tail - d->head;

	if (d->head > HEADROOM) {
		memmove(buf->memory + HEADROOM, buf->memory + d->head, len);
		d->head = HEADROOM;
		d->tail = HEADROOM + len;
	}
	if (buf->size - d->tail > READ_ROOM || d->is_datagram)
		return 0;
	return buf_grow(buf, d->tail);
}

ssize_t
downstream_read(struct downstream *d, int peer, int *too_long)
{
	struct buf *buf = &d->memory->buf;
	ssize_t n;
	size_t room;

	*too_long = 0;
	if (downstream_make_room(d) == -1)
		return IO_ERROR;
	/*
	 * Leave one byte free for the NUL after the bytes, which is promised to framing
	 * functions.
	 */
	room = buf->size - d->tail - 1;
	n = d->is_datagram ? io_receive(peer, buf->memory + d->tail, room, too_long) :
	    io_read(peer, buf->memory + d->tail, room);
	if (n < 0 || (n == 0 && !d->is_datagram))
		return n;
	d->tail += (size_t)n;
	d->fresh = (size_t)n;
	d->ask_framing = 1;
	d->flush_at = CLOCK_NEVER;
	buf_touch(buf, d->tail);
	return n;
}

void
downstream_flush(struct downstream *d)
{
	d->flush = 1;
	d->flush_at = CLOCK_NEVER;
}

void
downstream_delay_flush(struct downstream *d, uint64_t now)
{
	if (d->flush_at != CLOCK_NEVER)
		d->flush_at = now + framer_hold(d->framing);
}

static void
add_iov(struct downstream *d, void *base, size_t len)
{
	struct iovec *iov = &d->memory->iov[d->count++];

	iov->iov_base = base;
	iov->iov_len = len;
}

/* Adds the first len bytes at d->head to the batch, as its message number n. */
static void
add_message(struct downstream *d, unsigned n, int opcode, size_t len)
{
	uint8_t *payload = d->memory->buf.memory + d->head, *header;
	size_t size = frame_header_size(len);

	if (n == 0) {
		/*
		 * The bytes before the payload are not needed any more: they belong to messages
		 * of earlier batches, which have been written.
		 */
		header = payload - size;
		(void)frame_encode(header, 1, opcode, len);
		add_iov(d, header, size + len);
	} else {
		header = d->memory->heads[n];
		(void)frame_encode(header, 1, opcode, len);
		add_iov(d, header, size);
		if (len > 0)
			add_iov(d, payload, len);
	}
	d->head += len;
	d->bytes += len;
	d->messages++;
}

/* Returns how many bytes of an incomplete message may be stored, including those of its framing. */
static size_t
held_max(const struct downstream *d)
{
	return d->max_message + (d->framing->framer->api.unwrap != NULL ? WRAP_ROOM : 0);
}

/*
 * Adds the pongs and the ping that are due to the batch.  They precede the messages, since the
 * round-trip time of a ping is measured.  Returns the number of bytes of d->control that they
 * use.
 */
static size_t
add_pongs_and_ping(struct downstream *d)
{
	uint8_t *frames;
	size_t len;

	if (d->pongs.len > 0) {
		frames = pongs_take(&d->pongs, &len);
		add_iov(d, frames, len);
	}
	if (!d->ping_due)
		return 0;
	d->ping_due = 0;
	len = frame_control(d->control, FRAME_PING, d->ping, d->ping_len);
	add_iov(d, d->control, len);
	return len;
}

/*
 * Removes the bytes of the framing from the n bytes of a message that the framing function has
 * found.  Returns 0, or a close code with *why.
 */
static int
unwrap_message(struct downstream *d, size_t n, struct message *m, const char **why)
{
	uint8_t *data = d->memory->buf.memory + d->head;
	size_t before, after;

	if (m->opcode == ws_frame_discard) {
		d->head += n;
		return 0;
	}
	if (framer_unwrap(d->framing, data, n, &before, &after, why) == -1)
		return CLOSE_INTERNAL_ERROR;
	d->head += before;
	m->len = n - before - after;
	m->skip = after;
	m->opcode = framer_settle(d->framing, m->opcode, data + before, m->len);
	return !d->framing->framer->whole && !d->is_datagram && m->len > d->max_message ?
	    CLOSE_TOO_BIG : 0;
}

/*
 * Makes a message of all remaining bytes.  Returns 0; or a close code with *why if the framing
 * requires (WS_FRAMER_EXACT) that every message is complete.
 */
static int
take_rest(struct downstream *d, struct message *m, const char **why)
{
	size_t held = d->tail - d->head;
	int broken = held > 0 && (d->framing->framer->api.flags & WS_FRAMER_EXACT) != 0;

	d->flush = 0;
	if (broken) {
		*why = "the peer ended within a message";
		return CLOSE_INTERNAL_ERROR;
	}
	m->len = held;
	m->opcode = framer_type(d->framing, d->memory->buf.memory + d->head, held);
	return 0;
}

/* Finds the next message.  Returns 0, -1 if there is none now, or a close code with *why. */
static int
next_message(struct downstream *d, uint64_t now, struct message *m, const char **why)
{
	const struct framer *framer = d->framing->framer;
	uint8_t *data = d->memory->buf.memory + d->head;
	size_t held = d->tail - d->head;
	int64_t n = 0;

	m->len = m->skip = 0;
	m->opcode = ws_frame_binary;
	if (d->ask_framing && d->is_datagram && (framer->whole || held == 0)) {
		/* A datagram is a message, even if it is empty. */
		m->len = held;
		m->opcode = framer_type(d->framing, data, held);
		d->ask_framing = 0;
		return 0;
	}
	if (d->ask_framing && held > 0) {
		n = framer_next(d->framing, data, held, d->fresh, &m->opcode, why);
		if (n == -1)
			return CLOSE_INTERNAL_ERROR;
		if (n == 0 && !framer->whole && !d->is_datagram && held >= held_max(d)) {
			*why = TOO_LONG;
			return CLOSE_TOO_BIG;
		}
		if (n == 0 && framer_hold(d->framing) > 0 && !d->flush)
			d->flush_at = now + framer_hold(d->framing);
	}
	d->ask_framing = n > 0 && (size_t)n < held;
	d->fresh = held - (size_t)n;
	if (n > 0) {
		*why = TOO_LONG;
		return unwrap_message(d, (size_t)n, m, why);
	}
	if (held > 0 && (d->flush || d->is_datagram))
		return take_rest(d, m, why);
	d->flush = 0;
	return -1;
}

/* Adds the close frame to the batch.  Other frames use the first `used` bytes of d->control. */
static void
add_close(struct downstream *d, size_t used)
{
	size_t len = frame_close(d->control + used, d->close_code, d->close_reason);

	add_iov(d, d->control + used, len);
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
	control = add_pongs_and_ping(d);
	while (n < DOWNSTREAM_BATCH && !d->close_discards) {
		result = next_message(d, now, &m, why);
		if (result > 0)
			return (unsigned)result;
		if (result == -1)
			break;
		if (m.opcode != ws_frame_discard) {
			framer_repair(d->framing, d->memory->buf.memory + d->head, m.len);
			add_message(d, n++, (int)m.opcode, m.len);
		}
		d->head += m.skip;
	}
	d->batch = n;
	/* After a full batch there may be more messages, which must precede the close frame. */
	if (d->close_due && (d->close_discards || n < DOWNSTREAM_BATCH))
		add_close(d, control);
	return 0;
}

int
downstream_pong(struct downstream *d, const void *payload, size_t len)
{
	struct downstream_memory *m = d->memory;

	if (m->pongs == NULL)
		m->pongs = pages_get(sizeof(*m->pongs));
	if (m->pongs == NULL)
		return -1;
	d->pongs.memory = m->pongs;
	return pongs_add(&d->pongs, downstream_pending(d), payload, len);
}

void
downstream_forget_pongs(struct downstream *d)
{
	pongs_clear(&d->pongs);
}

void
downstream_ping(struct downstream *d, const void *payload, size_t len)
{
	memcpy(d->ping, payload, len);
	d->ping_len = (uint8_t)len;
	d->ping_due = 1;
}

void
downstream_ask_close(struct downstream *d, unsigned code, const char *reason, int discard)
{
	if (d->close_sent)
		return;
	if (!d->close_due) {
		d->close_code = code;
		d->close_reason = reason;
	}
	d->close_due = 1;
	if (discard)
		d->close_discards = 1;
}

void
downstream_withdraw_close(struct downstream *d)
{
	d->close_due = 0;
}

/* Removes the first n bytes, which have been written, from the batch. */
static void
remove_written(struct downstream *d, size_t n)
{
	struct iovec *iov;

	while (d->first < d->count) {
		iov = &d->memory->iov[d->first];
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
	struct iovec *iov = &d->memory->iov[d->first];
	ssize_t n;

	if (d->count - d->first == 1)
		n = io_write(client, iov->iov_base, iov->iov_len);
	else
		n = io_writev(client, iov, d->count - d->first);
	if (n > 0)
		remove_written(d, (size_t)n);
	return n;
}

int
downstream_can_rest(const struct downstream *d)
{
	return buf_can_rest(&d->memory->buf) && !downstream_pending(d) && d->head == d->tail;
}

void
downstream_rest(struct downstream *d)
{
	if (!downstream_can_rest(d))
		return;
	buf_rest(&d->memory->buf, first_size(d));
	d->head = d->tail = HEADROOM;
}

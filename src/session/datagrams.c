/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <string.h>

#include "base/io.h"
#include "session/datagrams.h"

#define KEPT_SIZE	65536	/* bytes; room for one datagram of the largest size */
#define QUIET		2000	/* ms; systems send refusals at least this often (once a second) */

void
datagrams_start(struct datagrams *d, struct connected *connected, struct buf *kept)
{
	memset(d, 0, sizeof(*d));
	d->connected = connected;
	d->kept = kept;
}

void
datagrams_close(struct datagrams *d)
{
	if (d->is_open)
		buf_close(d->kept);
	d->is_open = 0;
}

void
datagrams_rest(struct datagrams *d)
{
	if (!d->is_open)
		return;
	d->kept_len = 0;
	if (buf_can_rest(d->kept))
		buf_rest(d->kept, KEPT_SIZE);
}

/* Returns whether a refusal moves the connection to another address. */
static int
may_move(const struct datagrams *d)
{
	return connect_addresses(d->connected) > 1 && !d->answered;
}

/* Appends a copy of a datagram; forgets the earlier ones if there is no room for it. */
static void
keep(struct datagrams *d, const struct iovec *parts, int count)
{
	uint8_t *at;
	size_t len = 0;
	int i;

	for (i = 0; i < count; i++)
		len += parts[i].iov_len;
	if (!d->is_open && buf_open(d->kept, KEPT_SIZE) == -1)
		return;
	d->is_open = 1;
	if (KEPT_SIZE - d->kept_len < sizeof(len) + len)
		d->kept_len = 0;
	if (KEPT_SIZE < sizeof(len) + len)
		return;
	at = d->kept->memory + d->kept_len;
	memcpy(at, &len, sizeof(len));
	at += sizeof(len);
	for (i = 0; i < count; i++) {
		if (parts[i].iov_len > 0)
			memcpy(at, parts[i].iov_base, parts[i].iov_len);
		at += parts[i].iov_len;
	}
	d->kept_len += sizeof(len) + len;
	buf_touch(d->kept, d->kept_len);
}

void
datagrams_sent(struct datagrams *d, const struct iovec *parts, int count)
{
	d->sent++;
	d->tries = 0;
	if (may_move(d))
		keep(d, parts, count);
	/* A datagram that was written to a Unix socket is in the queue of the service. */
	else if (connect_addresses(d->connected) == 0)
		d->since = 0;
}

void
datagrams_lost(struct datagrams *d, const struct iovec *parts, int count)
{
	d->tries = 0;
	if (may_move(d))
		keep(d, parts, count);
}

void
datagrams_received(struct datagrams *d)
{
	d->since = 0;
	d->answered = 1;
	datagrams_rest(d);
}

/* Sends the kept datagrams again.  Those that cannot be sent are lost. */
static void
send_again(const struct datagrams *d)
{
	size_t at = 0, len;
	const uint8_t *data;

	while (at < d->kept_len) {
		memcpy(&len, d->kept->memory + at, sizeof(len));
		data = d->kept->memory + at + sizeof(len);
		/* An error is that of an earlier datagram: this one was not sent. */
		if (io_send(d->connected->fd, data, len) == IO_ERROR)
			(void)io_send(d->connected->fd, data, len);
		at += sizeof(len) + len;
	}
}

static void
move(struct datagrams *d)
{
	d->tries++;
	if (connect_again(d->connected) == -1 || d->tries >= connect_addresses(d->connected))
		d->kept_len = 0;
	send_again(d);
}

/*
 * Notes a refusal.  Returns whether there have been refusals for the time stall.  A service that
 * never answers may have been restarted long ago: if datagrams were sent since, and no refusal
 * came, the time begins again.
 */
static int
is_over(struct datagrams *d, uint64_t now, uint64_t stall)
{
	if (d->since == 0 || (d->sent > 1 && now - d->last > stall + QUIET))
		d->since = now;
	d->last = now;
	d->sent = 0;
	return now - d->since >= stall;
}

int
datagrams_refused(struct datagrams *d, int error, uint64_t now, uint64_t stall)
{
	switch (error) {
	case EBADF:
	case ENOTSOCK:
	case EFAULT:
	case EINVAL:
		return -1;
	case EMSGSIZE:
		/* The path has become narrower: an earlier datagram was lost. */
		return 0;
	default:
		break;
	}
	if (is_over(d, now, stall))
		return -1;
	if (may_move(d))
		move(d);
	else if (connect_addresses(d->connected) == 0)
		(void)connect_again(d->connected);
	return 0;
}

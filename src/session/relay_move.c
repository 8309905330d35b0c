/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "base/io.h"
#include "session/relay_end.h"
#include "session/relay_move.h"

#define ATTEMPTS	3	/* writes of a datagram before it is lost */

/*
 * Measures the round-trip time.  Any pong is taken as the answer to our last ping: it cannot
 * have been sent later than that answer.
 */
static void
pong_received(struct relay *r)
{
	uint64_t time;

	if (r->ping_started == 0)
		return;
	time = clock_microseconds() - r->ping_started;
	r->ping_started = 0;
	if (r->slot == NULL)
		return;
	/* A time of 0 would mean unknown; and pong-timeout may exceed 2^32 microseconds. */
	time = time == 0 ? 1 : clock_min(time, UINT32_MAX);
	scoreboard_set_rtt(r->slot, (uint32_t)time);
}

/*
 * Queues the pong for a ping.  If no more pongs may wait, those that the client accepts are written
 * now.  A client that accepts none gets only the pong for its latest ping (RFC 6455 section 5.5.3).
 */
static void
answer_ping(struct relay *r, const struct ws_piece *ping)
{
	if (downstream_pong(&r->down, ping->data, ping->len) == 0)
		return;
	if (!r->client_blocked)
		relay_move_down(r);
	if (downstream_pong(&r->down, ping->data, ping->len) == 0)
		return;
	downstream_forget_pongs(&r->down);
	if (downstream_pong(&r->down, ping->data, ping->len) == -1)
		relay_end_close(r, ENDED_BY_SERVER, CLOSE_INTERNAL_ERROR, "out of memory", 0);
}

static void
handle_event(struct relay *r, enum ws_event event, const struct ws_piece *piece)
{
	switch (event) {
	case WS_PING:
		answer_ping(r, piece);
		break;
	case WS_CLOSE:
		r->client_done = r->close_received = 1;
		relay_end_note(r, ENDED_BY_CLIENT, piece->code, (const char *)piece->data,
		    piece->len);
		/*
		 * The answer has the client's close code (RFC 6455 section 5.5.1), but not the
		 * client's reason.
		 */
		downstream_ask_close(&r->down, piece->code, "", 1);
		break;
	case WS_FAIL:
		r->client_done = 1;
		relay_end_close(r, ENDED_BY_SERVER, piece->code, piece->reason, 1);
		break;
	case WS_PONG:
		pong_received(r);
		break;
	case WS_MORE:
	case WS_DATA:
		break;
	}
}

/*
 * Handles a failed write to the peer.  A stream peer is still read: it may have sent data
 * before.
 */
static void
peer_write_failed(struct relay *r, int error)
{
	upstream_discard(&r->up);
	if (r->up.is_datagram) {
		relay_end_close(r, ENDED_BY_SERVER, CLOSE_TOO_BIG,
		    "the message is too long for a datagram", 0);
	} else if (error != EPIPE) {
		/* After EPIPE the peer may have closed in order: a read shows the cause. */
		r->peer_failure = relay_end_peer_why(error);
	}
}

/*
 * Notes the time if a message that must be collected has begun, or if more of its payload has
 * arrived.
 */
static void
note_collecting(struct relay *r)
{
	uint64_t collected = r->up.messages + r->up.payload;
	int collects = upstream_collects(&r->up);

	if (collects && (!r->collects || collected != r->collected))
		r->times.message_progress = r->now;
	r->collects = collects != 0;
	r->collected = collected;
}

/*
 * Handles an error of a datagram peer's socket.  Returns 0 if the connection goes on, or -1 if it
 * ends.
 */
static int
peer_refused(struct relay *r, int error)
{
	int result = datagrams_refused(&r->datagrams, error, r->now, r->conf->stall_timeout);

	r->peer = r->datagrams.connected->fd;
	if (result == -1) {
		upstream_discard(&r->up);
		relay_end_close(r, ENDED_BY_PEER, CLOSE_INTERNAL_ERROR,
		    "the peer does not take datagrams", 0);
	}
	return result;
}

/*
 * Sends the datagram that waits.  An error may be that of an earlier datagram, or of a service that
 * was restarted, so the datagram is sent again before it is lost.  Returns 0 or more, IO_AGAIN; or
 * IO_ERROR if the datagram is too long for the system.
 */
static ssize_t
send_datagram(struct relay *r)
{
	struct iovec parts[UPSTREAM_PARTS];
	int count = upstream_parts(&r->up, parts), attempt;
	ssize_t n = IO_ERROR;

	for (attempt = 1; n == IO_ERROR && attempt <= ATTEMPTS; attempt++) {
		n = upstream_write(&r->up, r->peer);
		if (n == IO_ERROR && attempt == 1 && peer_refused(r, errno) == -1)
			return 0;
	}
	if (n == IO_AGAIN || (n == IO_ERROR && errno == EMSGSIZE))
		return n;
	if (n == IO_ERROR) {
		upstream_lost(&r->up);
		datagrams_lost(&r->datagrams, parts, count);
		return 0;
	}
	datagrams_sent(&r->datagrams, parts, count);
	return n;
}

void
relay_move_up(struct relay *r)
{
	struct ws_piece piece;
	enum ws_event event;
	ssize_t n;

	for (;;) {
		while ((event = upstream_decode(&r->up, &piece)) != WS_MORE)
			handle_event(r, event, &piece);
		if (!upstream_pending(&r->up))
			break;
		n = r->up.is_datagram ? send_datagram(r) : upstream_write(&r->up, r->peer);
		if (n == IO_AGAIN)
			break;
		r->times.peer_progress = r->times.last_data = r->now;
		if (n == IO_ERROR)
			peer_write_failed(r, errno);
	}
	note_collecting(r);
}

/*
 * Handles bytes of the peer that are not a valid message.  If the peer has closed the connection
 * in the meantime, this was recorded as an orderly end, and a close frame with CLOSE_NORMAL was
 * queued.  But the peer has not finished its message: the record and the close frame are
 * removed, and the failure becomes the cause of the end.
 */
static void
peer_message_failed(struct relay *r, unsigned code, const char *why)
{
	if (r->ended_by == ENDED_BY_PEER && !r->down.close_sent) {
		r->ended_by = ENDED_BY_NOBODY;
		downstream_withdraw_close(&r->down);
	}
	relay_end_close(r, code == CLOSE_TOO_BIG ? ENDED_BY_PEER : ENDED_BY_SERVER, code, why, 1);
}

void
relay_move_down(struct relay *r)
{
	const char *why = "";
	unsigned code;
	ssize_t n;

	while (!r->client_unwritable) {
		if (!downstream_pending(&r->down)) {
			if (!downstream_more(&r->down))
				break;
			code = downstream_fill(&r->down, r->now, &why);
			if (code != 0)
				peer_message_failed(r, code, why);
			if (!downstream_pending(&r->down))
				continue;
			r->times.client_progress = r->now;
		}
		n = downstream_write(&r->down, r->client);
		if (n == IO_AGAIN) {
			r->client_blocked = 1;
			return;
		}
		if (n == IO_ERROR) {
			why = relay_end_client_why(errno);
			relay_end_note(r, ENDED_BY_CLIENT, CLOSE_ABNORMAL, why, strlen(why));
			relay_end_writing(r);
		}
		r->times.client_progress = r->now;
		if (r->client_blocked)
			r->times.client_unblocked = r->now;
		r->client_blocked = 0;
		if (r->down.batch > 0)
			r->times.last_data = r->now;
	}
	if (r->down.close_sent && r->times.close_sent == 0)
		r->times.close_sent = r->now;
}

void
relay_move_from_client(struct relay *r)
{
	uint64_t before = r->up.bytes + r->up.messages;
	ssize_t n = upstream_read(&r->up, r->client);

	if (n > 0) {
		r->times.last_heard = r->times.peer_progress = r->now;
		r->times.pinged = 0;
		relay_move_up(r);
		if (r->up.bytes + r->up.messages != before)
			r->times.last_data = r->now;
	} else if (n == IO_EOF) {
		relay_end_client(r, "the connection ended without a close frame");
	} else if (n == IO_ERROR && errno == ENOMEM) {
		r->client_done = 1;
		relay_end_close(r, ENDED_BY_SERVER, CLOSE_INTERNAL_ERROR, "out of memory", 1);
	} else if (n == IO_ERROR) {
		relay_end_client(r, relay_end_client_why(errno));
	}
}

int
relay_move_discards_peer(const struct relay *r)
{
	return r->client_unwritable || r->down.close_discards || r->down.close_sent;
}

static void
peer_sent(struct relay *r)
{
	r->times.last_data = r->now;
	if (r->down.is_datagram)
		datagrams_received(&r->datagrams);
}

void
relay_move_from_peer(struct relay *r)
{
	int too_long;
	ssize_t n;

	if (relay_move_discards_peer(r)) {
		/* Discard the data: the peer may accept no data before it has sent its own. */
		n = io_discard(r->peer);
		if (n == IO_ERROR || (n == IO_EOF && !r->down.is_datagram))
			r->peer_done = 1;
		return;
	}
	n = downstream_read(&r->down, r->peer, &too_long);
	if (n == IO_AGAIN)
		return;
	if (too_long)
		relay_end_close(r, ENDED_BY_PEER, CLOSE_TOO_BIG,
		    "a datagram of the peer is too long", 1);
	else if (n == IO_ERROR && r->down.is_datagram)
		(void)peer_refused(r, errno);
	else if (n == IO_ERROR && errno == ENOMEM)
		relay_end_close(r, ENDED_BY_SERVER, CLOSE_INTERNAL_ERROR, "out of memory", 0);
	else if (n == IO_ERROR || (n == IO_EOF && !r->down.is_datagram))
		relay_end_peer(r, n == IO_ERROR ? relay_end_peer_why(errno) : NULL);
	else
		peer_sent(r);
}

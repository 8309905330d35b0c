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
#include "posix/keepalive.h"
#include "posix/lifecycle.h"
#include "session/relay.h"

#define REST_AFTER	1000	/* ms of silence after which empty buffers return their pages */
#define STOP_LIMIT	8000	/* ms until connections are ended when the server stops */
#define CLIENT_VANISHED	"the client does not answer any more"
#define PEER_VANISHED	"the peer does not answer any more"
#define ATTEMPTS	3	/* writes of a datagram before it is lost */
#define PING_PAYLOAD	"websocksy"

int
relay_init(struct relay *r, struct relay_memory *memory, const struct conf *conf,
    struct scoreboard_slot *slot, int client)
{
	/*
	 * Clear all members, also those of up and down, so that no value of an earlier
	 * connection remains.
	 */
	memset(r, 0, sizeof(*r));
	r->memory = memory;
	r->conf = conf;
	r->slot = slot;
	r->client = client;
	r->peer = -1;
	r->times.force_end = CLOCK_NEVER;
	return upstream_open(&r->up, &memory->up);
}

int
relay_open(struct relay *r, struct connected *connected, const struct transport *transport,
    struct framing *framing)
{
	int is_datagram = transport->is_datagram;
	uint64_t max = r->conf->max_message, limit = transport->datagram_max;

	/* A message for a stream peer is written in parts and may have any length. */
	if (is_datagram && limit == 0)
		limit = max;
	r->peer = connected->fd;
	datagrams_start(&r->datagrams, connected, &r->memory->datagrams);
	if (upstream_start(&r->up, framing, is_datagram, limit, max) == -1)
		return -1;
	return downstream_open(&r->down, &r->memory->down, framing, is_datagram, max);
}

void
relay_close(struct relay *r)
{
	datagrams_close(&r->datagrams);
	upstream_close(&r->up);
	downstream_close(&r->down);
}

/* Records the cause of the end of the connection.  Only the first call has an effect. */
static void
note_end(struct relay *r, enum ended_by by, unsigned code, const char *reason, size_t len)
{
	if (r->ended_by != ENDED_BY_NOBODY)
		return;
	r->ended_by = by;
	r->code = code;
	(void)log_format_escape(r->reason, sizeof(r->reason), reason, len);
}

/* Ends the connection with a close frame; the arguments are those of downstream_ask_close(). */
static void
end_with_close(struct relay *r, enum ended_by by, unsigned code, const char *reason, int discard)
{
	note_end(r, by, code, reason, strlen(reason));
	downstream_ask_close(&r->down, code, reason, discard);
}

/*
 * Stops writing to the client; the bytes that wait for the client are lost.  Bytes that the
 * client has sent are not lost: the client is read for as long as it would have to answer a
 * close frame.
 */
static void
stop_writing_to_client(struct relay *r)
{
	r->client_unwritable = 1;
	if (r->times.close_sent == 0)
		r->times.close_sent = r->now;
}

/* Returns a sentence for an error of the client's connection. */
static const char *
client_failure(int error)
{
	return keepalive_is_vanished(error) ? CLIENT_VANISHED : strerror(error);
}

static void
client_disconnected(struct relay *r, const char *how)
{
	r->client_done = 1;
	note_end(r, ENDED_BY_CLIENT, CLOSE_ABNORMAL, how, strlen(how));
	stop_writing_to_client(r);
}

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

static void move_down(struct relay *r);

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
		move_down(r);
	if (downstream_pong(&r->down, ping->data, ping->len) == 0)
		return;
	downstream_forget_pongs(&r->down);
	(void)downstream_pong(&r->down, ping->data, ping->len);
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
		note_end(r, ENDED_BY_CLIENT, piece->code, (const char *)piece->data, piece->len);
		/*
		 * The answer has the client's close code (RFC 6455 section 5.5.1), but not the
		 * client's reason.
		 */
		downstream_ask_close(&r->down, piece->code, "", 1);
		break;
	case WS_FAIL:
		r->client_done = 1;
		end_with_close(r, ENDED_BY_SERVER, piece->code, piece->reason, 1);
		break;
	case WS_PONG:
		pong_received(r);
		break;
	case WS_MORE:
	case WS_DATA:
		break;
	}
}

/* Returns a sentence for an error of the peer's connection. */
static const char *
peer_failure(int error)
{
	return keepalive_is_vanished(error) ? PEER_VANISHED : "the peer's connection broke";
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
		end_with_close(r, ENDED_BY_SERVER, CLOSE_TOO_BIG,
		    "the message is too long for a datagram", 0);
	} else if (error != EPIPE) {
		/* After EPIPE the peer may have closed in order: a read shows the cause. */
		r->peer_failure = peer_failure(error);
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
		end_with_close(r, ENDED_BY_PEER, CLOSE_INTERNAL_ERROR,
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

/*
 * Decodes the bytes of the client and writes the payload to the peer, until the peer accepts no
 * more.
 */
static void
move_up(struct relay *r)
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
	end_with_close(r, code == CLOSE_TOO_BIG ? ENDED_BY_PEER : ENDED_BY_SERVER, code, why, 1);
}

/*
 * Makes batches of the peer's messages and writes them to the client, until the client accepts
 * no more.
 */
static void
move_down(struct relay *r)
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
			why = client_failure(errno);
			note_end(r, ENDED_BY_CLIENT, CLOSE_ABNORMAL, why, strlen(why));
			stop_writing_to_client(r);
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

static void
read_client(struct relay *r)
{
	uint64_t before = r->up.bytes + r->up.messages;
	ssize_t n = upstream_read(&r->up, r->client);

	if (n > 0) {
		r->times.last_heard = r->times.peer_progress = r->now;
		r->times.pinged = 0;
		move_up(r);
		if (r->up.bytes + r->up.messages != before)
			r->times.last_data = r->now;
	} else if (n == IO_EOF) {
		client_disconnected(r, "the connection ended without a close frame");
	} else if (n == IO_ERROR && errno == ENOMEM) {
		r->client_done = 1;
		end_with_close(r, ENDED_BY_SERVER, CLOSE_INTERNAL_ERROR, "out of memory", 1);
	} else if (n == IO_ERROR) {
		client_disconnected(r, client_failure(errno));
	}
}

/*
 * Handles the end of file from the peer (failure NULL), or a failure, which is a sentence.  All data
 * that was read is delivered first.
 */
static void
peer_ended(struct relay *r, const char *failure)
{
	r->peer_done = 1;
	downstream_flush(&r->down);
	if (r->peer_failure != NULL)
		failure = r->peer_failure;
	if (failure != NULL)
		end_with_close(r, ENDED_BY_PEER, CLOSE_INTERNAL_ERROR, failure, 0);
	else
		end_with_close(r, ENDED_BY_PEER, CLOSE_NORMAL,
		    "the peer closed the connection", 0);
}

/* Returns whether data of the peer can no longer be delivered to the client. */
static int
discards_peer(const struct relay *r)
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

static void
read_peer(struct relay *r)
{
	int too_long;
	ssize_t n;

	if (discards_peer(r)) {
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
		end_with_close(r, ENDED_BY_PEER, CLOSE_TOO_BIG,
		    "a datagram of the peer is too long", 1);
	else if (n == IO_ERROR && r->down.is_datagram)
		(void)peer_refused(r, errno);
	else if (n == IO_ERROR && errno == ENOMEM)
		end_with_close(r, ENDED_BY_SERVER, CLOSE_INTERNAL_ERROR, "out of memory", 0);
	else if (n == IO_ERROR || (n == IO_EOF && !r->down.is_datagram))
		peer_ended(r, n == IO_ERROR ? peer_failure(errno) : NULL);
	else
		peer_sent(r);
}

/*
 * When the server stops, queues a close frame, which is sent after all data that was read from
 * the peer.
 */
static void
check_stop(struct relay *r)
{
	if (lifecycle_state() != LIFECYCLE_STOP || r->times.force_end != CLOCK_NEVER)
		return;
	r->times.force_end = r->now + STOP_LIMIT;
	end_with_close(r, ENDED_BY_SERVER, CLOSE_GOING_AWAY, lifecycle_reason(), 0);
}

static struct deadline_state
state_of(const struct relay *r)
{
	struct deadline_state s;

	s.flush_at = r->down.flush_at;
	s.look_at = r->watch.at;
	s.reads_client = upstream_wants(&r->up);
	s.client_done = r->client_done;
	s.client_pending = !r->client_unwritable && downstream_pending(&r->down);
	s.peer_pending = upstream_pending(&r->up);
	s.collects = r->collects;
	s.ping_queued = r->down.ping_due;
	s.closing = r->down.close_due;
	return s;
}

/*
 * Moves the times that must not advance while one side is not read: the client cannot be heard
 * while its bytes wait for the peer, and the peer cannot complete a message while other bytes
 * wait for the client.  s is the state during the wait.
 */
static void
delay_times(struct relay *r, const struct deadline_state *s)
{
	if (!s->reads_client)
		r->times.last_heard = r->times.message_progress = r->now;
	if (s->client_pending)
		downstream_delay_flush(&r->down, r->now);
}

static int
wants_peer(const struct relay *r)
{
	return !r->peer_done && !r->datagrams.connected->is_detached &&
	    (discards_peer(r) || downstream_wants(&r->down));
}

/*
 * Waits until a socket is ready or a deadline is reached; after a second without activity,
 * returns unused memory to the system.  Returns whether a socket is ready; if not, the sets are
 * empty.
 */
static int
wait_for_work(struct relay *r, fd_set *readable, fd_set *writable)
{
	const struct deadline_state s = state_of(r);
	int highest = r->client > r->peer ? r->client : r->peer, n;
	uint64_t deadline, rest = r->now + REST_AFTER;

	r->deadline = deadline = deadline_next(&r->times, &s, r->conf);
	FD_ZERO(readable);
	FD_ZERO(writable);
	if (s.reads_client && !r->client_done)
		io_fd_set(r->client, readable);
	if (wants_peer(r))
		io_fd_set(r->peer, readable);
	if (s.peer_pending)
		io_fd_set(r->peer, writable);
	if (s.client_pending)
		io_fd_set(r->client, writable);
	if (upstream_can_rest(&r->up) || downstream_can_rest(&r->down))
		deadline = clock_min(deadline, rest);
	n = lifecycle_wait(highest, readable, writable, deadline);
	r->now = clock_now();
	if (n == 0 && r->now >= rest) {
		upstream_rest(&r->up);
		downstream_rest(&r->down);
		datagrams_rest(&r->datagrams);
	}
	delay_times(r, &s);
	return n > 0;
}

/* Pings a silent client, or ends the connection if the client has not answered a ping. */
static void
ping_client(struct relay *r)
{
	if (r->times.pinged != 0) {
		end_with_close(r, ENDED_BY_SERVER, CLOSE_POLICY_VIOLATION,
		    "no answer to a ping", 0);
		/*
		 * A slow network may still deliver the close frame, but no answer to it is
		 * expected.
		 */
		r->client_done = 1;
	} else {
		r->times.pinged = r->now;
		r->ping_started = clock_microseconds();
		downstream_ping(&r->down, PING_PAYLOAD, sizeof(PING_PAYLOAD) - 1);
	}
}

/* Looks whether the client and the peer exist, and ends the connection if one has vanished. */
static void
look_at_ends(struct relay *r)
{
	switch (watch_look(&r->watch, r->client_done ? -1 : r->client,
	    r->peer_done || r->down.is_datagram ? -1 : r->peer, r->conf, r->now)) {
	case WATCH_BOTH:
		break;
	case WATCH_NO_CLIENT:
		client_disconnected(r, CLIENT_VANISHED);
		break;
	case WATCH_NO_PEER:
		upstream_discard(&r->up);
		peer_ended(r, PEER_VANISHED);
		/* Decode the bytes after the discarded data: there may be a close frame. */
		move_up(r);
		break;
	}
}

/*
 * Handles every deadline that has passed.  If no deadline had passed at the end of the wait,
 * none has passed now: events since then can only have started new limits.
 */
static void
check_deadlines(struct relay *r)
{
	struct deadline_state s;

	if (r->now < r->deadline)
		return;
	s = state_of(r);
	if (r->now >= deadline_ping(&r->times, &s, r->conf))
		ping_client(r);
	if (r->now >= deadline_idle(&r->times, &s, r->conf))
		end_with_close(r, ENDED_BY_SERVER, CLOSE_POLICY_VIOLATION,
		    "no data for too long", 0);
	if (r->now >= deadline_flush(&s))
		downstream_flush(&r->down);
	if (r->now >= deadline_look(&s))
		look_at_ends(r);
	if (r->now >= deadline_client_stall(&r->times, &s, r->conf)) {
		end_with_close(r, ENDED_BY_SERVER, CLOSE_POLICY_VIOLATION,
		    "the client takes no data", 1);
		stop_writing_to_client(r);
	}
	if (r->now >= deadline_peer_stall(&r->times, &s, r->conf)) {
		upstream_discard(&r->up);
		end_with_close(r, ENDED_BY_SERVER, CLOSE_INTERNAL_ERROR,
		    "the peer takes no data", 0);
		/* Decode the bytes after the discarded data: there may be a close frame. */
		move_up(r);
	}
	if (r->now >= deadline_message(&r->times, &s, r->conf)) {
		upstream_discard(&r->up);
		end_with_close(r, ENDED_BY_SERVER, CLOSE_POLICY_VIOLATION,
		    "a message was begun and not completed", 0);
	}
	if (r->now >= deadline_close(&r->times, &s, r->conf))
		r->client_done = 1;
}

/*
 * Sends the end of file to a stream peer when nothing more is expected from the client and the
 * peer has received all data.  The data that waits for the client does not delay this.
 */
static void
shut_down_peer(struct relay *r)
{
	if (!r->client_done || r->peer_shut || r->up.is_datagram || upstream_pending(&r->up))
		return;
	r->peer_shut = 1;
	(void)shutdown(r->peer, SHUT_WR);
}

static void
update_scoreboard(const struct relay *r)
{
	if (r->slot == NULL)
		return;
	scoreboard_set_traffic(r->slot, SCOREBOARD_IN_BYTES, r->up.bytes);
	scoreboard_set_traffic(r->slot, SCOREBOARD_IN_MESSAGES, r->up.messages);
	scoreboard_set_traffic(r->slot, SCOREBOARD_OUT_BYTES, r->down.bytes);
	scoreboard_set_traffic(r->slot, SCOREBOARD_OUT_MESSAGES, r->down.messages);
	scoreboard_set_last_data(r->slot, r->times.last_data);
}

static void
take_turn(struct relay *r)
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
	check_stop(r);
	check_deadlines(r);
	if (!downstream_pending(&r->down) || io_fd_isset(r->client, &writable))
		move_down(r);
	shut_down_peer(r);
	update_scoreboard(r);
}

/*
 * Returns whether the connection is finished: the client has received all data and has answered,
 * and no data waits for the peer; or force_end has passed.
 */
static int
is_over(const struct relay *r)
{
	int client_has_all = r->client_unwritable ||
	    (r->down.close_sent && !downstream_pending(&r->down));

	return r->now >= r->times.force_end ||
	    (client_has_all && r->client_done && !upstream_pending(&r->up));
}

void
relay_run(struct relay *r)
{
	r->now = clock_now();
	r->times.last_heard = r->times.last_data = r->now;
	r->times.client_progress = r->times.peer_progress = r->now;
	watch_start(&r->watch, r->conf, r->now);
	check_stop(r);
	move_up(r);
	move_down(r);
	update_scoreboard(r);
	while (!is_over(r))
		take_turn(r);
}

void
relay_abort(struct relay *r, const char *reason)
{
	uint8_t frame[2 + FRAME_CONTROL_SIZE];

	/*
	 * Send no close frame if bytes wait: the client may have received a part of another
	 * frame.
	 */
	if (!downstream_pending(&r->down) && !r->down.close_sent)
		(void)io_write(r->client, frame, frame_close(frame, CLOSE_INTERNAL_ERROR, reason));
	r->ended_by = ENDED_BY_NOBODY;
	note_end(r, ENDED_BY_SERVER, CLOSE_INTERNAL_ERROR, reason, strlen(reason));
}

int
relay_is_finished(const struct relay *r)
{
	return r->close_received && !r->client_unwritable && r->down.close_sent &&
	    !downstream_pending(&r->down) && r->ping_started == 0;
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/io.h"
#include "posix/lifecycle.h"
#include "session/relay.h"
#include "session/relay_end.h"
#include "session/relay_move.h"

#define REST_AFTER	1000	/* ms of silence after which empty buffers return their pages */
#define STOP_LIMIT	8000	/* ms until connections are ended when the server stops */
#define LOOK_AGAIN	1000	/* ms until a client is looked at again whose bytes wait */
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
	relay_end_close(r, ENDED_BY_SERVER, CLOSE_GOING_AWAY, lifecycle_reason(), 0);
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
	    (relay_move_discards_peer(r) || downstream_wants(&r->down));
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
		relay_end_close(r, ENDED_BY_SERVER, CLOSE_POLICY_VIOLATION,
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
		/* First the peer gets what the client has sent; stall-timeout limits the time. */
		if (upstream_wants(&r->up))
			relay_end_client(r, RELAY_END_CLIENT_VANISHED);
		else
			r->watch.at = r->now + LOOK_AGAIN;
		break;
	case WATCH_NO_PEER:
		upstream_discard(&r->up);
		relay_end_peer(r, RELAY_END_PEER_VANISHED);
		/* Decode the bytes after the discarded data: there may be a close frame. */
		relay_move_up(r);
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
		relay_end_close(r, ENDED_BY_SERVER, CLOSE_POLICY_VIOLATION,
		    "no data for too long", 0);
	if (r->now >= deadline_flush(&s))
		downstream_flush(&r->down);
	if (r->now >= deadline_look(&s))
		look_at_ends(r);
	if (r->now >= deadline_client_stall(&r->times, &s, r->conf)) {
		relay_end_close(r, ENDED_BY_SERVER, CLOSE_POLICY_VIOLATION,
		    "the client takes no data", 1);
		relay_end_writing(r);
	}
	if (r->now >= deadline_peer_stall(&r->times, &s, r->conf)) {
		upstream_discard(&r->up);
		relay_end_close(r, ENDED_BY_SERVER, CLOSE_INTERNAL_ERROR,
		    "the peer takes no data", 0);
		/* Decode the bytes after the discarded data: there may be a close frame. */
		relay_move_up(r);
	}
	if (r->now >= deadline_message(&r->times, &s, r->conf)) {
		upstream_discard(&r->up);
		relay_end_close(r, ENDED_BY_SERVER, CLOSE_POLICY_VIOLATION,
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
			relay_move_from_client(r);
		if (io_fd_isset(r->peer, &readable))
			relay_move_from_peer(r);
		if (io_fd_isset(r->peer, &writable))
			relay_move_up(r);
	}
	check_stop(r);
	check_deadlines(r);
	if (!downstream_pending(&r->down) || io_fd_isset(r->client, &writable))
		relay_move_down(r);
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
	relay_move_up(r);
	relay_move_down(r);
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
	relay_end_note(r, ENDED_BY_SERVER, CLOSE_INTERNAL_ERROR, reason, strlen(reason));
}

int
relay_is_finished(const struct relay *r)
{
	return r->close_received && !r->client_unwritable && r->down.close_sent &&
	    !downstream_pending(&r->down) && r->ping_started == 0;
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>
#include <sys/select.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "module/guard.h"
#include "proto/transport.h"
#include "session/linger.h"
#include "session/opening.h"
#include "session/relay.h"
#include "session/session.h"
#include "session/session_log.h"

/* A client's connection.  The init function of each part clears the part. */
struct session {
	struct session_log	 log;
	struct opening		 opening;
	struct relay		 relay;
	int			 is_open;	/* 1: the answer 101 has been sent */
};

/* A process serves one client at a time. */
static struct session session;
static struct relay_memory memory;

/*
 * Called from a signal handler after a module has failed; this process exits right afterwards.
 * Logs the end of the connection, and sends the client a refusal or a close frame if possible.
 */
static void
report_module_failure(int late)
{
	const char *reason = late ? "a module did not answer in time" : "a module failed";
	struct session *s = &session;

	if (s->relay.client == -1)
		return;
	if (s->is_open) {
		relay_abort(&s->relay, reason);
		session_log_closed(&s->log, &s->relay);
	} else {
		(void)opening_send_refusal(&s->opening, late ? 504 : 500, reason);
	}
	/*
	 * Read and discard unread bytes: they would turn the close into a reset, which can
	 * destroy bytes that were sent.
	 */
	(void)shutdown(s->relay.client, SHUT_WR);
	(void)io_discard(s->relay.client);
}

/*
 * Performs the opening handshake.  Returns 0, or -1 if the client was refused or has
 * disconnected.
 */
static int
open_websocket(struct session *s, int proxied)
{
	struct opening *o = &s->opening;

	if (opening_run(o, proxied) == -1)
		return -1;
	if (relay_open(&s->relay, &o->connected, transport_of(o->peer.transport),
	    &o->framing) == -1)
		return opening_refuse(o, 503, "out of memory");
	if (opening_accept(o) == -1)
		return -1;
	s->is_open = 1;
	session_log_open(&s->log);
	return 0;
}

/*
 * Closes both connections in such a way that the bytes sent last are not lost.  After the
 * closing handshake the server closes first, without delay (RFC 6455 section 7.1.1).  Unread
 * bytes would turn that close into a reset, which could destroy our close frame; so they are
 * read first.  A pong that is still expected may arrive after the client's close frame (section
 * 5.5.1 forbids only data); in this case, and without a closing handshake, the close lingers.
 */
static void
close_websocket(struct relay *r)
{
	int peer = r->peer;

	if (relay_is_finished(r) && io_discard(r->client) <= 0)
		io_close(&r->client);
	if (r->down.is_datagram || (r->peer_shut && r->peer_done))
		peer = -1;
	linger(r->client_unwritable ? -1 : r->client, peer, r->peer_shut, r->conf,
	    r->times.force_end);
}

static void
serve_client(struct session *s, int proxied)
{
	session_log_begun(&s->log);
	if (open_websocket(s, proxied) == -1)
		return;
	relay_run(&s->relay);
	session_log_state(&s->log, SCOREBOARD_CLOSING);
	close_websocket(&s->relay);
	session_log_closed(&s->log, &s->relay);
	/*
	 * Closing the client's socket here disables report_module_failure(): the end of the
	 * connection has been logged, even if a module fails in its last call.
	 */
	io_close(&s->relay.client);
}

enum session_result
session_serve(const struct server_context *context, unsigned slot, int client,
    const struct sockaddr_storage *address, int proxied)
{
	struct scoreboard *board = context->board;
	struct session *s = &session;
	int is_short;

	s->is_open = 0;
	session_log_init(&s->log, board, slot);
	is_short = relay_init(&s->relay, &memory, context->conf,
	    board != NULL ? &board->slot[slot] : NULL, client) == -1 || client >= FD_SETSIZE;
	opening_init(&s->opening, context, &s->log, client, address, &s->relay.up);
	guard_set_notify_client(report_module_failure);
	if (is_short) {
		log_warnx("client %s cannot be served: out of descriptors or memory",
		    s->opening.address.text);
	} else {
		serve_client(s, proxied);
		is_short = s->opening.is_short;
	}
	opening_close(&s->opening);
	relay_close(&s->relay);
	io_close(&s->relay.client);
	session_log_end();
	return is_short ? SESSION_SHORT : SESSION_OVER;
}

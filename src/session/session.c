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

/* Each part is cleared by its init function. */
struct session {
	struct session_log	 log;
	struct opening		 opening;
	struct relay		 relay;
	int			 is_open;	/* the 101 has been sent */
};

/* A process serves one client at a time. */
static struct session session;
static struct relay_memory memory;

/*
 * Called from a signal handler: a module has failed, and this process exits in a moment.  Logs the
 * end of the connection, and sends the client what can still be sent.
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
	/* Unread bytes turn a close into a reset, which can destroy what was sent. */
	(void)shutdown(s->relay.client, SHUT_WR);
	(void)io_discard(s->relay.client);
}

/* Does the opening handshake.  Returns 0; or -1 if the client was refused or has left. */
static int
open_websocket(struct session *s, int proxied)
{
	struct opening *o = &s->opening;

	if (opening_run(o, proxied) == -1)
		return -1;
	if (relay_open(&s->relay, o->connected.fd, transport_of(o->peer.transport),
	    &o->framing) == -1)
		return opening_refuse(o, 503, "out of memory");
	if (opening_accept(o) == -1)
		return -1;
	s->is_open = 1;
	session_log_open(&s->log);
	return 0;
}

/*
 * Ends both connections so that their last bytes are not lost.  After the closing handshake the
 * server closes first, and at once (RFC 6455 section 7.1.1).  Unread bytes would turn that into a
 * reset, which could destroy our close frame; so the bytes that are here are read.  A pong that is
 * still expected may follow the client's close frame (section 5.5.1 forbids only data): then the
 * close lingers as it does without the handshake.
 */
static void
close_websocket(struct relay *r)
{
	if (relay_is_finished(r) && io_discard(r->client) <= 0)
		io_close(&r->client);
	linger(r->client_unwritable ? -1 : r->client, r->down.is_datagram ? -1 : r->peer, r->conf,
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
	 * From here on report_module_failure() does nothing: the end of the connection is logged,
	 * whatever a module does in its last call.
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
		io_set_nodelay(client);
		serve_client(s, proxied);
		is_short = s->opening.is_short;
	}
	opening_close(&s->opening);
	relay_close(&s->relay);
	io_close(&s->relay.client);
	return is_short ? SESSION_SHORT : SESSION_OVER;
}

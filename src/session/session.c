/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "module/guard.h"
#include "module/request.h"
#include "posix/connect.h"
#include "posix/lifecycle.h"
#include "posix/listen.h"
#include "proto/handshake.h"
#include "proto/peer.h"
#include "proto/transport.h"
#include "session/client_address.h"
#include "session/linger.h"
#include "session/relay.h"
#include "session/session.h"
#include "session/session_log.h"

#define REASON_SIZE	1024	/* of a refusal, with its NUL */
#define LEAKED		64	/* descriptors */

struct session {
	const struct server_context *context;
	struct session_log	 told;
	struct client_address	 client;
	int		 open;		/* the client has been let in */
	struct websocket request;
	struct peer	 address;
	struct connected peer;
	struct framing	 framing;
	ws_peer_info	 info;
	struct relay	 relay;
};

/* Static, since only the part that is used costs memory; one client at a time. */
static struct session session;

/* The answer to HEAD has no body (RFC 9110 section 9.3.2). */
static int
wants_no_body(const struct session *s)
{
	const struct http_span *method = &s->request.http.method;

	return method->len == 4 && memcmp(s->relay.up.buf.memory + method->at, "HEAD", 4) == 0;
}

/* Tells the client that it is refused; 0, or -1 if that does not get there. */
static int
send_refusal(struct session *s, int status, const char *reason)
{
	char text[HANDSHAKE_ANSWER_SIZE], told[REASON_SIZE];
	size_t len;

	/* A module's sentence may be of any length. */
	(void)snprintf(told, sizeof(told), "%s", reason);
	len = handshake_refuse(text, sizeof(text), status, told, status == 503 ? 1 : 0);
	if (wants_no_body(s))
		len = (size_t)(strstr(text, "\r\n\r\n") + 4 - text);
	session_log_refused(&s->told, status, reason);
	session_log_state(&s->told, SCOREBOARD_CLOSING);
	return lifecycle_write(s->relay.client, text, len,
	    clock_now() + s->context->conf->close_timeout);
}

/* Refuses the client with a status and a sentence; always -1. */
static int
refuse(struct session *s, int status, const char *reason)
{
	if (send_refusal(s, status, reason) == 0)
		linger(s->relay.client, -1, s->context->conf, CLOCK_NEVER);
	return -1;
}

/* A client that left before its request was complete gets no answer; always -1. */
static int
lost(struct session *s, const char *how)
{
	/* A connection without a byte is a health check or a browser's reserve: no news. */
	if (s->request.http.scanned == 0)
		log_debug("client %s left without a request: %s", s->client.text, how);
	else
		session_log_refused(&s->told, 0, how);
	return -1;
}

/* Reads more of what comes before the frames; 1, or -1 if the client was refused or is lost. */
static int
read_more(struct session *s, uint64_t deadline)
{
	ssize_t n;

	for (;;) {
		n = upstream_read(&s->relay.up, s->relay.client);
		if (n == IO_EOF)
			return lost(s, "it closed the connection");
		if (n == IO_ERROR)
			return lost(s, strerror(errno));
		/* A client that trickles never makes the read above wait. */
		if (n != IO_AGAIN && clock_now() < deadline)
			return 1;
		if (n == IO_AGAIN && lifecycle_wait_readable(s->relay.client, deadline))
			continue;
		if (lifecycle_state() == LIFECYCLE_STOP)
			return refuse(s, 503, "the server is shutting down");
		return refuse(s, 408, "the request did not arrive in time");
	}
}

/* On a listener for proxies: who the client is comes before the request. */
static int
read_proxy(struct session *s, uint64_t deadline)
{
	struct upstream *up = &s->relay.up;
	enum proxy_verdict verdict = PROXY_MORE;
	struct proxy p;

	if (!client_address_is_in(&s->client, s->context->conf->trusted_proxies)) {
		session_log_refused(&s->told, 0, "it is no trusted proxy (setting: trusted-proxies)");
		return -1;
	}
	while (verdict == PROXY_MORE) {
		if (read_more(s, deadline) == -1)
			return -1;
		verdict = proxy_read(&p, up->buf.memory, up->raw_end);
	}
	if (verdict == PROXY_BAD) {
		session_log_refused(&s->told, 0, p.why);
		return -1;
	}
	client_address_from_proxy(&s->client, &p);
	/* What follows begins where the request is looked for. */
	memmove(up->buf.memory, up->buf.memory + p.size, up->raw_end - p.size);
	up->raw_end -= p.size;
	return 0;
}

/* Reads the request up to the end of its head; what follows that stays in the buffer. */
static int
read_request(struct session *s, int proxied)
{
	struct upstream *up = &s->relay.up;
	uint64_t deadline = s->told.begun + s->context->conf->handshake_timeout;
	enum http_verdict verdict = HTTP_MORE;

	if (proxied && read_proxy(s, deadline) == -1)
		return -1;
	if (up->raw_end > 0)
		verdict = http_parse(&s->request.http, (char *)up->buf.memory, up->raw_end);
	while (verdict == HTTP_MORE) {
		if (read_more(s, deadline) == -1)
			return -1;
		verdict = http_parse(&s->request.http, (char *)up->buf.memory, up->raw_end);
	}
	(void)log_format_escape(s->told.path, sizeof(s->told.path), up->buf.memory + s->request.http.target.at,
	    s->request.http.target.len);
	if (verdict == HTTP_BAD)
		return refuse(s, s->request.http.status, s->request.http.reason);
	return 0;
}

/* Checks the request and the browser's origin. */
static int
check_request(struct session *s)
{
	const struct conf *conf = s->context->conf;
	char *head = (char *)s->relay.up.buf.memory;
	struct handshake *hs = &s->request.handshake;

	if (handshake_check(hs, &s->request.http, head) != 0)
		return refuse(s, hs->status, hs->reason);
	if (conf->client_address != CLIENT_ADDRESS_SOCKET &&
	    client_address_is_in(&s->client, conf->trusted_proxies))
		client_address_from_fields(&s->client, (enum client_address_field)conf->client_address,
		    &s->request.http, head, conf->trusted_proxies);
	if (!handshake_origin(conf->origin, hs->origin, hs->host))
		return refuse(s, 403, "pages of this origin are not let in (setting: origin)");
	return 0;
}

/* Whether a field was the handshake's own business. */
static int
is_handshake_field(const char *name)
{
	static const char *const names[] = {
		"Upgrade", "Connection", "Sec-WebSocket-Version", "Sec-WebSocket-Key",
		"Sec-WebSocket-Protocol"
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (http_same(name, strlen(name), names[i]))
			return 1;
	return 0;
}

/* What a backend may ask of the client beside its request; the built-in one asks nothing. */
static void
describe(struct session *s)
{
	struct websocket *r = &s->request;
	struct proxy_end *local = &s->client.ends.destination;

	r->head = (char *)s->relay.up.buf.memory;
	if (s->context->backend->module == NULL)
		return;
	client_address_add_local(&s->client, s->relay.client);
	r->client.port = client_address_end(r->client.address, &s->client.ends.source);
	r->local.port = client_address_end(r->local.address, local);
}

static void
ask_backend(struct session *s)
{
	ws_http_header fields[HTTP_FIELDS];
	struct websocket *r = &s->request;
	size_t count = 0;
	int i;

	for (i = 0; i < r->http.fields; i++) {
		if (is_handshake_field(r->head + r->http.field[i].name.at))
			continue;
		fields[count].tag = r->head + r->http.field[i].name.at;
		fields[count++].value = r->head + r->http.field[i].value.at;
	}
	s->info = backend_query(s->context->backend, s->context->conf->module_timeout,
	    r->handshake.target, r->handshake.protocols, r->handshake.protocol, count, fields, r);
}

/* A backend that has no peer may say why. */
static int
refuse_as_told(struct session *s)
{
	int status = s->info.status;

	if (status != 0 && (status < 400 || status > 599)) {
		log_errorx("the backend's status %d is no refusal (400 to 599)", status);
		status = 500;
	}
	return refuse(s, status != 0 ? status : 404,
	    s->info.reason != NULL ? s->info.reason : "there is no peer for this request");
}

/* Asks the backend for a peer. */
static int
find_peer(struct session *s)
{
	const struct framer *framer;
	const char *why = "";

	describe(s);
	ask_backend(s);
	if (s->info.host == NULL)
		return refuse_as_told(s);
	if (peer_from_info(&s->address, &s->info, &why) == -1) {
		log_errorx("the backend's answer for client %s will not do: %s", s->client.text, why);
		return refuse(s, 502, "the peer's address is not usable");
	}
	framer = s->info.framing == NULL ? framer_find("auto") : framer_of(s->info.framing);
	if (framer == NULL) {
		log_errorx("the backend chose a framing for client %s that is not registered",
		    s->client.text);
		return refuse(s, 500, "the framing is not known");
	}
	(void)peer_format(s->told.peer, &s->address);
	framer_start(&s->framing, framer, s->info.framing_config);
	return 0;
}

/* Tells the peer who the client is, if it wants to know. */
static int
introduce(struct session *s, uint64_t deadline)
{
	uint8_t head[PROXY_SEND_SIZE];

	if (s->address.send_proxy == 0)
		return 0;
	client_address_add_local(&s->client, s->relay.client);
	if (lifecycle_write(s->peer.fd, head, proxy_write(head, &s->client.ends, s->address.send_proxy),
	    deadline) == 0)
		return 0;
	s->peer.status = 502;
	(void)snprintf(s->peer.why, sizeof(s->peer.why), "the peer takes no PROXY header");
	return -1;
}

static int
connect_to_peer(struct session *s)
{
	const struct conf *conf = s->context->conf;
	uint64_t deadline = clock_now() + conf->connect_timeout;

	if (connect_peer(&s->peer, &s->address, conf, deadline) == 0 &&
	    introduce(s, deadline) == 0)
		return 0;
	log_warnx("peer %s for client %s: %s", s->told.peer, s->client.text, s->peer.why);
	if (lifecycle_state() == LIFECYCLE_STOP)
		return refuse(s, 503, "the server is shutting down");
	return refuse(s, s->peer.status, s->peer.why);
}

/* Opens the WebSocket: the peer is there, the client is told. */
static int
accept_client(struct session *s)
{
	struct handshake *hs = &s->request.handshake;
	char text[HANDSHAKE_ANSWER_SIZE];
	const char *protocol = NULL;
	size_t len;

	if (s->info.protocol < hs->protocols)
		protocol = hs->protocol[s->info.protocol];
	len = handshake_accept(text, sizeof(text), hs, protocol);
	if (len == 0)
		return refuse(s, 400, "the subprotocol's name is too long");
	if (lifecycle_write(s->relay.client, text, len,
	    clock_now() + s->context->conf->close_timeout) == -1)
		return lost(s, "it closed the connection");
	return 0;
}

static int
open_relay(struct session *s)
{
	const struct conf *conf = s->context->conf;
	struct relay *r = &s->relay;
	const struct transport *t = transport_of(s->address.transport);
	uint64_t limit = t->datagram_max;

	r->peer = s->peer.fd;
	r->conf = conf;
	if (s->context->board != NULL)
		r->slot = &s->context->board->slot[s->told.slot];
	/* The bytes behind the request are the first frames. */
	r->up.raw = s->request.http.scanned;
	r->up.datagram = t->is_datagram;
	if (t->is_datagram && limit == 0)
		limit = conf->max_message;
	ws_init(&r->up.ws, limit);
	if (upstream_wrap(&r->up, &s->framing, conf->max_message) == -1)
		return -1;
	return downstream_open(&r->down, &s->framing, t->is_datagram, conf->max_message);
}

/*
 * A module has failed, and this process will be gone in a moment: from a signal
 * handler, what the client can still be told.  What waits for it is not touched.
 */
static void
last_words(int late)
{
	const char *reason = late ? "a module did not answer in time" : "a module failed";
	struct session *s = &session;
	struct relay *r = &s->relay;
	uint8_t frame[2 + FRAME_CONTROL_SIZE];

	if (s->relay.client == -1)
		return;
	if (!s->open) {
		(void)send_refusal(s, late ? 504 : 500, reason);
	} else {
		if (!downstream_pending(&r->down) && !r->down.close_sent)
			(void)io_write(r->client, frame, frame_close(frame, 1011, reason));
		r->by = "server";
		r->code = 1011;
		(void)snprintf(r->reason, sizeof(r->reason), "%s", reason);
		session_log_closed(&s->told, r);
	}
	/* A close with unread bytes would reset the connection, and take that with it. */
	(void)shutdown(r->client, SHUT_WR);
	(void)io_discard(r->client);
}

/*
 * After the closing handshake it is on us to close first, and at once (RFC 6455 section 7.1.1).
 * Bytes that nobody has read would make that a reset, which could take our close frame with it:
 * those that are here, and a pong, the one frame that may still come behind the client's close
 * frame (section 5.5.1 forbids data only).
 */
static void
close_client(struct relay *r)
{
	if (relay_handshaken(r) && r->ping_sent == 0 && io_discard(r->client) <= 0)
		io_close(&r->client);
}

static void
serve(struct session *s, int proxied)
{
	struct relay *r = &s->relay;

	session_log_begun(&s->told);
	if (read_request(s, proxied) == -1 || check_request(s) == -1 || find_peer(s) == -1 ||
	    connect_to_peer(s) == -1)
		return;
	if (open_relay(s) == -1) {
		(void)refuse(s, 503, "out of memory");
		return;
	}
	if (accept_client(s) == -1)
		return;
	s->open = 1;
	session_log_open(&s->told);
	relay_run(r);
	session_log_state(&s->told, SCOREBOARD_CLOSING);
	close_client(r);
	linger(r->client_deaf ? -1 : r->client, r->down.datagram ? -1 : r->peer, r->conf,
	    r->hard_until);
	session_log_closed(&s->told, r);
	/* It has been told how it ended: a module that fails in its last call changes nothing of that. */
	io_close(&r->client);
}

/*
 * Whether modules have left so many descriptors open that it cannot be on purpose.  Only
 * looked at where modules are in use.
 */
static int
leaks(const struct session *s)
{
	static int first = -1;
	const char *backend = s->context->backend->module;
	const char *framing = s->framing.framer != NULL ? s->framing.framer->module : NULL;
	int level;

	if (backend == NULL && framing == NULL)
		return 0;
	level = io_level();
	if (first == -1)
		first = level;
	if (level != -1 && level < first + LEAKED)
		return 0;
	log_warnx("descriptors are left open by a module, %s%s%s: a new process takes over",
	    backend != NULL ? backend : "", backend != NULL && framing != NULL ? " or " : "",
	    framing != NULL ? framing : "");
	return 1;
}

enum session_result
session_serve(const struct server_context *context, unsigned slot, int client,
    const struct sockaddr_storage *address, int proxied)
{
	struct session *s = &session;
	int is_short;

	memset(s, 0, offsetof(struct session, request));
	http_init(&s->request.http);
	guard_set_notify_client(last_words);
	memset(&s->info, 0, sizeof(s->info));
	memset(&s->relay, 0, offsetof(struct relay, up));
	s->context = context;
	s->told.board = context->board;
	s->told.slot = slot;
	s->told.client = s->client.text;
	s->told.begun = clock_now();
	s->peer.fd = -1;
	s->peer.path[0] = '\0';
	s->framing.framer = NULL;
	s->framing.state = NULL;
	s->relay.client = client;
	client_address_from_socket(&s->client, address);

	is_short = client >= FD_SETSIZE || upstream_open(&s->relay.up, 0, 0) == -1;
	if (is_short) {
		log_warnx("client %s cannot be served: short of descriptors or memory",
		    s->client.text);
	} else {
		io_set_nodelay(client);
		serve(s, proxied);
	}
	framer_stop(&s->framing);
	backend_free_info(s->context->backend, &s->info);
	upstream_close(&s->relay.up);
	downstream_close(&s->relay.down);
	io_close(&s->relay.client);
	io_close(&s->peer.fd);
	connect_clean(&s->peer);
	if (is_short)
		return SESSION_SHORT;
	return leaks(s) ? SESSION_LEAKED : SESSION_OVER;
}

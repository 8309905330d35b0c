/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/pages.h"
#include "module/api.h"
#include "module/framer_name.h"
#include "module/redact.h"
#include "posix/lifecycle.h"
#include "proto/handshake.h"
#include "proto/target.h"
#include "session/linger.h"
#include "session/opening.h"
#include "session/origin_check.h"
#include "session/query.h"

#define REASON_SIZE	1024	/* bytes of the reason of a refusal, with the NUL */
#define RETRY_AFTER	1	/* seconds, for the field Retry-After of a 503 */
#define DESCRIPTORS	4	/* descriptors needed to look up and connect to a peer */

void
opening_init(struct opening *o, const struct server_context *context, struct session_log *log,
    int client, const struct sockaddr_storage *remote, struct upstream *up)
{
	memset(o, 0, sizeof(*o));
	o->context = context;
	o->log = log;
	o->client = client;
	o->up = up;
	o->connected.fd = -1;
	http_init(&o->request.http);
	o->request.log_query = (int)context->conf->log_query;
	o->request.id = log->id;
	client_address_from_socket(&o->address, remote);
	log->client = o->address.text;
}

void
opening_close(struct opening *o)
{
	framer_stop(&o->framing);
	backend_free_info(o->context->backend, &o->info);
	io_close(&o->connected.fd);
	connect_clean(&o->connected);
}

static int
write_answer(const struct opening *o, const char *answer, size_t len)
{
	uint64_t deadline = clock_now() + o->context->conf->close_timeout;

	return lifecycle_write(o->client, answer, len, deadline);
}

/* Returns whether the method is HEAD: an answer to HEAD has no body (RFC 9110 section 9.3.2). */
static int
is_head_request(const struct opening *o)
{
	const struct http_span *method = &o->request.http.method;
	size_t len;

	return method->len == 4 &&
	    memcmp(upstream_received(o->up, &len) + method->at, "HEAD", 4) == 0;
}

/* Refuses the client like opening_send_refusal(), with different sentences for it and the log. */
static int
send_refusal(struct opening *o, int status, const char *reason, const char *logged)
{
	char answer[HANDSHAKE_ANSWER_SIZE], body[REASON_SIZE];
	size_t len;

	/* Limit the length: a reason from a module may have any length. */
	(void)snprintf(body, sizeof(body), "%s", reason);
	len = handshake_refuse(answer, sizeof(answer), status, body,
	    status == 503 ? RETRY_AFTER : 0);
	if (is_head_request(o))
		len = (size_t)(strstr(answer, "\r\n\r\n") + 4 - answer);
	session_log_refused(o->log, status, logged);
	session_log_state(o->log, SCOREBOARD_CLOSING);
	return write_answer(o, answer, len);
}

int
opening_send_refusal(struct opening *o, int status, const char *reason)
{
	return send_refusal(o, status, reason, reason);
}

/* Refuses the client like opening_refuse(), with different sentences for it and the log. */
static int
refuse(struct opening *o, int status, const char *reason, const char *logged)
{
	if (send_refusal(o, status, reason, logged) == 0)
		linger(o->client, -1, 0, o->context->conf, CLOCK_NEVER);
	return -1;
}

int
opening_refuse(struct opening *o, int status, const char *reason)
{
	return refuse(o, status, reason, reason);
}

/* Logs that the client has disconnected before the answer.  Always returns -1. */
static int
client_left(struct opening *o, const char *how)
{
	/*
	 * A connection without a byte is a health check, or one that a browser opens in advance:
	 * log it at the level debug only.
	 */
	if (o->request.http.scanned == 0)
		log_debug("client %s left without a request: %s", o->address.text, how);
	else
		session_log_refused(o->log, 0, how);
	return -1;
}

/*
 * Reads more bytes from the client.  Returns 0, or -1 if the client was refused or has
 * disconnected.
 */
static int
read_more(struct opening *o, uint64_t deadline)
{
	ssize_t n;

	for (;;) {
		n = upstream_read(o->up, o->client);
		if (n == IO_EOF)
			return client_left(o, "it closed the connection");
		if (n == IO_ERROR)
			return client_left(o, strerror(errno));
		/*
		 * Check the deadline also if a byte was read: a client that sends one byte after
		 * another would otherwise never reach the wait below.
		 */
		if (n != IO_AGAIN && clock_now() < deadline)
			return 0;
		if (n == IO_AGAIN && lifecycle_wait_readable(o->client, deadline))
			continue;
		if (lifecycle_state() == LIFECYCLE_STOP)
			return opening_refuse(o, 503, lifecycle_reason());
		return opening_refuse(o, 408, "the request did not arrive in time");
	}
}

/*
 * Reads the PROXY header, and sets the client's address from it.  Returns 0, or -1 if the client
 * was refused or has disconnected.
 */
static int
read_proxy_header(struct opening *o, uint64_t deadline)
{
	enum proxy_verdict verdict = PROXY_MORE;
	struct proxy p;
	uint8_t *header;
	size_t len;

	if (!client_address_is_in(&o->address, o->context->conf->trusted_proxies)) {
		session_log_refused(o->log, 0,
		    "it is not a trusted proxy (setting: trusted-proxies)");
		return -1;
	}
	while (verdict == PROXY_MORE) {
		if (read_more(o, deadline) == -1)
			return -1;
		header = upstream_received(o->up, &len);
		verdict = proxy_read(&p, header, len);
	}
	if (verdict == PROXY_BAD) {
		session_log_refused(o->log, 0, p.why);
		return -1;
	}
	client_address_from_proxy(&o->address, &p);
	upstream_skip(o->up, p.size);
	return 0;
}

/* Shows the path of the request, without its secrets, in the log and the status. */
static void
show_path(const struct opening *o)
{
	const struct websocket *r = &o->request;

	session_log_path(o->log, r->head + r->http.target.at, r->http.target.len, r->hidden,
	    r->log_query);
}

/*
 * Reads the request up to the end of its head.  Returns 0, or -1 if the client was refused or
 * has disconnected.
 */
static int
read_request(struct opening *o, int proxied)
{
	uint64_t deadline = o->log->accepted_at + o->context->conf->handshake_timeout;
	struct http *h = &o->request.http;
	enum http_verdict verdict = HTTP_MORE;
	char *head;
	size_t len;

	if (proxied && read_proxy_header(o, deadline) == -1)
		return -1;
	for (;;) {
		head = (char *)upstream_received(o->up, &len);
		if (len > 0)
			verdict = http_parse(h, head, len);
		if (verdict != HTTP_MORE)
			break;
		if (read_more(o, deadline) == -1)
			return -1;
	}
	o->request.head = head;
	o->request.hidden = api_path_has_token() ? TARGET_BIT(TARGET_LAST) : 0;
	show_path(o);
	if (verdict == HTTP_BAD)
		return opening_refuse(o, h->status, h->reason);
	return 0;
}

/*
 * Refuses a page.  why has bytes of the client: they are escaped in the answer, too.  Always
 * returns -1.
 */
static int
refuse_origin(struct opening *o, const char *why)
{
	char escaped[ORIGIN_REASON_SIZE];

	(void)log_format_escape(escaped, sizeof(escaped), why, strlen(why));
	return refuse(o, 403, escaped, why);
}

/*
 * Checks the request and, if it comes from a web page, the origin of the page.  proxied: it came
 * after the PROXY header of a trusted proxy, so that all its fields did.  Returns 0, or -1 if the
 * client was refused.
 */
static int
check_handshake(struct opening *o, int proxied)
{
	/* Mapped: most of these pages are never written to, so they take no memory. */
	static char **protocols;
	const struct conf *conf = o->context->conf;
	struct websocket *r = &o->request;
	struct handshake *hs = &r->handshake;
	char why[ORIGIN_REASON_SIZE];
	int is_trusted, is_valid;

	if (protocols == NULL)
		protocols = pages_get(HANDSHAKE_PROTOCOLS * sizeof(*protocols));
	if (protocols == NULL) {
		o->is_short = 1;
		return opening_refuse(o, 503, "out of memory");
	}
	is_valid = handshake_check(hs, &r->http, r->head, protocols) == 0;
	if (hs->origin != NULL)
		session_log_origin(o->log, hs->origin);
	if (!is_valid)
		return opening_refuse(o, hs->status, hs->reason);
	is_trusted = client_address_is_in(&o->address, conf->trusted_proxies);
	if (conf->client_address != CLIENT_ADDRESS_SOCKET && is_trusted)
		client_address_from_fields(&o->address,
		    (enum client_address_field)conf->client_address, &r->http, r->head,
		    conf->trusted_proxies);
	if (!origin_check(r, conf, proxied || is_trusted, why))
		return refuse_origin(o, why);
	return 0;
}

static void
query_backend(struct opening *o)
{
	struct websocket *r = &o->request;
	uint64_t hidden = r->hidden;

	o->info = query_ask(o->context, r, &o->address, o->client);
	if (r->hidden != hidden)
		show_path(o);
	/*
	 * A worker that accepts no more clients has asked its last question.  So the auxiliary
	 * process of its generation need not wait for the end of the session.
	 */
	if (lifecycle_state() != LIFECYCLE_ON)
		api_close_auxiliary();
}

/* Refuses the client with the status and the reason that the backend has set, or with 404. */
static int
refuse_without_peer(struct opening *o)
{
	const struct handshake *hs = &o->request.handshake;
	char logged[REASON_SIZE];
	int status = o->info.status;

	session_log_offered(o->log, hs->protocol, hs->offered, NULL);
	if (status != 0 && (status < 400 || status > 599)) {
		log_errorx("the backend's status %d is not a refusal (400 to 599)", status);
		status = 500;
	}
	if (status == 0)
		status = 404;
	if (o->info.reason == NULL)
		return opening_refuse(o, status, "there is no peer for this request");
	/* The reason may repeat what the client has sent.  The client has a right to read that. */
	(void)snprintf(logged, sizeof(logged), "%s", o->info.reason);
	redact_text(logged, &o->request);
	return refuse(o, status, o->info.reason, logged);
}

/* Asks the backend for a peer and a framing.  Returns 0, or -1 if the client was refused. */
static int
find_peer(struct opening *o)
{
	const struct framer *framer;
	const char *why = "";

	query_backend(o);
	if (o->info.host == NULL)
		return refuse_without_peer(o);
	if (peer_from_info(&o->peer, &o->info, &why) == -1) {
		log_errorx("the backend's answer for client %s is invalid: %s", o->address.text,
		    why);
		return opening_refuse(o, 502, "the peer's address is not usable");
	}
	framer = o->info.framing == NULL ? framer_find("auto") : framer_of(o->info.framing);
	if (framer == NULL) {
		log_errorx("the backend chose a framing for client %s that is not registered",
		    o->address.text);
		return opening_refuse(o, 500, "the framing is not known");
	}
	if (framer_name_check(framer, o->info.framing_config, &why) == -1) {
		log_errorx("the backend's answer for client %s is invalid: %s", o->address.text,
		    why);
		return opening_refuse(o, 500, "the framing cannot be used");
	}
	(void)peer_format(o->log->peer, &o->peer);
	redact_peer(o->log->peer, &o->request);
	framer_start(&o->framing, framer, o->info.framing_config);
	framer_force(&o->framing, o->info.type);
	return 0;
}

/*
 * Sends a PROXY header with the client's address to the peer, if the peer's address requires
 * this. Returns 0, or -1 with status and reason in o->connected.
 */
static int
send_proxy_header(struct opening *o, uint64_t deadline)
{
	uint8_t header[PROXY_SEND_SIZE];
	size_t len;

	if (o->peer.send_proxy == 0)
		return 0;
	client_address_add_local(&o->address, o->client);
	len = proxy_write(header, &o->address.ends, o->peer.send_proxy == 1 ? 1 : 2,
	    o->peer.send_proxy == PEER_PROXY_ID ? o->log->id : NULL);
	if (lifecycle_write(o->connected.fd, header, len, deadline) == 0)
		return 0;
	o->connected.status = 502;
	(void)snprintf(o->connected.why, sizeof(o->connected.why),
	    "the peer takes no PROXY header");
	return -1;
}

static int
connect_to_peer(struct opening *o)
{
	const struct conf *conf = o->context->conf;
	uint64_t deadline = clock_now() + conf->connect_timeout;

	if (connect_peer(&o->connected, &o->peer, conf, deadline) == 0 &&
	    send_proxy_header(o, deadline) == 0)
		return 0;
	/*
	 * Modules and libraries may leave a few descriptors open in each session.  A worker
	 * without free descriptors must exit: it would refuse every client, and be idle again
	 * sooner than any other worker.
	 */
	if (!io_can_open(DESCRIPTORS)) {
		o->is_short = 1;
		log_warnx("client %s has no peer: out of descriptors", o->address.text);
		return opening_refuse(o, 503, "the server is out of descriptors");
	}
	log_warnx("peer %s for client %s: %s", o->log->peer, o->address.text, o->connected.why);
	if (lifecycle_state() == LIFECYCLE_STOP)
		return opening_refuse(o, 503, lifecycle_reason());
	return opening_refuse(o, o->connected.status, o->connected.why);
}

int
opening_run(struct opening *o, int proxied)
{
	if (read_request(o, proxied) == -1 || check_handshake(o, proxied) == -1 ||
	    find_peer(o) == -1 || connect_to_peer(o) == -1)
		return -1;
	return 0;
}

/*
 * Returns what to do about a client that offered subprotocols and gets none.  Browsers close such a
 * connection at once, without a word.
 */
static const char *
protocol_hint(const struct opening *o)
{
	if (o->request.handshake.protocols == 0)
		return "the names are too long for an answer, so no subprotocol was chosen";
	if (o->context->backend->module == NULL)
		return "no subprotocol was chosen (option of the backend: protocol)";
	return "the backend chose no subprotocol";
}

int
opening_accept(struct opening *o)
{
	struct handshake *hs = &o->request.handshake;
	char answer[HANDSHAKE_ANSWER_SIZE];
	const char *protocol = NULL;
	size_t len;

	if (o->info.protocol < hs->protocols)
		protocol = hs->protocol[o->info.protocol];
	else if (hs->offered > 0)
		session_log_offered(o->log, hs->protocol, hs->offered, protocol_hint(o));
	len = handshake_accept(answer, sizeof(answer), hs, protocol);
	if (write_answer(o, answer, len) == -1)
		return client_left(o, "it closed the connection");
	/* The bytes after the request are the first frames. */
	upstream_skip(o->up, o->request.http.scanned);
	return 0;
}

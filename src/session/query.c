/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "module/backend.h"
#include "session/query.h"

/* Returns whether a field concerns only the handshake; such a field is not passed to backends. */
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

/* Sets the addresses for which the module of a backend may ask. */
static void
set_request_ends(struct websocket *r, struct client_address *address, int client)
{
	client_address_add_local(address, client);
	r->client.port = client_address_end(r->client.address, &address->ends.source);
	r->local.port = client_address_end(r->local.address, &address->ends.destination);
}

/* Lists the fields of the request for the module of a backend.  Returns the number of fields. */
static size_t
list_fields(const struct websocket *r, ws_http_header fields[HTTP_FIELDS])
{
	size_t count = 0;
	int i;

	for (i = 0; i < r->http.fields; i++) {
		if (is_handshake_field(r->head + r->http.field[i].name.at))
			continue;
		fields[count].tag = r->head + r->http.field[i].name.at;
		fields[count++].value = r->head + r->http.field[i].value.at;
	}
	return count;
}

ws_peer_info
query_ask(const struct server_context *context, struct websocket *r,
    struct client_address *address, int client)
{
	const struct backend *backend = context->backend;
	ws_http_header fields[HTTP_FIELDS];
	size_t count = 0;

	/* The built-in backend uses neither the addresses nor the fields. */
	if (backend->module != NULL) {
		set_request_ends(r, address, client);
		count = list_fields(r, fields);
	}
	return backend_query(backend, context->conf->module_timeout, r->handshake.target,
	    r->handshake.protocols, r->handshake.protocol, count, fields, r);
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "proto/forwarded.h"
#include "proto/target.h"
#include "session/client_address.h"
#include "session/origin_check.h"

/* Returns the value of the first field of this name, or NULL. */
static const char *
first_value(struct websocket *r, const char *name)
{
	int from = 0;

	return http_value(&r->http, r->head, name, &from);
}

/* Returns 1 if the request has a field that proxies add. */
static int
has_proxy_field(struct websocket *r)
{
	static const char *const names[] = {
		"Via", "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Server",
		"X-Real-IP"
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (first_value(r, names[i]) != NULL)
			return 1;
	return 0;
}

/* Returns 1 if a trusted proxy reports that its client used TLS. */
static int
is_https(struct websocket *r, const struct conf *conf)
{
	const char *value = first_value(r, "X-Forwarded-Proto");

	if (value != NULL)
		return forwarded_x_proto_is_https(value);
	if (conf->client_address != CLIENT_ADDRESS_FORWARDED)
		return 0;
	value = first_value(r, "Forwarded");
	return value != NULL && forwarded_rfc7239_is_https(value);
}

int
origin_check(struct websocket *r, const struct conf *conf, int is_trusted,
    char why[ORIGIN_REASON_SIZE])
{
	struct origin_request request = {
		.origin = r->handshake.origin, .host = r->handshake.host
	};
	char shown[ORIGIN_REASON_SIZE];

	if (request.origin == NULL)
		return 1;
	request.is_https = is_trusted && is_https(r, conf);
	if (origin_allows(conf->origin, &request))
		return 1;
	/* Leave out what is no part of an origin, but could be a secret: a user and a query. */
	request.origin = target_show(shown, sizeof(shown), request.origin, strlen(request.origin),
	    0, 0);
	request.forwarded_host = first_value(r, "X-Forwarded-Host");
	request.is_proxied = has_proxy_field(r);
	(void)origin_explain(why, conf->origin, &request);
	return 0;
}

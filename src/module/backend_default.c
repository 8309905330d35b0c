/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/service.h"
#include "conf/conf_value.h"
#include "module/api.h"
#include "module/backend.h"
#include "module/framer_name.h"
#include "proto/http.h"
#include "proto/peer.h"

#define DEFAULT_HOST	"tcp://localhost"
#define DEFAULT_PORT	"5900"
#define BLANKS		" \t"	/* around the names of the option protocol */

static struct {
	char	*host, *port;
	char	*framing, *framing_config;
	char	*protocol;
} options;

enum option { HOST, PORT, FRAMING, FRAMING_CONFIG, PROTOCOL, OPTIONS };

static const char *const names[OPTIONS + 1] = {
	"host", "port", "framing", "framing-config", "protocol", NULL
};

static char **const values[OPTIONS] = {
	&options.host, &options.port, &options.framing, &options.framing_config, &options.protocol
};

/* The places of the options, such as "file:12", for messages; NULL: the option is not set. */
static char *places[OPTIONS];

/* The peer's address and the framing, both set by default_configured(). */
static char address[PEER_TEXT_SIZE];
static struct framer_name framing;

static uint64_t
default_init(void)
{
	return WEBSOCKSY_API_VERSION;
}

static void
default_cleanup(void)
{
	size_t i;

	for (i = 0; i < OPTIONS; i++) {
		free(*values[i]);
		free(places[i]);
		*values[i] = places[i] = NULL;
	}
	framing.framer = NULL;
}

static uint64_t
default_configure(char *key, char *value)
{
	const char *place = api_place();
	char *copy, *where;
	size_t i;

	for (i = 0; names[i] != NULL && strcmp(names[i], key) != 0; i++)
		;
	copy = strdup(value);
	where = strdup(place != NULL ? place : "");
	if (i == OPTIONS || copy == NULL || where == NULL) {
		free(copy);
		free(where);
		return 1;
	}
	free(*values[i]);
	free(places[i]);
	*values[i] = copy;
	places[i] = where;
	return 0;
}

/* Logs that an option is invalid.  Returns -1. */
static int
report(enum option o, const char *why)
{
	const char *habit = conf_value_habit(*values[o]);

	log_errorx("%s: the built-in backend: %s = %s: %s%s%s", places[o], names[o], *values[o],
	    why, habit != NULL ? ": " : "", habit != NULL ? habit : "");
	return -1;
}

static int
has_port(const char *host)
{
	const char *rest = strstr(host, "://");

	rest = rest == NULL ? host : rest + 3;
	return *rest == '[' ? strstr(rest, "]:") != NULL : strchr(rest, ':') != NULL;
}

/*
 * Checks and stores the address of the peer.  The option port overrides a port in the option host;
 * if neither option has a port, the port is 5900.  Returns 0, or -1 after a message.
 */
static int
check_peer(void)
{
	const char *host = options.host != NULL ? options.host : DEFAULT_HOST;
	const char *port = options.port, *why = "";
	struct peer peer;

	if (port == NULL && !has_port(host))
		port = DEFAULT_PORT;
	/* Any valid port shows whether it is the host that is invalid. */
	if (options.host != NULL && (conf_value_habit(host) != NULL ||
	    peer_parse(&peer, host, port != NULL ? DEFAULT_PORT : NULL, &why) == -1))
		return report(HOST, conf_value_habit(host) != NULL ? "it is invalid" : why);
	if (peer_parse(&peer, host, port, &why) == -1)
		return report(PORT, why);
	if (*peer.port != '\0' && !service_is_port(peer.port, 1, peer_is_datagram(&peer), &why))
		return report(options.port != NULL ? PORT : HOST, why);
	(void)peer_format(address, &peer);
	return 0;
}

/* Returns the next name in the list of the option protocol, and moves *list after it, or NULL. */
static const char *
next_name(const char **list, size_t *len)
{
	const char *name = *list + strspn(*list, "," BLANKS);

	*len = strcspn(name, ",");
	*list = name + *len;
	while (*len > 0 && strchr(BLANKS, name[*len - 1]) != NULL)
		(*len)--;
	return *len > 0 ? name : NULL;
}

/* Checks that the option protocol is * or has only names that a client can offer. */
static int
check_protocol(void)
{
	const char *list = options.protocol, *name;
	size_t len, count = 0;

	if (list == NULL)
		return 0;
	for (; (name = next_name(&list, &len)) != NULL; count++)
		if (!http_is_token(name, len))
			return report(PROTOCOL, "a subprotocol is a name of letters, digits and "
			    "!#$%&'*+-.^_`|~; commas separate several, * means any");
	return count > 0 ? 0 : report(PROTOCOL, "it is empty: name a subprotocol, or *");
}

static int
check_framing(void)
{
	const char *config = options.framing_config, *why = "";

	if (framer_name_find(&framing, options.framing, &why) == -1)
		return report(FRAMING, why);
	if (framer_check(framing.framer, config, &why) == 0)
		return 0;
	log_errorx("%s: the built-in backend: framing-config = %s is invalid for %s: %s",
	    places[config != NULL ? FRAMING_CONFIG : FRAMING], config != NULL ? config : "",
	    framing.framer->api.name, why);
	return -1;
}

static int
default_configured(void)
{
	int faults = (check_peer() == -1) + (check_framing() == -1) + (check_protocol() == -1);

	return faults > 0 ? -1 : 0;
}

static int
is_listed(const char *offered)
{
	const char *list = options.protocol, *name;
	size_t len;

	while ((name = next_name(&list, &len)) != NULL)
		if (http_same(name, len, offered))
			return 1;
	return 0;
}

/* Returns the index of the offered subprotocol to choose, or count to choose none. */
static size_t
choose_protocol(char **protocol, size_t count)
{
	size_t i;

	if (options.protocol == NULL || strcmp(options.protocol, "-") == 0 || count == 0)
		return count;
	for (i = 0; i < count; i++)
		if (is_listed(protocol[i]))
			return i;
	return is_listed("*") ? 0 : count;
}

static ws_peer_info
default_query(char *endpoint, size_t protocols, char **protocol, size_t headers,
    ws_http_header *header, websocket *ws)
{
	ws_peer_info info;

	(void)endpoint;
	(void)headers;
	(void)header;
	(void)ws;
	memset(&info, 0, sizeof(info));
	info.transport = peer_transport_detect;
	info.host = address;
	info.framing = framing.framer->api.frame;
	info.type = framing.type;
	info.framing_config = options.framing_config;
	info.protocol = choose_protocol(protocol, protocols);
	return info;
}

const struct backend *
backend_default(void)
{
	static const struct backend backend = {
		.init = default_init, .configure = default_configure, .query = default_query,
		.cleanup = default_cleanup, .configured = default_configured, .options = names
	};

	return &backend;
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "module/backend.h"
#include "module/framer.h"
#include "proto/peer.h"

#define DEFAULT_HOST	"tcp://localhost"
#define DEFAULT_PORT	"5900"

static struct {
	char	*host, *port;
	char	*framing, *framing_config;
	char	*protocol;
} options;

static const struct {
	const char	*name;
	char		**value;
} table[] = {
	{ "host", &options.host },
	{ "port", &options.port },
	{ "framing", &options.framing },
	{ "framing-config", &options.framing_config },
	{ "protocol", &options.protocol }
};

#define OPTIONS	(sizeof(table) / sizeof(table[0]))

/* The peer's address and the framing, both set by default_configured(). */
static char address[PEER_TEXT_SIZE];
static const struct framer *framer;

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
		free(*table[i].value);
		*table[i].value = NULL;
	}
	framer = NULL;
}

static uint64_t
default_configure(char *key, char *value)
{
	char *copy;
	size_t i;

	for (i = 0; i < OPTIONS; i++) {
		if (strcmp(table[i].name, key) != 0)
			continue;
		copy = strdup(value);
		if (copy == NULL)
			return 1;
		free(*table[i].value);
		*table[i].value = copy;
		return 0;
	}
	log_errorx("the built-in backend's options are host, port, framing, framing-config "
	    "and protocol, not '%s'", key);
	return 1;
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
	const char *port = options.port, *why;
	struct peer peer;

	if (port == NULL && !has_port(host))
		port = DEFAULT_PORT;
	if (peer_parse(&peer, host, port, &why) == 0) {
		(void)peer_format(address, &peer);
		return 0;
	}
	log_errorx("the built-in backend's peer, host = %s%s%s: %s", host,
	    options.port != NULL ? ", port = " : "", options.port != NULL ? options.port : "", why);
	return -1;
}

static int
check_framing(void)
{
	const char *name = options.framing != NULL ? options.framing : "auto", *why = "";

	framer = framer_find(name);
	if (framer == NULL) {
		log_errorx("the built-in backend: there is no framing '%s'", name);
		return -1;
	}
	if (framer_check(framer, options.framing_config, &why) == -1) {
		log_errorx("the built-in backend: framing-config = %s is invalid for %s: %s",
		    options.framing_config != NULL ? options.framing_config : "", name, why);
		return -1;
	}
	return 0;
}

static int
default_configured(void)
{
	int faults = (check_peer() == -1) + (check_framing() == -1);

	return faults > 0 ? -1 : 0;
}

/* Returns the index of the offered subprotocol to choose, or count to choose none. */
static size_t
choose_protocol(char **protocol, size_t count)
{
	size_t i;

	if (options.protocol == NULL)
		return count;
	if (strcmp(options.protocol, "*") == 0)
		return 0;
	for (i = 0; i < count; i++)
		if (strcasecmp(protocol[i], options.protocol) == 0)
			return i;
	return count;
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
	info.framing = framer->api.frame;
	info.framing_config = options.framing_config;
	info.protocol = choose_protocol(protocol, protocols);
	return info;
}

const struct backend *
backend_default(void)
{
	static const struct backend backend = {
		.init = default_init, .configure = default_configure, .query = default_query,
		.cleanup = default_cleanup, .configured = default_configured
	};

	return &backend;
}

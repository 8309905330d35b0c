/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A backend for version 1 of the interface.  The peer is given by options; the path of a request
 * is /FRAMING/CONFIG, with ~ for a slash in the name of the framing.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <websocksy.h>

uint64_t init(void);
int configured(void);
uint64_t configure(char *key, char *value);
ws_peer_info query(char *endpoint, size_t protocols, char **protocol, size_t headers,
    ws_http_header *header, websocket *ws);
void cleanup(void);

static char *host, *port;

uint64_t
init(void)
{
	host = strdup("tcp://localhost");
	port = strdup("5900");
	return host != NULL && port != NULL ? WEBSOCKSY_API_VERSION : 0;
}

static uint64_t
replace(char **option, const char *value)
{
	free(*option);
	*option = strdup(value);
	return *option == NULL;
}

uint64_t
configure(char *key, char *value)
{
	if (strcmp(key, "host") == 0)
		return replace(&host, value);
	if (strcmp(key, "port") == 0)
		return replace(&port, value);
	return 1;
}

/* In version 1 this is no function of the interface, so the server must not call it. */
int
configured(void)
{
	abort();
}

static void
lower(char *text)
{
	for (; *text != '\0'; text++)
		*text = (char)tolower((unsigned char)*text);
}

/* Returns the port in the header field X-Port, or that of the options if there is no such field. */
static const char *
find_port(size_t headers, ws_http_header *header)
{
	size_t i;

	for (i = 0; i < headers; i++) {
		lower(header[i].tag);
		if (strcmp(header[i].tag, "x-port") == 0)
			return header[i].value;
	}
	return port;
}

static size_t
find_protocol(size_t protocols, char **protocol)
{
	size_t i;

	for (i = 0; i < protocols; i++)
		if (strcasecmp(protocol[i], "old") == 0)
			break;
	return i;
}

ws_peer_info
query(char *endpoint, size_t protocols, char **protocol, size_t headers, ws_http_header *header,
    websocket *ws)
{
	char *framing, *config, *slash;
	ws_peer_info info;

	(void)ws;
	framing = strtok(endpoint, "/");
	config = strtok(NULL, "");
	slash = framing != NULL ? strchr(framing, '~') : NULL;
	if (slash != NULL)
		*slash = '/';
	info.transport = peer_transport_detect;
	info.host = framing != NULL && strcmp(framing, "nobody") == 0 ? NULL : strdup(host);
	info.port = strdup(find_port(headers, header));
	info.framing = core_framing(framing);
	info.framing_config = config != NULL ? strdup(config) : NULL;
	info.protocol = find_protocol(protocols, protocol);
	return info;
}

void
cleanup(void)
{
	free(host);
	free(port);
	host = port = NULL;
}

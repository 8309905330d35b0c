/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#define WEBSOCKSY_API_VERSION 2
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <websocksy.h>

/* The value of the option directory; the framing of framing_nul.c. */
static char directory[64] = "/run/rooms";
static ws_framing framing;

WS_EXPORT uint64_t
init(void)
{
	framing = core_framing("nul");
	return WEBSOCKSY_API_VERSION;
}

WS_EXPORT uint64_t
configure(char *key, char *value)
{
	if (strcmp(key, "directory") != 0) {
		core_log(ws_log_error, "the only option is directory");
		return 1;
	}
	if (strlen(value) >= sizeof(directory)) {
		core_log(ws_log_error, "directory: the name is too long");
		return 1;
	}
	strcpy(directory, value);
	return 0;
}

/* The peer of a client with ?room=NAME is the socket NAME in the directory. */
WS_EXPORT ws_peer_info
query(char *endpoint, size_t protocols, char **protocol,
    size_t headers, ws_http_header *header, websocket *ws)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	ws_peer_info info = { .transport = peer_unix_stream,
	    .framing = framing, .protocol = protocols };
	char room[32], path[100];

	/* Only letters are valid, so no name leads out of the directory. */
	if (core_query_parameter(ws, "room", room, sizeof(room)) <= 0 ||
	    room[strspn(room, letters)] != '\0') {
		info.status = 404;
		info.reason = strdup("there is no such room");
		return info;
	}
	snprintf(path, sizeof(path), "%s/%s", directory, room);
	info.host = strdup(path);
	return info;
}

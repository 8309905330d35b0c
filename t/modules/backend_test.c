/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A backend that does what a request asks for.  The path is an action of actions.h, or describe,
 * wait, wait-again or wait-byte.  The parameters of the query are the values of the answer.
 */

#define WEBSOCKSY_API_VERSION 2

#include "actions.h"

#define SIZE	4096

WS_EXPORT uint64_t init(void);
WS_EXPORT uint64_t configure(char *key, char *value);
WS_EXPORT int configured(void);
WS_EXPORT ws_peer_info query(char *endpoint, size_t protocols, char **protocol, size_t headers,
    ws_http_header *header, websocket *ws);
WS_EXPORT void cleanup(void);
WS_EXPORT int worker_init(void);
WS_EXPORT void worker_exit(void);

static char peer[SIZE];

uint64_t
init(void)
{
	const char *action = actions_at("init");

	actions_do(action);
	if (strncmp(action, "version-", 8) == 0)
		return strtoull(action + 8, NULL, 10);
	return WEBSOCKSY_API_VERSION;
}

uint64_t
configure(char *key, char *value)
{
	const char *why = "";

	actions_do(actions_at("configure"));
	if (strcmp(key, "peer") == 0) {
		snprintf(peer, sizeof(peer), "%s", value);
		if (core_check_peer(peer, &why) == 0)
			return 0;
	} else if (strcmp(key, "framing") == 0) {
		/*
		 * Return the result only, without a message: an unknown framing must stop the
		 * server by itself.
		 */
		return core_framing(value) == NULL;
	} else if (strcmp(key, "check") == 0) {
		if (core_check_framing("test", value, &why) == 0)
			return 0;
	} else if (strcmp(key, "log") == 0) {
		core_log(ws_log_error, "%s", value);
		core_log(ws_log_warn, "%s", value);
		core_log(ws_log_info, "%s", value);
		core_log(ws_log_debug, "%s", value);
		return 0;
	}
	core_log(ws_log_error, "%s = %s: %s", key, value, why);
	return 1;
}

int
configured(void)
{
	const char *action = actions_at("configured");

	actions_do(action);
	if (strcmp(action, "refuse") != 0)
		return 0;
	core_log(ws_log_error, "an option is missing");
	return 1;
}

/* Adds all data about the client that a backend can get to the trace. */
static void
describe(size_t headers, const ws_http_header *header, const websocket *ws)
{
	char line[180], value[SIZE];
	const char *field;
	size_t i;

	snprintf(line, sizeof(line), "client %s %u", core_client_address(ws), core_client_port(ws));
	actions_trace(line);
	snprintf(line, sizeof(line), "local %s %u", core_local_address(ws), core_local_port(ws));
	actions_trace(line);
	field = core_header(ws, "x-FIELD");
	snprintf(line, sizeof(line), "field %s", field != NULL ? field : "none");
	actions_trace(line);
	snprintf(line, sizeof(line), "other %s", core_header(ws, "X-Other") != NULL ? "some" :
	    "none");
	actions_trace(line);
	snprintf(line, sizeof(line), "key %s", core_header(ws, "Sec-WebSocket-Key"));
	actions_trace(line);
	if (core_query_parameter(ws, "name", value, sizeof(value)) >= 0) {
		snprintf(line, sizeof(line), "parameter %.99s", value);
		actions_trace(line);
	}
	if (core_query_parameter(ws, "name", value, 3) == -1)
		actions_trace("parameter does not fit");
	if (core_cookie(ws, "crumb", value, sizeof(value)) >= 0) {
		snprintf(line, sizeof(line), "cookie %.99s", value);
		actions_trace(line);
	}
	for (i = 0; i < headers; i++) {
		snprintf(line, sizeof(line), "header %s", header[i].tag);
		actions_trace(line);
	}
}

/* Waits for bytes from a pipe to which nothing is written: 60 seconds, or again and again. */
static void
wait_for_nothing(int again)
{
	int fd[2], result;

	if (pipe(fd) == -1)
		return;
	do
		result = core_wait(fd[0], 0, 60000);
	while (again);
	actions_trace(result == 0 ? "waited for nothing" : "waited for something");
	close(fd[0]);
	close(fd[1]);
}

static void
wait_for_byte(void)
{
	int fd[2];

	if (pipe(fd) == -1)
		return;
	if (core_wait(fd[0], 0, 0) == 0 && core_wait(fd[0], 0, 20) == 0 &&
	    core_wait(fd[1], 1, 60000) == 1 && write(fd[1], "x", 1) == 1 &&
	    core_wait(fd[0], 0, 60000) == 1)
		actions_trace("waited for a byte");
	close(fd[0]);
	close(fd[1]);
}

static char *
parameter(const websocket *ws, const char *name)
{
	char value[SIZE];

	return core_query_parameter(ws, name, value, sizeof(value)) >= 0 ? strdup(value) : NULL;
}

static long
number(const websocket *ws, const char *name, long otherwise)
{
	char value[SIZE];

	return core_query_parameter(ws, name, value, sizeof(value)) > 0 ?
	    strtol(value, NULL, 10) : otherwise;
}

/* A framing that the module does not register. */
static int64_t
frame_stranger(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode,
    void **framing_data, const char *config)
{
	(void)data, (void)last_read, (void)opcode, (void)framing_data, (void)config;
	return (int64_t)length;
}

ws_peer_info
query(char *endpoint, size_t protocols, char **protocol, size_t headers, ws_http_header *header,
    websocket *ws)
{
	size_t len = strcspn(endpoint, "?");
	char action[SIZE], *framing = parameter(ws, "framing");
	ws_peer_info info = { .protocol = protocols };
	long type;

	(void)protocol;
	snprintf(action, sizeof(action), "%.*s", (int)len - 1, endpoint + 1);
	actions_trace(action);
	if (strcmp(action, "describe") == 0)
		describe(headers, header, ws);
	else if (strcmp(action, "wait") == 0 || strcmp(action, "wait-again") == 0)
		wait_for_nothing(strcmp(action, "wait-again") == 0);
	else if (strcmp(action, "wait-byte") == 0)
		wait_for_byte();
	else
		actions_do(action);
	info.host = parameter(ws, "peer");
	if (info.host == NULL)
		info.host = strdup(peer);
	info.status = (int)number(ws, "status", 0);
	info.reason = parameter(ws, "reason");
	if (info.status != 0 || strcmp(action, "refuse") == 0) {
		free(info.host);
		info.host = NULL;
	}
	if (framing != NULL && strcmp(action, "typed") == 0)
		info.framing = core_framing_type(framing, &info.type);
	else
		info.framing = framing == NULL ? NULL :
		    strcmp(framing, "stranger") == 0 ? frame_stranger : core_framing(framing);
	type = number(ws, "type", 0);
	if (type != 0)
		info.type = (ws_type)type;
	info.framing_config = parameter(ws, "config");
	info.protocol = (size_t)number(ws, "protocol", 99);
	free(framing);
	return info;
}

void
cleanup(void)
{
	actions_trace("cleanup");
	actions_do(actions_at("cleanup"));
}

int
worker_init(void)
{
	actions_trace("worker_init");
	if (strcmp(actions_at("worker_init"), "refuse") == 0)
		return 3;
	if (strcmp(actions_at("worker_init"), "wait") == 0)
		wait_for_nothing(0);
	actions_do(actions_at("worker_init"));
	return 0;
}

void
worker_exit(void)
{
	actions_trace("worker_exit");
	actions_do(actions_at("worker_exit"));
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Asks a helper program, which lives as long as the worker, for the peer.
 */

#define _XOPEN_SOURCE		700
#define WEBSOCKSY_API_VERSION	2

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend_answer.h"
#include "coprocess.h"
#include "exports.h"
#include "helper_protocol.h"
#include "peer_line.h"

#define TIMEOUT		5000	/* ms, unless the option says otherwise */
#define TIMEOUT_MAX	3600000
#define QUESTION_SIZE	65536
#define ANSWER_SIZE	4096
#define VALUE_SIZE	16384	/* of anything that a client has sent */

/* A value that the helper is told. */
struct item {
	struct item	*next;
	const char	*kind;
	char		 name[];
};

static struct {
	char		*command;
	unsigned	 timeout;
	int		 once;
	struct item	*items, **last;
} options = { NULL, TIMEOUT, 0, NULL, &options.items };

static struct coprocess helper;

uint64_t
init(void)
{
	return WEBSOCKSY_API_VERSION;
}

void
cleanup(void)
{
	struct item *i;

	while ((i = options.items) != NULL) {
		options.items = i->next;
		free(i);
	}
	free(options.command);
	options.command = NULL;
	options.timeout = TIMEOUT;
	options.once = 0;
	options.last = &options.items;
}

static uint64_t
complain(const char *key, const char *value, const char *why)
{
	core_log(ws_log_error, "%s = %s: %s", key, value, why);
	return 1;
}

static uint64_t
set_command(const char *value)
{
	char *copy;

	if (value[strspn(value, " \t")] == '\0')
		return complain("command", value, "it is empty");
	copy = strdup(value);
	if (copy == NULL)
		return 1;
	free(options.command);
	options.command = copy;
	return 0;
}

/* Seconds, or with s or ms behind the number what that says. */
static uint64_t
set_timeout(const char *value)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(value, &end, 10);
	if (strcmp(end, "ms") != 0) {
		number = number > TIMEOUT_MAX ? 0 : number * 1000;
		if (*end != '\0' && strcmp(end, "s") != 0)
			number = 0;
	}
	if (*value < '0' || *value > '9' || errno != 0 || number < 1 || number > TIMEOUT_MAX)
		return complain("timeout", value, "not a time between 1ms and 3600s");
	options.timeout = (unsigned)number;
	return 0;
}

static uint64_t
set_keep(const char *value)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return complain("keep", value, "neither yes nor no");
	options.once = strcmp(value, "no") == 0;
	return 0;
}

static uint64_t
add_item(const char *word, size_t len)
{
	static const char *const kinds[] = { "cookie", "header", "query" };
	struct item *item;
	size_t i, skip;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		skip = strlen(kinds[i]) + 1;
		if (len <= skip || strncmp(word, kinds[i], skip - 1) != 0 || word[skip - 1] != ':')
			continue;
		item = malloc(sizeof(*item) + len - skip + 1);
		if (item == NULL)
			return 1;
		item->next = NULL;
		item->kind = kinds[i];
		memcpy(item->name, word + skip, len - skip);
		item->name[len - skip] = '\0';
		*options.last = item;
		options.last = &item->next;
		return 0;
	}
	return complain("send", word, "it is a list of cookie:NAME, header:NAME and query:NAME");
}

static uint64_t
add_items(const char *value)
{
	static const char separators[] = " \t,";
	size_t len;

	value += strspn(value, separators);
	while (*value != '\0') {
		len = strcspn(value, separators);
		if (add_item(value, len) != 0)
			return 1;
		value += len;
		value += strspn(value, separators);
	}
	return 0;
}

uint64_t
configure(char *key, char *value)
{
	if (strcmp(key, "command") == 0)
		return set_command(value);
	if (strcmp(key, "timeout") == 0)
		return set_timeout(value);
	if (strcmp(key, "keep") == 0)
		return set_keep(value);
	if (strcmp(key, "send") == 0)
		return add_items(value);
	core_log(ws_log_error, "the options are command, timeout, keep and send, not '%s'", key);
	return 1;
}

int
configured(void)
{
	if (options.command != NULL)
		return 0;
	core_log(ws_log_error, "the option command is missing: the helper to ask");
	return 1;
}

void
worker_exit(void)
{
	coprocess_stop(&helper);
}

/* -- the question -- */

static void
add_chosen(struct helper_question *w, const websocket *ws, char *value, size_t size)
{
	const struct item *i;
	const char *text;

	for (i = options.items; i != NULL; i = i->next) {
		text = value;
		if (strcmp(i->kind, "header") == 0)
			text = core_header(ws, i->name);
		else if ((strcmp(i->kind, "cookie") == 0 ? core_cookie(ws, i->name, value, size) :
		    core_query_parameter(ws, i->name, value, size)) == -1)
			text = NULL;
		if (text != NULL)
			helper_protocol_add(w, i->kind, i->name, text);
	}
}

static void
add_protocols(struct helper_question *w, char *const *protocol, size_t protocols, char *value, size_t size)
{
	size_t i, len = 0;

	value[0] = '\0';
	for (i = 0; i < protocols; i++) {
		len += (size_t)snprintf(value + len, size - len, "%s%s", i > 0 ? "," : "",
		    protocol[i]);
		if (len >= size) {
			w->full = 1;
			return;
		}
	}
	helper_protocol_add(w, "protocols", NULL, value);
}

/* Writes the question; returns the status of a refusal, or 0. */
static int
compose(char *out, const char *endpoint, size_t protocols, char *const *protocol,
    const websocket *ws)
{
	static char value[VALUE_SIZE];
	struct helper_question w = { out, QUESTION_SIZE, 0, 0 };
	const char *parameters = strchr(endpoint, '?');
	char port[16];

	if (backend_answer_path(endpoint, value, sizeof(value)) == -1)
		return 400;
	helper_protocol_add(&w, "path", NULL, value);
	helper_protocol_add(&w, "query", NULL, parameters == NULL ? "" : parameters + 1);
	helper_protocol_add(&w, "host", NULL, backend_answer_host(ws, value, sizeof(value)) == 0 ? value : "");
	helper_protocol_add(&w, "address", NULL, core_client_address(ws));
	(void)snprintf(port, sizeof(port), "%u", core_client_port(ws));
	helper_protocol_add(&w, "port", NULL, port);
	add_protocols(&w, protocol, protocols, value, sizeof(value));
	add_chosen(&w, ws, value, sizeof(value));
	return helper_protocol_end(&w) == -1 ? 431 : 0;
}

/* -- the answer -- */

static ws_peer_info
bad_answer(const char *why)
{
	core_log(ws_log_error, "the helper's answer will not do: %s", why);
	return backend_answer_refuse(502, "the answer to where this leads is faulty");
}

static ws_peer_info
understand(char *line, char *const *protocol, size_t protocols)
{
	struct helper_answer a;
	struct peer_line e;
	const char *why = "";
	size_t chosen;

	if (helper_protocol_read(line, &a, &why) == -1)
		return bad_answer(why);
	if (a.status != 0)
		return backend_answer_refuse(a.status, a.reason != NULL && *a.reason != '\0' ? a.reason :
		    "this request is not served");
	e.peer = a.peer;
	e.protocol = a.protocol;
	e.framing = a.framing;
	e.config = a.config;
	if (backend_answer_check(&e, &why) == -1)
		return bad_answer(why);
	chosen = a.protocol == NULL && protocols > 0 ? 0 :
	    peer_line_choose(a.protocol == NULL ? "*" : a.protocol, protocol, protocols);
	if (chosen == PEER_LINE_NO)
		return bad_answer("the client has not offered this subprotocol");
	return backend_answer_peer(&e, chosen);
}

ws_peer_info
query(char *endpoint, size_t protocols, char **protocol, size_t headers, ws_http_header *header,
    websocket *ws)
{
	static char question[QUESTION_SIZE], answer[ANSWER_SIZE];
	enum coprocess_verdict verdict;
	int status;

	(void)headers;
	(void)header;
	status = compose(question, endpoint, protocols, protocol, ws);
	if (status != 0)
		return backend_answer_refuse(status, status == 400 ? "the path is not well formed" :
		    "the request is too long");
	verdict = coprocess_ask(&helper, options.command, question, answer, sizeof(answer),
	    options.timeout);
	if (options.once)
		coprocess_stop(&helper);
	switch (verdict) {
	case COPROCESS_ANSWER:
		return understand(answer, protocol, protocols);
	case COPROCESS_LATE:
		return backend_answer_refuse(504, "nobody said in time where this leads");
	case COPROCESS_PAUSE:
		return backend_answer_refuse(503, "nobody can say now where this leads, try again later");
	case COPROCESS_STOP:
		return backend_answer_refuse(503, "the server is shutting down");
	case COPROCESS_DEAD:
	case COPROCESS_GARBAGE:
	default:
		return backend_answer_refuse(502, "nobody could say where this leads");
	}
}

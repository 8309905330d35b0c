/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The exec backend: asks a helper program for the peer of each client.  An auxiliary process keeps
 * the helpers for all workers (helper_pool.h).  In inetd mode, and with keep = no, a process starts
 * a helper of its own (own_helper.h).
 */

#define _XOPEN_SOURCE		700
#define WEBSOCKSY_API_VERSION	2

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asking.h"
#include "backend_answer.h"
#include "backend_request.h"
#include "base/scan.h"
#include "exports.h"
#include "helper_pool.h"
#include "helper_protocol.h"
#include "own_helper.h"
#include "peer_line.h"

#define TIMEOUT		5000	/* ms, the default */
#define TIMEOUT_MAX	3600000	/* ms */
#define HELPERS		8	/* the default */
#define QUESTION_SIZE	65536
#define ID		"id"	/* element of the option send: the id of the connection */
#define VALUE_SIZE	16384	/* bytes of one value from the client, with the NUL */

/* A value of the client's request that is part of each question: one element of the option send. */
struct sent_value {
	struct sent_value *next;
	const char	  *kind;	/* cookie, header or query; or ID, without a name */
	char		   name[];
};

static struct {
	char		*command;
	unsigned	 timeout, helpers;
	int		 once;		/* 1: the helper is stopped after each answer (keep = no) */
	struct sent_value *send, **last;
} options = { NULL, TIMEOUT, HELPERS, 0, NULL, &options.send };

static struct helper_pool_options pool;

uint64_t
init(void)
{
	static const char *const names[] = { "command", "timeout", "helpers", "keep", "send", NULL };

	core_backend_options(names);
	return WEBSOCKSY_API_VERSION;
}

void
cleanup(void)
{
	struct sent_value *v;

	while ((v = options.send) != NULL) {
		options.send = v->next;
		free(v);
	}
	free(options.command);
	options.command = NULL;
	options.timeout = TIMEOUT;
	options.helpers = HELPERS;
	options.once = 0;
	options.last = &options.send;
}

static uint64_t
exec_error(const char *key, const char *value, const char *why)
{
	core_log(ws_log_error, "%s = %s: %s", key, value, why);
	return 1;
}

static uint64_t
set_command(const char *value)
{
	char *copy;

	if (value[strspn(value, " \t")] == '\0')
		return exec_error("command", value, "the value is empty");
	copy = strdup(value);
	if (copy == NULL)
		return 1;
	free(options.command);
	options.command = copy;
	return 0;
}

static uint64_t
set_timeout(const char *value)
{
	uint64_t ms;

	if (scan_duration(value, 1, TIMEOUT_MAX, &ms) == -1)
		return exec_error("timeout", value, "not a time between 1ms and 1h");
	options.timeout = (unsigned)ms;
	return 0;
}

static uint64_t
set_helpers(const char *value)
{
	uint64_t number;

	if (scan_number(value, 1, HELPER_POOL_MAX, &number) == -1)
		return exec_error("helpers", value, "not a number from 1 to 64");
	options.helpers = (unsigned)number;
	return 0;
}

static uint64_t
set_keep(const char *value)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return exec_error("keep", value, "must be yes or no");
	options.once = strcmp(value, "no") == 0;
	return 0;
}

static uint64_t
add_sent_value(const char *word, size_t len)
{
	static const char *const kinds[] = { "cookie", "header", "query", ID };
	struct sent_value *v;
	size_t i, skip;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		skip = strlen(kinds[i]);
		if (len < skip || strncmp(word, kinds[i], skip) != 0)
			continue;
		if (strcmp(kinds[i], ID) == 0 ? len != skip : len <= skip + 1 || word[skip] != ':')
			continue;
		skip += len > skip;
		v = malloc(sizeof(*v) + len - skip + 1);
		if (v == NULL)
			return 1;
		v->next = NULL;
		v->kind = kinds[i];
		memcpy(v->name, word + skip, len - skip);
		v->name[len - skip] = '\0';
		*options.last = v;
		options.last = &v->next;
		return 0;
	}
	return exec_error("send", word,
	    "must be a list of cookie:NAME, header:NAME, query:NAME and id");
}

static uint64_t
set_send(const char *value)
{
	static const char separators[] = " \t,";
	size_t len;

	value += strspn(value, separators);
	while (*value != '\0') {
		len = strcspn(value, separators);
		if (add_sent_value(value, len) != 0)
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
	if (strcmp(key, "helpers") == 0)
		return set_helpers(value);
	if (strcmp(key, "keep") == 0)
		return set_keep(value);
	if (strcmp(key, "send") == 0)
		return set_send(value);
	return 1;
}

static int
run_helpers(int fd)
{
	return helper_pool_run(&pool, fd);
}

int
configured(void)
{
	if (options.command == NULL) {
		core_log(ws_log_error,
		    "the option command is missing: it names the helper program");
		return 1;
	}
	pool.command = options.command;
	pool.helpers = options.helpers;
	pool.timeout = options.timeout;
	return options.once || core_auxiliary(run_helpers) == 0 ? 0 : 1;
}

void
worker_exit(void)
{
	own_helper_stop();
}

/* -- the question -- */

/* Adds the values that the option send names and the request contains. */
static void
add_sent_values(struct helper_question *q, const websocket *ws, char *value, size_t size)
{
	const struct sent_value *v;
	const char *text;

	for (v = options.send; v != NULL; v = v->next) {
		text = value;
		if (strcmp(v->kind, ID) == 0)
			text = core_connection_id(ws);
		else if (strcmp(v->kind, "header") == 0)
			text = core_header(ws, v->name);
		else if ((strcmp(v->kind, "cookie") == 0 ? core_cookie(ws, v->name, value, size) :
		    core_query_parameter(ws, v->name, value, size)) == -1)
			text = NULL;
		if (text != NULL)
			helper_protocol_add(q, v->kind, *v->name != '\0' ? v->name : NULL, text);
	}
}

static void
add_protocols(struct helper_question *q, char *const *protocol, size_t protocols, char *value,
    size_t size)
{
	size_t i, len = 0;

	value[0] = '\0';
	for (i = 0; i < protocols; i++) {
		len += (size_t)snprintf(value + len, size - len, "%s%s", i > 0 ? "," : "",
		    protocol[i]);
		if (len >= size) {
			q->full = 1;
			return;
		}
	}
	helper_protocol_add(q, "protocols", NULL, value);
}

/*
 * Writes the question for a client to out.  Returns 0, or the HTTP status to refuse the client
 * with.
 */
static int
write_question(char *out, const char *endpoint, size_t protocols, char *const *protocol,
    const websocket *ws)
{
	static char value[VALUE_SIZE];
	struct helper_question q = { out, QUESTION_SIZE, 0, 0 };
	const char *parameters = strchr(endpoint, '?');
	char port[16];

	if (backend_request_path(endpoint, value, sizeof(value)) == -1)
		return 400;
	helper_protocol_add(&q, "path", NULL, value);
	helper_protocol_add(&q, "query", NULL, parameters == NULL ? "" : parameters + 1);
	if (backend_request_host(ws, value, sizeof(value)) == -1)
		value[0] = '\0';
	helper_protocol_add(&q, "host", NULL, value);
	helper_protocol_add(&q, "address", NULL, core_client_address(ws));
	(void)snprintf(port, sizeof(port), "%u", core_client_port(ws));
	helper_protocol_add(&q, "port", NULL, port);
	add_protocols(&q, protocol, protocols, value, sizeof(value));
	add_sent_values(&q, ws, value, sizeof(value));
	return helper_protocol_end(&q) == -1 ? 431 : 0;
}

/* -- the answer -- */

static ws_peer_info
refuse_answer(const char *why)
{
	core_log(ws_log_error, "the helper's answer is invalid: %s", why);
	return backend_answer_refuse(502, "the helper program gave an invalid answer");
}

/* Returns the answer to a client, made from an answer line of the helper. */
static ws_peer_info
answer_client(char *line, char *const *protocol, size_t protocols, websocket *ws)
{
	struct helper_answer a;
	struct peer_line e;
	const char *why = "";
	size_t chosen;

	if (helper_protocol_read(line, &a, &why) == -1)
		return refuse_answer(why);
	core_hide(ws, a.hide);
	if (a.status != 0 && a.reason != NULL && *a.reason != '\0')
		return backend_answer_refuse(a.status, a.reason);
	if (a.status != 0)
		return backend_answer_refuse(a.status, "this request is not served");
	e.peer = a.peer;
	e.protocol = a.protocol;
	e.framing = a.framing;
	e.config = a.config;
	if (backend_answer_check(&e, &why) == -1)
		return refuse_answer(why);
	chosen = a.protocol == NULL && protocols > 0 ? 0 :
	    peer_line_choose(a.protocol == NULL ? "*" : a.protocol, protocol, protocols);
	if (chosen == PEER_LINE_NO)
		return refuse_answer("the client has not offered this subprotocol");
	return backend_answer_peer(&e, chosen);
}

/* Asks a helper.  The answer in out, of ASKING_SIZE bytes, is a string without its newline. */
static enum coprocess_verdict
ask(const char *question, char *out)
{
	enum coprocess_verdict verdict;

	if (!options.once && asking_ask(question, out, options.timeout, &verdict))
		return verdict;
	verdict = own_helper_ask(options.command, question, out, ASKING_SIZE,
	    options.timeout);
	if (options.once)
		own_helper_stop();
	return verdict;
}

ws_peer_info
query(char *endpoint, size_t protocols, char **protocol, size_t headers, ws_http_header *header,
    websocket *ws)
{
	static char question[QUESTION_SIZE], answer[ASKING_SIZE];
	int status;

	(void)headers;
	(void)header;
	status = write_question(question, endpoint, protocols, protocol, ws);
	if (status != 0)
		return backend_answer_refuse(status, status == 400 ? "the path is malformed" :
		    "the request is too long");
	switch (ask(question, answer)) {
	case COPROCESS_ANSWER:
		return answer_client(answer, protocol, protocols, ws);
	case COPROCESS_LATE:
		return backend_answer_refuse(504, "the helper program did not answer in time");
	case COPROCESS_PAUSE:
		return backend_answer_refuse(503, "the helper program has failed, try again later");
	case COPROCESS_FULL:
		return backend_answer_refuse(503,
		    "all helper programs are busy, try again later");
	case COPROCESS_STOP:
		return backend_answer_refuse(503, "the server is shutting down");
	case COPROCESS_BUSY:
	case COPROCESS_DEAD:
	case COPROCESS_GARBAGE:
	default:
		return backend_answer_refuse(502, "the helper program failed");
	}
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/service.h"
#include "module/api.h"
#include "module/framer.h"
#include "module/framer_name.h"
#include "module/guard.h"
#include "module/redact.h"
#include "module/request.h"
#include "posix/lifecycle.h"
#include "posix/question.h"
#include "proto/param.h"
#include "proto/peer.h"
#include "proto/target.h"
#include "websocksy.h"

#define ASK_REST	200	/* ms that query() has after core_ask(), before its limit */

static int api_fault;
static unsigned api_framings;
static const char *const *api_options;
static const char *api_option_place;
static const struct websocket *api_request;
static int api_token_paths;

int
api_faulted(void)
{
	int was = api_fault;

	api_fault = 0;
	return was;
}

unsigned
api_registered(void)
{
	return api_framings;
}

const char *const *
api_take_options(void)
{
	const char *const *names = api_options;

	api_options = NULL;
	return names;
}

void
api_set_place(const char *place)
{
	api_option_place = place;
}

const char *
api_place(void)
{
	return api_option_place;
}

void
api_set_request(const struct websocket *ws)
{
	api_request = ws;
}

int
api_path_has_token(void)
{
	return api_token_paths;
}

void
core_backend_options(const char *const *names)
{
	api_options = names;
}

void
core_log(ws_log_level level, const char *format, ...)
{
	static const enum log_level levels[] = {
		[ws_log_error] = LOG_LEVEL_ERROR, [ws_log_warn] = LOG_LEVEL_WARN,
		[ws_log_info] = LOG_LEVEL_INFO, [ws_log_debug] = LOG_LEVEL_DEBUG
	};
	const char *module = guard_module();
	char text[LOG_LINE];
	va_list ap;
	char *end;
	int n, written;

	n = snprintf(text, sizeof(text), "%s%s%s: ",
	    api_option_place != NULL ? api_option_place : "",
	    api_option_place != NULL ? ": " : "", module != NULL ? module : "module");
	if (n < 0 || (size_t)n >= sizeof(text))
		return;
	va_start(ap, format);
	written = vsnprintf(text + n, sizeof(text) - (size_t)n, format, ap);
	va_end(ap);
	/* Drop a last word that was cut: it could be the beginning of a secret. */
	end = written >= (int)sizeof(text) - n ? strrchr(text + n, ' ') : NULL;
	if (end != NULL)
		*end = '\0';
	if (api_request != NULL)
		redact_text(text + n, api_request);
	log_line((unsigned)level <= ws_log_debug ? levels[level] : LOG_LEVEL_INFO, text);
}

/*
 * The framing function that core_framing() returns for an unknown name.  It is not registered, so a
 * session that gets it from query() refuses the client.
 */
static int64_t
frame_unknown(uint8_t *data, size_t length, size_t last_read, ws_operation *opcode,
    void **framing_data, const char *config)
{
	(void)data;
	(void)length;
	(void)last_read;
	(void)opcode;
	(void)framing_data;
	(void)config;
	return -1;
}

ws_framing
core_framing_type(const char *name, ws_type *type)
{
	struct framer_name f;
	const char *why;

	*type = ws_type_of_framing;
	if (framer_name_find(&f, name, &why) == 0) {
		*type = f.type;
		return f.framer->api.frame;
	}
	core_log(ws_log_error, "%s", why);
	api_fault = 1;
	return frame_unknown;
}

ws_framing
core_framing(const char *name)
{
	ws_type type;
	ws_framing frame = core_framing_type(name, &type);

	if (type == ws_type_of_framing)
		return frame;
	core_log(ws_log_error, "the framing '%s' forces the type of the messages, which this module "
	    "cannot do: core_framing() returns only a function; a module of version 2 calls "
	    "core_framing_type()", name);
	api_fault = 1;
	return frame_unknown;
}

/*
 * A registered framing.  The struct is kept even after another framing has taken the name, since
 * the module may still choose the framing by its function.
 */
struct api_framer {
	struct framer		 framer;
	struct api_framer	*next;
};

/*
 * Registers a copy of *framer, because the module may free or change the original.  Returns 0 or
 * -1.
 */
static int
api_add(const ws_framer *framer)
{
	static struct api_framer *all;
	const char *module = guard_module();
	struct api_framer *f;
	char *name;

	if (framer->name == NULL || *framer->name == '\0' || framer->frame == NULL) {
		core_log(ws_log_error, "a framing without a name or a function is not registered");
		return -1;
	}
	f = calloc(1, sizeof(*f));
	name = strdup(framer->name);
	if (f == NULL || name == NULL) {
		core_log(ws_log_error, "framing '%s': out of memory", framer->name);
		free(f);
		free(name);
		return -1;
	}
	f->framer.api = *framer;
	f->framer.api.name = name;
	f->framer.module = module != NULL ? module : "module";
	if (framer_register(&f->framer) == 0) {
		api_framings++;
		f->next = all;
		all = f;
		return 0;
	}
	free(name);
	free(f);
	return -1;
}

int
core_register_framing(const char *name, ws_framing frame)
{
	ws_framer framer;
	int result;

	memset(&framer, 0, sizeof(framer));
	framer.name = name;
	framer.frame = frame;
	result = api_add(&framer);
	api_fault |= result == -1;
	return result;
}

int
core_register_framer(const ws_framer *framer)
{
	const struct framer *same;
	int result = -1;

	if (framer->version != 2) {
		core_log(ws_log_error, "a framing for version %llu of the interface cannot be "
		    "registered: this is version 2", (unsigned long long)framer->version);
	} else if ((same = framer_of(framer->frame)) != NULL &&
	    (framer->name == NULL || strcmp(same->api.name, framer->name) != 0)) {
		/*
		 * Backends choose a framing by its function, so each function may belong to one
		 * framing only.
		 */
		core_log(ws_log_error,
		    "framing '%s' has the function of '%s'; each must have its own",
		    framer->name != NULL ? framer->name : "", same->api.name);
	} else {
		result = api_add(framer);
	}
	api_fault |= result == -1;
	return result;
}

int
core_check_framing(const char *name, const char *config, const char **why)
{
	struct framer_name f;

	return framer_name_find(&f, name, why) == 0 ? framer_name_check(f.framer, config, why) : -1;
}

int
core_check_peer(const char *address, const char **why)
{
	struct peer peer;

	if (peer_parse(&peer, address, NULL, why) == -1)
		return -1;
	/* Only at startup: later, the peer's name and port are looked up when it is connected. */
	return api_option_place == NULL || *peer.port == '\0' ||
	    service_is_port(peer.port, 1, peer_is_datagram(&peer), why) ? 0 : -1;
}

const char *
core_client_address(const websocket *ws)
{
	return ws->client.address;
}

unsigned
core_client_port(const websocket *ws)
{
	return ws->client.port;
}

const char *
core_local_address(const websocket *ws)
{
	return ws->local.address;
}

unsigned
core_local_port(const websocket *ws)
{
	return ws->local.port;
}

const char *
core_header(const websocket *ws, const char *name)
{
	int from = 0;

	return http_value(&ws->http, ws->head, name, &from);
}

ssize_t
core_query_parameter(const websocket *ws, const char *name, char *out, size_t size)
{
	return param_query(ws->handshake.target, name, out, size);
}

ssize_t
core_cookie(const websocket *ws, const char *name, char *out, size_t size)
{
	const char *field;
	ssize_t len = -1;
	int from = 0;

	while (len == -1 && (field = http_value(&ws->http, ws->head, "Cookie", &from)) != NULL)
		len = param_cookie(field, name, out, size);
	return len;
}

const char *
core_connection_id(const websocket *ws)
{
	return ws->id;
}

void
core_path_has_token(void)
{
	api_token_paths = 1;
}

void
core_show_path(websocket *ws)
{
	ws->hidden = 0;
}

void
core_hide(websocket *ws, const char *value)
{
	const char *target = ws->handshake.target;

	if (value != NULL)
		ws->hidden |= target_find(target, strlen(target), value);
}

int
core_wait(int fd, int write, unsigned milliseconds)
{
	uint64_t deadline = clock_now() + milliseconds;

	if (write)
		return lifecycle_wait_writable(fd, deadline);
	return lifecycle_wait_readable(fd, deadline);
}

/* -- auxiliary process -- */

static struct {
	const char	*module;	/* NULL: no module has asked for one */
	int		(*run)(int fd);
	int		 asking;	/* the workers' end of the socket pair, or -1 */
} auxiliary = { NULL, NULL, -1 };

const char *
api_auxiliary(void)
{
	return auxiliary.module;
}

int
api_run_auxiliary(int fd)
{
	struct guard before;
	int status;

	guard_enter(&before, auxiliary.module, "its auxiliary process");
	status = auxiliary.run(fd);
	guard_leave(&before);
	return status;
}

void
api_set_auxiliary(int fd)
{
	auxiliary.asking = fd;
}

void
api_close_auxiliary(void)
{
	io_close(&auxiliary.asking);
}

int
core_auxiliary(int (*run)(int fd))
{
	const char *module = guard_module();

	if (auxiliary.module != NULL || run == NULL || module == NULL) {
		core_log(ws_log_error, "%s", auxiliary.module != NULL ?
		    "only one auxiliary process is possible" :
		    "an auxiliary process needs a function");
		api_fault = 1;
		return -1;
	}
	auxiliary.module = module;
	auxiliary.run = run;
	return 0;
}

ssize_t
core_ask(const void *question, size_t length, void *answer, size_t size, unsigned milliseconds)
{
	uint64_t deadline = clock_now() + milliseconds, limit = guard_end();
	ssize_t n;

	if (auxiliary.asking == -1)
		return WS_ASK_NOBODY;
	/* Leave time for query() to refuse the client before the guard ends this process. */
	if (limit != CLOCK_NEVER)
		deadline = clock_min(deadline, limit > ASK_REST ? limit - ASK_REST : 0);
	n = question_ask(auxiliary.asking, question, length, answer, size, deadline);
	switch (n) {
	case QUESTION_LATE:
		return WS_ASK_LATE;
	case QUESTION_STOP:
		return WS_ASK_STOP;
	default:
		return n < 0 ? WS_ASK_FAILED : n;
	}
}

int
core_question(int fd, void *question, size_t size, size_t *length, pid_t *asker)
{
	struct question q;

	switch (question_take(fd, question, size, &q)) {
	case QUESTION_TAKEN:
		*length = q.length;
		*asker = q.asker;
		return q.answer;
	case QUESTION_END:
		return WS_QUESTION_END;
	case QUESTION_NONE:
	default:
		return WS_QUESTION_NONE;
	}
}

void
core_answer(int fd, const void *answer, size_t length)
{
	question_answer(fd, answer, length);
}

int
core_poll(struct pollfd *fds, size_t count, int milliseconds)
{
	return lifecycle_poll(fds, count,
	    milliseconds < 0 ? CLOCK_NEVER : clock_now() + (unsigned)milliseconds);
}

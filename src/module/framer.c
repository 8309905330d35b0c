/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/scan.h"
#include "base/utf8.h"
#include "module/framer.h"
#include "module/guard.h"
#include "proto/close_code.h"

/*
 * Milliseconds for which the start of a character is held back if text is forced.  This is longer
 * than a network takes to send a lost packet again, since a character that is sent in two parts
 * becomes question marks.
 */
#define TEXT_HOLD	500

static const struct framer *registry[FRAMER_MAX];
static unsigned framers;	/* number of framings in the registry */

int
framer_register(const struct framer *f)
{
	unsigned i;

	if (f->api.name == NULL || *f->api.name == '\0' || f->api.frame == NULL) {
		log_errorx("a framing without a name or a function cannot be registered");
		return -1;
	}
	for (i = 0; i < framers; i++) {
		if (strcmp(registry[i]->api.name, f->api.name) == 0) {
			log_warnx("framing '%s' is replaced by another of that name", f->api.name);
			registry[i] = f;
			return 0;
		}
	}
	if (framers == FRAMER_MAX) {
		log_errorx("framing '%s': too many framings (at most %d)", f->api.name, FRAMER_MAX);
		return -1;
	}
	registry[framers++] = f;
	return 0;
}

const struct framer *
framer_find(const char *name)
{
	unsigned i;

	for (i = 0; i < framers; i++)
		if (strcmp(registry[i]->api.name, name) == 0)
			return registry[i];
	return NULL;
}

const struct framer *
framer_of(ws_framing frame)
{
	unsigned i;

	for (i = 0; i < framers; i++)
		if (registry[i]->api.frame == frame)
			return registry[i];
	return NULL;
}

const struct framer *
framer_at(unsigned i)
{
	return i < framers ? registry[i] : NULL;
}

void
framer_start(struct framing *g, const struct framer *f, const char *config)
{
	g->framer = f;
	g->config = config;
	g->type = ws_type_of_framing;
	g->state = NULL;
	g->rest = ws_frame_binary;
}

void
framer_force(struct framing *g, ws_type type)
{
	if (type == ws_type_text || type == ws_type_binary)
		g->type = type;
}

/* Logs that a framing function has violated its contract, and sets *why for the client. */
static void
framer_fault(const struct framing *g, const char *what, const char **why)
{
	*why = what;
	log_warnx("framing %s of %s: %s", g->framer->api.name,
	    g->framer->module != NULL ? g->framer->module : "the core", what);
}

int
framer_check(const struct framer *f, const char *config, const char **why)
{
	struct guard before;
	int result;

	if (f->api.check == NULL)
		return 0;
	guard_enter(&before, f->module, "check()");
	result = f->api.check(config, why);
	guard_leave(&before);
	return result == 0 ? 0 : -1;
}

/*
 * Cuts the bytes of a framing that does not split its input, if the type is forced.  The start of a
 * character at the end of text is held back.  Returns the size of the message, or 0.
 */
static int64_t
cut_whole(const struct framing *g, const uint8_t *data, size_t len, ws_operation *opcode)
{
	if (g->type == ws_type_binary)
		return (int64_t)len;
	*opcode = ws_frame_text;
	return (int64_t)(len - utf8_tail(data, len));
}

int64_t
framer_next(struct framing *g, uint8_t *data, size_t len, size_t fresh, ws_operation *opcode,
    const char **why)
{
	struct guard before;
	int64_t n;

	*opcode = ws_frame_binary;
	if (g->framer->whole && g->type != ws_type_of_framing)
		return cut_whole(g, data, len, opcode);
	data[len] = '\0';
	guard_enter(&before, g->framer->module, "the framing function");
	n = g->framer->api.frame(data, len, fresh, opcode, &g->state, g->config);
	guard_leave(&before);
	if (n < 0) {
		framer_fault(g, "the framing function failed", why);
		return -1;
	}
	if ((uint64_t)n > len) {
		framer_fault(g, "the framing function asked for more bytes than there are", why);
		return -1;
	}
	if (n > 0 && *opcode != ws_frame_binary && *opcode != ws_frame_text &&
	    *opcode != ws_frame_discard) {
		framer_fault(g, "the framing function chose a type that is neither text nor binary",
		    why);
		return -1;
	}
	if (n == 0)
		g->rest = *opcode;
	return n;
}

int
framer_unwrap(struct framing *g, const uint8_t *data, size_t len, size_t *before_len,
    size_t *after_len, const char **why)
{
	struct guard before;

	*before_len = *after_len = 0;
	if (g->framer->api.unwrap == NULL)
		return 0;
	guard_enter(&before, g->framer->module, "unwrap()");
	g->framer->api.unwrap(data, len, before_len, after_len, &g->state, g->config);
	guard_leave(&before);
	if (*before_len <= len && *after_len <= len - *before_len)
		return 0;
	framer_fault(g, "the framing function unwrapped more bytes than there are", why);
	return -1;
}

unsigned
framer_wrap(struct framing *g, uint64_t len, ws_operation opcode, ws_envelope *envelope,
    const char **why)
{
	struct guard before;
	int code;

	envelope->before_length = envelope->after_length = 0;
	if (g->framer->api.wrap == NULL)
		return 0;
	guard_enter(&before, g->framer->module, "wrap()");
	code = g->framer->api.wrap(len, opcode, envelope, &g->state, g->config);
	guard_leave(&before);
	if (envelope->before_length > WS_WRAP_SIZE || envelope->after_length > WS_WRAP_SIZE) {
		framer_fault(g, "the framing function put too much around a message", why);
		return CLOSE_INTERNAL_ERROR;
	}
	if (code == 0)
		return 0;
	if (code == CLOSE_UNSUPPORTED_DATA) {
		*why = "the peer's framing has no messages of this type";
		return CLOSE_UNSUPPORTED_DATA;
	}
	if (code == CLOSE_TOO_BIG) {
		*why = "the message is too long for the peer's framing";
		return CLOSE_TOO_BIG;
	}
	framer_fault(g, "the framing function failed", why);
	return CLOSE_INTERNAL_ERROR;
}

ws_operation
framer_settle(const struct framing *g, ws_operation opcode, const uint8_t *data, size_t len)
{
	enum utf8_rest rest;

	if (g->type != ws_type_of_framing)
		return g->type == ws_type_text ? ws_frame_text : ws_frame_binary;
	/* Built-in framings need no check: they use the type text only for valid UTF-8. */
	if (opcode != ws_frame_text || g->framer->module == NULL ||
	    utf8_prefix(data, len, &rest) == len)
		return opcode;
	return ws_frame_binary;
}

ws_operation
framer_type(const struct framing *g, const uint8_t *data, size_t len)
{
	int is_text = g->rest == ws_frame_text;

	if (g->type == ws_type_of_framing && g->framer->type != NULL)
		return g->framer->type(data, len);
	/* The type of the rest of an earlier datagram is not the type of an empty one. */
	if (len == 0)
		is_text = (g->framer->api.flags & WS_FRAMER_TEXT) != 0;
	return framer_settle(g, is_text ? ws_frame_text : ws_frame_binary, data, len);
}

void
framer_repair(const struct framing *g, uint8_t *data, size_t len)
{
	if (g->type == ws_type_text)
		utf8_repair(data, len);
}

unsigned
framer_hold(const struct framing *g)
{
	if (!g->framer->whole || g->type == ws_type_of_framing)
		return g->framer->hold;
	return g->type == ws_type_text ? TEXT_HOLD : 0;
}

void
framer_stop(struct framing *g)
{
	struct guard before;

	if (g->framer != NULL && g->state != NULL) {
		guard_enter(&before, g->framer->module, "the framing function's last call");
		(void)g->framer->api.frame(NULL, 0, 0, NULL, &g->state, g->config);
		guard_leave(&before);
	}
	g->state = NULL;
}

int
framer_unescape(uint8_t *out, size_t size, const char *text, const char **why)
{
	static const char names[] = "rtnf0\\", values[] = "\r\t\n\f\0\\";
	const char *name;
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (n == size) {
			*why = "it is too long";
			return -1;
		}
		if (*text != '\\') {
			out[n++] = (uint8_t)*text;
			continue;
		}
		text++;
		name = *text == '\0' ? NULL : strchr(names, *text);
		if (name != NULL) {
			out[n++] = (uint8_t)values[name - names];
		} else if (*text == 'x' && scan_hex(text[1]) != -1 && scan_hex(text[2]) != -1) {
			out[n++] = (uint8_t)(scan_hex(text[1]) << 4 | scan_hex(text[2]));
			text += 2;
		} else {
			*why = "the escapes are \\r \\t \\n \\f \\0 \\\\ and \\xHH "
			    "(two hexadecimal digits)";
			return -1;
		}
	}
	if (n == 0)
		*why = "it is empty";
	return n == 0 ? -1 : (int)n;
}

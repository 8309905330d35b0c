/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <sys/mman.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framings.h"
#include "module/framer.h"
#include "unit.h"

#define TEXT_SIZE	16384

/* A connection under test, and a text that lists its messages. */
struct connection {
	const struct framer	*framer;
	const struct framings_row *row;
	struct framing		 g;
	struct unit_guard		 guard;
	uint8_t			*held;
	size_t			 len, size;
	int			 over;
	char			 text[TEXT_SIZE];
	size_t			 text_len;
	char			 last;		/* letter of the last message in the text */
};

void
framings_setup(void)
{
	unit_log_capture();
	if (framer_at(0) == NULL)
		ck_assert_uint_eq(init(), 2);
	ck_assert_ptr_nonnull(framer_at(0));
	ck_assert_uint_eq(unit_log_count(NULL), 0);
}

/* Appends a message of len bytes to the text. */
static void
add_message(struct connection *c, char kind, const uint8_t *data, size_t len)
{
	char *p = c->text + c->text_len;
	size_t i;

	unit_assert(c->text_len + 4 * len + 4 < TEXT_SIZE, "%s is too long", c->text);
	if (kind == 'd' && c->last == 'd')
		p--;
	else
		p += sprintf(p, "%s%c(", c->text_len > 0 ? " " : "", kind);
	for (i = 0; i < len; i++)
		if (data[i] > 0x20 && data[i] < 0x7f && data[i] != '\\')
			*p++ = (char)data[i];
		else
			p += sprintf(p, data[i] == ' ' ? " " : "\\x%02x", (unsigned)data[i]);
	p += sprintf(p, ")");
	c->last = kind;
	c->text_len = (size_t)(p - c->text);
}

static void
add_end(struct connection *c)
{
	c->text_len += (size_t)sprintf(c->text + c->text_len, "%sx", c->text_len > 0 ? " " : "");
	c->over = 1;
}

static void
connection_begin(void *arg)
{
	struct connection *c = arg;

	unit_log_capture();
	framer_start(&c->g, c->framer, c->row->config);
	c->len = c->text_len = 0;
	c->text[0] = '\0';
	c->over = 0;
	c->last = 0;
}

/*
 * Appends the next message to the text. Returns the size of the message with its framing bytes,
 * or 0 if no message is complete.
 */
static size_t
next_message(struct connection *c, size_t fresh)
{
	ws_operation opcode;
	size_t before = 0, after = 0;
	const char *why;
	uint8_t *data;
	int64_t n;

	/* The guard page follows the NUL after the bytes. */
	data = unit_guard_end(&c->guard, c->held, c->len + 1);
	n = framer_next(&c->g, data, c->len, fresh, &opcode, &why);
	unit_assert(memcmp(data, c->held, c->len) == 0, "the framing has changed its data");
	if (n == -1)
		add_end(c);
	if (n <= 0)
		return 0;
	if (opcode != ws_frame_discard)
		ck_assert_msg(framer_unwrap(&c->g, data, (size_t)n, &before, &after, &why) == 0,
		    "%s", why);
	ck_assert_int_eq(framer_settle(&c->g, opcode, data + before, (size_t)n - before - after),
	    opcode);
	add_message(c, opcode == ws_frame_text ? 't' : opcode == ws_frame_discard ? 'd' : 'b',
	    data + before, (size_t)n - before - after);
	return (size_t)n;
}

static void
connection_feed(void *arg, const uint8_t *piece, size_t len)
{
	struct connection *c = arg;
	size_t n = 1, fresh = len;

	unit_assert(c->len + len < c->size, "%zu bytes are too long", len);
	memcpy(c->held + c->len, piece, len);
	c->len += len;
	while (n > 0 && fresh > 0 && !c->over) {
		n = next_message(c, fresh);
		c->len -= n;
		memmove(c->held, c->held + n, c->len);
		fresh = c->len;
	}
}

static void
connection_end(void *arg, const char *how)
{
	struct connection *c = arg;

	if (!c->over && c->len > 0 && (c->framer->api.flags & WS_FRAMER_EXACT) == 0)
		add_message(c, 'r', c->held, c->len);
	else if (!c->over && c->len > 0)
		add_end(c);
	else
		ck_assert_msg(unit_log_count(c->over ? ": module: " : NULL) == (unsigned)c->over,
		    "%s: '%s' %s", how, c->text, unit_log_text());
	ck_assert_msg(strcmp(c->text, c->row->want) == 0, "%s, %s:\n%s\nbut should be\n%s",
	    c->row->config != NULL ? c->row->config : "no config", how, c->text, c->row->want);
	if (c->g.state != NULL)
		(void)c->framer->api.frame(NULL, 0, 0, NULL, &c->g.state, c->row->config);
	ck_assert_ptr_null(c->g.state);
}

static void
connection_open(struct connection *c, const char *name, const struct framings_row *row)
{
	c->framer = framer_find(name);
	ck_assert_ptr_nonnull(c->framer);
	c->row = row;
	c->size = row->len + 1;
	c->held = malloc(c->size);
	ck_assert_ptr_nonnull(c->held);
	unit_guard_open(&c->guard, c->size);
}

static void
connection_close(struct connection *c)
{
	unit_guard_close(&c->guard);
	free(c->held);
}

void
framings_check(const char *name, const struct framings_row *row)
{
	struct connection c;
	struct unit_feeder f = { connection_begin, connection_feed, connection_end, &c };

	connection_open(&c, name, row);
	unit_feed(&f, row->data, row->len);
	connection_close(&c);
}

void
framings_check_pieces(const char *name, const struct framings_row *row, size_t piece)
{
	const uint8_t *data = (const uint8_t *)row->data;
	struct connection c;
	size_t at, n;

	connection_open(&c, name, row);
	connection_begin(&c);
	for (at = 0; at < row->len; at += n) {
		n = row->len - at < piece ? row->len - at : piece;
		connection_feed(&c, data + at, n);
	}
	connection_end(&c, "in pieces");
	connection_close(&c);
}

void
framings_check_forward(const char *name, const char *config, const void *data, size_t len)
{
	const struct framer *f = framer_find(name);
	size_t known, fresh, closed, page;
	struct unit_guard guard;
	ws_operation opcode;
	const char *why = "";
	struct framing g;
	uint8_t *map;
	int64_t n = 0;

	unit_guard_open(&guard, len + 1);
	map = unit_guard_begin(&guard, NULL, len + 1);
	page = guard.page;
	framer_start(&g, f, config);
	/*
	 * Each piece ends shortly after the start of a page; the pages before that page become
	 * unreadable.
	 */
	for (known = 0; known < len && n == 0; ) {
		closed = known / page * page;
		fresh = known + page < len ? page : len - known;
		fresh += known == 0 && len > 2 * page ? 64 : 0;
		memcpy(map + known, (const uint8_t *)data + known, fresh);
		known += fresh;
		if (closed > 0)
			ck_assert_int_eq(mprotect(map, closed, PROT_NONE), 0);
		n = framer_next(&g, map, known, fresh, &opcode, &why);
		ck_assert_msg(n >= 0, "%s", why);
	}
	ck_assert_msg(n == (int64_t)len && known == len, "%lld of %zu", (long long)n, len);
	framer_stop(&g);
	unit_guard_close(&guard);
}

void
framings_check_good(const char *name, const char *config)
{
	const char *why = "";

	ck_assert_msg(core_check_framing(name, config, &why) == 0, "'%s': %s",
	    config != NULL ? config : "(none)", why);
}

void
framings_check_bad(const char *name, const char *config)
{
	const struct framer *f = framer_find(name);
	const char *why = NULL;
	uint8_t data[2] = "a";
	ws_operation opcode;
	struct framing g;

	ck_assert_msg(core_check_framing(name, config, &why) != 0, "'%s' is accepted", config);
	ck_assert_msg(why != NULL && strchr(why, ' ') != NULL && strstr(why, name) != NULL,
	    "'%s': %s", config, why != NULL ? why : "no reason");
	/* A framing may refuse this configuration later, in the connection, but must not crash. */
	framer_start(&g, f, config);
	(void)framer_next(&g, data, 1, 1, &opcode, &why);
	framer_stop(&g);
}

static unsigned
wrap_message(struct framing *g, ws_envelope *e, const char *name, const char *config,
    ws_operation opcode, uint64_t len)
{
	const struct framer *f = framer_find(name);
	const char *why = "";

	memset(e, 0xa5, sizeof(*e));
	framer_start(g, f, config);
	return framer_wrap(g, (f->api.flags & WS_FRAMER_STREAMS) != 0 ? 0 : len, opcode, e, &why);
}

void
framings_check_wrap(const char *name, const struct framings_wrap *row)
{
	struct framing g;
	ws_envelope e;
	unsigned code;

	code = wrap_message(&g, &e, name, row->config, row->opcode, row->len);
	ck_assert_msg(code == row->code, "%s: %u instead of %u", row->config, code, row->code);
	if (code == 0) {
		ck_assert_msg(e.before_length == row->before_len &&
		    memcmp(e.before, row->before, row->before_len) == 0, "%s, %llu: before: %s",
		    row->config, (unsigned long long)row->len, unit_hex(e.before, e.before_length));
		ck_assert_msg(e.after_length == row->after_len &&
		    memcmp(e.after, row->after, row->after_len) == 0, "%s, %llu: after: %s",
		    row->config, (unsigned long long)row->len, unit_hex(e.after, e.after_length));
	}
	framer_stop(&g);
}

void
framings_check_echo(const char *name, const char *config, ws_operation opcode,
    const void *payload, size_t len, ws_operation want, size_t piece)
{
	size_t total, known = 0, fresh, before, after;
	ws_operation got = ws_frame_binary;
	const char *why = "";
	struct framing g;
	ws_envelope e;
	uint8_t *wire;
	int64_t n = 0;

	ck_assert_uint_eq(wrap_message(&g, &e, name, config, opcode, len), 0);
	total = e.before_length + len + e.after_length;
	wire = malloc(total + 1);
	ck_assert_ptr_nonnull(wire);
	while (known < total && n == 0) {
		fresh = piece == 0 || piece > total - known ? total - known : piece;
		known += fresh;
		/*
		 * Write the whole message again for each piece, because framer_next() puts a NUL
		 * after the piece.
		 */
		memcpy(wire, e.before, e.before_length);
		if (len > 0)
			memcpy(wire + e.before_length, payload, len);
		memcpy(wire + e.before_length + len, e.after, e.after_length);
		n = framer_next(&g, wire, known, fresh, &got, &why);
	}
	ck_assert_msg(n == (int64_t)total && known == total, "%s: %zu bytes: %lld, %s",
	    config != NULL ? config : "", len, (long long)n, why);
	ck_assert_int_eq(got, want);
	ck_assert_int_eq(framer_unwrap(&g, wire, total, &before, &after, &why), 0);
	ck_assert_uint_eq(before, e.before_length);
	ck_assert_uint_eq(after, e.after_length);
	framer_stop(&g);
	free(wire);
}

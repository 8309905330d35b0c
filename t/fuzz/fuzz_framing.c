/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Fuzz target of one framing module, which is linked into the program.  The framing makes the
 * same messages of the bytes of a peer for any splitting of them, does not read earlier bytes
 * again, and unwraps the messages that it has wrapped.  Input: the lengths of pieces; the number
 * of a configuration, or a text with a NUL after it; the bytes of the peer, which are also used
 * as a message of the client.
 */

#include "config.h"

#include "base/log.h"
#include "fuzz_messages.h"
#include "module/framer.h"

uint64_t	init(void);

static const char *const configs[] = {
	NULL, "", "1", "3", "0x20", "crlf", "any", "binary", "text", "typed", "size=1",
	"size=1,text",
	"size=2,endian=little", "size=varint,includes-itself", "size=varint,typed,offset=2",
	"size=1,includes-itself,max=100,typed", "offset=1,static=2", "static=1,endian=big"
};
#define CONFIGS	(sizeof(configs) / sizeof(configs[0]))

/* Adds the message in the n bytes at data. */
static void
add_message(struct fuzz_messages *m, struct framing *g, const uint8_t *data, size_t n,
    ws_operation opcode)
{
	size_t before = 0, after = 0;
	const char *why = NULL;

	FUZZ_CHECK(framer_unwrap(g, data, n, &before, &after, &why) == 0);
	n -= before + after;
	fuzz_messages_add(m, data + before, n, opcode);
}

static int
is_framing(const char *name)
{
	return strcmp(framer_at(0)->api.name, name) == 0;
}

/*
 * Returns the number of bytes of earlier calls that the framing may read: a CR before an LF, or a
 * header.
 */
static size_t
look_back(void)
{
	if (is_framing("content-length"))
		return 4096;
	return is_framing("line") ? 1 : is_framing("dynamic32") ? 3 : is_framing("length") ? 10 : 0;
}

/*
 * Calls the framing once.  The NUL after the bytes is the last byte of the block.  If fill is not
 * -1, the bytes of earlier calls are overwritten with it.
 */
static int64_t
call_framing(struct framing *g, const uint8_t *data, size_t len, size_t fresh, int fill,
    ws_operation *opcode)
{
	const char *why = NULL;
	uint8_t *copy = malloc(len + 1), *before;
	int64_t n;

	FUZZ_CHECK(copy != NULL);
	memcpy(copy, data, len);
	copy[len] = '\0';
	if (fill != -1 && len - fresh > look_back())
		memset(copy, fill, len - fresh - look_back());
	before = fuzz_copy(copy, len);
	n = framer_next(g, copy, len, fresh, opcode, &why);
	FUZZ_CHECK(n >= -1 && n <= (int64_t)len);
	FUZZ_CHECK(n != -1 || (why != NULL && why[0] != '\0'));
	FUZZ_CHECK(memcmp(copy, before, len) == 0);
	free(copy);
	free(before);
	return n;
}

/*
 * Passes all bytes to the framing in pieces (cuts NULL: at once).  Returns the number of bytes
 * left at the end.
 */
static size_t
run(struct fuzz_messages *m, const char *config, const uint8_t *data, size_t size,
    const struct fuzz_cuts *cuts, int fill)
{
	struct fuzz_cuts turn = { { 0 }, 0 };
	size_t at = 0, known = 0, fresh;
	ws_operation opcode;
	struct framing g;
	int64_t n;

	if (cuts != NULL)
		turn = *cuts;
	framer_start(&g, framer_at(0), config);
	while (known < size && !m->failed) {
		fresh = fuzz_cut(&turn, size - known);
		known += fresh;
		for (n = 1; n > 0 && fresh > 0; fresh = known - at) {
			n = call_framing(&g, data + at, known - at, fresh, fill, &opcode);
			m->failed = n == -1;
			if (n > 0 && opcode != ws_frame_discard)
				add_message(m, &g, data + at, (size_t)n, opcode);
			at += n > 0 ? (size_t)n : 0;
		}
	}
	framer_stop(&g);
	framer_stop(&g);
	return size - at;
}

/*
 * Drops all messages from the first binary one on: how bytes that are not JSON are divided into
 * messages depends on the pieces.
 */
static void
drop_faults(struct fuzz_messages *m)
{
	size_t i;

	for (i = 0; i < m->count && m->opcode[i] == ws_frame_text; i++)
		;
	if (i < m->count) {
		m->count = i;
		m->len = i > 0 ? m->end[i - 1] : 0;
	}
}

static void
check_cuts(const char *config, const uint8_t *data, size_t size, const struct fuzz_cuts *cuts)
{
	struct fuzz_messages whole, pieces, forward;
	size_t left;

	fuzz_messages_init(&whole, size);
	fuzz_messages_init(&pieces, size);
	fuzz_messages_init(&forward, size);
	left = run(&whole, config, data, size, NULL, -1);
	FUZZ_CHECK(is_framing("json") || whole.failed || left + whole.len <= size);
	left = run(&pieces, config, data, size, cuts, -1);
	FUZZ_CHECK(run(&forward, config, data, size, cuts, cuts->length[0]) == left);
	fuzz_messages_check_same(&pieces, &forward);
	if (is_framing("json")) {
		drop_faults(&whole);
		drop_faults(&pieces);
	}
	/* Without a length the framing fixedlength makes a message of each read. */
	if (!is_framing("fixedlength") || (config != NULL && strtoull(config, NULL, 0) > 0))
		fuzz_messages_check_same(&whole, &pieces);
	fuzz_messages_free(&whole);
	fuzz_messages_free(&pieces);
	fuzz_messages_free(&forward);
}

/*
 * Returns 1 if a message of the client contains a line end, so that the peer would see two
 * messages.
 */
static int
is_broken_line(const uint8_t *data, size_t size, const char *config)
{
	const uint8_t *lf = size > 0 ? memchr(data, '\n', size) : NULL;
	int any = config != NULL && strcmp(config, "any") == 0;

	if (config != NULL && strcmp(config, "crlf") == 0) {
		while (lf != NULL && (lf == data || lf[-1] != '\r'))
			lf = memchr(lf + 1, '\n', size - (size_t)(lf + 1 - data));
	}
	return lf != NULL || (any && size > 0 && data[size - 1] == '\r');
}

/* Returns 1 if the framing makes a text message of a text that it has wrapped. */
static int
keeps_type(const char *config)
{
	if (is_framing("length"))
		return config != NULL && (strstr(config, "typed") != NULL ||
		    strstr(config, "text") != NULL);
	return !is_framing("netstring") || config == NULL || *config == '\0';
}

/* A message of the client, wrapped and sent back by the peer, must give the same message. */
static void
check_echo(const char *config, const uint8_t *data, size_t size, const struct fuzz_cuts *cuts)
{
	ws_operation opcode = fuzz_is_text(data, size) ? ws_frame_text : ws_frame_binary;
	const ws_framer *api = &framer_at(0)->api;
	struct fuzz_messages m;
	struct framing g;
	ws_envelope e;
	const char *why = NULL;
	unsigned code;
	uint8_t *wire;
	size_t len;

	if (api->wrap == NULL || (is_framing("line") && is_broken_line(data, size, config)))
		return;
	framer_start(&g, framer_at(0), config);
	code = framer_wrap(&g, api->flags & WS_FRAMER_STREAMS ? 0 : size, opcode, &e, &why);
	framer_stop(&g);
	FUZZ_CHECK(code == 0 || (code == 1009 && is_framing("length")));
	if (code != 0)
		return;
	len = e.before_length + size + e.after_length;
	wire = malloc(len + 1);
	FUZZ_CHECK(wire != NULL && len > 0);
	memcpy(wire, e.before, e.before_length);
	memcpy(wire + e.before_length, data, size);
	memcpy(wire + e.before_length + size, e.after, e.after_length);
	fuzz_messages_init(&m, len);
	FUZZ_CHECK(run(&m, config, wire, len, cuts, -1) == 0);
	FUZZ_CHECK(!m.failed && m.count == 1 && m.len == size && memcmp(m.bytes, data, size) == 0);
	FUZZ_CHECK(m.opcode[0] == opcode || !keeps_type(config));
	fuzz_messages_free(&m);
	free(wire);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *why = NULL, *config;
	const uint8_t *nul;
	struct fuzz_cuts cuts;
	char *text = NULL;
	uint8_t *bytes, which;

	if (framer_at(0) == NULL) {
		log_to_fd(-1);
		FUZZ_CHECK(init() == 2 && framer_at(0) != NULL);
	}
	if (size < 1 + FUZZ_CUTS || size > 4096)
		return 0;
	fuzz_cuts_take(&cuts, &data, &size);
	which = *data++;
	size--;
	config = configs[which % CONFIGS];
	nul = memchr(data, 0, size);
	if (which == 0xff && nul != NULL) {
		config = text = fuzz_string(data, (size_t)(nul - data));
		size -= (size_t)(nul + 1 - data);
		data = nul + 1;
	}
	bytes = fuzz_copy(data, size);
	if (framer_check(framer_at(0), config, &why) == 0) {
		check_cuts(config, bytes, size, &cuts);
		check_echo(config, bytes, size, &cuts);
	} else {
		FUZZ_CHECK(why != NULL && strchr(why, ' ') != NULL);
	}
	free(bytes);
	free(text);
	return 0;
}

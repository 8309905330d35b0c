/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Fuzz target of the built-in framings: none loses, adds or reorders a byte, for any splitting of
 * the bytes of the peer. With a forced type, no character is torn by a read. Input: the number of a
 * framing and of a type, the lengths of pieces, a configuration with a NUL after it, the bytes of
 * the peer.
 */

#include "config.h"

#include "base/log.h"
#include "fuzz_messages.h"
#include "module/framer.h"

enum { AUTO, BINARY, SEPARATOR, NEWLINE, FRAMERS };
static const char *const names[FRAMERS] = { "auto", "binary", "separator", "newline" };

static const ws_type types[] = { ws_type_of_framing, ws_type_text, ws_type_binary };
#define TYPES	(sizeof(types) / sizeof(types[0]))

/*
 * Checks a message whose type is forced. repaired are the bytes of the message after a repair of
 * all bytes of the peer together; it may differ only where the framing has cut.
 */
static void
check_forced(const struct framing *g, const uint8_t *bytes, size_t len, ws_operation opcode,
    const uint8_t *repaired)
{
	uint8_t *copy = fuzz_copy(bytes, len);

	opcode = framer_settle(g, opcode, bytes, len);
	FUZZ_CHECK(opcode == (g->type == ws_type_text ? ws_frame_text : ws_frame_binary));
	framer_repair(g, copy, len);
	FUZZ_CHECK(opcode != ws_frame_text || fuzz_is_text(copy, len));
	if (g->framer->whole || opcode == ws_frame_binary)
		FUZZ_CHECK(memcmp(copy, opcode == ws_frame_text ? repaired : bytes, len) == 0);
	free(copy);
}

/*
 * Takes messages from the len bytes, of which the last `fresh` ones are new. Returns the number
 * of bytes left, or -1.
 */
static long
cut_messages(struct framing *g, struct fuzz_messages *m, const uint8_t *bytes, size_t len,
    size_t fresh, const uint8_t *repaired)
{
	ws_operation opcode;
	const char *why = NULL;
	uint8_t *copy;
	int64_t n = 1;

	while (len > 0 && n > 0) {
		/*
		 * The NUL after the bytes is the last byte of the block, so that any access
		 * beyond it is reported.
		 */
		copy = malloc(len + 1);
		FUZZ_CHECK(copy != NULL);
		memcpy(copy, bytes, len);
		copy[len] = '\0';
		n = framer_next(g, copy, len, fresh, &opcode, &why);
		FUZZ_CHECK(n >= -1 && n <= (int64_t)len);
		FUZZ_CHECK(memcmp(copy, bytes, len) == 0);
		free(copy);
		if (n == -1) {
			FUZZ_CHECK(why != NULL && why[0] != '\0');
			return -1;
		}
		if (n > 0) {
			FUZZ_CHECK(opcode == ws_frame_text || opcode == ws_frame_binary);
			if (g->type != ws_type_of_framing) {
				check_forced(g, bytes, (size_t)n, opcode, repaired + m->len);
				opcode = ws_frame_binary;
			}
			fuzz_messages_add(m, bytes, (size_t)n, opcode);
		}
		bytes += n;
		len -= (size_t)n;
		fresh = len;
	}
	return (long)len;
}

/* Passes all bytes to the framing in pieces. Returns the number of bytes left at the end, or -1. */
static long
run(struct fuzz_messages *m, const char *name, ws_type type, const char *config,
    const uint8_t *data, size_t size, struct fuzz_cuts *cuts)
{
	uint8_t *repaired = fuzz_copy(data, size);
	struct framing g;
	size_t known = 0, n;
	long left = 0;

	utf8_repair(repaired, size);
	framer_start(&g, framer_find(name), config);
	framer_force(&g, type);
	while (known < size && left >= 0) {
		n = cuts == NULL ? size : fuzz_cut(cuts, size - known);
		known += n;
		left = cut_messages(&g, m, data + m->len, known - m->len, n, repaired);
		FUZZ_CHECK(left == -1 || m->len + (size_t)left == known);
		FUZZ_CHECK(memcmp(m->bytes, data, m->len) == 0);
	}
	free(repaired);
	if (left > 0 && type == ws_type_of_framing)
		FUZZ_CHECK(framer_type(&g, data + size - left, (size_t)left) == ws_frame_binary ||
		    fuzz_is_text(data + size - left, (size_t)left));
	framer_stop(&g);
	framer_stop(&g);
	return left;
}

static size_t
line_end(uint8_t out[2], const char *config)
{
	if (config != NULL && (strcmp(config, "lf") == 0 || strcmp(config, "cr") == 0)) {
		out[0] = config[0] == 'l' ? '\n' : '\r';
		return 1;
	}
	memcpy(out, config != NULL && strcmp(config, "lfcr") == 0 ? "\n\r" : "\r\n", 2);
	return 2;
}

/* Compares the messages with a slow search for the ends of the separators. */
static void
check_lines(const struct fuzz_messages *m, const uint8_t *data, size_t size, const uint8_t *sep,
    size_t len)
{
	size_t at, begin = 0, found = 0;

	for (at = 0; at < size; at++) {
		if (at + 1 < begin + len || memcmp(data + at + 1 - len, sep, len) != 0)
			continue;
		FUZZ_CHECK(found < m->count && m->end[found] == at + 1);
		begin = at + 1;
		found++;
	}
	FUZZ_CHECK(found == m->count);
}

static void
check_framer(int which, ws_type type, const char *config, const uint8_t *data, size_t size,
    struct fuzz_cuts *cuts)
{
	struct fuzz_messages whole, pieces;
	uint8_t sep[256], end[2];
	const char *why = NULL;
	long left, left_pieces;
	int len;

	fuzz_messages_init(&whole, size);
	fuzz_messages_init(&pieces, size);
	left = run(&whole, names[which], type, config, data, size, NULL);
	left_pieces = run(&pieces, names[which], type, config, data, size, cuts);
	if (which == SEPARATOR && (config == NULL ||
	    framer_unescape(sep, sizeof(sep), config, &why) == -1)) {
		FUZZ_CHECK(size == 0 || (left == -1 && left_pieces == -1));
	} else if (which == SEPARATOR) {
		len = framer_unescape(sep, sizeof(sep), config, &why);
		FUZZ_CHECK(len > 0);
		check_lines(&whole, data, size, sep, (size_t)len);
		fuzz_messages_check_same(&whole, &pieces);
	} else if (which == NEWLINE && framer_check(framer_find("newline"), config, &why) == -1) {
		FUZZ_CHECK(size == 0 || (left == -1 && left_pieces == -1));
	} else if (which == NEWLINE) {
		check_lines(&whole, data, size, end, line_end(end, config));
		fuzz_messages_check_same(&whole, &pieces);
	} else {
		/* Only an incomplete character may be held back. */
		FUZZ_CHECK(left >= 0 && left < 4 && left_pieces >= 0 && left_pieces < 4);
		FUZZ_CHECK(type == ws_type_text || (which == AUTO && type == ws_type_of_framing) ||
		    (left == 0 && left_pieces == 0));
	}
	fuzz_messages_free(&whole);
	fuzz_messages_free(&pieces);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int registered;
	const uint8_t *nul;
	const char *why = NULL;
	struct fuzz_cuts cuts;
	char *config = NULL;
	ws_type type;
	int which;

	if (!registered) {
		log_to_fd(-1);
		FUZZ_CHECK(framer_register_builtin() == 0);
		registered = 1;
	}
	if (size < 1 + FUZZ_CUTS || size > 2048)
		return 0;
	which = *data % FRAMERS;
	type = types[*data++ / FRAMERS % TYPES];
	size--;
	fuzz_cuts_take(&cuts, &data, &size);
	nul = memchr(data, 0, size);
	if (nul != NULL) {
		config = fuzz_string(data, (size_t)(nul - data));
		size -= (size_t)(nul + 1 - data);
		data = nul + 1;
		if (framer_check(framer_find(names[which]), config, &why) == -1)
			FUZZ_CHECK(why != NULL && why[0] != '\0');
	}
	check_framer(which, type, config, data, size, &cuts);
	free(config);
	return 0;
}

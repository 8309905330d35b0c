/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Tests ws.h: valid and invalid traffic of every kind, as a whole, byte by byte and split at every
 * point, and every frame header in every state.
 *
 * The expected events are text: t{...} and b{...} are messages, inside which there may be other
 * events; P(...) and O(...) are ping and pong, C1000(...) is a close frame, F1002 a failure. Pieces
 * of a message are joined, so the text does not depend on the splitting.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/countof.h"
#include "lib/unit.h"
#include "proto/ws.h"

#define STREAM_SIZE	(128 * 1024)
#define FIN		0x80

static const uint8_t key[4] = { 0x37, 0xfa, 0x21, 0x3d };

/* The bytes that a client sends. */
struct stream {
	size_t	len;
	uint8_t	bytes[STREAM_SIZE];
};

/* The decoder, and its events as text, in one run of a test. */
struct run {
	struct ws	ws;
	uint64_t	limit;
	uint8_t		open;		/* opcode of the unfinished message, or 0 */
	size_t		len;
	char		text[STREAM_SIZE];
	const char	*what, *expected;
};

static struct stream stream;
static struct run got;

static void
put(const void *data, size_t len)
{
	ck_assert_uint_le(len, sizeof(stream.bytes) - stream.len);
	if (len > 0)
		memcpy(stream.bytes + stream.len, data, len);
	stream.len += len;
}

/* Adds a frame header with a mask; form is the value of the 7 bits of the length. */
static void
put_header(unsigned first, unsigned form, uint64_t length)
{
	size_t bytes = form == 126 ? 2 : form == 127 ? 8 : 0;
	uint8_t b;

	b = (uint8_t)first;
	put(&b, 1);
	b = (uint8_t)(0x80 | form);
	put(&b, 1);
	while (bytes-- > 0) {
		b = (uint8_t)(length >> (8 * bytes));
		put(&b, 1);
	}
	put(key, sizeof(key));
}

static void
put_payload(const void *payload, size_t len)
{
	size_t at = stream.len, i;

	put(payload, len);
	for (i = 0; i < len; i++)
		stream.bytes[at + i] = (uint8_t)(stream.bytes[at + i] ^ key[i % 4]);
}

/* Adds a complete frame. */
static void
put_frame(unsigned first, const void *payload, size_t len)
{
	put_header(first, len <= 125 ? (unsigned)len : len <= 65535 ? 126 : 127, len);
	put_payload(payload, len);
}

static void
note(struct run *r, const void *data, size_t len)
{
	unit_assert(len < sizeof(r->text) - r->len, "%zu bytes are too long", len);
	if (len > 0)
		memcpy(r->text + r->len, data, len);
	r->len += len;
	r->text[r->len] = '\0';
}

static void
note_control(struct run *r, const char *head, const struct ws_piece *p)
{
	note(r, head, strlen(head));
	note(r, "(", 1);
	note(r, p->data, p->len);
	note(r, ")", 1);
}

static void
note_data(struct run *r, const struct ws_piece *p)
{
	if (!p->first != (r->open != 0) || (p->opcode != FRAME_TEXT && p->opcode != FRAME_BINARY) ||
	    (r->open != 0 && r->open != p->opcode))
		ck_abort_msg("%s: after '%s' a piece of opcode %d, first %d", r->what, r->text,
		    p->opcode, p->first);
	if (p->first)
		note(r, p->opcode == FRAME_TEXT ? "t{" : "b{", 2);
	note(r, p->data, p->len);
	if (p->last)
		note(r, "}", 1);
	r->open = p->last ? 0 : (uint8_t)p->opcode;
}

static void
note_event(struct run *r, enum ws_event event, const struct ws_piece *p)
{
	char head[16];

	switch (event) {
	case WS_MORE:
		break;
	case WS_DATA:
		note_data(r, p);
		break;
	case WS_PING:
		note_control(r, "P", p);
		break;
	case WS_PONG:
		note_control(r, "O", p);
		break;
	case WS_CLOSE:
		snprintf(head, sizeof(head), "C%u", p->code);
		note_control(r, head, p);
		break;
	case WS_FAIL:
		if (p->reason == NULL || p->reason[0] == '\0')
			ck_abort_msg("%s: a failure without a reason", r->what);
		snprintf(head, sizeof(head), "F%u", p->code);
		note(r, head, strlen(head));
		break;
	}
}

static void
begin(void *arg)
{
	struct run *r = arg;

	ws_init(&r->ws, r->limit);
	r->open = 0;
	r->len = 0;
	r->text[0] = '\0';
}

/* Unmasks the piece in place, which is allowed since the feeder has made a copy of it. */
static void
feed(void *arg, const uint8_t *piece, size_t len)
{
	struct run *r = arg;
	uint8_t *data = (uint8_t *)(uintptr_t)piece;
	struct ws_piece p;
	enum ws_event event;
	size_t used;

	do {
		/* The decoder must set all members that belong to the event: preset others. */
		memset(&p, 0xee, sizeof(p));
		event = ws_decode(&r->ws, data, len, &used, &p);
		if (used > len || (event == WS_MORE && used != len))
			ck_abort_msg("%s: %zu of %zu bytes used", r->what, used, len);
		if (event == WS_DATA && p.len > 0 &&
		    (p.data < data || p.data + p.len > data + used))
			ck_abort_msg("%s: data is not in place", r->what);
		note_event(r, event, &p);
		data += used;
		len -= used;
	} while (event != WS_MORE);
}

/*
 * Compares the text of the events with the expected one. In the expected text the part between
 * two bars is optional, as is any prefix of it: the number of bytes of an invalid text that are
 * passed on depends on the splitting.
 */
static void
end(void *arg, const char *how)
{
	struct run *r = arg;
	const char *text = r->text, *expected = r->expected;

	for (; *expected != '\0' && *expected != '|'; expected++, text++)
		if (*text != *expected)
			goto different;
	if (*expected == '|') {
		for (expected++; *expected != '|' && *text == *expected; expected++)
			text++;
		expected = strchr(expected, '|') + 1;
	}
	if (strcmp(text, expected) == 0 && strlen(r->text) == r->len)
		return;
different:
	ck_abort_msg("%s, %s: '%s' instead of '%s'", r->what, how, r->text, r->expected);
}

static const struct unit_feeder feeder = { begin, feed, end, &got };

/* The stream, split in all ways, must give this text. */
static void
expect(const char *what, uint64_t limit, const char *expected)
{
	got.what = what;
	got.limit = limit;
	got.expected = expected;
	unit_feed(&feeder, stream.bytes, stream.len);
}

#define ROW_FRAMES	6
#define F(first, payload)	{ 1, first, payload, sizeof(payload) - 1 }
#define RAW(bytes)		{ 2, 0, bytes, sizeof(bytes) - 1 }

/* Frames (kind 1) and raw bytes (kind 2), sent one after the other. */
struct row {
	const char	*what, *expected;
	struct {
		int		kind;
		unsigned	first;
		const char	*payload;
		size_t		len;
	} frame[ROW_FRAMES];
};

static void
expect_row(const struct row *row, uint64_t limit)
{
	size_t i;

	stream.len = 0;
	for (i = 0; i < ROW_FRAMES && row->frame[i].kind != 0; i++) {
		if (row->frame[i].kind == 1)
			put_frame(row->frame[i].first, row->frame[i].payload, row->frame[i].len);
		else
			put(row->frame[i].payload, row->frame[i].len);
	}
	expect(row->what, limit, row->expected);
}

static void
expect_rows(const struct row *rows, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		expect_row(&rows[i], 0);
}

START_TEST(ws_legal)
{
	static const struct row rows[] = {
		{ "nothing", "", { RAW("") } },
		{ "text", "t{Hello}", { F(0x81, "Hello") } },
		{ "binary", "b{\377\001\200}", { F(0x82, "\377\001\200") } },
		{ "empty text", "t{}", { F(0x81, "") } },
		{ "empty binary", "b{}", { F(0x82, "") } },
		{ "messages", "t{a}b{b}t{}b{}t{c}", { F(0x81, "a"), F(0x82, "b"), F(0x81, ""),
		    F(0x82, ""), F(0x81, "c") } },
		{ "fragments", "t{Hello}", { F(0x01, "Hel"), F(0x80, "lo") } },
		{ "many fragments", "b{abcd}t{e}", { F(0x02, "a"), F(0x00, "b"), F(0x00, "c"),
		    F(0x80, "d"), F(0x81, "e") } },
		{ "empty fragments", "t{ab}", { F(0x01, ""), F(0x00, "a"), F(0x00, ""),
		    F(0x00, "b"), F(0x80, "") } },
		{ "only empty fragments", "b{}b{}", { F(0x02, ""), F(0x00, ""), F(0x80, ""),
		    F(0x82, "") } },
		{ "unfinished message", "t{abc", { F(0x01, "abc") } },
		{ "unfinished frame", "t{ab", { RAW("\x81\x83\0\0\0\0ab") } },
		{ "unfinished header", "t{a}", { F(0x81, "a"), RAW("\x81\xfe\x01") } },
		{ "ping", "P(ping)", { F(0x89, "ping") } },
		{ "empty ping", "P()", { F(0x89, "") } },
		{ "pong", "O(pong)", { F(0x8a, "pong") } },
		{ "empty pong", "O()", { F(0x8a, "") } },
		{ "ping with any bytes", "P(\377\200)", { F(0x89, "\377\200") } },
		{ "control between fragments", "t{aP(1)bO(2)P()c}", { F(0x01, "a"), F(0x89, "1"),
		    F(0x00, "b"), F(0x8a, "2"), F(0x89, ""), F(0x80, "c") } },
		{ "ping before the first byte of a message", "b{P(1)x}", { F(0x02, ""),
		    F(0x89, "1"), F(0x80, "x") } },
		{ "close without a code", "C1005()", { F(0x88, "") } },
		{ "close", "C1000()", { F(0x88, "\003\350") } },
		{ "close with a reason", "C1001(going away)", { F(0x88, "\003\351going away") } },
		{ "close with a reason in UTF-8", "C4999(\xe2\x82\xac)",
		    { F(0x88, "\023\207\xe2\x82\xac") } },
		{ "close inside a message", "t{abC1000()", { F(0x01, "ab"), F(0x88, "\003\350") } },
		{ "text in UTF-8", "t{\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80}",
		    { F(0x81, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80") } },
		{ "a character in two fragments", "t{\xc3\xa4}", { F(0x01, "\xc3"),
		    F(0x80, "\xa4") } },
		{ "a character in four fragments with a ping inside", "t{\xf0\x9fP(!)\x98\x80}",
		    { F(0x01, "\xf0"), F(0x00, "\x9f"), F(0x89, "!"), F(0x00, "\x98"),
		    F(0x80, "\x80") } },
		{ "binary is not text", "b{\xc3}b{\xff}", { F(0x82, "\xc3"), F(0x02, ""),
		    F(0x80, "\xff") } },
		{ "text after a binary message that ends in half a character", "b{\xc3}t{a}",
		    { F(0x82, "\xc3"), F(0x81, "a") } },
		{ "mask of zeroes", "t{abc}", { RAW("\x81\x83\0\0\0\0abc") } }
	};

	expect_rows(rows, COUNTOF(rows));
}
END_TEST

START_TEST(ws_illegal)
{
	static const struct row rows[] = {
		{ "not masked", "F1002", { RAW("\x81\x05Hello") } },
		{ "ping not masked", "F1002", { RAW("\x89\x01p") } },
		{ "close not masked", "F1002", { RAW("\x88\x00") } },
		{ "RSV1", "F1002", { F(0xc1, "a") } },
		{ "RSV2", "F1002", { F(0xa1, "a") } },
		{ "RSV3", "F1002", { F(0x91, "a") } },
		{ "RSV1 on a continuation", "t{aF1002", { F(0x01, "a"), F(0xc0, "b") } },
		{ "RSV1 on a ping", "F1002", { F(0xc9, "") } },
		{ "opcode 3", "F1002", { F(0x83, "a") } },
		{ "opcode 7", "F1002", { F(0x87, "") } },
		{ "opcode 11", "F1002", { F(0x8b, "a") } },
		{ "opcode 15", "F1002", { F(0x8f, "") } },
		{ "opcode 3 inside a message", "b{aF1002", { F(0x02, "a"), F(0x03, "b") } },
		{ "ping in fragments", "F1002", { F(0x09, "a"), F(0x80, "b") } },
		{ "pong in fragments", "F1002", { F(0x0a, "a") } },
		{ "close in fragments", "F1002", { F(0x08, "") } },
		{ "continuation of nothing", "F1002", { F(0x80, "a") } },
		{ "continuation of nothing, not the last", "F1002", { F(0x00, "a") } },
		{ "continuation of a whole message", "t{a}F1002", { F(0x81, "a"), F(0x80, "b") } },
		{ "continuation of a message that has ended", "t{ab}F1002", { F(0x01, "a"),
		    F(0x80, "b"), F(0x80, "c") } },
		{ "text inside a text", "t{aF1002", { F(0x01, "a"), F(0x81, "b") } },
		{ "binary inside a text", "t{aF1002", { F(0x01, "a"), F(0x82, "b") } },
		{ "text inside a binary", "b{aP()F1002", { F(0x02, "a"), F(0x89, ""),
		    F(0x01, "b") } },
		{ "length 5 in 16 bits", "F1002", { RAW("\x82\xfe\0\005\0\0\0\0abcde") } },
		{ "length 125 in 16 bits", "F1002", { RAW("\x82\xfe\0\175\0\0\0\0a") } },
		{ "length 5 in 64 bits", "F1002",
		    { RAW("\x82\xff\0\0\0\0\0\0\0\005\0\0\0\0abcde") } },
		{ "length 65535 in 64 bits", "F1002",
		    { RAW("\x82\xff\0\0\0\0\0\0\xff\xff\0\0\0\0abcde") } },
		{ "length 2^63", "F1002", { RAW("\x82\xff\x80\0\0\0\0\0\0\0\0\0\0\0abcde") } },
		{ "length 2^64 - 1", "F1002",
		    { RAW("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0abcde") } },
		{ "ping of 126 bytes", "F1002", { RAW("\x89\xfe\0\176\0\0\0\0a") } },
		{ "ping of 65536 bytes", "F1002", { RAW("\x89\xff\0\0\0\0\0\1\0\0\0\0\0\0a") } },
		{ "close of 126 bytes", "F1002", { RAW("\x88\xfe\0\176\0\0\0\0\003\350") } },
		{ "close with half a code", "F1002", { F(0x88, "\003") } },
		{ "close with code 0", "F1002", { F(0x88, "\0\0") } },
		{ "close with code 999", "F1002", { F(0x88, "\003\347") } },
		{ "close with code 1004", "F1002", { F(0x88, "\003\354") } },
		{ "close with code 1005", "F1002", { F(0x88, "\003\355") } },
		{ "close with code 1006", "F1002", { F(0x88, "\003\356") } },
		{ "close with code 1015", "F1002", { F(0x88, "\003\367") } },
		{ "close with code 2999", "F1002", { F(0x88, "\013\267") } },
		{ "close with code 5000", "F1002", { F(0x88, "\023\210") } },
		{ "close with code 65535", "F1002", { F(0x88, "\377\377") } },
		{ "close with a reason that is not UTF-8", "F1007", { F(0x88, "\003\350a\xff") } },
		{ "close with a reason that is cut", "F1007", { F(0x88, "\003\350a\xe2\x82") } },
		{ "text of one bad byte", "F1007", { F(0x81, "\xff") } },
		{ "text that turns bad", "|t{abc\xed|F1007", { F(0x81, "abc\xed\xa0\x80""def") } },
		{ "text that ends in half a character", "|t{ab|F1007", { F(0x81, "ab\xc3") } },
		{ "fragments that end in half a character", "t{a|b\xe2|F1007", { F(0x01, "a"),
		    F(0x80, "b\xe2\x82") } },
		{ "half a character and an empty end", "t{\xc3""F1007", { F(0x01, "\xc3"),
		    F(0x80, "") } },
		{ "half a character and a new message", "t{\xc3""F1002", { F(0x01, "\xc3"),
		    F(0x81, "\xa4") } },
		{ "a surrogate over fragments", "t{\xed""F1007", { F(0x01, "\xed"),
		    F(0x00, "\xa0\x80") } },
		{ "bad after a good message", "t{a}b{\xff}|t{b|F1007", { F(0x81, "a"),
		    F(0x82, "\xff"), F(0x81, "b\xfe") } }
	};

	expect_rows(rows, COUNTOF(rows));
}
END_TEST

/* After the end of the connection valid and invalid frames must be discarded. */
START_TEST(ws_nothing_after_the_end)
{
	static const struct row rows[] = {
		{ "text after close", "C1000()", { F(0x88, "\003\350"), F(0x81, "a"),
		    F(0x89, "p") } },
		{ "close after close", "C1000()", { F(0x88, "\003\350"), F(0x88, "\003\351") } },
		{ "rubbish after close", "C1005()", { F(0x88, ""), RAW("\xff\xff\xff\xff") } },
		{ "rest of a message after close", "t{aC1005()", { F(0x01, "a"), F(0x88, ""),
		    F(0x80, "b") } },
		{ "text after a failure", "F1002", { F(0x83, "x"), F(0x81, "a"), F(0x88, "") } },
		{ "failure after a failure", "F1002", { F(0xc1, ""), F(0x81, "\xff") } },
		{ "text after bad text", "F1007", { F(0x81, "\xff"), F(0x81, "a") } }
	};
	size_t i, used;
	uint8_t rest[300] = { 0x81, 0x80 };
	struct ws_piece piece;

	for (i = 0; i < COUNTOF(rows); i++) {
		expect_row(&rows[i], 0);
		ck_assert_int_eq(got.ws.over, 1);
		ck_assert_int_eq(ws_decode(&got.ws, rest, sizeof(rest), &used, &piece), WS_MORE);
		ck_assert_uint_eq(used, sizeof(rest));
		ck_assert_int_eq(ws_decode(&got.ws, rest, 0, &used, &piece), WS_MORE);
		ck_assert_uint_eq(used, 0);
	}
}
END_TEST

/*
 * Returns whether RFC 6455, sections 5.2, 5.4 and 5.5, allows this header while a message with
 * the opcode `open` is unfinished (0: none is).
 */
static int
allowed(unsigned first, int masked, unsigned form, unsigned open)
{
	unsigned opcode = first % 16;

	if ((first & 0x70) != 0 || !masked)
		return 0;
	if (opcode == 8 || opcode == 9 || opcode == 10)
		return (first & FIN) != 0 && form <= 125;
	if (opcode == 0)
		return open != 0;
	return (opcode == 1 || opcode == 2) && open == 0;
}

/*
 * Writes the expected text for a frame of len bytes 'x' that follows an unfinished message with
 * the opcode `open`; whole is 1 if all bytes of the frame are sent.
 */
static void
expected_text(char *out, size_t size, unsigned first, unsigned open, size_t len, int whole)
{
	unsigned opcode = first % 16;
	char x[256];

	memset(x, 'x', len);
	x[len] = '\0';
	switch (opcode) {
	case 8:
		/* The first two bytes of the payload, "xx", are not a valid close code. */
		snprintf(out, size, len == 0 ? "C1005()" : "F1002");
		break;
	case 9:
	case 10:
		snprintf(out, size, "%c(%s)", opcode == 9 ? 'P' : 'O', x);
		break;
	default:
		snprintf(out, size, "%s%s%s", open != 0 ? "" : opcode == 1 ? "t{" : "b{", x,
		    whole && (first & FIN) != 0 ? "}" : "");
	}
}

static void
expect_cell(unsigned first, int masked, unsigned form, unsigned open)
{
	/* Only the first bytes of a frame of 65536 bytes are sent. */
	size_t len = form == 127 ? 9 : form;
	char text[512], what[128];
	const char *before = open == 0 ? "" : open == 1 ? "t{a" : "b{a";
	uint8_t header[FRAME_CLIENT_HEADER], x[128];
	size_t at, n;

	memset(x, 'x', sizeof(x));
	stream.len = 0;
	if (open != 0)
		put_frame(open, "a", 1);
	at = stream.len;
	put_header(first, form, form == 127 ? 65536 : form);
	if (!masked) {
		stream.bytes[at + 1] &= 0x7f;
		stream.len -= sizeof(key);
		put(x, len);
	} else {
		put_payload(x, len);
	}
	n = (size_t)snprintf(text, sizeof(text), "%s", before);
	if (allowed(first, masked, form, open))
		expected_text(text + n, sizeof(text) - n, first, open, len, form != 127);
	else
		snprintf(text + n, sizeof(text) - n, "F1002");
	memcpy(header, stream.bytes + at, sizeof(header) < stream.len - at ? sizeof(header) : 2);
	snprintf(what, sizeof(what), "%02x%02x, open message %u", (unsigned)header[0],
	    (unsigned)header[1], open);

	got.what = what;
	got.limit = 0;
	got.expected = text;
	begin(&got);
	feed(&got, stream.bytes, stream.len);
	end(&got, "whole");
}

/*
 * All combinations of OPCODE, FIN, RSV, MASK and four forms of the length, outside of a message
 * and inside a message of each type.
 */
START_TEST(ws_all_headers_in_all_states)
{
	static const unsigned forms[] = { 0, 125, 126, 127 };
	unsigned first, open, cells = 0;
	int masked;
	size_t i;

	for (open = 0; open <= 2; open++) {
		for (first = 0; first < 256; first++) {
			for (masked = 0; masked < 2; masked++) {
				for (i = 0; i < COUNTOF(forms); i++) {
					expect_cell(first, masked, forms[i], open);
					cells++;
				}
			}
		}
	}
	ck_assert_uint_eq(cells, 3 * 2048);
}
END_TEST

/* The verdict on each header must be known with its last byte, before any payload is received. */
START_TEST(ws_verdict_before_payload)
{
	unsigned first;
	size_t i;

	for (first = 0; first < 256; first++) {
		if (allowed(first, 1, 5, 0))
			continue;
		stream.len = 0;
		put_header(first, 5, 5);
		got.what = unit_hex(stream.bytes, stream.len);
		got.limit = 0;
		got.expected = "F1002";
		begin(&got);
		for (i = 0; i < stream.len; i++)
			feed(&got, stream.bytes + i, 1);
		end(&got, "without its payload");
	}
}
END_TEST

START_TEST(ws_close_codes)
{
	static const struct {
		unsigned	from, to;
		int		allowed;
	} ranges[] = {
		{ 0, 999, 0 }, { 1000, 1003, 1 }, { 1004, 1006, 0 }, { 1007, 1014, 1 },
		{ 1015, 2999, 0 }, { 3000, 4999, 1 }, { 5000, 5100, 0 }, { 65535, 65535, 0 }
	};
	char expected[32];
	uint8_t payload[4] = { 0, 0, 'o', 'k' };
	unsigned code;
	size_t i;

	for (i = 0; i < COUNTOF(ranges); i++) {
		for (code = ranges[i].from; code <= ranges[i].to; code++) {
			payload[0] = (uint8_t)(code / 256);
			payload[1] = (uint8_t)code;
			stream.len = 0;
			put_frame(0x88, payload, sizeof(payload));
			snprintf(expected, sizeof(expected),
			    ranges[i].allowed ? "C%u(ok)" : "F1002", code);
			got.what = "a close code";
			got.limit = 0;
			got.expected = expected;
			begin(&got);
			feed(&got, stream.bytes, stream.len);
			end(&got, expected);
		}
	}
}
END_TEST

/* The lengths at the limits of the forms, as a whole and split at uneven places. */
START_TEST(ws_lengths)
{
	static const size_t lengths[] = { 0, 1, 124, 125, 126, 127, 65535, 65536, 70000 };
	static uint8_t payload[70000];
	static char expected[sizeof(payload) + 4];
	size_t i, k, at, n;

	for (i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)('a' + i % 23);
	for (i = 0; i < COUNTOF(lengths); i++) {
		stream.len = 0;
		put_frame(0x82, payload, lengths[i]);
		snprintf(expected, sizeof(expected), "b{%.*s}", (int)lengths[i], (char *)payload);
		got.what = "a length";
		got.limit = lengths[i];
		got.expected = expected;
		k = lengths[i] < 1000 ? 1 : unit_stride();
		for (; k <= 4099; k += 1 + k / 2) {
			begin(&got);
			for (at = 0; at < stream.len; at += n) {
				n = k < stream.len - at ? k : stream.len - at;
				feed(&got, stream.bytes + at, n);
			}
			end(&got, "in pieces");
			/* The decoder has unmasked the payload in place, so build it again. */
			stream.len = 0;
			put_frame(0x82, payload, lengths[i]);
		}
	}
}
END_TEST

START_TEST(ws_control_of_125_bytes)
{
	char payload[126], expected[512];

	memset(payload, 'p', sizeof(payload));
	payload[125] = '\0';
	stream.len = 0;
	put_frame(0x89, payload, 125);
	put_frame(0x8a, payload, 125);
	snprintf(expected, sizeof(expected), "P(%s)O(%s)", payload, payload);
	expect("ping and pong of 125 bytes", 0, expected);

	payload[0] = 3;
	payload[1] = (char)0xe8;
	stream.len = 0;
	put_frame(0x88, payload, 125);
	snprintf(expected, sizeof(expected), "C1000(%s)", payload + 2);
	expect("close of 125 bytes", 0, expected);
}
END_TEST

/* A text message, split into two and three frames at all places. */
START_TEST(ws_text_in_fragments)
{
	static const char text[] = "z\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"
	    "\xef\xbf\xbf\xf4\x8f\xbf\xbf";
	size_t len = sizeof(text) - 1, a, b;
	char expected[64];

	snprintf(expected, sizeof(expected), "t{%s}", text);
	for (a = 0; a <= len; a++) {
		for (b = a; b <= len; b++) {
			stream.len = 0;
			put_frame(FRAME_TEXT, text, a);
			put_frame(FRAME_CONTINUATION, text + a, b - a);
			put_frame(FIN | FRAME_CONTINUATION, text + b, len - b);
			expect("three fragments", 0, expected);
		}
	}
}
END_TEST

/*
 * A text must fail with its first invalid byte, wherever the frames are split (RFC 6455, section
 * 8.1).
 */
START_TEST(ws_text_fails_early)
{
	static const struct {
		const char	*text;
		size_t		bad;	/* index of the first invalid byte */
	} rows[] = {
		{ "ab\x80", 2 }, { "\xc0\xaf", 0 }, { "\xc1\xbf", 0 }, { "a\xc3z", 2 },
		{ "\xe0\x9f\xbf", 1 }, { "\xed\xa0\x80", 1 }, { "\xe2\x82z", 2 }, { "\xe2\xe2", 1 },
		{ "\xf0\x8f\xbf\xbf", 1 }, { "\xf4\x90\x80\x80", 1 }, { "\xf5\x80\x80\x80", 0 },
		{ "\xf0\x9f\x98z", 3 }, { "\xfe", 0 }, { "\xff", 0 }, { "0123456789abcdef\xff", 16 }
	};
	size_t i, cut, at;

	for (i = 0; i < COUNTOF(rows); i++) {
		for (cut = 0; cut <= rows[i].bad; cut++) {
			stream.len = 0;
			put_frame(FRAME_TEXT, rows[i].text, cut);
			put_header(FRAME_CONTINUATION, 125, 125);
			put_payload(rows[i].text + cut, strlen(rows[i].text) - cut);
			got.what = unit_hex(rows[i].text, strlen(rows[i].text));
			got.limit = 0;
			begin(&got);
			for (at = 0; at < stream.len && !got.ws.over; at++)
				feed(&got, stream.bytes + at, 1);
			if (at != 6 + cut + 6 + rows[i].bad - cut + 1 ||
			    strcmp(got.text + got.len - 5, "F1007") != 0)
				ck_abort_msg("%s, cut at %zu: %zu bytes, %s", got.what, cut, at,
				    got.text);
		}
	}
}
END_TEST

/* The header of a frame of 2^63 - 1 bytes, with a mask of zeros. */
#define HUGE_HEADER(first)	first "\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0"

/*
 * A header whose length exceeds the limit is refused immediately. The data before it has been
 * passed on.
 */
START_TEST(ws_limit)
{
	static const struct {
		uint64_t	limit;
		struct row	row;
	} rows[] = {
		{ 10, { "as long as the limit", "t{0123456789}", { F(0x81, "0123456789") } } },
		{ 10, { "above the limit", "F1009", { F(0x81, "0123456789a") } } },
		{ 10, { "the header alone", "F1009", { RAW("\x82\x8b\0\0\0\0") } } },
		{ 10, { "text after too much", "F1009", { F(0x82, "0123456789a"),
		    F(0x81, "a") } } },
		{ 10, { "fragments as long as the limit", "b{0123456789}b{0123456789}",
		    { F(0x02, "0123"), F(0x00, "456"), F(0x00, ""), F(0x80, "789"),
		    F(0x82, "0123456789") } } },
		{ 10, { "fragments above the limit", "b{0123456F1009", { F(0x02, "0123"),
		    F(0x00, "456"), F(0x80, "789a") } } },
		{ 10, { "one byte above in a last fragment", "b{0123456789F1009",
		    { F(0x02, "0123456789"), F(0x80, "a") } } },
		{ 10, { "nothing above in a last fragment", "b{0123456789}",
		    { F(0x02, "0123456789"), F(0x80, "") } } },
		{ 6, { "control frames do not count", "t{012P(0123456789ab)345}", { F(0x01, "012"),
		    F(0x89, "0123456789ab"), F(0x80, "345") } } },
		{ 1, { "fragments above a limit of one", "b{aF1009", { F(0x02, ""), F(0x00, "a"),
		    F(0x80, "b") } } },
		{ 1, { "a wrong header is worse than too much", "F1002", { F(0xc1, "0123") } } },
		{ UINT64_C(1) << 40, { "2^63 - 1 bytes", "F1009",
		    { RAW(HUGE_HEADER("\x82") "a") } } },
		{ INT64_MAX, { "2^63 - 1 bytes after one", "b{aF1009", { F(0x02, "a"),
		    RAW(HUGE_HEADER("\x80") "a") } } },
		{ INT64_MAX, { "2^63 - 1 bytes as the limit", "b{a",
		    { RAW(HUGE_HEADER("\x82") "a") } } },
		{ 0, { "2^63 - 1 bytes without a limit", "b{abc", { F(0x02, "a"), F(0x00, "b"),
		    RAW(HUGE_HEADER("\x80") "c") } } }
	};
	size_t i;

	for (i = 0; i < COUNTOF(rows); i++)
		expect_row(&rows[i].row, rows[i].limit);
}
END_TEST

START_TEST(ws_limit_does_not_wrap)
{
	static const uint64_t left[] = { 0, 1, 5, 124, 125 };
	size_t i, length;

	for (i = 0; i < COUNTOF(left); i++) {
		for (length = 0; length <= 125; length++) {
			got.what = "a continuation at the end of 64 bits";
			got.limit = UINT64_MAX;
			got.expected = length > left[i] ? "b{aF1009" :
			    length == 0 ? "b{a}" : "b{a";
			begin(&got);
			stream.len = 0;
			put_frame(FRAME_BINARY, "a", 1);
			feed(&got, stream.bytes, stream.len);
			ck_assert_uint_eq(got.ws.message, 1);
			got.ws.message = UINT64_MAX - left[i];
			stream.len = 0;
			put_header(FIN | FRAME_CONTINUATION, (unsigned)length, 0);
			feed(&got, stream.bytes, stream.len);
			end(&got, "header");
		}
	}
}
END_TEST

/*
 * The decoder must not change bytes that it has not processed, and must return a piece at the
 * place of its bytes.
 */
START_TEST(ws_in_place)
{
	uint8_t before[64];
	struct ws_piece piece;
	struct ws w;
	size_t used, second;

	stream.len = 0;
	put_frame(0x01, "first", 5);
	second = stream.len;
	put_frame(0x80, "second", 6);
	memcpy(before, stream.bytes, stream.len);
	ws_init(&w, 0);

	ck_assert_int_eq(ws_decode(&w, stream.bytes, stream.len, &used, &piece), WS_DATA);
	ck_assert_uint_eq(used, second);
	ck_assert_ptr_eq(piece.data, stream.bytes + 6);
	ck_assert_uint_eq(piece.len, 5);
	ck_assert_mem_eq(piece.data, "first", 5);
	ck_assert_int_ne(piece.first, 0);
	ck_assert_int_eq(piece.last, 0);
	ck_assert_mem_eq(stream.bytes + second, before + second, stream.len - second);

	ck_assert_int_eq(ws_decode(&w, stream.bytes + second, stream.len - second, &used, &piece),
	    WS_DATA);
	ck_assert_uint_eq(used, stream.len - second);
	ck_assert_ptr_eq(piece.data, stream.bytes + second + 6);
	ck_assert_mem_eq(piece.data, "second", 6);
	ck_assert_int_eq(piece.first, 0);
	ck_assert_int_ne(piece.last, 0);
}
END_TEST

/* The saved part of a header must fit into its member, wherever the header is split. */
START_TEST(ws_header_in_its_room)
{
	static const uint8_t untouched[FRAME_CONTROL_SIZE];
	struct ws_piece piece;
	struct ws w;
	size_t cut, used;

	for (cut = 1; cut < FRAME_CLIENT_HEADER; cut++) {
		stream.len = 0;
		put_header(0x82, 127, 65536);
		memset(stream.bytes + stream.len, 0xff, 200);
		ws_init(&w, 0);
		ck_assert_int_eq(ws_decode(&w, stream.bytes, cut, &used, &piece), WS_MORE);
		ck_assert_int_eq(ws_decode(&w, stream.bytes + cut, stream.len + 200 - cut, &used,
		    &piece), WS_DATA);
		ck_assert_uint_eq(piece.len, 200);
		ck_assert_mem_eq(w.control, untouched, sizeof(untouched));
	}
}
END_TEST

/*
 * A frame can be longer than the memory: the received part of its payload is passed on
 * immediately.
 */
START_TEST(ws_endless_frame)
{
	struct ws_piece piece;
	uint8_t chunk[1000];
	struct ws w;
	size_t used, i, k;

	ws_init(&w, 0);
	stream.len = 0;
	put_header(0x82, 127, (UINT64_C(1) << 63) - 1);
	ck_assert_int_eq(ws_decode(&w, stream.bytes, stream.len, &used, &piece), WS_MORE);
	for (i = 0; i < 1000; i++) {
		for (k = 0; k < sizeof(chunk); k++)
			chunk[k] = (uint8_t)('a' ^ key[(i * 997 + k) % 4]);
		ck_assert_int_eq(ws_decode(&w, chunk, 997, &used, &piece), WS_DATA);
		ck_assert_uint_eq(used, 997);
		ck_assert_uint_eq(piece.len, 997);
		ck_assert_int_eq(piece.last, 0);
		ck_assert_int_eq(!piece.first, i > 0);
		for (k = 0; k < piece.len; k++)
			if (piece.data[k] != 'a')
				ck_abort_msg("byte %zu of piece %zu", k, i);
	}
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("ws");
	TCase *tc = tcase_create("ws");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, ws_legal);
	tcase_add_test(tc, ws_illegal);
	tcase_add_test(tc, ws_nothing_after_the_end);
	tcase_add_test(tc, ws_all_headers_in_all_states);
	tcase_add_test(tc, ws_verdict_before_payload);
	tcase_add_test(tc, ws_close_codes);
	tcase_add_test(tc, ws_lengths);
	tcase_add_test(tc, ws_control_of_125_bytes);
	tcase_add_test(tc, ws_text_in_fragments);
	tcase_add_test(tc, ws_text_fails_early);
	tcase_add_test(tc, ws_limit);
	tcase_add_test(tc, ws_limit_does_not_wrap);
	tcase_add_test(tc, ws_in_place);
	tcase_add_test(tc, ws_header_in_its_room);
	tcase_add_test(tc, ws_endless_frame);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

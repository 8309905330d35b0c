/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Fuzz target of ws.h. The bytes of a client, at once and in pieces, give the same events as a
 * second decoder that has all bytes; after a failure all bytes are discarded. Input: the maximum
 * size of a message, the lengths of pieces, the bytes of the client.
 */

#include "config.h"

#include "fuzz.h"
#include "proto/ws.h"

/*
 * An event. Consecutive pieces of a message are one entry. After an invalid text, the number of
 * bytes that are passed on before the failure depends on the splitting: at least `least`, at most
 * `len`.
 */
struct entry {
	enum ws_event	event;
	int		opcode, first, last, optional;
	unsigned	code;
	size_t		at, len, least;
};

struct record {
	struct entry	*entry;
	uint8_t		*bytes;
	size_t		 count, len, room;
	int		 open;		/* opcode of the unfinished message, or 0 */
	int		 may_fail;	/* 1: the last header is incomplete but already invalid */
};

static void
record_init(struct record *r, size_t size)
{
	memset(r, 0, sizeof(*r));
	r->room = size + 2;
	r->bytes = malloc(r->room);
	r->entry = calloc(r->room, sizeof(*r->entry));
	FUZZ_CHECK(r->bytes != NULL && r->entry != NULL);
}

static void
record_free(struct record *r)
{
	free(r->bytes);
	free(r->entry);
}

static struct entry *
add(struct record *r, enum ws_event event, const void *data, size_t len, unsigned code)
{
	struct entry *e;

	FUZZ_CHECK(r->count < r->room && len <= r->room - r->len);
	e = &r->entry[r->count++];
	e->event = event;
	e->at = r->len;
	e->len = e->least = len;
	e->code = code;
	if (len > 0)
		memcpy(r->bytes + r->len, data, len);
	r->len += len;
	return e;
}

/* Adds a piece of len bytes to the message, of which at least `least` must be passed on. */
static void
add_data(struct record *r, int opcode, int last, const void *data, size_t len, size_t least)
{
	struct entry *e = r->count > 0 ? &r->entry[r->count - 1] : NULL;

	if (e != NULL && e->event == WS_DATA && !e->last) {
		FUZZ_CHECK(len <= r->room - r->len);
		if (len > 0)
			memcpy(r->bytes + r->len, data, len);
		r->len += len;
		e->len += len;
		e->least += least;
	} else {
		/* An empty piece within a message is ignored. */
		if (len == 0 && r->open != 0 && !last)
			return;
		e = add(r, WS_DATA, data, len, 0);
		e->opcode = opcode;
		e->first = r->open == 0;
		e->least = least;
	}
	e->last = last;
	r->open = last ? 0 : opcode;
}

/* Records an event of the real decoder. */
static void
record_event(struct record *r, enum ws_event event, const struct ws_piece *p, const uint8_t *data,
    size_t used)
{
	switch (event) {
	case WS_MORE:
		return;
	case WS_DATA:
		FUZZ_CHECK(p->opcode == FRAME_TEXT || p->opcode == FRAME_BINARY);
		FUZZ_CHECK(!p->first == (r->open != 0));
		FUZZ_CHECK(r->open == 0 || r->open == p->opcode);
		if (p->len > 0)
			FUZZ_CHECK(p->data >= data && p->data + p->len <= data + used);
		add_data(r, p->opcode, p->last != 0, p->data, p->len, p->len);
		return;
	case WS_PING:
	case WS_PONG:
		FUZZ_CHECK(p->len <= FRAME_CONTROL_SIZE);
		add(r, event, p->data, p->len, 0);
		return;
	case WS_CLOSE:
		FUZZ_CHECK(p->len <= FRAME_CONTROL_SIZE - 2);
		add(r, event, p->data, p->len, p->code);
		return;
	case WS_FAIL:
		FUZZ_CHECK(p->reason != NULL && p->reason[0] != '\0');
		FUZZ_CHECK(strlen(p->reason) <= FRAME_CONTROL_SIZE - 2);
		add(r, event, NULL, 0, p->code);
		return;
	}
	abort();
}

/* Passes one piece to the real decoder, which must not change bytes that it has not processed. */
static void
feed(struct ws *w, struct record *r, const uint8_t *data, size_t len)
{
	uint8_t *piece = fuzz_copy(data, len);
	struct ws_piece p;
	enum ws_event event;
	size_t at = 0, used;
	int was_over;

	do {
		was_over = w->over;
		memset(&p, 0xee, sizeof(p));
		event = ws_decode(w, piece + at, len - at, &used, &p);
		FUZZ_CHECK(used <= len - at);
		record_event(r, event, &p, piece + at, used);
		at += used;
		FUZZ_CHECK(memcmp(piece + at, data + at, len - at) == 0);
		if (event == WS_MORE)
			FUZZ_CHECK(at == len);
		if (was_over)
			FUZZ_CHECK(event == WS_MORE);
	} while (event != WS_MORE);
	free(piece);
}

static void
decode(struct record *r, uint64_t limit, const uint8_t *data, size_t size, struct fuzz_cuts *cuts)
{
	struct ws w;
	size_t at, n;

	record_init(r, size);
	ws_init(&w, limit);
	for (at = 0; at < size; at += n) {
		n = cuts == NULL ? size : fuzz_cut(cuts, size - at);
		feed(&w, r, data + at, n);
	}
}

static int
second_close_code(unsigned code)
{
	static const unsigned allowed[] = { 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011,
	    1012, 1013, 1014 };
	size_t i;

	for (i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (code == allowed[i])
			return 1;
	return code >= 3000 && code < 5000;
}

/* Returns the number of bytes that continue the text in u as valid UTF-8. */
static size_t
second_text(struct utf8 *u, const uint8_t *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (utf8_check(u, data + i, 1) == -1)
			break;
	return i;
}

/* Handles a complete control frame. Returns 0, or the close code of the failure. */
static unsigned
second_control(struct record *r, int opcode, const uint8_t *payload, size_t len)
{
	struct utf8 u = { 0 };
	unsigned code;

	if (opcode != FRAME_CLOSE) {
		add(r, opcode == FRAME_PING ? WS_PING : WS_PONG, payload, len, 0);
		return 0;
	}
	if (len == 0) {
		add(r, WS_CLOSE, NULL, 0, 1005);
		return 0;
	}
	if (len == 1)
		return 1002;
	code = payload[0] * 256u + payload[1];
	if (!second_close_code(code))
		return 1002;
	if (second_text(&u, payload + 2, len - 2) < len - 2 || !utf8_complete(&u))
		return 1007;
	add(r, WS_CLOSE, payload + 2, len - 2, code);
	return 0;
}

struct second {
	struct record	*r;
	struct utf8	 utf8;
	uint64_t	 limit, sum;	/* sum: bytes in the message's frames so far */
};

/* Returns 1 if the first two bytes of a frame are invalid. */
static int
second_wrong_start(const struct record *r, const uint8_t *f)
{
	int opcode = f[0] & 15, fin = f[0] & 128;

	if ((f[0] & 0x70) != 0 || (f[1] & 128) == 0)
		return 1;
	switch (opcode) {
	case 0:
		return r->open == 0;
	case 1:
	case 2:
		return r->open != 0;
	case 8:
	case 9:
	case 10:
		return !fin || (f[1] & 127) > 125;
	default:
		return 1;
	}
}

/*
 * Handles the payload of a data frame, of which `have` of length bytes are present. Returns 0, or
 * the close code of the failure.
 */
static unsigned
second_data(struct second *s, const uint8_t *f, const uint8_t *payload, size_t have,
    uint64_t length)
{
	int opcode = f[0] & 15, last = (f[0] & 128) != 0 && have == length;
	size_t good = have, count;

	if (opcode == 0)
		opcode = s->r->open;
	else
		memset(&s->utf8, 0, sizeof(s->utf8));
	if (opcode == FRAME_TEXT)
		good = second_text(&s->utf8, payload, have);
	if (good < have || (opcode == FRAME_TEXT && last && !utf8_complete(&s->utf8))) {
		count = s->r->count;
		add_data(s->r, opcode, 0, payload, good, 0);
		/* The decoder may fail before it passes on any byte of this frame. */
		if (s->r->count > count)
			s->r->entry[count].optional = 1;
		return 1007;
	}
	if (have > 0 || length == 0)
		add_data(s->r, opcode, last, payload, have, have);
	return 0;
}

/* Handles a frame. Returns its size, or 0 with the close code of the failure in *code. */
static size_t
second_frame(struct second *s, const uint8_t *data, size_t size, unsigned *code)
{
	uint8_t *payload;
	uint64_t length = 0;
	size_t head, have, i;
	int wrong;

	if (size < 2)
		return 0;
	head = (data[1] & 127) == 126 ? 4 : (data[1] & 127) == 127 ? 10 : 2;
	if (head == 2)
		length = data[1] & 127;
	for (i = 2; i < head && head <= size; i++)
		length = length * 256 + data[i];
	wrong = second_wrong_start(s->r, data) || (head <= size && ((head == 4 && length < 126) ||
	    (head == 10 && (length < 65536 || length > INT64_MAX))));
	if (size < head + ((data[1] & 128) != 0 ? 4 : 0)) {
		s->r->may_fail = wrong;
		return 0;
	}
	*code = 1002;
	if (wrong)
		return 0;
	if ((data[0] & 8) == 0) {
		if ((data[0] & 15) != 0)
			s->sum = 0;
		*code = 1009;
		if (s->limit != 0 && length > s->limit - s->sum)
			return 0;
		s->sum += s->limit != 0 ? length : 0;
	}
	have = size - head - 4 < length ? size - head - 4 : (size_t)length;
	payload = fuzz_copy(data + head + 4, have);
	for (i = 0; i < have; i++)
		payload[i] ^= data[head + i % 4];
	*code = 0;
	if ((data[0] & 8) == 0)
		*code = second_data(s, data, payload, have, length);
	else if (have == length)
		*code = second_control(s->r, data[0] & 15, payload, have);
	free(payload);
	return *code != 0 ? 0 : head + 4 + have;
}

static void
second_decode(struct record *r, uint64_t limit, const uint8_t *data, size_t size)
{
	struct second s = { 0 };
	unsigned code = 0;
	size_t at = 0, n;

	record_init(r, size);
	s.r = r;
	s.limit = limit;
	while ((n = second_frame(&s, data + at, size - at, &code)) > 0) {
		at += n;
		if (r->count > 0 && r->entry[r->count - 1].event == WS_CLOSE)
			return;
	}
	if (code != 0)
		add(r, WS_FAIL, NULL, 0, code);
}

/* Compares the events of the real decoder with those of the second one. */
static void
compare(const struct record *r, const struct record *second)
{
	const struct entry *a, *b;
	size_t i = 0, k;

	for (k = 0; k < second->count; k++) {
		b = &second->entry[k];
		a = &r->entry[i];
		if (b->optional && i < r->count && a->event == WS_FAIL)
			continue;
		FUZZ_CHECK(i < r->count);
		FUZZ_CHECK(a->event == b->event && a->code == b->code);
		FUZZ_CHECK(a->len <= b->len && a->len >= b->least);
		FUZZ_CHECK(memcmp(r->bytes + a->at, second->bytes + b->at, a->len) == 0);
		FUZZ_CHECK(a->opcode == b->opcode && a->first == b->first && a->last == b->last);
		i++;
	}
	if (i < r->count && second->may_fail) {
		FUZZ_CHECK(r->entry[i].event == WS_FAIL && r->entry[i].code == 1002);
		i++;
	}
	FUZZ_CHECK(i == r->count);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t limits[] = { 0, 1, 125, 200, 1000, 70000, (uint64_t)1 << 32,
	    UINT64_MAX };
	struct record second, whole, pieces;
	struct fuzz_cuts cuts;
	uint64_t limit;

	if (size < 1 + FUZZ_CUTS || size > 8192)
		return 0;
	limit = limits[*data++ % (sizeof(limits) / sizeof(limits[0]))];
	size--;
	fuzz_cuts_take(&cuts, &data, &size);
	second_decode(&second, limit, data, size);
	decode(&whole, limit, data, size, NULL);
	compare(&whole, &second);
	decode(&pieces, limit, data, size, &cuts);
	compare(&pieces, &second);
	record_free(&second);
	record_free(&whole);
	record_free(&pieces);
	return 0;
}

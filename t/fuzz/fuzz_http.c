/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Fuzz target of http.h. A head in pieces gives the same result as the head at once, and an
 * accepted head consists of elements that RFC 9112 allows.
 */

#include "config.h"

#include "fuzz.h"
#include "proto/http.h"

/*
 * Most pieces of an input. The head is copied to another block for each, so more would take too
 * long.
 */
#define MOVES	32

static enum http_verdict
parse_pieces(struct http *h, const uint8_t *data, size_t len, struct fuzz_cuts *cuts)
{
	enum http_verdict verdict;
	unsigned moves = 0;
	char *head;
	size_t known = 0;

	http_init(h);
	do {
		known += ++moves < MOVES ? fuzz_cut(cuts, len - known) : len - known;
		head = fuzz_copy(data, known);
		verdict = http_parse(h, head, known);
		free(head);
	} while (verdict == HTTP_MORE && known < len);
	return verdict;
}

/* Parses byte by byte in place, which needs no copies. */
static enum http_verdict
parse_bytes(struct http *h, const char *head, size_t len)
{
	enum http_verdict verdict = HTTP_MORE;
	size_t known;

	http_init(h);
	for (known = 1; known <= len && verdict == HTTP_MORE; known++)
		verdict = http_parse(h, head, known);
	return verdict;
}

static void
check_span(struct http_span a, struct http_span b, size_t end)
{
	FUZZ_CHECK(a.at == b.at && a.len == b.len);
	FUZZ_CHECK((size_t)a.at + a.len <= end);
}

static void
check_same(const struct http *a, const struct http *b, enum http_verdict verdict)
{
	int i;

	if (verdict == HTTP_BAD) {
		FUZZ_CHECK(a->status == b->status);
		FUZZ_CHECK(a->status == 400 || a->status == 414 || a->status == 431 ||
		    a->status == 505);
		FUZZ_CHECK(a->reason != NULL && a->reason[0] != '\0');
		FUZZ_CHECK(strcmp(a->reason, b->reason) == 0);
	}
	if (verdict != HTTP_DONE)
		return;
	FUZZ_CHECK(a->scanned == b->scanned && a->scanned <= HTTP_HEAD_SIZE);
	FUZZ_CHECK(a->minor == b->minor && (a->minor >= 0 && a->minor <= 9));
	FUZZ_CHECK(a->fields == b->fields && a->fields >= 0 && a->fields <= HTTP_FIELDS);
	check_span(a->method, b->method, a->scanned);
	check_span(a->target, b->target, a->scanned);
	for (i = 0; i < a->fields; i++) {
		check_span(a->field[i].name, b->field[i].name, a->scanned);
		check_span(a->field[i].value, b->field[i].value, a->scanned);
	}
}

static void
check_value(const char *value, size_t len)
{
	const char *list = value, *element;
	size_t n, i;

	FUZZ_CHECK(strlen(value) == len);
	for (i = 0; i < len; i++)
		FUZZ_CHECK(value[i] == '\t' ||
		    ((unsigned char)value[i] >= 0x20 && value[i] != 0x7f));
	if (len > 0) {
		FUZZ_CHECK(value[0] != ' ' && value[0] != '\t');
		FUZZ_CHECK(value[len - 1] != ' ' && value[len - 1] != '\t');
	}
	while ((element = http_element(&list, &n)) != NULL) {
		FUZZ_CHECK(n > 0 && element >= value && element + n <= value + len);
		FUZZ_CHECK(memchr(element, ',', n) == NULL);
		FUZZ_CHECK(element[0] != ' ' && element[n - 1] != ' ');
		FUZZ_CHECK(list >= element + n && list <= value + len);
	}
}

/* Checks the rules for every accepted head. */
static void
check_head(const struct http *h, char *head)
{
	const char *name, *target, *value;
	int i, from;

	FUZZ_CHECK(memcmp(head + h->scanned - 4, "\r\n\r\n", 4) == 0);
	http_terminate(h, head);
	FUZZ_CHECK(http_is_token(head + h->method.at, h->method.len));
	FUZZ_CHECK(strlen(head + h->method.at) == h->method.len);
	target = head + h->target.at;
	FUZZ_CHECK(h->target.len > 0 && strlen(target) == h->target.len);
	for (; *target != '\0'; target++)
		FUZZ_CHECK((unsigned char)*target > ' ' && *target != 0x7f);
	for (i = 0; i < h->fields; i++) {
		name = head + h->field[i].name.at;
		FUZZ_CHECK(strlen(name) == h->field[i].name.len);
		FUZZ_CHECK(http_is_token(name, strlen(name)));
		check_value(head + h->field[i].value.at, h->field[i].value.len);
		from = i;
		value = http_value(h, head, name, &from);
		FUZZ_CHECK(value == head + h->field[i].value.at);
		FUZZ_CHECK(from == i + 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum http_verdict verdict;
	struct fuzz_cuts cuts;
	struct http whole, pieces;
	char *head;

	if (!fuzz_cuts_take(&cuts, &data, &size))
		return 0;

	head = fuzz_copy(data, size);
	http_init(&whole);
	verdict = http_parse(&whole, head, size);
	FUZZ_CHECK(parse_pieces(&pieces, data, size, &cuts) == verdict);
	check_same(&whole, &pieces, verdict);
	FUZZ_CHECK(parse_bytes(&pieces, head, size) == verdict);
	check_same(&whole, &pieces, verdict);
	if (verdict == HTTP_MORE)
		FUZZ_CHECK(size < HTTP_HEAD_SIZE);
	if (verdict == HTTP_DONE)
		check_head(&whole, head);
	free(head);
	return 0;
}

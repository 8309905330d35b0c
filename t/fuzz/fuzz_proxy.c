/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Fuzz target of proxy.h. A header gives the same result for any splitting and with any bytes
 * after it, and a header that is written and read again is unchanged. Input: the lengths of
 * pieces, then the first bytes of a connection.
 */

#include "config.h"

#include "fuzz.h"
#include "proto/network.h"
#include "proto/proxy.h"

static void
check_same_end(const struct proxy_end *a, const struct proxy_end *b)
{
	FUZZ_CHECK(memcmp(a->address, b->address, 16) == 0 && a->port == b->port);
}

static void
check_same(const struct proxy *a, const struct proxy *b, enum proxy_verdict verdict)
{
	if (verdict == PROXY_BAD)
		FUZZ_CHECK(strcmp(a->why, b->why) == 0);
	if (verdict != PROXY_DONE)
		return;
	FUZZ_CHECK(a->version == b->version && a->size == b->size && a->family == b->family);
	check_same_end(&a->source, &b->source);
	check_same_end(&a->destination, &b->destination);
}

/* Parses the header in pieces. For each call all bytes so far are in a new block. */
static enum proxy_verdict
read_pieces(struct proxy *p, const uint8_t *data, size_t len, struct fuzz_cuts *cuts)
{
	enum proxy_verdict verdict;
	size_t known = 0;
	void *head;

	do {
		known += fuzz_cut(cuts, len - known);
		head = fuzz_copy(data, known);
		verdict = proxy_read(p, head, known);
		free(head);
	} while (verdict == PROXY_MORE && known < len);
	return verdict;
}

/* Parses byte by byte. Once there is a verdict, it must not change. */
static void
check_beginnings(const struct proxy *whole, const uint8_t *data, size_t len,
    enum proxy_verdict verdict)
{
	enum proxy_verdict v, last = PROXY_MORE;
	struct proxy p;
	size_t known;

	for (known = 0; known <= len && known <= PROXY_SIZE + 1; known++) {
		v = proxy_read(&p, data, known);
		FUZZ_CHECK(last == PROXY_MORE || v == last);
		FUZZ_CHECK(v == PROXY_MORE || v == verdict);
		if (v != last && v == PROXY_DONE)
			FUZZ_CHECK(known == p.size);
		check_same(whole, &p, v);
		last = v;
	}
	FUZZ_CHECK(last == verdict);
}

/* Checks the rules for every accepted header. */
static void
check_header(const struct proxy *p, const uint8_t *head, size_t len)
{
	static const struct proxy_end none;

	FUZZ_CHECK(p->size <= len && p->size <= PROXY_SIZE);
	FUZZ_CHECK(p->version == 1 || p->version == 2);
	if (p->version == 1) {
		FUZZ_CHECK(p->size <= PROXY_LINE_SIZE && p->family != PROXY_UNIX);
		FUZZ_CHECK(memcmp(head, "PROXY ", 6) == 0);
		FUZZ_CHECK(memcmp(head + p->size - 2, "\r\n", 2) == 0);
		FUZZ_CHECK(memchr(head, '\r', p->size) == head + p->size - 2);
		FUZZ_CHECK(memchr(head, '\n', p->size) == head + p->size - 1);
	} else {
		FUZZ_CHECK(p->size == 16 + (size_t)head[14] * 256 + head[15]);
		FUZZ_CHECK(head[12] == 0x21 || p->family == PROXY_UNKNOWN);
	}
	if (p->family != PROXY_INET) {
		check_same_end(&p->source, &none);
		check_same_end(&p->destination, &none);
	}
}

static void
check_written(const struct proxy *p, int version, const char *id)
{
	uint8_t *out = malloc(PROXY_SEND_SIZE);
	struct proxy again;
	size_t len;

	FUZZ_CHECK(out != NULL);
	len = proxy_write(out, p, version, id);
	FUZZ_CHECK(len <= PROXY_SEND_SIZE);
	FUZZ_CHECK(proxy_read(&again, out, len) == PROXY_DONE);
	FUZZ_CHECK(again.size == len && again.version == version);
	FUZZ_CHECK(again.family == (p->family == PROXY_INET ? PROXY_INET : PROXY_UNKNOWN));
	if (p->family == PROXY_INET) {
		check_same_end(&p->source, &again.source);
		/*
		 * An unknown destination (all zeros) is written with the family of an IPv4
		 * source.
		 */
		if (network_is_ipv4(again.destination.address) &&
		    !network_is_ipv4(p->destination.address))
			memset(again.destination.address + 10, 0, 2);
		check_same_end(&p->destination, &again.destination);
	}
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum proxy_verdict verdict;
	struct proxy whole, pieces;
	struct fuzz_cuts cuts;
	uint8_t *head;

	if (!fuzz_cuts_take(&cuts, &data, &size))
		return 0;

	head = fuzz_copy(data, size);
	verdict = proxy_read(&whole, head, size);
	FUZZ_CHECK(verdict == PROXY_MORE || verdict == PROXY_DONE || verdict == PROXY_BAD);
	FUZZ_CHECK(read_pieces(&pieces, data, size, &cuts) == verdict);
	check_same(&whole, &pieces, verdict);
	check_beginnings(&whole, head, size, verdict);
	if (verdict == PROXY_MORE)
		FUZZ_CHECK(size < PROXY_SIZE);
	if (verdict == PROXY_DONE) {
		check_header(&whole, head, size);
		check_written(&whole, 1, NULL);
		check_written(&whole, 2, NULL);
		check_written(&whole, 2, "4711.3");
	}
	free(head);
	return 0;
}

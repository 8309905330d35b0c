/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdlib.h>

#include "bench.h"
#include "load.h"
#include "proc.h"
#include "testdata.h"

#define WARM_UP	200	/* round trips before the measurement begins */

/* A connection on which each chunk is sent after the previous one has been answered. */
struct exchange {
	struct link	link;
	struct testdata	bytes;		/* the payload that is sent */
	struct testdata	frames;		/* the payload in masked frames */
	struct testdata	expected;	/* the payload of the answers */
	const struct testdata *out;	/* the data on the wire: bytes if raw, else frames */
	uint64_t	sent;		/* bytes of out */
	uint64_t	received;	/* bytes of payload */
};

static void
exchange_open(struct exchange *t, const struct load *l, size_t answer, size_t chunk)
{
	testdata_make(&t->bytes, TESTDATA_BINARY, l->size, chunk);
	testdata_mask(&t->frames, &t->bytes);
	testdata_make(&t->expected, l->kind, l->answer_message == 0 ? answer : l->answer_message,
	    answer);
	t->out = l->raw ? &t->bytes : &t->frames;
	t->sent = t->received = 0;
	link_open(&t->link, l->port, l->raw);
}

static void
exchange_close(struct exchange *t)
{
	link_close(&t->link);
	testdata_free(&t->bytes);
	testdata_free(&t->frames);
	testdata_free(&t->expected);
}

/* Sends this number of messages in one write, and reads an answer of this number of bytes. */
static void
exchange_once(struct exchange *t, size_t messages, const struct testdata *expected, size_t answer)
{
	size_t len, chunk = messages * t->out->size;
	const uint8_t *data = testdata_piece(t->out, t->sent, chunk, &len);
	uint64_t until = t->received + answer;
	ssize_t n;

	if (bench_write(t->link.fd, data, len) == -1)
		bench_die("cannot send");
	t->sent += len;
	while (t->received < until) {
		n = link_read(&t->link);
		if (n <= 0)
			bench_die("%s", n == 0 ? "end of file from the server" : t->link.why);
		while ((n = link_payload(&t->link, &data)) > 0) {
			if ((uint64_t)n > until - t->received ||
			    !testdata_matches(expected, t->received, data, (size_t)n))
				bench_die("wrong bytes were received");
			t->received += (uint64_t)n;
		}
		if (n == LINK_ERROR)
			bench_die("%s", t->link.why);
	}
}

void
load_measure_rtt(const struct load *l, double *us, unsigned n)
{
	struct exchange t;
	uint64_t start;
	unsigned i;

	exchange_open(&t, l, l->size, l->size);
	for (i = 0; i < WARM_UP; i++)
		exchange_once(&t, 1, &t.bytes, l->size);
	for (i = 0; i < n; i++) {
		start = bench_now();
		exchange_once(&t, 1, &t.bytes, l->size);
		us[i] = (double)(bench_now() - start) / 1e3;
	}
	exchange_close(&t);
	load_sort(us, n);
}

void
load_rtt(const struct load *l)
{
	double *us = bench_alloc(l->count, sizeof(*us));

	load_measure_rtt(l, us, l->count);
	load_print("p50_us", load_percentile(us, l->count, 0.5));
	load_print("p99_us", load_percentile(us, l->count, 0.99));
	free(us);
}

/*
 * Writes l->chunk bytes at once; the peer answers them with l->answer_size bytes, written at
 * once.
 */
void
load_exchange(const struct load *l)
{
	size_t chunk = l->chunk == 0 ? l->size : l->chunk;
	struct exchange t;
	uint64_t cpu;
	unsigned i;

	if (l->answer_size == 0 || chunk % l->size != 0)
		bench_die("exchange needs -a, and -k must be a multiple of -s");
	exchange_open(&t, l, l->answer_size, chunk);
	link_command(&t.link, "!exchange %zu %zu %c %zu %zu\n", l->size, chunk, l->kind,
	    l->answer_message == 0 ? l->answer_size : l->answer_message, l->answer_size);
	link_expect(&t.link, TESTDATA_OK, TESTDATA_OK_SIZE);
	cpu = proc_cpu(l->relay);
	for (i = 0; i < l->count; i++)
		exchange_once(&t, chunk / l->size, &t.expected, l->answer_size);
	if (l->relay != 0)
		load_print("cpu_us", (double)(proc_cpu(l->relay) - cpu) / 1e3 / l->count);
	exchange_close(&t);
}

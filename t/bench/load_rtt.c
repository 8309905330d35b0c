/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdlib.h>

#include "bench.h"
#include "load.h"
#include "proc.h"
#include "tape.h"

#define WARM	200	/* round trips that do not count */

/* One message each way in turn: bytes of the tape against bytes of the peer's. */
struct talk {
	struct link	link;
	struct tape	tape, frames, back;
	const struct tape *out;		/* what is sent: tape or frames */
	uint64_t	sent, got;
};

static void
begin(struct talk *t, const struct load *c, size_t answer, size_t chunk)
{
	tape_make(&t->tape, TAPE_BINARY, c->size, chunk);
	tape_mask(&t->frames, &t->tape);
	tape_make(&t->back, c->kind, c->part == 0 ? answer : c->part, answer);
	t->out = c->raw ? &t->tape : &t->frames;
	t->sent = t->got = 0;
	link_open(&t->link, c->port, c->raw);
}

static void
finish(struct talk *t)
{
	link_close(&t->link);
	tape_free(&t->tape);
	tape_free(&t->frames);
	tape_free(&t->back);
}

/* Sends what makes a chunk of payload in one write, and reads the answer. */
static void
turn(struct talk *t, size_t messages, const struct tape *back, size_t answer)
{
	size_t len, chunk = messages * t->out->size;
	const uint8_t *data = tape_piece(t->out, t->sent, chunk, &len);
	uint64_t until = t->got + answer;
	ssize_t n;

	if (bench_write(t->link.fd, data, len) == -1)
		bench_die("cannot send");
	t->sent += len;
	while (t->got < until) {
		n = link_fill(&t->link);
		if (n <= 0)
			bench_die("%s", n == 0 ? "the connection ended" : t->link.why);
		while ((n = link_piece(&t->link, &data)) > 0) {
			if ((uint64_t)n > until - t->got ||
			    !tape_holds(back, t->got, data, (size_t)n))
				bench_die("wrong bytes came");
			t->got += (uint64_t)n;
		}
		if (n == LINK_ERROR)
			bench_die("%s", t->link.why);
	}
}

void
load_measure_rtt(const struct load *c, double *out, unsigned n)
{
	struct talk t;
	uint64_t start;
	unsigned i;

	begin(&t, c, c->size, c->size);
	for (i = 0; i < WARM; i++)
		turn(&t, 1, &t.tape, c->size);
	for (i = 0; i < n; i++) {
		start = bench_now();
		turn(&t, 1, &t.tape, c->size);
		out[i] = (double)(bench_now() - start) / 1e3;
	}
	finish(&t);
	load_sort(out, n);
}

void
load_rtt(const struct load *c)
{
	double *us = bench_memory(c->number, sizeof(*us));

	load_measure_rtt(c, us, c->number);
	load_print("p50_us", load_part(us, c->number, 0.5));
	load_print("p99_us", load_part(us, c->number, 0.99));
	free(us);
}

/* chunk bytes in one write, answered by the peer with as many as we ask for, in one write. */
void
load_swap(const struct load *c)
{
	size_t chunk = c->chunk == 0 ? c->size : c->chunk;
	struct talk t;
	uint64_t cpu;
	unsigned i;

	if (c->answer == 0 || chunk % c->size != 0)
		bench_die("swap needs an answer, and chunks of whole messages");
	begin(&t, c, c->answer, chunk);
	link_command(&t.link, "!swap %zu %zu %c %zu %zu\n", c->size, chunk, c->kind,
	    c->part == 0 ? c->answer : c->part, c->answer);
	link_expect(&t.link, TAPE_OK, TAPE_OK_SIZE);
	cpu = proc_cpu(c->relay);
	for (i = 0; i < c->number; i++)
		turn(&t, chunk / c->size, &t.back, c->answer);
	if (c->relay != 0)
		load_print("cpu_us", (double)(proc_cpu(c->relay) - cpu) / 1e3 / c->number);
	finish(&t);
}

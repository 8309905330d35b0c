/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "load.h"
#include "proc.h"
#include "tape.h"

#define CHUNK		65536	/* payload in a write, of messages that are smaller */
#define WINDOW		(256 * 1024)	/* that an echo may be behind, or two messages */
#define TURNS		8	/* writes or reads of a connection before the next one's turn */
#define SLOW_READ	16384	/* bytes in a millisecond */

/* Bytes in one or both directions of a connection. */
struct stream {
	struct link	link;
	uint64_t	sent, send;	/* as they go over the wire: so far, and in all */
	uint64_t	got, get;	/* payload, the same */
};

/* What all connections of a scenario do. */
struct plan {
	const struct load *c;
	struct tape	 tape, frames, ok;
	const struct tape *out, *in;	/* what is sent; what is to come */
	size_t		 payload, chunk;	/* in one write: payload; bytes on the wire */
	uint64_t	 window;	/* on the wire, 0: any */
	int		 slow;		/* somebody reads slowly: the time tells nothing */
	int		 go;		/* the peers wait for a word */
};

/* The messages in the bytes of one connection. */
static uint64_t
messages(const struct load *c)
{
	uint64_t n = c->bytes / c->size / c->together;

	if (n == 0)
		bench_die("not one message for each connection");
	return n;
}

static void
plan_make(struct plan *p, const struct load *c)
{
	size_t payload = c->chunk != 0 ? c->chunk : c->size < CHUNK ? CHUNK / c->size * c->size :
	    CHUNK;

	memset(p, 0, sizeof(*p));
	p->payload = payload;
	p->c = c;
	tape_make(&p->tape, c->kind, c->size, payload);
	tape_mask(&p->frames, &p->tape);
	tape_make_ok(&p->ok);
	p->out = c->raw ? &p->tape : &p->frames;
	p->in = &p->tape;
	p->chunk = payload < c->size ? payload : payload / c->size * p->out->size;
}

static void
plan_free(struct plan *p)
{
	tape_free(&p->tape);
	tape_free(&p->frames);
	tape_free(&p->ok);
}

/* Whether there is something to send, and room for it in the window. */
static int
may_send(const struct plan *p, const struct stream *s)
{
	uint64_t back;

	if (s->sent == s->send)
		return 0;
	if (p->window == 0)
		return 1;
	/* How many bytes on the wire have come back. */
	back = s->got / p->tape.size * p->out->size;
	return s->sent - (back < s->sent ? back : s->sent) < p->window;
}

/* One write; whether anything went. */
static int
send_some(const struct plan *p, struct stream *s)
{
	const uint8_t *data;
	size_t len;
	ssize_t n;

	if (!may_send(p, s))
		return 0;
	data = tape_piece(p->out, s->sent, p->chunk, &len);
	if (len > s->send - s->sent)
		len = (size_t)(s->send - s->sent);
	n = write(s->link.fd, data, len);
	if (n == -1 && errno != EAGAIN && errno != EINTR)
		bench_die("cannot send: %s", strerror(errno));
	if (n <= 0)
		return 0;
	s->sent += (uint64_t)n;
	return 1;
}

/* One read; whether anything came. */
static int
get_some(const struct plan *p, struct stream *s)
{
	const uint8_t *data;
	ssize_t n = link_fill(&s->link);

	if (n == LINK_AGAIN)
		return 0;
	if (n <= 0)
		bench_die("%s", n == 0 ? "the connection ended" : s->link.why);
	while ((n = link_piece(&s->link, &data)) > 0) {
		if ((uint64_t)n > s->get - s->got)
			bench_die("more came than was sent");
		if (!tape_holds(p->in, s->got, data, (size_t)n))
			bench_die("wrong bytes came after %llu", (unsigned long long)s->got);
		s->got += (uint64_t)n;
	}
	if (n == LINK_ERROR)
		bench_die("%s", s->link.why);
	return 1;
}

static void
rest(void)
{
	struct timespec t = { 0, 1000000 };

	(void)nanosleep(&t, NULL);
}

static void
serve(const struct plan *p, struct stream *s, short ready)
{
	int i, reads = s->link.most != 0 ? 1 : TURNS;

	for (i = 0; i < TURNS && (ready & POLLOUT) && send_some(p, s); i++)
		;
	for (i = 0; i < reads && (ready & ~POLLOUT) && get_some(p, s); i++)
		;
	if (s->link.most != 0)
		rest();
}

/* Moves everything on n connections. */
static void
run(const struct plan *p, struct stream *s, unsigned n)
{
	struct pollfd *set = bench_memory(n, sizeof(*set));
	unsigned i, busy;

	for (;;) {
		for (busy = i = 0; i < n; i++) {
			set[i].fd = s[i].got < s[i].get ? s[i].link.fd : -1;
			set[i].events = (short)(POLLIN | (may_send(p, &s[i]) ? POLLOUT : 0));
			busy += set[i].fd != -1;
		}
		if (busy == 0)
			break;
		if (poll(set, n, -1) == -1 && errno != EINTR)
			bench_die("poll: %s", strerror(errno));
		for (i = 0; i < n; i++)
			if (set[i].fd != -1 && set[i].revents != 0)
				serve(p, &s[i], set[i].revents);
	}
	free(set);
}

static void
open_all(const struct plan *p, struct stream *s)
{
	unsigned i;

	for (i = 0; i < p->c->together; i++)
		link_open(&s[i].link, p->c->port, p->c->raw);
}

static void
report(const struct load *c, uint64_t n, uint64_t ns, uint64_t cpu)
{
	double bytes = (double)n * (double)c->size;

	load_print("MB_s", bytes * 1e3 / (double)ns);
	load_print("kmsg_s", (double)n * 1e6 / (double)ns);
	if (c->relay == 0)
		return;
	load_print("cpu_s_GiB", (double)cpu / 1e9 / (bytes / (1024.0 * 1024 * 1024)));
	load_print("cpu_us_msg", (double)cpu / 1e3 / (double)n);
}

/* The connections are open and have been told what to do. */
static void
measure(const struct plan *p, struct stream *s)
{
	const struct load *c = p->c;
	uint64_t cpu, start, end;
	unsigned i;

	for (i = 0; i < c->together; i++)
		bench_blocking(s[i].link.fd, 0);
	cpu = proc_cpu(c->relay);
	start = bench_now();
	for (i = 0; p->go && i < c->together; i++)
		link_command(&s[i].link, "go");
	run(p, s, c->together);
	end = bench_now();
	cpu = proc_cpu(c->relay) - cpu;
	for (i = 0; i < c->together; i++)
		link_close(&s[i].link);
	if (!p->slow)
		report(c, messages(c) * c->together, end - start, cpu);
}

void
load_echo(const struct load *c)
{
	struct stream *s = bench_memory(c->together, sizeof(*s));
	struct plan p;
	unsigned i;

	plan_make(&p, c);
	p.window = p.out->size * 2 > WINDOW ? p.out->size * 2 : WINDOW;
	open_all(&p, s);
	for (i = 0; i < c->together; i++) {
		s[i].send = messages(c) * p.out->size;
		s[i].get = messages(c) * c->size;
	}
	measure(&p, s);
	plan_free(&p);
	free(s);
}

static void
up(const struct load *c, int slow)
{
	struct stream *s = bench_memory(c->together, sizeof(*s));
	struct plan p;
	unsigned i;

	plan_make(&p, c);
	p.slow = slow;
	p.in = &p.ok;
	open_all(&p, s);
	for (i = 0; i < c->together; i++) {
		link_command(&s[i].link, "!%s %c %zu %zu %llu\n", slow ? "slow" : "sink",
		    c->kind, c->size, p.payload, (unsigned long long)(messages(c) * c->size));
		link_expect(&s[i].link, TAPE_OK, TAPE_OK_SIZE);
		s[i].send = messages(c) * p.out->size;
		s[i].get = TAPE_OK_SIZE;
	}
	measure(&p, s);
	plan_free(&p);
	free(s);
}

static void
down(const struct load *c, int slow)
{
	struct stream *s = bench_memory(c->together, sizeof(*s));
	struct plan p;
	unsigned i;

	plan_make(&p, c);
	p.slow = slow;
	p.go = 1;
	open_all(&p, s);
	for (i = 0; i < c->together; i++) {
		s[i].get = messages(c) * c->size;
		link_command(&s[i].link, "!send %c %zu %zu %llu\n", c->kind, c->size,
		    p.payload, (unsigned long long)s[i].get);
		link_expect(&s[i].link, TAPE_OK, TAPE_OK_SIZE);
		s[i].link.most = slow ? SLOW_READ : 0;
	}
	measure(&p, s);
	plan_free(&p);
	free(s);
}

void
load_up(const struct load *c)
{
	up(c, 0);
}

void
load_down(const struct load *c)
{
	down(c, 0);
}

void
load_slow(const struct load *c)
{
	up(c, 1);
	down(c, 1);
	load_print("checked_MiB", (double)(2 * c->bytes) / (1024 * 1024));
}

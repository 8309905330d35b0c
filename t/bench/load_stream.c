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
#include "testdata.h"

#define CHUNK		65536	/* bytes of payload in a write, if messages are smaller */
#define WINDOW		(256 * 1024)	/* bytes in transit in an echo, or two messages */
#define CALLS_PER_TURN		8	/* writes or reads before the next connection is served */
#define SLOW_READ	16384	/* bytes that a slow client reads per millisecond */

/* A connection that transfers data in one or both directions. */
struct stream {
	struct link	link;
	uint64_t	sent, send_total;	/* bytes on the wire */
	uint64_t	received, receive_total;	/* bytes of payload */
};

/* The plan that all connections of a scenario share. */
struct plan {
	const struct load *l;
	struct testdata	 bytes;		/* the payload */
	struct testdata	 frames;	/* the payload in masked frames */
	struct testdata	 ok;		/* the peer's answer to correct data */
	const struct testdata *out;	/* the data to send: bytes if raw, else frames */
	const struct testdata *in;	/* the payload to receive: bytes or ok */
	size_t		 payload;	/* bytes of payload in a write */
	size_t		 chunk;		/* bytes on the wire in a write */
	uint64_t	 window;	/* most bytes on the wire in transit; 0: unlimited */
	int		 slow;		/* 1: one side reads slowly, so no rates are printed */
	int		 needs_go;	/* 1: the peer sends after it has received a message */
};

/* Returns the number of messages for each connection. */
static uint64_t
messages_each(const struct load *l)
{
	uint64_t n = l->bytes / l->size / l->concurrency;

	if (n == 0)
		bench_die("-b is too small for one message on each connection");
	return n;
}

static void
plan_make(struct plan *p, const struct load *l)
{
	size_t payload = l->chunk != 0 ? l->chunk : l->size < CHUNK ? CHUNK / l->size * l->size :
	    CHUNK;

	memset(p, 0, sizeof(*p));
	p->payload = payload;
	p->l = l;
	testdata_make(&p->bytes, l->kind, l->size, payload);
	testdata_mask(&p->frames, &p->bytes);
	testdata_make_ok(&p->ok);
	p->out = l->raw ? &p->bytes : &p->frames;
	p->in = &p->bytes;
	p->chunk = payload < l->size ? payload : payload / l->size * p->out->size;
}

static void
plan_free(struct plan *p)
{
	testdata_free(&p->bytes);
	testdata_free(&p->frames);
	testdata_free(&p->ok);
}

/* Returns 1 if there are bytes to send and the window is not full. */
static int
may_send(const struct plan *p, const struct stream *s)
{
	uint64_t back;

	if (s->sent == s->send_total)
		return 0;
	if (p->window == 0)
		return 1;
	/* The number of sent bytes on the wire whose payload has been received. */
	back = s->received / p->bytes.size * p->out->size;
	return s->sent - (back < s->sent ? back : s->sent) < p->window;
}

/* Writes once.  Returns 1 if any bytes were written. */
static int
send_some(const struct plan *p, struct stream *s)
{
	const uint8_t *data;
	size_t len;
	ssize_t n;

	if (!may_send(p, s))
		return 0;
	data = testdata_piece(p->out, s->sent, p->chunk, &len);
	if (len > s->send_total - s->sent)
		len = (size_t)(s->send_total - s->sent);
	n = write(s->link.fd, data, len);
	if (n == -1 && errno != EAGAIN && errno != EINTR)
		bench_die("cannot send: %s", strerror(errno));
	if (n <= 0)
		return 0;
	s->sent += (uint64_t)n;
	return 1;
}

/* Reads once.  Returns 1 if any bytes arrived. */
static int
receive_some(const struct plan *p, struct stream *s)
{
	const uint8_t *data;
	ssize_t n = link_read(&s->link);

	if (n == LINK_AGAIN)
		return 0;
	if (n <= 0)
		bench_die("%s", n == 0 ? "end of file from the server" : s->link.why);
	while ((n = link_payload(&s->link, &data)) > 0) {
		if ((uint64_t)n > s->receive_total - s->received)
			bench_die("more bytes than expected were received");
		if (!testdata_matches(p->in, s->received, data, (size_t)n))
			bench_die("wrong bytes were received after %llu",
			    (unsigned long long)s->received);
		s->received += (uint64_t)n;
	}
	if (n == LINK_ERROR)
		bench_die("%s", s->link.why);
	return 1;
}

static void
sleep_1ms(void)
{
	struct timespec t = { 0, 1000000 };

	(void)nanosleep(&t, NULL);
}

static void
serve(const struct plan *p, struct stream *s, short ready)
{
	int i, reads = s->link.read_max != 0 ? 1 : CALLS_PER_TURN;

	for (i = 0; i < CALLS_PER_TURN && (ready & POLLOUT) && send_some(p, s); i++)
		;
	for (i = 0; i < reads && (ready & ~POLLOUT) && receive_some(p, s); i++)
		;
	if (s->link.read_max != 0)
		sleep_1ms();
}

/* Transfers all data of n connections. */
static void
transfer(const struct plan *p, struct stream *s, unsigned n)
{
	struct pollfd *set = bench_alloc(n, sizeof(*set));
	unsigned i, busy;

	for (;;) {
		for (busy = i = 0; i < n; i++) {
			set[i].fd = s[i].received < s[i].receive_total ? s[i].link.fd : -1;
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

	for (i = 0; i < p->l->concurrency; i++)
		link_open(&s[i].link, p->l->port, p->l->raw);
}

static void
print_rates(const struct load *l, uint64_t n, uint64_t ns, uint64_t cpu)
{
	double bytes = (double)n * (double)l->size;

	load_print("MB_s", bytes * 1e3 / (double)ns);
	load_print("kmsg_s", (double)n * 1e6 / (double)ns);
	if (l->relay == 0)
		return;
	load_print("cpu_s_GiB", (double)cpu / 1e9 / (bytes / (1024.0 * 1024 * 1024)));
	load_print("cpu_us_msg", (double)cpu / 1e3 / (double)n);
}

/* Measures the transfer.  The connections must be open, and the commands answered. */
static void
measure(const struct plan *p, struct stream *s)
{
	const struct load *l = p->l;
	uint64_t cpu, start, end;
	unsigned i;

	for (i = 0; i < l->concurrency; i++)
		bench_blocking(s[i].link.fd, 0);
	cpu = proc_cpu(l->relay);
	start = bench_now();
	for (i = 0; p->needs_go && i < l->concurrency; i++)
		link_command(&s[i].link, "go");
	transfer(p, s, l->concurrency);
	end = bench_now();
	cpu = proc_cpu(l->relay) - cpu;
	for (i = 0; i < l->concurrency; i++)
		link_close(&s[i].link);
	if (!p->slow)
		print_rates(l, messages_each(l) * l->concurrency, end - start, cpu);
}

void
load_echo(const struct load *l)
{
	struct stream *s = bench_alloc(l->concurrency, sizeof(*s));
	struct plan p;
	unsigned i;

	plan_make(&p, l);
	p.window = p.out->size * 2 > WINDOW ? p.out->size * 2 : WINDOW;
	open_all(&p, s);
	for (i = 0; i < l->concurrency; i++) {
		s[i].send_total = messages_each(l) * p.out->size;
		s[i].receive_total = messages_each(l) * l->size;
	}
	measure(&p, s);
	plan_free(&p);
	free(s);
}

static void
stream_up(const struct load *l, int slow)
{
	struct stream *s = bench_alloc(l->concurrency, sizeof(*s));
	struct plan p;
	unsigned i;

	plan_make(&p, l);
	p.slow = slow;
	p.in = &p.ok;
	open_all(&p, s);
	for (i = 0; i < l->concurrency; i++) {
		link_command(&s[i].link, "!%s %c %zu %zu %llu\n", slow ? "slow" : "sink",
		    l->kind, l->size, p.payload, (unsigned long long)(messages_each(l) * l->size));
		link_expect(&s[i].link, TESTDATA_OK, TESTDATA_OK_SIZE);
		s[i].send_total = messages_each(l) * p.out->size;
		s[i].receive_total = TESTDATA_OK_SIZE;
	}
	measure(&p, s);
	plan_free(&p);
	free(s);
}

static void
stream_down(const struct load *l, int slow)
{
	struct stream *s = bench_alloc(l->concurrency, sizeof(*s));
	struct plan p;
	unsigned i;

	plan_make(&p, l);
	p.slow = slow;
	p.needs_go = 1;
	open_all(&p, s);
	for (i = 0; i < l->concurrency; i++) {
		s[i].receive_total = messages_each(l) * l->size;
		link_command(&s[i].link, "!send %c %zu %zu %llu\n", l->kind, l->size,
		    p.payload, (unsigned long long)s[i].receive_total);
		link_expect(&s[i].link, TESTDATA_OK, TESTDATA_OK_SIZE);
		s[i].link.read_max = slow ? SLOW_READ : 0;
	}
	measure(&p, s);
	plan_free(&p);
	free(s);
}

void
load_up(const struct load *l)
{
	stream_up(l, 0);
}

void
load_down(const struct load *l)
{
	stream_down(l, 0);
}

void
load_slow(const struct load *l)
{
	stream_up(l, 1);
	stream_down(l, 1);
	load_print("checked_MiB", (double)(2 * l->bytes) / (1024 * 1024));
}

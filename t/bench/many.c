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

#include "bench.h"
#include "many.h"
#include "tape.h"

#define MESSAGE	"0123456789abcdef0123456789abcde\n"

enum step { NEW, CONNECTING, ASKED, SENT, OPEN, ENDING, OVER };

void
many_make(struct many *m, const struct load *c, unsigned count, const char *command)
{
	memset(m, 0, sizeof(*m));
	m->c = c;
	m->count = count;
	m->links = bench_memory(count, sizeof(*m->links));
	m->steps = bench_memory(count, sizeof(*m->steps));
	m->us = bench_memory(count, sizeof(*m->us));
	m->begun = bench_memory(count, sizeof(*m->begun));
	m->why = "";
	m->message = command == NULL ? MESSAGE : command;
	m->answer = command == NULL ? MESSAGE : TAPE_OK;
	m->message_len = strlen(m->message);
	m->answer_len = strlen(m->answer);
}

void
many_free(struct many *m)
{
	free(m->links);
	free(m->steps);
	free(m->us);
	free(m->begun);
}

static void
over(struct many *m, unsigned i, const char *why)
{
	if (why != NULL) {
		m->failed++;
		m->why = why;
	}
	link_drop(&m->links[i]);
	m->steps[i] = OVER;
}

/* The connection is there, or its handshake is done: the next thing to say. */
static const char *
connected(struct many *m, unsigned i)
{
	struct link *l = &m->links[i];
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1 || error != 0)
		return strerror(error);
	if (link_ask(l) == -1)
		return l->why;
	m->steps[i] = ASKED;
	return NULL;
}

static const char *
asked(struct many *m, unsigned i)
{
	struct link *l = &m->links[i];
	int answered = link_answered(l);

	if (answered == -1 || (answered == 0 && link_send(l, m->message, m->message_len) == -1))
		return l->why;
	if (answered == 0)
		m->steps[i] = SENT;
	return NULL;
}

/* The answer is short, so it comes in one piece or something is wrong. */
static const char *
sent(struct many *m, unsigned i, int keep)
{
	struct link *l = &m->links[i];
	const uint8_t *data;
	ssize_t n = link_fill(l);

	if (n == LINK_AGAIN)
		return NULL;
	if (n <= 0)
		return n == 0 ? "it ended before the answer" : l->why;
	n = link_piece(l, &data);
	if (n != (ssize_t)m->answer_len || memcmp(data, m->answer, m->answer_len) != 0)
		return "a wrong answer";
	if (link_piece(l, &data) != 0)
		return "more came than was asked for";
	m->us[m->opened++] = (double)(bench_now() - m->begun[i]) / 1e3;
	m->steps[i] = OPEN;
	if (keep)
		return NULL;
	m->steps[i] = ENDING;
	return link_end(l) == -1 ? l->why : NULL;
}

static const char *
ending(struct many *m, unsigned i)
{
	struct link *l = &m->links[i];
	const uint8_t *data;
	ssize_t n = link_fill(l);

	if (n == LINK_ERROR)
		return l->why;
	if (n > 0 && link_piece(l, &data) != 0)
		return "more came than was asked for";
	if (n == 0 && !l->raw && !l->closed)
		return "it ended without a close frame";
	if (n == 0)
		over(m, i, NULL);
	return NULL;
}

static void
step(struct many *m, unsigned i, int keep)
{
	const char *why = NULL;

	if (m->steps[i] == CONNECTING)
		why = connected(m, i);
	else if (m->steps[i] == ASKED)
		why = asked(m, i);
	else if (m->steps[i] == SENT)
		why = sent(m, i, keep);
	else if (m->steps[i] == ENDING)
		why = ending(m, i);
	/* A relay has no handshake: it is spoken to at once. */
	if (why == NULL && m->links[i].raw && m->steps[i] == ASKED)
		why = asked(m, i);
	if (why != NULL)
		over(m, i, why);
}

static void
begin(struct many *m, unsigned i)
{
	m->begun[i] = bench_now();
	m->steps[i] = CONNECTING;
	if (link_connect(&m->links[i], m->c->port, m->c->raw) == -1)
		over(m, i, m->links[i].why);
}

/* Whether there is still something to wait for. */
static int
busy(const struct many *m, unsigned i)
{
	return m->steps[i] != OVER && m->steps[i] != OPEN;
}

void
many_open(struct many *m, unsigned together, int keep)
{
	struct pollfd *set = bench_memory(together, sizeof(*set));
	unsigned *who = bench_memory(together, sizeof(*who));
	unsigned next = 0, n = 0, i, kept;

	for (;;) {
		for (kept = i = 0; i < n; i++)
			if (busy(m, who[i]))
				who[kept++] = who[i];
		for (n = kept; n < together && next < m->count; next++) {
			begin(m, next);
			if (busy(m, next))
				who[n++] = next;
		}
		if (n == 0)
			break;
		for (i = 0; i < n; i++) {
			set[i].fd = m->links[who[i]].fd;
			set[i].events = m->steps[who[i]] == CONNECTING ? POLLOUT : POLLIN;
		}
		if (poll(set, n, -1) == -1 && errno != EINTR)
			bench_die("poll: %s", strerror(errno));
		for (i = 0; i < n; i++)
			if (set[i].revents != 0)
				step(m, who[i], keep);
	}
	free(set);
	free(who);
}

void
many_check(struct many *m)
{
	unsigned i;

	for (i = 0; i < m->count; i++) {
		if (m->steps[i] != OPEN)
			continue;
		bench_blocking(m->links[i].fd, 1);
		if (link_send(&m->links[i], MESSAGE, sizeof(MESSAGE) - 1) == -1)
			bench_die("%s", m->links[i].why);
		link_expect(&m->links[i], MESSAGE, sizeof(MESSAGE) - 1);
	}
}

void
many_close(struct many *m)
{
	unsigned i;

	for (i = 0; i < m->count; i++)
		if (m->steps[i] == OPEN)
			link_close(&m->links[i]);
}

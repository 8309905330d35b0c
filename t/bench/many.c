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
#include "testdata.h"

#define MESSAGE	"0123456789abcdef0123456789abcde\n"

enum step { NEW, CONNECTING, REQUESTED, SENT, OPEN, CLOSING, CLOSED };

void
many_make(struct many *m, const struct load *load, unsigned count, const char *command)
{
	memset(m, 0, sizeof(*m));
	m->load = load;
	m->count = count;
	m->links = bench_alloc(count, sizeof(*m->links));
	m->steps = bench_alloc(count, sizeof(*m->steps));
	m->open_us = bench_alloc(count, sizeof(*m->open_us));
	m->started = bench_alloc(count, sizeof(*m->started));
	m->why = "";
	m->message = command == NULL ? MESSAGE : command;
	m->answer = command == NULL ? MESSAGE : TESTDATA_OK;
	m->message_len = strlen(m->message);
	m->answer_len = strlen(m->answer);
}

void
many_free(struct many *m)
{
	free(m->links);
	free(m->steps);
	free(m->open_us);
	free(m->started);
}

static void
close_one(struct many *m, unsigned i, const char *why)
{
	if (why != NULL) {
		m->failed++;
		m->why = why;
	}
	link_drop(&m->links[i]);
	m->steps[i] = CLOSED;
}

/* Handles the end of connect(): sends the request.  Returns NULL, or the reason of a failure. */
static const char *
on_connect(struct many *m, unsigned i)
{
	struct link *l = &m->links[i];
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1 || error != 0)
		return strerror(error);
	if (link_request(l) == -1)
		return l->why;
	m->steps[i] = REQUESTED;
	return NULL;
}

static const char *
on_response(struct many *m, unsigned i)
{
	struct link *l = &m->links[i];
	int state = link_response(l);

	if (state == -1 || (state == 0 && link_send(l, m->message, m->message_len) == -1))
		return l->why;
	if (state == 0)
		m->steps[i] = SENT;
	return NULL;
}

/*
 * Handles the answer to the message.  The answer is so short that one read must return all of it.
 */
static const char *
on_answer(struct many *m, unsigned i, int keep)
{
	struct link *l = &m->links[i];
	const uint8_t *data;
	ssize_t n = link_read(l);

	if (n == LINK_AGAIN)
		return NULL;
	if (n <= 0)
		return n == 0 ? "end of file before the answer" : l->why;
	n = link_payload(l, &data);
	if (n != (ssize_t)m->answer_len || memcmp(data, m->answer, m->answer_len) != 0)
		return "a wrong answer";
	if (link_payload(l, &data) != 0)
		return "more bytes than expected were received";
	m->open_us[m->opened++] = (double)(bench_now() - m->started[i]) / 1e3;
	m->steps[i] = OPEN;
	if (keep)
		return NULL;
	m->steps[i] = CLOSING;
	return link_end(l) == -1 ? l->why : NULL;
}

static const char *
on_close(struct many *m, unsigned i)
{
	struct link *l = &m->links[i];
	const uint8_t *data;
	ssize_t n = link_read(l);

	if (n == LINK_ERROR)
		return l->why;
	if (n > 0 && link_payload(l, &data) != 0)
		return "more bytes than expected were received";
	if (n == 0 && !l->raw && !l->closed)
		return "end of file without a close frame";
	if (n == 0)
		close_one(m, i, NULL);
	return NULL;
}

static void
step(struct many *m, unsigned i, int keep)
{
	const char *why = NULL;

	if (m->steps[i] == CONNECTING)
		why = on_connect(m, i);
	else if (m->steps[i] == REQUESTED)
		why = on_response(m, i);
	else if (m->steps[i] == SENT)
		why = on_answer(m, i, keep);
	else if (m->steps[i] == CLOSING)
		why = on_close(m, i);
	/* Plain TCP has no handshake: send the message now, without waiting for a response. */
	if (why == NULL && m->links[i].raw && m->steps[i] == REQUESTED)
		why = on_response(m, i);
	if (why != NULL)
		close_one(m, i, why);
}

static void
connect_one(struct many *m, unsigned i)
{
	m->started[i] = bench_now();
	m->steps[i] = CONNECTING;
	if (link_connect(&m->links[i], m->load->port, m->load->raw) == -1)
		close_one(m, i, m->links[i].why);
}

/* Returns 1 if the connection has still to be served by many_open(). */
static int
is_pending(const struct many *m, unsigned i)
{
	return m->steps[i] != CLOSED && m->steps[i] != OPEN;
}

void
many_open(struct many *m, unsigned concurrency, int keep)
{
	struct pollfd *set = bench_alloc(concurrency, sizeof(*set));
	unsigned *indexes = bench_alloc(concurrency, sizeof(*indexes));
	unsigned next = 0, n = 0, i, left;

	for (;;) {
		for (left = i = 0; i < n; i++)
			if (is_pending(m, indexes[i]))
				indexes[left++] = indexes[i];
		for (n = left; n < concurrency && next < m->count; next++) {
			connect_one(m, next);
			if (is_pending(m, next))
				indexes[n++] = next;
		}
		if (n == 0)
			break;
		for (i = 0; i < n; i++) {
			set[i].fd = m->links[indexes[i]].fd;
			set[i].events = m->steps[indexes[i]] == CONNECTING ? POLLOUT : POLLIN;
		}
		if (poll(set, n, -1) == -1 && errno != EINTR)
			bench_die("poll: %s", strerror(errno));
		for (i = 0; i < n; i++)
			if (set[i].revents != 0)
				step(m, indexes[i], keep);
	}
	free(set);
	free(indexes);
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

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdarg.h>
#include <string.h>

#include "expect.h"
#include "pair.h"
#include "sock.h"

static void
listen_peer(struct pair *t, int receive, int send)
{
	memset(t, 0, sizeof(*t));
	t->peer = t->c.fd = -1;
	t->listener = sock_listen_with(&t->port, 256, receive, send);
}

void
pair_start(struct pair *t, ...)
{
	va_list ap;

	listen_peer(t, 0, 0);
	va_start(ap, t);
	harness_vbridge(&t->h, t->port, ap);
	va_end(ap);
}

void
pair_start_with(struct pair *t, int receive, int send, ...)
{
	va_list ap;

	listen_peer(t, receive, send);
	va_start(ap, send);
	harness_vbridge(&t->h, t->port, ap);
	va_end(ap);
}

void
pair_stop(struct pair *t)
{
	harness_stop(&t->h);
	sock_close(&t->peer);
	sock_close(&t->listener);
}

void
pair_open_with(struct pair *t, int receive)
{
	struct request r = { .target = "/pair" };

	sock_close(&t->peer);
	client_open_with(&t->c, t->h.port, receive, &r);
	t->peer = sock_accept(t->listener, EXPECT_MS);
}

void
pair_open(struct pair *t)
{
	pair_open_with(t, 0);
}

void
pair_close(struct pair *t)
{
	pair_finish(&t->c, &t->peer);
}

void
pair_finish(struct client *c, int *peer)
{
	client_finish(c);
	sock_expect_end(*peer, EXPECT_MS);
	sock_close(peer);
}

void
pair_expect_end(struct pair *t)
{
	client_expect_eof(&t->c);
	client_end(&t->c);
	sock_expect_end(t->peer, EXPECT_MS);
	sock_close(&t->peer);
}

void
pair_expect_close(struct pair *t, unsigned code)
{
	client_expect_end(&t->c, code);
	sock_expect_end(t->peer, EXPECT_MS);
	sock_close(&t->peer);
}

void
pair_ping(struct pair *t)
{
	client_ping(&t->c, "alive?");
	client_expect(&t->c, CLIENT_PONG, "alive?", 6);
}

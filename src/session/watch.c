/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include "base/clock.h"
#include "posix/keepalive.h"
#include "session/watch.h"

#define START_AFTER	1000	/* ms that a connection lasts before its options are set */

void
watch_start(struct watch *w, const struct conf *conf, uint64_t now)
{
	w->at = conf->keepalive == 0 ? 0 : now + START_AFTER;
}

static uint64_t
time_left(int fd, int watched, const struct conf *conf)
{
	return fd != -1 && watched ? keepalive_left(fd, conf->keepalive) : CLOCK_NEVER;
}

enum watch_result
watch_look(struct watch *w, int client, int peer, const struct conf *conf, uint64_t now)
{
	uint64_t client_left, peer_left, left;

	if (!w->started) {
		w->started = 1;
		w->client = client != -1 &&
		    keepalive_start(client, conf->keepalive, conf->stall_timeout);
		w->peer = peer != -1 && keepalive_start(peer, conf->keepalive, conf->stall_timeout);
	}
	client_left = time_left(client, w->client, conf);
	peer_left = time_left(peer, w->peer, conf);
	left = clock_min(client_left, peer_left);
	w->at = left == CLOCK_NEVER ? 0 : now + left;
	if (peer_left == 0)
		return WATCH_NO_PEER;
	return client_left == 0 ? WATCH_NO_CLIENT : WATCH_BOTH;
}

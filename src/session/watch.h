/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef WATCH_H
#define WATCH_H

#include <stdint.h>

#include "conf/conf.h"

/*
 * Watches whether the client and the peer of an open connection still exist (setting keepalive).
 * The options are set when the connection has lasted for a second, so a short connection costs no
 * system call.
 */
struct watch {
	uint64_t	at;		/* clock_now() of the next call of watch_look(); 0: never */
	uint8_t		started;	/* 1: the options were set */
	uint8_t		client, peer;	/* 1: the system reports about the client, the peer */
};

enum watch_result {
	WATCH_BOTH,		/* both exist, as far as the system knows */
	WATCH_NO_CLIENT,	/* the client has vanished */
	WATCH_NO_PEER		/* the peer has vanished */
};

/* Begins at the time now, a value of clock_now(). */
void	watch_start(struct watch *w, const struct conf *conf, uint64_t now);

/*
 * Looks at both sockets, or at one if the other is -1, and sets the time of the next look.  A
 * socket that is not TCP is not looked at again.
 */
enum watch_result watch_look(struct watch *w, int client, int peer, const struct conf *conf,
    uint64_t now);

#endif

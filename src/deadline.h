/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef DEADLINE_H
#define DEADLINE_H

#include <stdint.h>

#include "relay.h"

/*
 * When each limit of an open connection is reached, as things are now: values of
 * the clock, CLOCK_NEVER where a limit does not apply.  All of the relay's time is here.
 */

/*
 * A silent client is pinged, and a pinged one heard of; while it is not read, its silence says
 * nothing, and r's notes of it are moved on.
 */
uint64_t deadline_ping(struct relay *r);

/* Data passed in one direction or the other. */
uint64_t deadline_idle(const struct relay *r);

/* The client, the peer took something of what waits for it. */
uint64_t deadline_client_stall(const struct relay *r);
uint64_t deadline_peer_stall(const struct relay *r);

/* The answer to our close frame; a client may finish what it sends, but not go on for ever. */
uint64_t deadline_close(const struct relay *r);

/* Bytes that the framing holds back go; while the peer is not read, their time is moved on. */
uint64_t deadline_flush(struct relay *r);

/* The first of these, and the end of all patience. */
uint64_t deadline_next(struct relay *r);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PEER_H
#define PEER_H

#include <stddef.h>
#include <stdint.h>

#include "testdata.h"

/* What the poll loop does with a connection after peer_serve(). */
enum peer_action {
	PEER_KEEP,	/* polls the connection */
	PEER_PARK,	/* does not poll the connection any more */
	PEER_UNPARK,	/* polls all parked connections again */
	PEER_CLOSE	/* closes the connection */
};

/* A connection of the peer. */
struct peer_connection {
	int		 fd;		/* non-blocking */
	enum peer_action action;
	void		(*receive)(struct peer_connection *, const uint8_t *, size_t);
	struct testdata	 expected;	/* the bytes that the client must send */
	struct testdata	 answer;	/* the bytes that are sent to the client */
	size_t		 chunk;		/* bytes in a write of the answer */
	uint64_t	 received;	/* bytes of `expected` received so far */
	uint64_t	 receive_total;	/* bytes of `expected` that the client sends */
	uint64_t	 sent;		/* bytes of the answer that have been sent */
	uint64_t	 send_limit;	/* bytes of the answer that may have been sent by now */
	size_t		 request_size;	/* (exchange) bytes to receive before each answer */
	int		 slow;		/* 1: this connection reads slowly */
	char		 line[128];	/* the received part of the command */
	size_t		 line_len;
	uint8_t		*pending;	/* bytes that a write did not take */
	size_t		 pending_at, pending_end;
};

/* Makes a connection of a descriptor, which peer_free() will close. */
struct peer_connection *peer_new(int fd);
void	peer_free(struct peer_connection *c);

/* Returns the events of poll() that the connection waits for. */
short	peer_events(const struct peer_connection *c);

/* Reads and writes as much as possible without blocking, and sets c->action. */
void	peer_serve(struct peer_connection *c);

#endif

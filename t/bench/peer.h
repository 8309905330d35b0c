/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PEER_H
#define PEER_H

#include <stddef.h>
#include <stdint.h>

#include "tape.h"

/* One connection of the peer. */
enum peer_wish { PEER_STAY, PEER_PARK, PEER_UNPARK, PEER_END };

struct peer_connection {
	int		 fd;		/* non-blocking */
	enum peer_wish	 wish;		/* where it wants to stand */
	void		(*take)(struct peer_connection *, const uint8_t *, size_t);
	struct tape	 tape, answer;	/* what is to come; what is to go */
	size_t		 chunk;		/* bytes in a write of the answer */
	uint64_t	 got, get;	/* of the tape, so far and in all */
	uint64_t	 sent, send;	/* of the answer; never more in all than may go now */
	size_t		 swap;		/* bytes that are answered together */
	int		 slow;
	char		 line[128];	/* the command so far */
	size_t		 line_len;
	uint8_t		*rest;		/* to be echoed, or an answer, that has not gone */
	size_t		 rest_at, rest_end;
};

struct peer_connection *peer_new(int fd);
void	peer_free(struct peer_connection *c);

/* What it waits for. */
short	peer_events(const struct peer_connection *c);

/* Moves what can be moved. */
void	peer_serve(struct peer_connection *c);

#endif

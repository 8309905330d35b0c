/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PUMP_H
#define PUMP_H

#include <stddef.h>
#include <stdint.h>

#include "client.h"

/*
 * Data both ways at once between a WebSocket client and the peer's socket (or
 * an echo peer, which sends back what it gets), in one loop that never blocks:
 * the pattern of pattern.h is sent and every byte that arrives is checked.
 */
#define PUMP_UP		1	/* seeds of the pattern from client to peer, */
#define PUMP_DOWN	2	/* and from peer to client; an echo sends back PUMP_UP */

struct pump {
	struct client	*c;
	int		 peer;		/* -1: an echo peer, which we do not see */
	uint64_t	 up, down;	/* bytes to go each way; with an echo the same */
	size_t		 frame;		/* payload of each frame that the client sends, */
	int		 first_byte;	/* and its first byte: a whole binary message */
	size_t		 chunk;		/* bytes per read, for a slow reader */
	int		 client_reads, peer_reads;	/* 0: not now */

	uint64_t	 up_sent, up_got, down_sent, down_got;	/* payload so far */
	unsigned long	 messages;	/* complete ones that the client got */

	uint8_t		*out;		/* the frame that is being sent */
	size_t		 out_at, out_len;
	uint8_t		 head[10];	/* of the frame that is being received */
	size_t		 head_len;
	uint64_t	 left;		/* of its payload */
	int		 first;		/* its first byte */
	int		 in_frame;
};

/*
 * Begins at place 0 of both patterns; nothing is sent yet.  Frames have 16 KiB,
 * reads 64 KiB, both sides read; set the members if it is to be otherwise.
 */
void	pump_init(struct pump *p, struct client *c, int peer, uint64_t up, uint64_t down);
void	pump_free(struct pump *p);

/* Goes on until everything has arrived; fails if nothing moves for c->ms. */
void	pump_run(struct pump *p);

/*
 * Goes on until nothing has moved for that many (stretched) milliseconds;
 * returns whether all has arrived.
 */
int	pump_until_quiet(struct pump *p, int ms);

/*
 * One turn of that loop, which waits at most that many (stretched)
 * milliseconds; whether something moved.
 */
int	pump_turn(struct pump *p, int ms);

#endif

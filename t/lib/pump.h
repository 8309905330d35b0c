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
 * Sends data in both directions at once, between a WebSocket client and the peer's socket, in one
 * loop that never blocks. The data is the pattern of pattern.h, and every byte that arrives is
 * checked. The peer may also be an echo program: then everything sent must come back.
 */
#define PUMP_UP		1	/* seed of the pattern from client to peer; an echo returns it */
#define PUMP_DOWN	2	/* seed of the pattern from peer to client */

struct pump {
	struct client	*c;
	int		 peer;		/* the peer's socket; -1: the peer is an echo program */
	uint64_t	 up, down;	/* bytes to send each way; equal with an echo */
	size_t		 frame;		/* payload of each frame that the client sends */
	int		 first_byte;	/* first byte of these frames */
	size_t		 chunk;		/* most bytes of one read */
	int		 client_reads, peer_reads;	/* 0: this side does not read now */

	uint64_t	 up_sent, up_got, down_sent, down_got;	/* payload bytes so far */
	unsigned long	 messages;	/* complete messages that the client received */

	uint8_t		*out;		/* the frame that is being sent */
	size_t		 out_at, out_len;
	uint8_t		 head[10];	/* header of the frame that is being received */
	size_t		 head_len;
	uint64_t	 left;		/* bytes of its payload still to come */
	int		 first;		/* its first byte */
	int		 in_frame;
};

/*
 * Begins at place 0 of both patterns; sends nothing yet. Frames have 16 KiB and are whole binary
 * messages, reads have at most 64 KiB, both sides read; the test may change these members
 * afterwards. pump_free() gives the memory back.
 */
void	pump_init(struct pump *p, struct client *c, int peer, uint64_t up, uint64_t down);
void	pump_free(struct pump *p);

/* Runs until everything has arrived; fails if nothing moves for c->ms milliseconds, stretched. */
void	pump_run(struct pump *p);

/*
 * Runs until everything has arrived or nothing has moved for ms milliseconds, stretched. Returns
 * 1 if everything has arrived.
 */
int	pump_until_quiet(struct pump *p, int ms);

/* One pass of the loop, which waits for at most ms milliseconds. Returns 1 if anything moved. */
int	pump_turn(struct pump *p, int ms);

#endif

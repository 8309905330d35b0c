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
 * Sends data in both directions at the same time, between a WebSocket client and the peer's
 * socket, in one loop that never blocks. The data is the pattern of pattern.h, and every byte
 * that arrives is checked. The peer may also be an echo program: then all data must come back.
 */
#define PUMP_UP		1	/* seed of the pattern from client to peer, and of an echo */
#define PUMP_DOWN	2	/* seed of the pattern from peer to client */

struct pump {
	struct client	*c;
	int		 peer;		/* socket of the peer; -1: the peer is an echo program */
	uint64_t	 up, down;	/* bytes to send in each direction; equal for an echo */
	size_t		 frame;		/* payload bytes of each frame that the client sends */
	int		 first_byte;	/* first byte of each frame that the client sends */
	size_t		 chunk;		/* most bytes of one read */
	int		 client_reads, peer_reads;	/* 0: this side does not read */

	uint64_t	 up_sent, up_got, down_sent, down_got;	/* payload bytes so far */
	unsigned long	 messages;	/* complete messages that the client has received */

	uint8_t		*out;		/* the frame that is being sent */
	size_t		 out_at, out_len;
	uint8_t		 head[10];	/* header of the frame that is being received */
	size_t		 head_len;
	uint64_t	 left;		/* payload bytes of the received frame still to come */
	int		 first;		/* first byte of the received frame */
	int		 in_frame;
};

/*
 * Prepares p; sends nothing yet. Both patterns begin at offset 0. By default frames have 16 KiB
 * and are whole binary messages, reads have at most 64 KiB, and both sides read; the test may
 * then change these members. pump_free() frees the memory.
 */
void	pump_init(struct pump *p, struct client *c, int peer, uint64_t up, uint64_t down);
void	pump_free(struct pump *p);

/*
 * Runs until all data has arrived; fails if no byte is sent or received for c->ms milliseconds,
 * stretched.
 */
void	pump_run(struct pump *p);

/*
 * Runs until all data has arrived, or no byte was sent or received for ms milliseconds,
 * stretched. Returns 1 if all data has arrived.
 */
int	pump_until_quiet(struct pump *p, int ms);

/*
 * Runs one pass of the loop, which waits for at most ms milliseconds. Returns 1 if any byte was
 * sent or received.
 */
int	pump_turn(struct pump *p, int ms);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LINK_H
#define LINK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/frame.h"

/*
 * A client's connection: a WebSocket, or (raw) the bytes alone, so that the same load
 * goes through a bridge and through a relay that knows nothing of WebSocket.
 * What is read lies in one buffer for all links, and is to be taken from there before
 * another link is read.
 */
#define LINK_AGAIN	(-1)
#define LINK_ERROR	(-2)

struct link {
	int		 fd;
	int		 raw;
	const char	*why;		/* what went wrong */
	size_t		 most;		/* bytes in a read, 0: as many as there are */

	char		 answer[256];	/* to the handshake */
	size_t		 answer_len;

	const uint8_t	*at, *end;	/* what was read and is not taken */
	uint8_t		 head[FRAME_SERVER_HEADER];
	uint8_t		 head_len;
	uint8_t		 opcode;
	uint8_t		 closed;	/* the server's close frame came */
	uint8_t		 control_len;
	uint8_t		 control[FRAME_CONTROL_SIZE];
	uint64_t	 left;		/* payload of this frame that is to come */
	uint64_t	 messages;
};

/* Connects, shakes hands and waits for both; ends the program if that fails. */
void	link_open(struct link *l, int port, int raw);

/* The same in steps, without waiting; 0, or -1 and l->why. */
int	link_connect(struct link *l, int port, int raw);
int	link_ask(struct link *l);
int	link_answered(struct link *l);	/* also 1: not yet */

/* Sends one message, no longer than 125 bytes; 0, or -1 and l->why. */
int	link_send(struct link *l, const void *payload, size_t len);

/* The same, ending the program on failure; format is that of printf(). */
void	link_command(struct link *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reads once.  A count, 0 at the end, LINK_AGAIN or LINK_ERROR (l->why). */
ssize_t	link_fill(struct link *l);

/*
 * Payload out of what was read; 0 when there is no more, LINK_ERROR if the server broke a
 * rule.  Pings are answered on the way.
 */
ssize_t	link_piece(struct link *l, const uint8_t **data);

/* Reads exactly this, waiting; ends the program if anything else comes. */
void	link_expect(struct link *l, const void *payload, size_t len);

/* Says that nothing more will be sent. */
int	link_end(struct link *l);

/* Ends it in order and waits for the other side to do so; ends the program if it does not. */
void	link_close(struct link *l);

/* Closes it as it stands. */
void	link_drop(struct link *l);

#endif

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
 * A connection of a client.  It is a WebSocket or, if raw is 1, plain TCP without a handshake and
 * frames, so that the same load can be sent through websocksy and through a relay of TCP.
 *
 * All links share one read buffer: the caller must take all payload of a link with link_payload()
 * before it reads another link.
 */
#define LINK_AGAIN	(-1)
#define LINK_ERROR	(-2)

struct link {
	int		 fd;
	int		 raw;
	const char	*why;		/* the reason of the last failure */
	size_t		 read_max;	/* most bytes in a read; 0: the size of the buffer */

	char		 response[256];	/* response to the handshake */
	size_t		 response_len;

	const uint8_t	*at, *end;	/* bytes that were read and not processed yet */
	uint8_t		 head[FRAME_SERVER_HEADER];	/* header of a frame, perhaps incomplete */
	uint8_t		 head_len;
	uint8_t		 opcode;
	uint8_t		 closed;	/* 1: a close frame was received */
	uint8_t		 control_len;
	uint8_t		 control[FRAME_CONTROL_SIZE];
	uint64_t	 payload_left;	/* payload bytes of this frame that are not processed yet */
	uint64_t	 messages;	/* number of data frames received */
};

/* Connects and does the handshake, blocking.  Exits on failure. */
void	link_open(struct link *l, int port, int raw);

/*
 * The steps of link_open() for a non-blocking connection: connect to 127.0.0.1:port, send the
 * request, read the response.  Each returns 0, or -1 with l->why; link_response() also returns 1 if
 * the response is not complete yet.
 */
int	link_connect(struct link *l, int port, int raw);
int	link_request(struct link *l);
int	link_response(struct link *l);

/* Sends one message of at most 125 bytes.  Returns 0, or -1 with l->why. */
int	link_send(struct link *l, const void *payload, size_t len);

/* Formats a text as printf() does, and sends it as one message.  Exits on failure. */
void	link_command(struct link *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Reads once.  Returns the number of bytes, 0 at end of file, LINK_AGAIN if no bytes are available,
 * or LINK_ERROR with l->why.
 */
ssize_t	link_read(struct link *l);

/*
 * Returns the length of the next piece of payload in the bytes that were read, and sets *data to
 * it; 0 if no payload is left, LINK_ERROR if the server violated the protocol.  Answers pings.
 */
ssize_t	link_payload(struct link *l, const uint8_t **data);

/*
 * Reads, blocking, until these len bytes of payload have been received.  Exits if other bytes are
 * received.
 */
void	link_expect(struct link *l, const void *payload, size_t len);

/*
 * Sends a close frame, or shuts down the sending side of a raw link.  Returns 0, or -1 with
 * l->why.
 */
int	link_end(struct link *l);

/* Ends the link with link_end(), waits for end of file, and closes it.  Exits on failure. */
void	link_close(struct link *l);

/* Closes the descriptor without a closing handshake. */
void	link_drop(struct link *l);

#endif

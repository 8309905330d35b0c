/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CLIENT_H
#define CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "request.h"

/*
 * A WebSocket client for tests.  It knows RFC 6455 by itself, so that no
 * mistake of the bridge is made twice: it can send anything, legal or not, and
 * accepts only what a server may send.
 *
 * Every call that waits has c->ms milliseconds, and what goes wrong fails the
 * test (expect.h), unless the call says otherwise.
 *
 *	struct client c;
 *
 *	client_open(&c, port, "/path");		connect, request, 101
 *	client_text(&c, "hello");
 *	client_expect(&c, CLIENT_TEXT, "hello", 5);
 *	client_finish(&c);			closing handshake, end of stream
 */

/* The first byte of a frame: one of these, with CLIENT_FIN and perhaps bits of CLIENT_RSV. */
#define CLIENT_CONTINUATION	0x0
#define CLIENT_TEXT		0x1
#define CLIENT_BINARY		0x2
#define CLIENT_CLOSE		0x8
#define CLIENT_PING		0x9
#define CLIENT_PONG		0xa
#define CLIENT_FIN		0x80
#define CLIENT_RSV		0x70

#define CLIENT_NO_CODE		1005	/* a close frame without a code */

struct client {
	int		 fd;		/* non-blocking; -1: closed */
	int		 ms;		/* deadline of each wait; EXPECT_MS at first */

	int		 status;	/* of the answer, after client_answer() */
	char		*head;		/* its status line and fields, a string */
	char		*body;		/* its body, a string; NULL after a 101 */

	uint8_t		*in;		/* bytes received; from in_at on not yet used */
	size_t		 in_at, in_len, in_size;
	uint8_t		*message;	/* what client_read() put together */
	size_t		 message_size;
	uint64_t	 random;	/* for masks; the same in each run */
	int		 closing;	/* a close frame was made: nothing may follow it */
};

/* A whole message, or a control frame. */
struct client_message {
	int		 opcode;	/* CLIENT_TEXT and so on */
	uint8_t		*data;		/* good until the next read; a NUL follows */
	size_t		 len;
	unsigned	 frames;	/* that it came in */
	unsigned	 code;		/* of a close frame, whose reason is data */
};

/* -- connections -- */

/* Takes over a connected socket, which is made non-blocking. */
void	client_init(struct client *c, int fd);

/* Connects to a port of loopback, with a receive buffer of that size (0: the system's). */
void	client_connect(struct client *c, int port);
void	client_connect_with(struct client *c, int port, int receive);

/* Connects, sends a good request for target and checks the 101. */
void	client_open(struct client *c, int port, const char *target);
void	client_open_with(struct client *c, int port, int receive, const struct request *r);

/* Closes the socket, if it is open, and frees everything.  client_drop() does it by reset. */
void	client_end(struct client *c);
void	client_drop(struct client *c);

/* The closing handshake from our side with 1000, the end of the stream, client_end(). */
void	client_finish(struct client *c);

/* -- the opening handshake -- */

/* Sends a request; reads the answer: the whole of it if it is a refusal. */
void	client_request(struct client *c, const struct request *r);
void	client_answer(struct client *c);

/* Whether nothing, not even the end, comes within ms milliseconds. */
int	client_is_silent(struct client *c, int ms);

/* The value of a field of the answer, or NULL; there may be only one. */
const char *client_field(const struct client *c, const char *name);

/*
 * The answer is a 101 with exactly the fields that it must have.  protocol:
 * the subprotocol that was to be chosen, NULL for none.
 */
void	client_expect_accepted(const struct client *c, const char *key, const char *protocol);

/*
 * The answer is this refusal, in good form, with a body that says something; then
 * comes the end of the stream, and no reset.
 */
void	client_expect_refused(struct client *c, int status);

/* -- sending -- */

/* Bytes as they are; in one go, or in pieces of at most size bytes, each a write of its own. */
void	client_send(struct client *c, const void *data, size_t len);
void	client_send_cut(struct client *c, const void *data, size_t len, size_t size);

/* The same as far as the server takes it: 0, or -1 if the connection is gone. */
int	client_try_send(struct client *c, const void *data, size_t len);

/* A legal frame: masked, shortest length. */
void	client_send_frame(struct client *c, int first, const void *payload, size_t len);
void	client_text(struct client *c, const char *text);
void	client_binary(struct client *c, const void *data, size_t len);
void	client_ping(struct client *c, const char *text);

/* A close frame; code CLIENT_NO_CODE: an empty one. */
void	client_close(struct client *c, unsigned code, const char *reason);

/* -- building frames, even bad ones -- */

#define CLIENT_HEADER	14	/* the longest header */

/*
 * A frame's header in out.  form: 7, 16 or 64 bits for the length, 0 for the
 * shortest that will do.  mask NULL: not masked.  Returns its size.
 */
size_t	client_header(uint8_t out[CLIENT_HEADER], int first, int form, uint64_t length,
    const uint8_t mask[4]);

/* Masks len bytes, the first of which is at place at of its payload. */
void	client_mask(uint8_t *data, size_t len, const uint8_t mask[4], uint64_t at);

/* A legal frame with a random mask in out, which has room for CLIENT_HEADER + len.  Its size. */
size_t	client_frame(struct client *c, uint8_t *out, int first, const void *payload, size_t len);

/* -- receiving -- */

/*
 * The next message or control frame; every frame is checked for being one that
 * a server may send.
 */
void	client_read(struct client *c, struct client_message *m);

/* The next is exactly this.  client_expect_text() takes a string. */
void	client_expect(struct client *c, int opcode, const void *data, size_t len);
void	client_expect_text(struct client *c, const char *text);

/* Messages follow that make up this when joined; their number and types do not matter. */
void	client_expect_bytes(struct client *c, const void *data, size_t len);
void	client_expect_pattern(struct client *c, uint64_t at, uint64_t len, unsigned seed);

/* The next is a close frame with this code (CLIENT_NO_CODE: with none). */
void	client_expect_close(struct client *c, unsigned code);

/* The stream ends, without a reset. */
void	client_expect_eof(struct client *c);

/*
 * The server closes: close frame with this code, our answer unless we were the
 * first to close, the end of the stream, client_end().
 */
void	client_expect_end(struct client *c, unsigned code);

/* For an echo peer: sends a text and expects it back; client_echo_finish() then closes. */
void	client_echo(struct client *c);
void	client_echo_finish(struct client *c);

/*
 * Waits until len unused bytes are at c->in + c->in_at; what: for the message
 * if the stream ends.
 */
void	client_need(struct client *c, size_t len, const char *what);

/*
 * For loops of one's own: reads a server's frame header from len bytes.
 * Returns its size, 0 if it is not complete; an illegal one fails the test.
 */
size_t	client_parse(const uint8_t *data, size_t len, int *first, uint64_t *length);

#endif

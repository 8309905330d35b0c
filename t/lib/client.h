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
 * A WebSocket client for tests. It implements RFC 6455 without code of the bridge, so that a
 * mistake there is not repeated here. It can send anything, legal or not, and accepts only what a
 * server may send.
 *
 * Every call that waits has a deadline of c->ms milliseconds, stretched. An error, a deadline
 * that is over and an illegal frame fail the test (expect.h), unless the function is said to
 * return it.
 *
 *	struct client c;
 *
 *	client_open(&c, port, "/path");		connect, request, 101
 *	client_text(&c, "hello");
 *	client_expect(&c, CLIENT_TEXT, "hello", 5);
 *	client_finish(&c);			closing handshake, end of stream
 */

/* The first byte of a frame (section 5.2): an opcode, CLIENT_FIN, bits of CLIENT_RSV. */
#define CLIENT_CONTINUATION	0x0
#define CLIENT_TEXT		0x1
#define CLIENT_BINARY		0x2
#define CLIENT_CLOSE		0x8
#define CLIENT_PING		0x9
#define CLIENT_PONG		0xa
#define CLIENT_FIN		0x80
#define CLIENT_RSV		0x70

#define CLIENT_NO_CODE		1005	/* stands for a close frame without a code */

struct client {
	int		 fd;		/* non-blocking; -1: closed */
	int		 ms;		/* deadline of each wait; EXPECT_MS at first */

	int		 status;	/* of the response, after client_answer() */
	char		*head;		/* its status line and fields, a string */
	char		*body;		/* its body, a string; NULL after a 101 */

	uint8_t		*in;		/* bytes received; used up to in_at */
	size_t		 in_at, in_len, in_size;
	uint8_t		*message;	/* the message that client_read() joined */
	size_t		 message_size;
	uint64_t	 random;	/* for masks; the same in each run */
	int		 closing;	/* a close frame was built: nothing may follow it */
};

/* A whole message, or a control frame. */
struct client_message {
	int		 opcode;	/* CLIENT_TEXT and so on */
	uint8_t		*data;		/* valid until the next read; a NUL follows */
	size_t		 len;
	unsigned	 frames;	/* number of frames it came in */
	unsigned	 code;		/* of a close frame; data is then the reason */
};

/* -- connections -- */

/*
 * Makes a client of a connected socket, which becomes non-blocking and is closed by client_end().
 */
void	client_init(struct client *c, int fd);

/* Connects to a port of 127.0.0.1, with a receive buffer of that size (0: the default). */
void	client_connect(struct client *c, int port);
void	client_connect_with(struct client *c, int port, int receive);

/*
 * client_open() connects, sends a correct request for target and checks the 101 as
 * client_expect_accepted() does. client_open_with() sends the request r and checks only the
 * status.
 */
void	client_open(struct client *c, int port, const char *target);
void	client_open_with(struct client *c, int port, int receive, const struct request *r);

/* Like client_open() for "/", on a connected socket, which client_end() will close. */
void	client_open_on(struct client *c, int fd);

/* Closes the socket, if it is open, and frees everything; client_drop() closes with a reset. */
void	client_end(struct client *c);
void	client_drop(struct client *c);

/*
 * The closing handshake, begun by the client with 1000; then end of file and client_end().
 * client_finish_late() discards the messages that arrive before the server's close frame.
 */
void	client_finish(struct client *c);
void	client_finish_late(struct client *c);

/* -- the opening handshake -- */

/*
 * client_request() sends a request. client_answer() reads the response into c->status, c->head
 * and, unless the status is 101, c->body.
 */
void	client_request(struct client *c, const struct request *r);
void	client_answer(struct client *c);

/* Connects, sends a request and reads the response. Returns its status. */
int	client_ask(struct client *c, int port, const char *target);
int	client_ask_with(struct client *c, int port, const struct request *r);

/* Returns 1 if the server sends nothing, not even end of file, for ms milliseconds. */
int	client_is_silent(struct client *c, int ms);

/*
 * The value of a field of the response, NULL if there is none; two of that name fail the test.
 * Valid until the fourth call after this one.
 */
const char *client_field(const struct client *c, const char *name);

/*
 * The response must be a 101 with exactly the fields that RFC 6455 asks for. protocol is the
 * subprotocol that the server must have chosen, NULL: none.
 */
void	client_expect_accepted(const struct client *c, const char *key, const char *protocol);

/*
 * The response must be a refusal with this status, the fields that belong to it, a body that
 * gives a reason, and then end of file without a reset.
 */
void	client_expect_refused(struct client *c, int status);

/*
 * A client of its own with this request must be refused, as client_expect_refused() says. words,
 * unless NULL, must be in the body.
 */
void	client_expect_refusal(int port, const struct request *r, int status, const char *words);

/* -- sending -- */

/*
 * Sends bytes as they are. client_send_cut() sends them in pieces of at most size bytes, each
 * with a write of its own.
 */
void	client_send(struct client *c, const void *data, size_t len);
void	client_send_cut(struct client *c, const void *data, size_t len, size_t size);

/* Like client_send(), but returns -1 if the connection is reset, otherwise 0. */
int	client_try_send(struct client *c, const void *data, size_t len);

/* Sends a legal frame: masked, its length in the shortest form. first is its first byte. */
void	client_send_frame(struct client *c, int first, const void *payload, size_t len);
void	client_text(struct client *c, const char *text);
void	client_binary(struct client *c, const void *data, size_t len);
void	client_ping(struct client *c, const char *text);

/* Sends a close frame; an empty one if code is CLIENT_NO_CODE. reason may be NULL. */
void	client_close(struct client *c, unsigned code, const char *reason);

/* -- building frames, even illegal ones -- */

#define CLIENT_HEADER	14	/* bytes of the longest header */

/*
 * Writes a frame's header to out and returns its size. form is the number of bits for the length,
 * 7, 16 or 64, or 0 for the shortest form. mask is NULL for a frame without a mask.
 */
size_t	client_header(uint8_t out[CLIENT_HEADER], int first, int form, uint64_t length,
    const uint8_t mask[4]);

/* Masks len bytes in place; the first of them is byte number `at` of its payload. */
void	client_mask(uint8_t *data, size_t len, const uint8_t mask[4], uint64_t at);

/*
 * Writes a legal frame with a random mask to out, which has room for CLIENT_HEADER + len bytes.
 * Returns its size.
 */
size_t	client_frame(struct client *c, uint8_t *out, int first, const void *payload, size_t len);

/* -- receiving -- */

/*
 * Reads the next message or control frame into m. A frame that a server may not send fails the
 * test.
 */
void	client_read(struct client *c, struct client_message *m);

/* The next message or control frame must be exactly this. */
void	client_expect(struct client *c, int opcode, const void *data, size_t len);
void	client_expect_text(struct client *c, const char *text);

/*
 * The next messages, joined, must be these len bytes, or the pattern (pattern.h) from place `at`
 * on. Their number and types do not matter.
 */
void	client_expect_bytes(struct client *c, const void *data, size_t len);
void	client_expect_pattern(struct client *c, uint64_t at, uint64_t len, unsigned seed);

/* The next must be a close frame with this code; without a code if it is CLIENT_NO_CODE. */
void	client_expect_close(struct client *c, unsigned code);

/* The next must be end of file, not a reset. */
void	client_expect_eof(struct client *c);

/*
 * The server must send a close frame with this code. Answers it, unless the client has sent a
 * close frame before, expects end of file, and calls client_end().
 */
void	client_expect_end(struct client *c, unsigned code);

/* For an echo peer: sends a text and expects it back; client_echo_finish() then closes. */
void	client_echo(struct client *c);
void	client_echo_finish(struct client *c);

/*
 * For code that parses the stream itself: waits until len unused bytes are at c->in + c->in_at.
 * what names them in the message of a failure.
 */
void	client_need(struct client *c, size_t len, const char *what);

/*
 * For code that reads the socket itself: parses the header of a server's frame in len bytes.
 * Returns its size, 0 if it is not complete; an illegal header fails the test.
 */
size_t	client_parse(const uint8_t *data, size_t len, int *first, uint64_t *length);

#endif

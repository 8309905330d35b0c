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
 * A WebSocket client for tests. It implements RFC 6455 without code of the bridge, so that it does
 * not repeat a mistake in that code. The client can send any bytes, legal or not, and accepts only
 * frames that a server may send.
 *
 * Every call that waits has a deadline of c->ms milliseconds, stretched. An error, a missed
 * deadline and an illegal frame fail the test (expect.h), unless the comment of the function
 * names a return value for it.
 *
 *	struct client c;
 *
 *	client_open(&c, port, "/path");		connect, request, 101
 *	client_text(&c, "hello");
 *	client_expect(&c, CLIENT_TEXT, "hello", 5);
 *	client_finish(&c);			closing handshake, end of stream
 */

/* Bits of the first byte of a frame (section 5.2): an opcode, CLIENT_FIN, the reserved bits. */
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
	int		 fd;		/* non-blocking socket; -1: closed */
	int		 ms;		/* ms; deadline of each wait, EXPECT_MS by default */

	int		 status;	/* status of the response, after client_answer() */
	char		*head;		/* status line and fields of the response, a string */
	char		*body;		/* body of the response, a string; NULL after a 101 */

	uint8_t		*in;		/* received bytes; those before in_at are used */
	size_t		 in_at, in_len, in_size;
	uint8_t		*message;	/* buffer in which client_read() joins a message */
	size_t		 message_size;
	uint64_t	 random;	/* state for the masks; the same in each run */
	int		 closing;	/* 1: a close frame was built, and no frame may follow */
};

/* A whole message or a control frame. */
struct client_message {
	int		 opcode;	/* CLIENT_TEXT, CLIENT_PING and so on */
	uint8_t		*data;		/* payload and a NUL; valid until the next read */
	size_t		 len;
	unsigned	 frames;	/* number of frames of the message */
	unsigned	 code;		/* of a close frame, whose reason is in data */
};

/* -- connections -- */

/*
 * Makes a client of a connected socket. The socket becomes non-blocking, and client_end() closes
 * it.
 */
void	client_init(struct client *c, int fd);

/*
 * Connects to a port of 127.0.0.1. `receive` is the size of the receive buffer in bytes, 0: the
 * default.
 */
void	client_connect(struct client *c, int port);
void	client_connect_with(struct client *c, int port, int receive);

/*
 * client_open() connects, sends a correct request for target and checks the 101 as
 * client_expect_accepted() does. client_open_with() sends the request r and checks only the
 * status.
 */
void	client_open(struct client *c, int port, const char *target);
void	client_open_with(struct client *c, int port, int receive, const struct request *r);

/* Like client_open() for "/", on a connected socket, which client_end() closes. */
void	client_open_on(struct client *c, int fd);

/*
 * Closes the socket, if it is open, and frees all memory of the client; client_drop() closes with
 * a reset.
 */
void	client_end(struct client *c);
void	client_drop(struct client *c);

/*
 * Sends a close frame with code 1000, expects the server's answer and end of file, and calls
 * client_end(). client_finish_late() also discards messages that arrive before the server's close
 * frame.
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

/* Connects, sends a request and reads the response. Returns the status of the response. */
int	client_ask(struct client *c, int port, const char *target);
int	client_ask_with(struct client *c, int port, const struct request *r);

/* Returns 1 if for ms milliseconds the client receives neither a byte nor end of file. */
int	client_is_silent(struct client *c, int ms);

/*
 * Returns the value of a field of the response, NULL if the field is missing; a field that occurs
 * twice fails the test. The value is valid until the fourth call after this one.
 */
const char *client_field(const struct client *c, const char *name);

/*
 * Fails unless the response is a 101 with exactly the fields that RFC 6455 requires. protocol is
 * the subprotocol that the server must have chosen; NULL: none.
 */
void	client_expect_accepted(const struct client *c, const char *key, const char *protocol);

/*
 * Fails unless the response is a refusal with this status, the right fields, and a body that
 * gives a reason, followed by end of file without a reset.
 */
void	client_expect_refused(struct client *c, int status);

/*
 * Opens another connection, sends this request and checks the response with
 * client_expect_refused(). words, unless NULL, must be in the body.
 */
void	client_expect_refusal(int port, const struct request *r, int status, const char *words);

/* -- sending -- */

/*
 * client_send() sends bytes unchanged. client_send_cut() sends them in pieces of at most size
 * bytes, each with a separate write.
 */
void	client_send(struct client *c, const void *data, size_t len);
void	client_send_cut(struct client *c, const void *data, size_t len, size_t size);

/* Like client_send(), but returns -1 if the connection is reset, otherwise 0. */
int	client_try_send(struct client *c, const void *data, size_t len);

/*
 * Sends a valid frame: with a mask, and with its length in the shortest form. `first` is the
 * first byte of the frame.
 */
void	client_send_frame(struct client *c, int first, const void *payload, size_t len);
void	client_text(struct client *c, const char *text);
void	client_binary(struct client *c, const void *data, size_t len);
void	client_ping(struct client *c, const char *text);

/* Sends a close frame; its payload is empty if code is CLIENT_NO_CODE. reason may be NULL. */
void	client_close(struct client *c, unsigned code, const char *reason);

/* -- building frames, even illegal ones -- */

#define CLIENT_HEADER	14	/* size of the longest header */

/*
 * Writes the header of a frame to out and returns its size. `form` is the size of the length
 * field, 7, 16 or 64 bits, or 0 for the shortest one. mask is NULL for a frame without a mask.
 */
size_t	client_header(uint8_t out[CLIENT_HEADER], int first, int form, uint64_t length,
    const uint8_t mask[4]);

/* Masks len bytes in place; `at` is the offset of data in the payload of the frame. */
void	client_mask(uint8_t *data, size_t len, const uint8_t mask[4], uint64_t at);

/*
 * Writes a valid frame with a random mask to out, a buffer of at least CLIENT_HEADER + len bytes.
 * Returns the size of the frame.
 */
size_t	client_frame(struct client *c, uint8_t *out, int first, const void *payload, size_t len);

/* -- receiving -- */

/*
 * Reads the next message or control frame into m. A frame that a server may not send fails the
 * test.
 */
void	client_read(struct client *c, struct client_message *m);

/* Reads the next message or control frame, which must have this opcode and payload. */
void	client_expect(struct client *c, int opcode, const void *data, size_t len);
void	client_expect_text(struct client *c, const char *text);

/*
 * Reads messages whose joined payload must be these len bytes, or len bytes of the pattern
 * (pattern.h) from offset `at` on. The number and the types of the messages do not matter.
 */
void	client_expect_bytes(struct client *c, const void *data, size_t len);
void	client_expect_pattern(struct client *c, uint64_t at, uint64_t len, unsigned seed);

/*
 * Reads the next message or frame, which must be a close frame with this code; without a code if
 * `code` is CLIENT_NO_CODE.
 */
void	client_expect_close(struct client *c, unsigned code);

/* Fails unless the client receives end of file next, without another byte and without a reset. */
void	client_expect_eof(struct client *c);

/*
 * Expects a close frame with this code from the server. Answers the frame, unless the client has
 * already sent a close frame, expects end of file, and calls client_end().
 */
void	client_expect_end(struct client *c, unsigned code);

/*
 * client_echo() sends a text to an echo peer and expects it back; client_echo_finish() then
 * closes.
 */
void	client_echo(struct client *c);
void	client_echo_finish(struct client *c);

/*
 * For code that parses the stream itself: waits until there are len unused bytes at c->in +
 * c->in_at. `what` is the name of these bytes in a failure message.
 */
void	client_need(struct client *c, size_t len, const char *what);

/*
 * For code that reads the socket itself: parses the header of a server's frame from len bytes of
 * data. Returns the size of the header, 0 if it is incomplete; an illegal header fails the test.
 */
size_t	client_parse(const uint8_t *data, size_t len, int *first, uint64_t *length);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "link.h"

#define BUFFER	(256 * 1024)

/* The key of RFC 6455, section 1.3, and its accept value: a random key would cost time here. */
#define REQUEST	"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n" \
		"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" \
		"Sec-WebSocket-Version: 13\r\n\r\n"
#define STATUS	"HTTP/1.1 101 "
#define ACCEPT	"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

static const uint8_t mask[4] = { 0x5a, 0x11, 0xc4, 0x8e };
static uint8_t buffer[BUFFER];

static int
link_fail(struct link *l, const char *why)
{
	l->why = why;
	return -1;
}

static int
link_start(struct link *l, int port, int raw, int blocking)
{
	struct sockaddr_in address;

	memset(l, 0, sizeof(*l));
	l->raw = raw;
	l->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (l->fd == -1)
		return link_fail(l, strerror(errno));
	bench_nodelay(l->fd);
	bench_blocking(l->fd, blocking);
	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_port = htons((uint16_t)port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(l->fd, (struct sockaddr *)&address, sizeof(address)) == -1 &&
	    errno != EINPROGRESS)
		return link_fail(l, strerror(errno));
	return 0;
}

int
link_connect(struct link *l, int port, int raw)
{
	return link_start(l, port, raw, 0);
}

int
link_request(struct link *l)
{
	if (l->raw)
		return 0;
	if (write(l->fd, REQUEST, sizeof(REQUEST) - 1) != (ssize_t)sizeof(REQUEST) - 1)
		return link_fail(l, "cannot send the request");
	return 0;
}

int
link_response(struct link *l)
{
	ssize_t n;

	if (l->raw)
		return 0;
	n = read(l->fd, l->response + l->response_len, sizeof(l->response) - 1 - l->response_len);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 1;
	if (n == -1)
		return link_fail(l, strerror(errno));
	l->response_len += (size_t)n;
	l->response[l->response_len] = '\0';
	if (strncmp(l->response, STATUS, l->response_len < sizeof(STATUS) - 1 ? l->response_len :
	    sizeof(STATUS) - 1) != 0)
		return link_fail(l, "the handshake was refused");
	if (n > 0 && l->response_len < sizeof(l->response) - 1 &&
	    strstr(l->response, "\r\n\r\n") == NULL)
		return 1;
	/*
	 * The peer sends nothing before it has received data, so no byte may follow the response.
	 */
	if (l->response_len < 4 || strcmp(l->response + l->response_len - 4, "\r\n\r\n") != 0 ||
	    strstr(l->response, ACCEPT) == NULL)
		return link_fail(l, "the response to the handshake is invalid");
	return 0;
}

void
link_open(struct link *l, int port, int raw)
{
	int state;

	if (link_start(l, port, raw, 1) == -1 || link_request(l) == -1)
		bench_die("cannot connect: %s", l->why);
	do
		state = link_response(l);
	while (state == 1);
	if (state == -1)
		bench_die("%s", l->why);
}

static int
send_frame(struct link *l, int opcode, const void *payload, size_t len)
{
	uint8_t frame[6 + FRAME_CONTROL_SIZE];

	if (len > FRAME_CONTROL_SIZE)
		return link_fail(l, "the message is longer than 125 bytes");
	frame[0] = (uint8_t)(0x80 | opcode);
	frame[1] = (uint8_t)(0x80 | len);
	memcpy(frame + 2, mask, sizeof(mask));
	if (len > 0)
		memcpy(frame + 6, payload, len);
	frame_mask(frame + 6, len, mask, 0);
	if (write(l->fd, frame, 6 + len) != (ssize_t)(6 + len))
		return link_fail(l, "cannot send");
	return 0;
}

int
link_send(struct link *l, const void *payload, size_t len)
{
	if (!l->raw)
		return send_frame(l, FRAME_BINARY, payload, len);
	if (write(l->fd, payload, len) != (ssize_t)len)
		return link_fail(l, "cannot send");
	return 0;
}

void
link_command(struct link *l, const char *format, ...)
{
	char text[FRAME_CONTROL_SIZE];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (link_send(l, text, (size_t)n) == -1)
		bench_die("%s", l->why);
}

ssize_t
link_read(struct link *l)
{
	ssize_t n;

	do
		n = read(l->fd, buffer, l->read_max != 0 ? l->read_max : sizeof(buffer));
	while (n == -1 && errno == EINTR);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return LINK_AGAIN;
	if (n == -1) {
		l->why = strerror(errno);
		return LINK_ERROR;
	}
	l->at = buffer;
	l->end = buffer + n;
	return n;
}

/*
 * Adds one byte to the frame header.  Returns 1 if the header is complete, -1 if it is invalid,
 * otherwise 0.
 */
static int
read_header(struct link *l)
{
	struct frame frame;
	int size;

	l->head[l->head_len++] = *l->at++;
	size = frame_decode(&frame, l->head, l->head_len);
	if (size == 0 && l->head_len < sizeof(l->head))
		return 0;
	if (size <= 0 || frame.masked || frame.rsv != 0 || l->closed ||
	    (FRAME_IS_CONTROL(frame.opcode) && frame.length > FRAME_CONTROL_SIZE))
		return link_fail(l, "the server sent an invalid frame");
	l->head_len = 0;
	l->opcode = frame.opcode;
	l->payload_left = frame.length;
	l->control_len = 0;
	return 1;
}

static int
read_control(struct link *l)
{
	while (l->at < l->end && l->payload_left > 0) {
		l->control[l->control_len++] = *l->at++;
		l->payload_left--;
	}
	if (l->payload_left > 0)
		return 0;
	if (l->opcode == FRAME_CLOSE)
		l->closed = 1;
	if (l->opcode == FRAME_PING)
		return send_frame(l, FRAME_PONG, l->control, l->control_len);
	return 0;
}

ssize_t
link_payload(struct link *l, const uint8_t **data)
{
	size_t n;
	int complete;

	while (l->at < l->end) {
		*data = l->at;
		n = (size_t)(l->end - l->at);
		if (!l->raw && l->payload_left == 0) {
			complete = read_header(l);
			if (complete == -1)
				return LINK_ERROR;
			if (complete && FRAME_IS_CONTROL(l->opcode) && read_control(l) == -1)
				return LINK_ERROR;
			if (complete && !FRAME_IS_CONTROL(l->opcode))
				l->messages++;
		} else if (!l->raw && FRAME_IS_CONTROL(l->opcode)) {
			if (read_control(l) == -1)
				return LINK_ERROR;
		} else {
			if (!l->raw && n > l->payload_left)
				n = (size_t)l->payload_left;
			if (!l->raw)
				l->payload_left -= n;
			l->at += n;
			return (ssize_t)n;
		}
	}
	return 0;
}

void
link_expect(struct link *l, const void *payload, size_t len)
{
	const uint8_t *wanted = payload, *data;
	ssize_t n;

	while (len > 0) {
		n = link_read(l);
		if (n <= 0)
			bench_die("%s", n == 0 ? "end of file from the server" : n == LINK_AGAIN ?
			    "no bytes were received" : l->why);
		while ((n = link_payload(l, &data)) > 0) {
			if ((size_t)n > len || memcmp(data, wanted, (size_t)n) != 0)
				bench_die("wrong bytes were received");
			wanted += n;
			len -= (size_t)n;
		}
		if (n == LINK_ERROR)
			bench_die("%s", l->why);
	}
}

int
link_end(struct link *l)
{
	static const uint8_t code[2] = { 1000 >> 8, 1000 & 255 };

	if (!l->raw)
		return send_frame(l, FRAME_CLOSE, code, sizeof(code));
	return shutdown(l->fd, SHUT_WR) == -1 ? link_fail(l, strerror(errno)) : 0;
}

void
link_close(struct link *l)
{
	const uint8_t *data;
	ssize_t n;

	bench_blocking(l->fd, 1);
	if (link_end(l) == -1)
		bench_die("%s", l->why);
	while ((n = link_read(l)) > 0)
		if (link_payload(l, &data) != 0)
			bench_die("more bytes than expected were received");
	if (n != 0)
		bench_die("while closing: %s", l->why);
	if (!l->raw && !l->closed)
		bench_die("end of file without a close frame");
	link_drop(l);
}

void
link_drop(struct link *l)
{
	if (l->fd != -1)
		(void)close(l->fd);
	l->fd = -1;
}

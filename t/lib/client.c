/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "expect.h"
#include "sock.h"

#define READ_SIZE	65536

void
client_init(struct client *c, int fd)
{
	memset(c, 0, sizeof(*c));
	c->fd = fd;
	c->ms = EXPECT_MS;
	c->random = 0x123456789abcdef;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1 || fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		expect_fail("fcntl: %s", strerror(errno));
}

void
client_connect_with(struct client *c, int port, int receive)
{
	client_init(c, sock_connect(port, receive));
}

void
client_connect(struct client *c, int port)
{
	client_connect_with(c, port, 0);
}

void
client_open_with(struct client *c, int port, int receive, const struct request *r)
{
	client_connect_with(c, port, receive);
	client_request(c, r);
	client_answer(c);
	if (c->status != 101)
		expect_fail("refused: %s%s", c->head, c->body);
}

void
client_open(struct client *c, int port, const char *target)
{
	struct request r = { .target = target };

	client_open_with(c, port, 0, &r);
	client_expect_accepted(c, REQUEST_KEY, NULL);
}

void
client_open_on(struct client *c, int fd)
{
	client_init(c, fd);
	client_request(c, NULL);
	client_answer(c);
	client_expect_accepted(c, REQUEST_KEY, NULL);
}

static void
client_free(struct client *c)
{
	free(c->head);
	free(c->body);
	free(c->in);
	free(c->message);
	memset(c, 0, sizeof(*c));
	c->fd = -1;
}

void
client_end(struct client *c)
{
	sock_close(&c->fd);
	client_free(c);
}

void
client_drop(struct client *c)
{
	sock_reset(c->fd);
	client_free(c);
}

void
client_send(struct client *c, const void *data, size_t len)
{
	sock_write(c->fd, data, len, c->ms);
}

void
client_send_cut(struct client *c, const void *data, size_t len, size_t size)
{
	const uint8_t *bytes = data;
	size_t n;

	for (; len > 0; bytes += n, len -= n) {
		n = len < size ? len : size;
		client_send(c, bytes, n);
	}
}

int
client_try_send(struct client *c, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	ssize_t n;

	while (len > 0) {
		n = sock_write_now(c->fd, bytes, len);
		if (n == SOCK_RESET)
			return -1;
		if (n == SOCK_AGAIN) {
			if (!sock_writable(c->fd, c->ms))
				expect_fail("%zu bytes not taken in time", len);
			continue;
		}
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

size_t
client_header(uint8_t out[CLIENT_HEADER], int first, int form, uint64_t length,
    const uint8_t mask[4])
{
	size_t n = 0;
	int i, bytes;

	if (form == 0)
		form = length < 126 ? 7 : length < 65536 ? 16 : 64;
	out[n++] = (uint8_t)first;
	out[n] = mask == NULL ? 0 : 0x80;
	if (form == 7) {
		out[n++] |= (uint8_t)(length & 0x7f);
	} else {
		out[n++] |= form == 16 ? 126 : 127;
		bytes = form / 8;
		for (i = bytes - 1; i >= 0; i--)
			out[n++] = (uint8_t)(length >> (8 * i));
	}
	if (mask != NULL) {
		memcpy(out + n, mask, 4);
		n += 4;
	}
	return n;
}

void
client_mask(uint8_t *data, size_t len, const uint8_t mask[4], uint64_t at)
{
	size_t i;

	for (i = 0; i < len; i++)
		data[i] ^= mask[(at + i) % 4];
}

size_t
client_frame(struct client *c, uint8_t *out, int first, const void *payload, size_t len)
{
	uint8_t mask[4];
	size_t n;

	c->random = c->random * 6364136223846793005 + 1442695040888963407;
	mask[0] = (uint8_t)(c->random >> 56);
	mask[1] = (uint8_t)(c->random >> 48);
	mask[2] = (uint8_t)(c->random >> 40);
	mask[3] = (uint8_t)(c->random >> 32);
	c->closing |= (first & 0xf) == CLIENT_CLOSE;
	n = client_header(out, first, 0, len, mask);
	if (len > 0)
		memcpy(out + n, payload, len);
	client_mask(out + n, len, mask, 0);
	return n + len;
}

void
client_send_frame(struct client *c, int first, const void *payload, size_t len)
{
	uint8_t *out = malloc(CLIENT_HEADER + len);

	if (out == NULL)
		expect_fail("out of memory");
	client_send(c, out, client_frame(c, out, first, payload, len));
	free(out);
}

void
client_text(struct client *c, const char *text)
{
	client_send_frame(c, CLIENT_FIN | CLIENT_TEXT, text, strlen(text));
}

void
client_binary(struct client *c, const void *data, size_t len)
{
	client_send_frame(c, CLIENT_FIN | CLIENT_BINARY, data, len);
}

void
client_ping(struct client *c, const char *text)
{
	client_send_frame(c, CLIENT_FIN | CLIENT_PING, text, strlen(text));
}

static size_t
close_payload(uint8_t out[125], unsigned code, const char *reason)
{
	size_t len = reason == NULL ? 0 : strlen(reason);

	if (code == CLIENT_NO_CODE)
		return 0;
	if (len > 123)
		len = 123;
	out[0] = (uint8_t)(code >> 8);
	out[1] = (uint8_t)code;
	if (len > 0)
		memcpy(out + 2, reason, len);
	return 2 + len;
}

void
client_close(struct client *c, unsigned code, const char *reason)
{
	uint8_t payload[125];

	client_send_frame(c, CLIENT_FIN | CLIENT_CLOSE, payload,
	    close_payload(payload, code, reason));
}

/* Reads more bytes into c->in. Returns their number, 0 at end of file, SOCK_RESET after a reset. */
static ssize_t
client_fill(struct client *c)
{
	ssize_t n;

	if (c->in_at > 0) {
		memmove(c->in, c->in + c->in_at, c->in_len - c->in_at);
		c->in_len -= c->in_at;
		c->in_at = 0;
	}
	if (c->in_size - c->in_len < READ_SIZE) {
		c->in_size = c->in_len + READ_SIZE + c->in_size / 2;
		c->in = realloc(c->in, c->in_size);
		if (c->in == NULL)
			expect_fail("out of memory");
	}
	n = sock_read(c->fd, c->in + c->in_len, c->in_size - c->in_len, c->ms);
	if (n > 0)
		c->in_len += (size_t)n;
	return n;
}

void
client_need(struct client *c, size_t len, const char *what)
{
	ssize_t n;

	while (c->in_len - c->in_at < len) {
		n = client_fill(c);
		if (n <= 0)
			expect_fail("%s inside or instead of %s (%zu bytes of %zu)",
			    n == 0 ? "end of stream" : "reset", what,
			    c->in_len - c->in_at, len);
	}
}

void
client_expect_eof(struct client *c)
{
	ssize_t n;

	if (c->in_at < c->in_len)
		expect_fail("%zu bytes instead of the end, the first %02x",
		    c->in_len - c->in_at, (unsigned)c->in[c->in_at]);
	n = client_fill(c);
	if (n != 0)
		expect_fail(n > 0 ? "more bytes instead of the end" :
		    "reset instead of the end");
}

void
client_expect_end(struct client *c, unsigned code)
{
	uint8_t payload[125], frame[CLIENT_HEADER + 125];

	client_expect_close(c, code);
	if (!c->closing)
		client_try_send(c, frame, client_frame(c, frame, CLIENT_FIN | CLIENT_CLOSE, payload,
		    close_payload(payload, code, NULL)));
	client_expect_eof(c);
	client_end(c);
}

void
client_finish(struct client *c)
{
	client_close(c, 1000, NULL);
	client_expect_close(c, 1000);
	client_expect_eof(c);
	client_end(c);
}

void
client_finish_late(struct client *c)
{
	struct client_message m;

	client_close(c, 1000, NULL);
	do
		client_read(c, &m);
	while (m.opcode != CLIENT_CLOSE);
	if (m.code != 1000)
		expect_fail("got close %u; should be close 1000", m.code);
	client_expect_eof(c);
	client_end(c);
}

void
client_echo(struct client *c)
{
	client_text(c, "anybody?");
	client_expect_text(c, "anybody?");
}

void
client_echo_finish(struct client *c)
{
	client_echo(c);
	client_finish(c);
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * wsclient: a WebSocket client for users and scripts. It sends its input as messages, and prints
 * the messages that it receives.
 */

#include "config.h"

#include <sys/select.h>
#include <sys/socket.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "proto/frame.h"
#include "wsclient.h"

#define CHUNK		65536
#define HIGH		(256 * 1024)	/* bytes; a fuller queue stops the reading of more data */
#define QUIET_MS	500		/* ms without data until it closes, without -n */

/* A queue of bytes, whose memory grows as required. */
struct queue {
	uint8_t	*data;
	size_t	 at, len, size;
};

static struct wsclient client = { .seconds = 10 };
static int binary, interactive, verbose;
static unsigned close_code = 1000;
static unsigned long expected;		/* messages to wait for (-n); 0: not given */

static int fd;
static struct queue in, out, show, typed;
static struct frame frame;
static uint64_t left;			/* payload bytes of frame still to be received */
static int in_frame;
static uint8_t control[FRAME_CONTROL_SIZE];
static size_t control_len;
static unsigned long messages;		/* number of complete messages received */
static int input_open = 1, close_sent, close_seen, stream_over;
static unsigned seen_code = 1006;
static char seen_reason[FRAME_CONTROL_SIZE];
static uint64_t deadline, quiet_at;

static void
usage(void)
{
	fprintf(stderr,
	    "usage: wsclient [-biv] [-s subprotocol] [-H 'Name: value'] [-o origin] [-c code]\n"
	    "                [-n count] [-t seconds] [-u path] ws://host:port/path\n"
	    "Sends each line of standard input as a text message, and prints received messages.\n"
	    "  -b  binary: input is sent as it is read, output has no newlines added\n"
	    "  -i  interactive: reports events; the lines /ping and /close send a ping or close\n"
	    "  -v  reports how the connection ended\n"
	    "  -s  subprotocols to offer    -H  another header field    -o  Origin\n"
	    "  -c  close with this code     -u  connect to this Unix socket\n"
	    "  -n  at the end of input wait for this number of messages in all; by default, until\n"
	    "      half a second has passed without any\n"
	    "  -t  time limit of each wait in seconds (10)\n"
	    "exit status: 0 clean end, 1 refused, 2 anything else\n");
	exit(WSCLIENT_UNCLEAN);
}

static void
note(const char *text)
{
	if (interactive)
		fprintf(stderr, "* %s\n", text);
}

/* -- queues -- */

static size_t
waiting(const struct queue *q)
{
	return q->len - q->at;
}

/* Makes space for len more bytes, and returns its address. */
static uint8_t *
room(struct queue *q, size_t len)
{
	if (q->at > 0) {
		memmove(q->data, q->data + q->at, waiting(q));
		q->len -= q->at;
		q->at = 0;
	}
	if (q->len + len > q->size) {
		q->size = (q->len + len) * 2;
		q->data = realloc(q->data, q->size);
		if (q->data == NULL)
			wsclient_die(WSCLIENT_UNCLEAN, "out of memory");
	}
	return q->data + q->len;
}

static void
add(struct queue *q, const void *data, size_t len)
{
	if (len > 0)
		memcpy(room(q, len), data, len);
	q->len += len;
}

static void
take(struct queue *q, size_t len)
{
	q->at += len;
	if (q->at == q->len)
		q->at = q->len = 0;
}

/* -- sending -- */

static void
send_frame(int opcode, const void *payload, size_t len)
{
	uint8_t head[FRAME_SERVER_HEADER], mask[4];
	size_t size = frame_encode(head, 1, opcode, len);

	head[1] |= 0x80;
	wsclient_random(mask, sizeof(mask));
	add(&out, head, size);
	add(&out, mask, sizeof(mask));
	add(&out, payload, len);
	if (len > 0)
		frame_mask(out.data + out.len - len, len, mask, 0);
}

static void
send_close(unsigned code)
{
	uint8_t payload[2] = { (uint8_t)(code >> 8), (uint8_t)code };

	if (close_sent)
		return;
	send_frame(FRAME_CLOSE, payload, code == 1005 ? 0 : 2);
	close_sent = 1;
	input_open = 0;
	deadline = clock_now() + (uint64_t)client.seconds * 1000;
}

static void
send_line(const char *line, size_t len)
{
	if (interactive && len >= 5 && memcmp(line, "/ping", 5) == 0)
		send_frame(FRAME_PING, line + 5, len - 5 > 100 ? 100 : len - 5);
	else if (interactive && len == 6 && memcmp(line, "/close", 6) == 0)
		send_close(close_code);
	else
		send_frame(FRAME_TEXT, line, len);
}

static void
send_lines(int at_end)
{
	const char *text, *newline;
	size_t len;

	while (waiting(&typed) > 0 && !close_sent) {
		text = (const char *)typed.data + typed.at;
		newline = memchr(text, '\n', waiting(&typed));
		if (newline == NULL && !at_end)
			break;
		len = newline == NULL ? waiting(&typed) : (size_t)(newline - text);
		send_line(text, len);
		take(&typed, len + (newline != NULL));
	}
}

static void
read_input(void)
{
	uint8_t data[CHUNK];
	ssize_t n = read(STDIN_FILENO, data, sizeof(data));

	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0 && binary) {
		send_frame(FRAME_BINARY, data, (size_t)n);
	} else if (n > 0) {
		add(&typed, data, (size_t)n);
		send_lines(0);
	} else {
		send_lines(1);
		input_open = 0;
		deadline = clock_now() + (uint64_t)client.seconds * 1000;
		if (interactive)
			send_close(close_code);
	}
	quiet_at = clock_now() + QUIET_MS;
}

/* -- receiving -- */

static void
control_frame(void)
{
	switch (frame.opcode) {
	case FRAME_PING:
		note("ping");
		/* Only the newest of several pings needs an answer (RFC 6455, section 5.5.3). */
		if (!close_sent && waiting(&out) < HIGH)
			send_frame(FRAME_PONG, control, control_len);
		break;
	case FRAME_PONG:
		note("pong");
		break;
	default:
		close_seen = 1;
		seen_code = 1005;
		if (control_len >= 2) {
			seen_code = (unsigned)control[0] << 8 | control[1];
			memcpy(seen_reason, control + 2, control_len - 2);
		}
		send_close(seen_code);
	}
}

static void
payload(const uint8_t *data, size_t len)
{
	if (FRAME_IS_CONTROL(frame.opcode)) {
		memcpy(control + control_len, data, len);
		control_len += len;
	} else {
		add(&show, data, len);
	}
	left -= len;
	if (left > 0)
		return;
	in_frame = 0;
	if (FRAME_IS_CONTROL(frame.opcode)) {
		control_frame();
	} else if (frame.fin) {
		messages++;
		if (!binary)
			add(&show, "\n", 1);
	}
}

static void
decode(void)
{
	size_t n;
	int size;

	while (!close_seen) {
		if (!in_frame) {
			size = frame_decode(&frame, in.data + in.at, waiting(&in));
			if (size == 0)
				break;
			if (size < 0 || frame.masked || frame.rsv != 0 ||
			    (FRAME_IS_CONTROL(frame.opcode) && frame.length > sizeof(control)))
				wsclient_die(WSCLIENT_UNCLEAN, "the server sent a bad frame");
			take(&in, (size_t)size);
			in_frame = 1;
			left = frame.length;
			control_len = 0;
		}
		n = left < waiting(&in) ? (size_t)left : waiting(&in);
		if (n == 0 && left > 0)
			break;
		payload(in.data + in.at, n);
		take(&in, n);
	}
}

static void
read_socket(void)
{
	ssize_t n = recv(fd, room(&in, CHUNK), CHUNK, 0);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		stream_over = 1;
		return;
	}
	in.len += (size_t)n;
	quiet_at = clock_now() + QUIET_MS;
	decode();
}

static void
write_socket(void)
{
	ssize_t n = send(fd, out.data + out.at, waiting(&out), MSG_NOSIGNAL);

	if (n > 0)
		take(&out, (size_t)n);
	else if (errno != EAGAIN && errno != EINTR)
		take(&out, waiting(&out));	/* the next read will report the error */
	quiet_at = clock_now() + QUIET_MS;
}

/* A writable pipe takes _POSIX_PIPE_BUF bytes without blocking; a longer write might block. */
static void
write_output(void)
{
	size_t len = waiting(&show) < _POSIX_PIPE_BUF ? waiting(&show) : _POSIX_PIPE_BUF;
	ssize_t n = write(STDOUT_FILENO, show.data + show.at, len);

	if (n > 0)
		take(&show, (size_t)n);
	else if (n == -1 && errno != EINTR && errno != EAGAIN)
		wsclient_die(WSCLIENT_UNCLEAN, "standard output: %s", strerror(errno));
}

/* -- the loop -- */

/* Returns the time until the next deadline in ms; -1 if there is none. */
static long
time_left(void)
{
	uint64_t now = clock_now(), until = deadline;

	if (input_open)
		return -1;
	if (!close_sent && expected == 0 && quiet_at < until)
		until = quiet_at;
	return until <= now ? 0 : (long)(until - now);
}

/*
 * After the end of the input: closes when all answers have been received, and exits at the
 * deadline.
 */
static void
finish(void)
{
	uint64_t now = clock_now();

	if (input_open || stream_over)
		return;
	if (!close_sent) {
		if (expected > 0 ? messages >= expected : now >= quiet_at)
			send_close(close_code);
		else if (now >= deadline)
			wsclient_die(WSCLIENT_UNCLEAN, "%lu of %lu messages came in time",
			    messages, expected);
	} else if (now >= deadline) {
		wsclient_die(WSCLIENT_UNCLEAN, "the server did not close in time");
	}
}

static void
turn(void)
{
	fd_set readable, writable;
	long ms = time_left();
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	FD_ZERO(&readable);
	FD_ZERO(&writable);
	if (input_open && waiting(&out) < HIGH)
		io_fd_set(STDIN_FILENO, &readable);
	if (!stream_over && waiting(&show) < HIGH)
		io_fd_set(fd, &readable);
	if (waiting(&out) > 0 && !stream_over)
		io_fd_set(fd, &writable);
	if (waiting(&show) > 0)
		io_fd_set(STDOUT_FILENO, &writable);
	if (select(fd + 1, &readable, &writable, NULL, ms < 0 ? NULL : &tv) == -1) {
		if (errno != EINTR)
			wsclient_die(WSCLIENT_UNCLEAN, "select: %s", strerror(errno));
		return;
	}
	if (io_fd_isset(fd, &readable))
		read_socket();
	if (io_fd_isset(fd, &writable))
		write_socket();
	if (io_fd_isset(STDOUT_FILENO, &writable))
		write_output();
	if (input_open && io_fd_isset(STDIN_FILENO, &readable))
		read_input();
	finish();
}

static int
run(void)
{
	int clean;

	in.len = 0;
	fd = wsclient_open(&client, room(&in, CHUNK), CHUNK, &in.len);
	if (interactive)
		fprintf(stderr, "* connected to %s%s%s%s; end with Ctrl-D\n", client.authority,
		    client.path, client.chosen[0] != '\0' ? ", subprotocol " : "", client.chosen);
	decode();
	while (!stream_over || waiting(&show) > 0)
		turn();
	clean = close_seen && (seen_code == 1000 || seen_code == 1001 || seen_code == 1005 ||
	    seen_code == close_code);
	if (!close_seen)
		snprintf(seen_reason, sizeof(seen_reason), "no closing handshake");
	if (verbose || interactive)
		fprintf(stderr, "closed: %u %s\n", seen_code, seen_reason);
	return clean ? 0 : WSCLIENT_UNCLEAN;
}

static unsigned long
number(const char *text, unsigned long max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end != '\0' || n > max)
		usage();
	return n;
}

static void
option(int c)
{
	switch (c) {
	case 'b':
		binary = 1;
		break;
	case 'i':
		interactive = 1;
		break;
	case 'v':
		verbose = 1;
		break;
	case 's':
		client.protocols = optarg;
		break;
	case 'H':
		if (client.header_count == sizeof(client.headers) / sizeof(client.headers[0]))
			usage();
		client.headers[client.header_count++] = optarg;
		break;
	case 'o':
		client.origin = optarg;
		break;
	case 'c':
		close_code = (unsigned)number(optarg, 65535);
		break;
	case 'n':
		expected = number(optarg, ULONG_MAX);
		break;
	case 't':
		client.seconds = (unsigned)number(optarg, 86400);
		break;
	case 'u':
		client.unix_path = optarg;
		break;
	default:
		usage();
	}
}

int
main(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "bivs:H:o:c:n:t:u:")) != -1)
		option(c);
	if (optind != argc - 1)
		usage();
	if (wsclient_url(&client, argv[optind]) == -1)
		wsclient_die(WSCLIENT_UNCLEAN, "not a ws:// address: %s", argv[optind]);
	signal(SIGPIPE, SIG_IGN);
	return run();
}

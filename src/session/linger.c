/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <sys/select.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/io.h"
#include "posix/lifecycle.h"
#include "session/linger.h"

#define STOP_LIMIT	1000	/* ms for a lingering close when the server stops */

/* Sends the end of file on fd.  Returns fd, or -1 if there is nothing to wait for. */
static int
shut_down(int fd)
{
	return fd != -1 && fd < FD_SETSIZE && shutdown(fd, SHUT_WR) == 0 ? fd : -1;
}

/* Discards the bytes that have arrived on fd.  Returns fd, or -1 after end of file or an error. */
static int
discard(int fd, const fd_set *readable)
{
	ssize_t n;

	if (fd == -1 || !io_fd_isset(fd, readable))
		return fd;
	n = io_discard(fd);
	return n == IO_EOF || n == IO_ERROR ? -1 : fd;
}

void
linger(int client, int peer, int peer_shut, const struct conf *conf, uint64_t limit)
{
	uint64_t until = clock_min(limit, clock_now() + conf->close_timeout);
	fd_set readable;
	int stopping = 0;

	client = shut_down(client);
	if (!peer_shut)
		peer = shut_down(peer);
	while ((client != -1 || peer != -1) && clock_now() < until) {
		if (lifecycle_state() == LIFECYCLE_STOP && !stopping) {
			stopping = 1;
			until = clock_min(until, clock_now() + STOP_LIMIT);
		}
		FD_ZERO(&readable);
		if (client != -1)
			io_fd_set(client, &readable);
		if (peer != -1)
			io_fd_set(peer, &readable);
		(void)lifecycle_wait(client > peer ? client : peer, &readable, NULL, until);
		client = discard(client, &readable);
		peer = discard(peer, &readable);
	}
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "posix/lifecycle.h"
#include "proto/handshake.h"
#include "server/busy.h"

#define CLIENTS		64	/* that are being got rid of at once */
#define LINGER		2000	/* ms that each has to read its answer */
#define LOOKS		100	/* looks in a row that find somebody waiting before any is refused, */
#define LOOK_PAUSE	10	/* so many ms apart: workers are often busy for a moment only */
#define STAY		1000	/* ms between two looks whether it is needed at all */
#define RETRY_AFTER	5	/* s, told to clients */

struct refused {
	int		fd;
	uint64_t	until;
};

static struct scoreboard_slot *own;	/* where they are counted */
static struct refused clients[CLIENTS];
static unsigned count;

static void
let_go(unsigned i)
{
	io_close(&clients[i].fd);
	clients[i] = clients[--count];
}

/* Answers a client and keeps its socket until it has read that. */
static void
refuse_client(int fd, const struct sockaddr_storage *address, uint64_t now)
{
	static struct log_limit limit;
	char text[HANDSHAKE_ANSWER_SIZE], name[ADDRESS_TEXT_SIZE];
	unsigned long skipped;
	size_t len;

	scoreboard_add_client(own);
	scoreboard_add_refused(own);
	if (log_allowed(&limit, now, &skipped))
		log_warnx("all workers are busy (max-workers): refused client=%s status=503 "
		    "(and %lu before it)", address_format(name, address), skipped);
	len = handshake_refuse(text, sizeof(text), 503, "all workers are busy, try again later",
	    RETRY_AFTER);
	/* The empty buffer of a new socket takes it whole, or the client is gone. */
	if (fd >= FD_SETSIZE || io_write(fd, text, len) != (ssize_t)len ||
	    shutdown(fd, SHUT_WR) == -1) {
		close(fd);
		return;
	}
	clients[count].fd = fd;
	clients[count++].until = now + LINGER;
}

/* All that wait now have waited long enough. */
static void
accept_all(const struct listeners *l, uint64_t now)
{
	struct sockaddr_storage address;
	unsigned i;
	int fd;

	for (i = 0; i < l->count; i++) {
		while (count < CLIENTS) {
			memset(&address, 0, sizeof(address));
			fd = io_accept(l->at[i].fd, &address);
			if (fd == -1)
				break;
			refuse_client(fd, &address, now);
		}
	}
}

/* Reads away what the refused still send; closes those that are done or late. */
static void
look_after(const fd_set *readable, uint64_t now)
{
	ssize_t n;
	unsigned i = count;

	while (i-- > 0) {
		n = IO_AGAIN;
		if (io_fd_isset(clients[i].fd, readable))
			n = io_discard(clients[i].fd);
		if (n == IO_EOF || n == IO_ERROR || now >= clients[i].until)
			let_go(i);
	}
}

static int
watch(const struct listeners *l, int listening, fd_set *readable, uint64_t *deadline)
{
	int highest = -1;
	unsigned i;

	FD_ZERO(readable);
	for (i = 0; listening && i < l->count; i++) {
		io_fd_set(l->at[i].fd, readable);
		highest = l->at[i].fd > highest ? l->at[i].fd : highest;
	}
	for (i = 0; i < count; i++) {
		io_fd_set(clients[i].fd, readable);
		highest = clients[i].fd > highest ? clients[i].fd : highest;
		*deadline = clock_min(*deadline, clients[i].until);
	}
	return highest;
}

static int
somebody_waits(const struct listeners *l, const fd_set *readable)
{
	unsigned i;

	for (i = 0; i < l->count; i++)
		if (io_fd_isset(l->at[i].fd, readable))
			return 1;
	return 0;
}

/* Whether a worker has time, or one that has will be there in a moment. */
static int
somebody_has_time(const struct scoreboard *board, const struct conf *conf)
{
	unsigned states[SCOREBOARD_STATES];

	scoreboard_count(board, board->slots, states);
	return states[SCOREBOARD_IDLE] + states[SCOREBOARD_STARTING] > 0 ||
	    states[SCOREBOARD_HANDSHAKE] + states[SCOREBOARD_OPEN] + states[SCOREBOARD_CLOSING] <
	    conf->max_workers;
}

/* Looks for clients that wait, and after the other clients; at the deadline at the latest. */
static int
look(const struct listeners *l, int listening, uint64_t deadline)
{
	fd_set readable;
	int highest;

	highest = watch(l, listening, &readable, &deadline);
	(void)lifecycle_wait(highest, &readable, NULL, deadline);
	look_after(&readable, clock_now());
	return listening && lifecycle_state() == LIFECYCLE_ON && somebody_waits(l, &readable);
}

void
busy_run(const struct listeners *l, const struct scoreboard *board, unsigned slot,
    const struct conf *conf)
{
	unsigned looks = 0;
	uint64_t next;

	own = &board->slot[slot];
	while (lifecycle_state() == LIFECYCLE_ON && (count > 0 || !somebody_has_time(board, conf))) {
		if (looks == 0) {
			looks = look(l, count < CLIENTS, clock_now() + STAY) != 0;
			continue;
		}
		if (looks == LOOKS) {
			if (!somebody_has_time(board, conf))
				accept_all(l, clock_now());
			/* Who waits behind these, or comes at once, finds no more room. */
			looks--;
		}
		for (next = clock_now() + LOOK_PAUSE; clock_now() < next; )
			(void)look(l, 0, next);
		looks = look(l, 1, clock_now()) ? looks + 1 : 0;
	}
	while (count > 0)
		let_go(0);
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "posix/lifecycle.h"
#include "posix/listen_mend.h"
#include "proto/handshake.h"
#include "server/busy.h"

#define CLIENTS		64	/* refused clients that may be connected at once */
#define LINGER		2000	/* ms that a refused client has to read the answer */
#define POLLS		100	/* polls in a row that must find clients, before any is refused */
#define POLL_PAUSE	10	/* ms between two polls; workers are often busy only briefly */
#define IDLE_PAUSE	1000	/* ms between two checks whether a worker is idle */
#define RETRY_AFTER	5	/* seconds, for the field Retry-After */

struct refused {
	int		fd;
	uint64_t	until;
};

static struct scoreboard_slot *own;	/* slot of this process; counts refused clients */
static struct refused clients[CLIENTS];
static unsigned count;

static void
close_client(unsigned i)
{
	io_close(&clients[i].fd);
	clients[i] = clients[--count];
}

/* Answers a client with 503 and keeps its socket, so that the client can read the answer. */
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
	/*
	 * The whole answer fits into the empty buffer of a new socket; less is written only if
	 * the client has disconnected.
	 */
	if (fd >= FD_SETSIZE || io_write(fd, text, len) != (ssize_t)len ||
	    shutdown(fd, SHUT_WR) == -1) {
		close(fd);
		return;
	}
	clients[count].fd = fd;
	clients[count++].until = now + LINGER;
}

/*
 * Refuses all clients that are queued, until CLIENTS refused clients are connected.  Returns 0; -1
 * if a listener does not listen any more.
 */
static int
refuse_queued(const struct listeners *l, uint64_t now)
{
	struct sockaddr_storage address;
	unsigned i;
	int fd;

	for (i = 0; i < l->count; i++) {
		while (count < CLIENTS) {
			memset(&address, 0, sizeof(address));
			fd = io_accept(l->at[i].fd, &address);
			if (fd == -1 && io_accept_error(errno) == IO_ACCEPT_BROKEN)
				return -1;
			if (fd == -1)
				break;
			refuse_client(fd, &address, now);
		}
	}
	return 0;
}

/*
 * Reads and discards the data that refused clients still send.  Closes a connection when the
 * client has closed it or its deadline has passed.
 */
static void
handle_refused(const fd_set *readable, uint64_t now)
{
	ssize_t n;
	unsigned i = count;

	while (i-- > 0) {
		n = IO_AGAIN;
		if (io_fd_isset(clients[i].fd, readable))
			n = io_discard(clients[i].fd);
		if (n == IO_EOF || n == IO_ERROR || now >= clients[i].until)
			close_client(i);
	}
}

/*
 * Makes the set of descriptors to wait for: the refused clients and, if listening is 1, the
 * listeners.  Returns the highest descriptor.  *deadline is set to the earliest deadline of a
 * refused client, if that is earlier.
 */
static int
make_set(const struct listeners *l, int listening, fd_set *readable, uint64_t *deadline)
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
is_client_queued(const struct listeners *l, const fd_set *readable)
{
	unsigned i;

	for (i = 0; i < l->count; i++)
		if (io_fd_isset(l->at[i].fd, readable))
			return 1;
	return 0;
}

/* Returns whether a worker is idle or starting, or the master may still fork one. */
static int
is_worker_free(const struct server_context *context)
{
	unsigned states[SCOREBOARD_STATES];

	scoreboard_count(context->board, context->board->slots, states);
	return states[SCOREBOARD_IDLE] + states[SCOREBOARD_STARTING] > 0 ||
	    states[SCOREBOARD_HANDSHAKE] + states[SCOREBOARD_OPEN] + states[SCOREBOARD_CLOSING] <
	    context->conf->max_workers;
}

/*
 * Waits until a client is queued (if listening is 1), a refused client has sent data or reached
 * its deadline, or the deadline passes; handles the refused clients.  Returns whether a client
 * is queued.
 */
static int
wait_and_handle(const struct listeners *l, int listening, uint64_t deadline)
{
	fd_set readable;
	int highest;

	highest = make_set(l, listening, &readable, &deadline);
	(void)lifecycle_wait(highest, &readable, NULL, deadline);
	handle_refused(&readable, clock_now());
	return listening && lifecycle_state() == LIFECYCLE_ON && is_client_queued(l, &readable);
}

int
busy_run(const struct server_context *context, unsigned slot)
{
	const struct listeners *l = context->listeners;
	unsigned polls = 0, before;
	uint64_t next;
	int result = 0;

	own = &context->board->slot[slot];
	while (lifecycle_state() == LIFECYCLE_ON && (count > 0 || !is_worker_free(context))) {
		if (polls == 0) {
			polls = wait_and_handle(l, count < CLIENTS, clock_now() + IDLE_PAUSE) != 0;
			continue;
		}
		if (polls == POLLS) {
			before = count;
			if (!is_worker_free(context) && refuse_queued(l, clock_now()) == -1)
				result = -1;
			/* A Unix listener that was shut down stays readable. */
			if (count == before && listen_mend_count(l) > 0)
				result = -1;
			if (result == -1)
				break;
			/* For clients that arrive later, a single further poll is enough. */
			polls--;
		}
		for (next = clock_now() + POLL_PAUSE; clock_now() < next; )
			(void)wait_and_handle(l, 0, next);
		polls = wait_and_handle(l, 1, clock_now()) ? polls + 1 : 0;
	}
	while (count > 0)
		close_client(0);
	return result;
}

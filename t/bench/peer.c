/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * peer: the other end of the benchmarks.  It listens on 127.0.0.1, prints the port, and ends
 * with its parent's pipe: when its standard input does.
 *
 * A connection that begins with an exclamation mark sends a command line, which is answered
 * with TAPE_OK; on any other, everything comes back.
 *
 *	!sink KIND SIZE CHUNK TOTAL	takes so many bytes of that tape; answers TAPE_OK again
 *	!slow KIND SIZE CHUNK TOTAL	the same, slowly
 *	!send KIND SIZE CHUNK TOTAL	sends so many, CHUNK in a write, after another message
 *	!swap SIZE CHUNK KIND PART ANSWER	answers each CHUNK bytes with ANSWER of a tape
 *	!park				does not look at this connection any more,
 *	!unpark				and has all of these echo again
 */

#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "peer.h"
#include "tape.h"

#define FIRST	2	/* places in the wait set before those of connections */

static struct peer_connection **all;
static struct pollfd *set;
static unsigned count, room, parked;

static void
add(int fd)
{
	if (count == room) {
		room = room == 0 ? 64 : room * 2;
		all = realloc(all, room * sizeof(struct peer_connection *));
		set = realloc(set, (room + FIRST) * sizeof(*set));
		if (all == NULL || set == NULL)
			bench_die("out of memory");
	}
	bench_blocking(fd, 0);
	bench_nodelay(fd);
	all[count++] = peer_new(fd);
}

static void
accept_all(int listener)
{
	int fd;

	while ((fd = accept(listener, NULL, NULL)) != -1)
		add(fd);
	if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
		bench_die("accept: %s", strerror(errno));
}

static void
swap_places(unsigned a, unsigned b)
{
	struct peer_connection *c = all[a];

	all[a] = all[b];
	all[b] = c;
}

/* Those that are parked stand first, and are not in the wait set. */
static void
place(unsigned i)
{
	struct peer_connection *c = all[i];

	switch (c->wish) {
	case PEER_STAY:
		break;
	case PEER_PARK:
		swap_places(i, parked++);
		break;
	case PEER_UNPARK:
		parked = 0;
		break;
	case PEER_END:
		peer_free(c);
		all[i] = all[--count];
		return;
	}
	c->wish = PEER_STAY;
}

static void
turn(int listener)
{
	unsigned i, n = count, first = parked;

	set[0].fd = STDIN_FILENO;
	set[1].fd = listener;
	set[0].events = set[1].events = POLLIN;
	for (i = first; i < n; i++) {
		set[FIRST + i - first].fd = all[i]->fd;
		set[FIRST + i - first].events = peer_events(all[i]);
	}
	if (poll(set, FIRST + n - first, -1) == -1 && errno != EINTR)
		bench_die("poll: %s", strerror(errno));
	if (set[0].revents != 0)
		exit(0);
	for (i = first; i < n; i++)
		if (set[FIRST + i - first].revents != 0)
			peer_serve(all[i]);
	/* From the end on, so that what moves has been looked at. */
	for (i = n; i > first; i--)
		if (all[i - 1]->wish == PEER_END || all[i - 1]->wish == PEER_UNPARK)
			place(i - 1);
	for (i = parked; i < count; i++)
		if (all[i]->wish == PEER_PARK)
			place(i);
	if (set[1].revents != 0)
		accept_all(listener);
}

int
main(void)
{
	int listener;

	(void)signal(SIGPIPE, SIG_IGN);
	bench_descriptors(65536);
	listener = bench_listen();
	bench_blocking(listener, 0);
	set = bench_memory(FIRST, sizeof(*set));
	for (;;)
		turn(listener);
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * peer: the peer of the benchmarks.  It listens on 127.0.0.1, prints the port, and exits at end
 * of file of its standard input, which is a pipe of the script that runs the benchmarks.
 *
 * If the first byte of a connection is an exclamation mark, the connection sends one of the
 * command lines below, which is answered with TESTDATA_OK.  On any other connection all bytes are
 * echoed. KIND, SIZE and CHUNK are the arguments of testdata_make().
 *
 *	!sink KIND SIZE CHUNK TOTAL	receives TOTAL bytes of test data; answers TESTDATA_OK again
 *	!slow KIND SIZE CHUNK TOTAL	does the same, but reads slowly
 *	!send KIND SIZE CHUNK TOTAL	sends TOTAL bytes, CHUNK in a write, after a further message
 *	!exchange SIZE CHUNK KIND PART ANSWER
 *					answers each CHUNK received bytes with ANSWER bytes of test
 *					data of this KIND, whose messages have PART bytes
 *	!park				does not poll this connection any more
 *	!unpark				polls all parked connections again; they echo
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
#include "testdata.h"

#define FIRST	2	/* index in pollset of the first connection */

static struct peer_connection **connections;
static struct pollfd *pollset;
static unsigned count, capacity, parked;

static void
add_connection(int fd)
{
	if (count == capacity) {
		capacity = capacity == 0 ? 64 : capacity * 2;
		connections = realloc(connections, capacity * sizeof(struct peer_connection *));
		pollset = realloc(pollset, (capacity + FIRST) * sizeof(*pollset));
		if (connections == NULL || pollset == NULL)
			bench_die("out of memory");
	}
	bench_blocking(fd, 0);
	bench_nodelay(fd);
	connections[count++] = peer_new(fd);
}

static void
accept_all(int listener)
{
	int fd;

	while ((fd = accept(listener, NULL, NULL)) != -1)
		add_connection(fd);
	if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
		bench_die("accept: %s", strerror(errno));
}

static void
swap_places(unsigned a, unsigned b)
{
	struct peer_connection *c = connections[a];

	connections[a] = connections[b];
	connections[b] = c;
}

/*
 * Does the action of connection i.  Parked connections are at the start of the array, and are not
 * polled.
 */
static void
apply_action(unsigned i)
{
	struct peer_connection *c = connections[i];

	switch (c->action) {
	case PEER_KEEP:
		break;
	case PEER_PARK:
		swap_places(i, parked++);
		break;
	case PEER_UNPARK:
		parked = 0;
		break;
	case PEER_CLOSE:
		peer_free(c);
		connections[i] = connections[--count];
		return;
	}
	c->action = PEER_KEEP;
}

static void
poll_once(int listener)
{
	unsigned i, n = count, first = parked;

	pollset[0].fd = STDIN_FILENO;
	pollset[1].fd = listener;
	pollset[0].events = pollset[1].events = POLLIN;
	for (i = first; i < n; i++) {
		pollset[FIRST + i - first].fd = connections[i]->fd;
		pollset[FIRST + i - first].events = peer_events(connections[i]);
	}
	if (poll(pollset, FIRST + n - first, -1) == -1 && errno != EINTR)
		bench_die("poll: %s", strerror(errno));
	if (pollset[0].revents != 0)
		exit(0);
	for (i = first; i < n; i++)
		if (pollset[FIRST + i - first].revents != 0)
			peer_serve(connections[i]);
	/*
	 * Backwards: a closed connection is replaced by the last one, which has been handled by
	 * then.
	 */
	for (i = n; i > first; i--)
		if (connections[i - 1]->action == PEER_CLOSE ||
		    connections[i - 1]->action == PEER_UNPARK)
			apply_action(i - 1);
	for (i = parked; i < count; i++)
		if (connections[i]->action == PEER_PARK)
			apply_action(i);
	if (pollset[1].revents != 0)
		accept_all(listener);
}

int
main(void)
{
	int listener;

	(void)signal(SIGPIPE, SIG_IGN);
	bench_raise_nofile(65536);
	listener = bench_listen();
	bench_blocking(listener, 0);
	pollset = bench_alloc(FIRST, sizeof(*pollset));
	for (;;)
		poll_once(listener);
}

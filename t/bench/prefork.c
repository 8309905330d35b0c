/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * prefork: the least relay that has a process for each connection, as a yardstick: what
 * websocksy costs beyond it is websocksy's own, the rest is the price of the processes.
 *
 *	prefork PORT WORKERS	between its clients and 127.0.0.1:PORT
 *
 * It prints the port that it listens on, and ends with SIGTERM.  No deadlines, no log, and where
 * both ends send without reading it stands still: nothing to use.
 */

#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define TESTPOOL_MAX	1000

static struct sockaddr_in peer_address;
static volatile sig_atomic_t stopped;

static void
on_stop(int number)
{
	(void)number;
	stopped = 1;
}

static int
connect_to_peer(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd == -1)
		return -1;
	bench_nodelay(fd);
	if (connect(fd, (struct sockaddr *)&peer_address, sizeof(peer_address)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Passes on what there is; 0 at the end, which is passed on too, or where it fails. */
static int
pass(int from, int to)
{
	static char buffer[65536];
	ssize_t n = read(from, buffer, sizeof(buffer));

	if (n > 0 && bench_write(to, buffer, (size_t)n) == 0)
		return 1;
	(void)shutdown(to, SHUT_WR);
	return 0;
}

static void
relay(int client, int peer)
{
	int up = 1, down = 1;
	fd_set readable;

	while (up || down) {
		FD_ZERO(&readable);
		if (up)
			FD_SET(client, &readable);
		if (down)
			FD_SET(peer, &readable);
		if (select((client > peer ? client : peer) + 1, &readable, NULL, NULL, NULL) == -1)
			return;
		if (up && FD_ISSET(client, &readable))
			up = pass(client, peer);
		if (down && FD_ISSET(peer, &readable))
			down = pass(peer, client);
	}
}

static _Noreturn void
work(int listener)
{
	int client, peer;

	for (;;) {
		client = accept(listener, NULL, NULL);
		if (client == -1)
			continue;
		bench_nodelay(client);
		peer = connect_to_peer();
		if (peer != -1) {
			relay(client, peer);
			close(peer);
		}
		close(client);
	}
}

/* Waits for the end, which all workers share. */
static void
wait_for_stop(const sigset_t *before)
{
	while (!stopped)
		(void)sigsuspend(before);
	(void)signal(SIGTERM, SIG_IGN);
	(void)kill(0, SIGTERM);
	while (wait(NULL) != -1 || errno == EINTR)
		;
}

int
main(int argc, char *argv[])
{
	sigset_t stop, before;
	uint64_t n;
	int listener;

	if (argc != 3)
		bench_die("usage: prefork PORT WORKERS");
	peer_address.sin_family = AF_INET;
	peer_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	peer_address.sin_port = htons((uint16_t)bench_number(argv[1]));
	n = bench_number(argv[2]);
	if (n > TESTPOOL_MAX)
		bench_die("no more than %d workers", TESTPOOL_MAX);
	(void)signal(SIGPIPE, SIG_IGN);
	/* A group of its own, which it ends. */
	if (setpgid(0, 0) == -1)
		bench_die("setpgid: %s", strerror(errno));
	listener = bench_listen();
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &stop, &before);
	for (; n > 0; n--) {
		switch (fork()) {
		case -1:
			/* Only the workers: here it is blocked. */
			(void)kill(0, SIGTERM);
			bench_die("cannot fork");
		case 0:
			(void)sigprocmask(SIG_SETMASK, &before, NULL);
			work(listener);
		default:
			break;
		}
	}
	(void)signal(SIGTERM, on_stop);
	wait_for_stop(&before);
	return 0;
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * prefork: a minimal relay with a process for each connection, for comparison.  It shows the cost
 * of the processes; all that websocksy costs beyond this relay is due to websocksy.
 *
 * 	prefork PORT WORKERS	relays between its clients and 127.0.0.1:PORT
 *
 * It prints the port on which it listens, and exits on SIGTERM.  It is for benchmarks only: it
 * has no deadlines and no log, and it blocks forever if both sides send without reading.
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

#define WORKERS_MAX	1000

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

/*
 * Copies the available bytes.  Returns 1; or 0 at end of file or after an error, when it has shut
 * down the sending side of `to`.
 */
static int
copy_once(int from, int to)
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
			up = copy_once(client, peer);
		if (down && FD_ISSET(peer, &readable))
			down = copy_once(peer, client);
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

/* Waits for SIGTERM, sends it to all workers, and reaps them. */
static void
wait_for_stop(const sigset_t *old_mask)
{
	while (!stopped)
		(void)sigsuspend(old_mask);
	(void)signal(SIGTERM, SIG_IGN);
	(void)kill(0, SIGTERM);
	while (wait(NULL) != -1 || errno == EINTR)
		;
}

int
main(int argc, char *argv[])
{
	sigset_t blocked, old_mask;
	uint64_t n;
	int listener;

	if (argc != 3)
		bench_die("usage: prefork PORT WORKERS");
	peer_address.sin_family = AF_INET;
	peer_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	peer_address.sin_port = htons((uint16_t)bench_parse_number(argv[1]));
	n = bench_parse_number(argv[2]);
	if (n > WORKERS_MAX)
		bench_die("at most %d workers", WORKERS_MAX);
	(void)signal(SIGPIPE, SIG_IGN);
	/*
	 * The workers are ended by a signal to the process group, so it must contain nobody else.
	 */
	if (setpgid(0, 0) == -1)
		bench_die("setpgid: %s", strerror(errno));
	listener = bench_listen();
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &blocked, &old_mask);
	for (; n > 0; n--) {
		switch (fork()) {
		case -1:
			/* This ends only the workers: in this process the signal is blocked. */
			(void)kill(0, SIGTERM);
			bench_die("cannot fork");
		case 0:
			(void)sigprocmask(SIG_SETMASK, &old_mask, NULL);
			work(listener);
		default:
			break;
		}
	}
	(void)signal(SIGTERM, on_stop);
	wait_for_stop(&old_mask);
	return 0;
}

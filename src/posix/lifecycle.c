/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "posix/lifecycle.h"
#include "posix/signals.h"

/*
 * Milliseconds between two checks that the master still runs, after end of file on the life pipe:
 * from then on the pipe cannot report that the master has exited.
 */
#define CHECK_MASTER	1000

static int life_pipe = -1;
static pid_t life_master;
static uint64_t life_drain;
static void (*life_on_drain)(void);
static int draining;		/* 1: end of file was read from the life pipe */
static uint64_t drain_until;
static int stopped;

void
lifecycle_init(int pipe, pid_t master, uint64_t drain, void (*on_drain)(void))
{
	life_pipe = pipe;
	life_master = master;
	life_drain = drain;
	life_on_drain = on_drain;
	draining = stopped = 0;
	drain_until = CLOCK_NEVER;
}

/*
 * Calls on_drain, at most once.  Either the master has closed the life pipe, or this process alone
 * has received SIGQUIT.
 */
static void
stop_accepting(void)
{
	if (life_on_drain != NULL)
		life_on_drain();
	life_on_drain = NULL;
}

/* Returns a pseudo-random number of milliseconds below ms, which differs between processes. */
static uint64_t
spread(uint64_t ms)
{
	uint64_t random = (uint64_t)getpid() * UINT64_C(0x9e3779b97f4a7c15) >> 32;

	return ms * random >> 32;
}

static void
start_drain(void)
{
	stop_accepting();
	draining = 1;
	/*
	 * Add a random part to the drain deadline: clients that are disconnected at the same time
	 * would all reconnect at the same time.
	 */
	drain_until = clock_after(clock_now(), life_drain + spread(life_drain / 4));
}

/* Updates the state from the signals, the exit of the master and the drain deadline. */
static void
update_state(void)
{
	if (signals_quit)
		stop_accepting();
	if (signals_stop || (draining && life_pipe != -1 && getppid() != life_master) ||
	    (draining && drain_until != CLOCK_NEVER && clock_now() >= drain_until))
		stopped = 1;
}

enum lifecycle
lifecycle_state(void)
{
	if (stopped || signals_stop)
		return LIFECYCLE_STOP;
	return draining || signals_quit ? LIFECYCLE_DRAIN : LIFECYCLE_ON;
}

const char *
lifecycle_reason(void)
{
	/* The master sends its signal itself; every other sender means this session alone. */
	if (signals_stop && life_pipe != -1 && signals_stop_sender != (int)life_master)
		return "closed by the administrator";
	if (draining && drain_until != CLOCK_NEVER && !signals_stop)
		return "the server is restarting or shutting down";
	return "the server is shutting down";
}

/*
 * Returns the deadline for a wait.  During a drain the wait ends early enough to notice the drain
 * deadline and the exit of the master.
 */
static uint64_t
wait_deadline(uint64_t deadline)
{
	if (!draining || stopped || life_pipe == -1)
		return deadline;
	return clock_min(deadline, clock_min(drain_until, clock_now() + CHECK_MASTER));
}

int
lifecycle_wait(int highest, fd_set *readable, fd_set *writable, uint64_t deadline)
{
	fd_set own;
	int n, watch = life_pipe != -1 && !draining;

	if (watch) {
		if (readable == NULL) {
			FD_ZERO(&own);
			readable = &own;
		}
		io_fd_set(life_pipe, readable);
		if (life_pipe > highest)
			highest = life_pipe;
	}
	n = signals_wait(highest, readable, writable, wait_deadline(deadline));
	/* Any error except an interruption is a bug in this program. */
	if (n == -1 && errno != EINTR)
		abort();
	if (n > 0 && watch && io_fd_isset(life_pipe, readable)) {
		io_fd_clear(life_pipe, readable);
		start_drain();
		n--;
	}
	if (n <= 0) {
		if (readable != NULL)
			FD_ZERO(readable);
		if (writable != NULL)
			FD_ZERO(writable);
	}
	if (n <= 0 || draining || signals_stop || signals_quit)
		update_state();
	if (signals_reopen) {
		signals_reopen = 0;
		log_reopen();
	}
	return n > 0 ? n : 0;
}

static int
wait_for(int fd, int write, uint64_t deadline)
{
	fd_set set;

	if (fd >= FD_SETSIZE)
		return 0;
	while (lifecycle_state() != LIFECYCLE_STOP && clock_now() < deadline) {
		FD_ZERO(&set);
		io_fd_set(fd, &set);
		if (lifecycle_wait(fd, write ? NULL : &set, write ? &set : NULL, deadline) > 0)
			return 1;
	}
	return 0;
}

int
lifecycle_wait_readable(int fd, uint64_t deadline)
{
	return wait_for(fd, 0, deadline);
}

int
lifecycle_wait_writable(int fd, uint64_t deadline)
{
	return wait_for(fd, 1, deadline);
}

/* Makes the sets for pselect() from an array for poll().  Returns the highest descriptor. */
static int
make_sets(const struct pollfd *fds, size_t count, fd_set *readable, fd_set *writable)
{
	int highest = -1;
	size_t i;

	FD_ZERO(readable);
	FD_ZERO(writable);
	for (i = 0; i < count; i++) {
		if (fds[i].fd < 0 || fds[i].fd >= FD_SETSIZE)
			continue;
		if ((fds[i].events & POLLIN) != 0)
			io_fd_set(fds[i].fd, readable);
		if ((fds[i].events & POLLOUT) != 0)
			io_fd_set(fds[i].fd, writable);
		highest = fds[i].fd > highest ? fds[i].fd : highest;
	}
	return highest;
}

int
lifecycle_poll(struct pollfd *fds, size_t count, uint64_t deadline)
{
	fd_set readable, writable;
	int n, highest = make_sets(fds, count, &readable, &writable);
	size_t i;

	if (lifecycle_state() == LIFECYCLE_STOP)
		return -1;
	n = lifecycle_wait(highest, &readable, &writable, deadline);
	for (i = 0; i < count; i++) {
		fds[i].revents = 0;
		if (n == 0 || fds[i].fd < 0 || fds[i].fd >= FD_SETSIZE)
			continue;
		if (io_fd_isset(fds[i].fd, &readable))
			fds[i].revents |= POLLIN;
		if (io_fd_isset(fds[i].fd, &writable))
			fds[i].revents |= POLLOUT;
	}
	return lifecycle_state() == LIFECYCLE_STOP ? -1 : n;
}

int
lifecycle_write(int fd, const void *data, size_t len, uint64_t deadline)
{
	const uint8_t *bytes = data;
	ssize_t n;

	while (len > 0) {
		n = io_write(fd, bytes, len);
		if (n == IO_ERROR)
			return -1;
		if (n == IO_AGAIN && !lifecycle_wait_writable(fd, deadline))
			return -1;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

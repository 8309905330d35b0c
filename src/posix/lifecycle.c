/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "posix/lifecycle.h"
#include "posix/signals.h"

#define LOOK	1000	/* ms between two looks for the master, whose pipe has told all it can */

static int life_pipe = -1;
static pid_t life_master;
static uint64_t life_drain;
static void (*life_let_go)(void);
static int ended;		/* the pipe is at its end */
static uint64_t drain_until;
static int stopped;

void
lifecycle_init(int pipe, pid_t master, uint64_t drain, void (*let_go)(void))
{
	life_pipe = pipe;
	life_master = master;
	life_drain = drain;
	life_let_go = let_go;
	ended = stopped = 0;
	drain_until = CLOCK_NEVER;
}

/* No new clients: because the server ends, or because this process alone is to leave. */
static void
let_go(void)
{
	if (life_let_go != NULL)
		life_let_go();
	life_let_go = NULL;
}

/* A part of so many milliseconds, a different one in each process. */
static uint64_t
spread(uint64_t ms)
{
	uint64_t random = (uint64_t)getpid() * UINT64_C(0x9e3779b97f4a7c15) >> 32;

	return ms * random >> 32;
}

static void
drain(void)
{
	let_go();
	ended = 1;
	/* Clients that all come back in the same moment would be a burden of their own. */
	drain_until = clock_after(clock_now(), life_drain + spread(life_drain / 4));
}

/* What signals, the master's death and the drain deadline mean. */
static void
look(void)
{
	if (signals_quit)
		let_go();
	if (signals_stop || (ended && life_pipe != -1 && getppid() != life_master) ||
	    (ended && drain_until != CLOCK_NEVER && clock_now() >= drain_until))
		stopped = 1;
}

enum lifecycle
lifecycle_state(void)
{
	return stopped || signals_stop ? LIFECYCLE_STOP : ended || signals_quit ? LIFECYCLE_DRAIN : LIFECYCLE_ON;
}

/* The master's death and the end of a drain are looked for meanwhile. */
static uint64_t
next_look(uint64_t deadline)
{
	if (!ended || stopped || life_pipe == -1)
		return deadline;
	return clock_min(deadline, clock_min(drain_until, clock_now() + LOOK));
}

int
lifecycle_wait(int highest, fd_set *readable, fd_set *writable, uint64_t deadline)
{
	fd_set own;
	int n, watch = life_pipe != -1 && !ended;

	if (watch) {
		if (readable == NULL) {
			FD_ZERO(&own);
			readable = &own;
		}
		io_fd_set(life_pipe, readable);
		if (life_pipe > highest)
			highest = life_pipe;
	}
	n = signals_wait(highest, readable, writable, next_look(deadline));
	/* Anything else than an interruption is an error in this program. */
	if (n == -1 && errno != EINTR)
		abort();
	if (n > 0 && watch && io_fd_isset(life_pipe, readable)) {
		io_fd_clear(life_pipe, readable);
		drain();
		n--;
	}
	if (n <= 0) {
		if (readable != NULL)
			FD_ZERO(readable);
		if (writable != NULL)
			FD_ZERO(writable);
	}
	if (n <= 0 || ended || signals_stop || signals_quit)
		look();
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

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef TESTPOOL_H
#define TESTPOOL_H

#include <sys/types.h>

#include "client.h"
#include "harness.h"

/*
 * For tests of the worker pool: starts a bridge to an echo peer with the limits that the test
 * sets, and inspects its workers. A failure ends the test.
 */

/*
 * Starts the bridge and the echo peer, with start-workers, min-spare, max-spare and max-workers
 * set to these four numbers, and without pings. `more` is one more setting, "name=value", or
 * NULL.
 */
void	testpool_start(struct harness *h, struct harness *echo, unsigned begin, unsigned min,
	    unsigned max, unsigned all, const char *more);

/* Waits until the master has reaped all workers that have exited. */
void	testpool_expect_no_zombies(const struct harness *h);

/*
 * Returns the number of workers that certainly existed at the same moment. This number needs two
 * lists of processes: workers start and exit while one list is being read.
 */
unsigned testpool_at_once(pid_t master);

/* Returns 1 if pid is one of the n pids. */
int	testpool_is_in(pid_t pid, const pid_t *pids, unsigned n);

/* Waits until there is exactly one worker besides the n known workers, and returns its pid. */
pid_t	testpool_newest(const struct harness *h, const pid_t *known, unsigned n);

/* Opens a session; as long as the server answers 503, tries again. */
void	testpool_open(const struct harness *h, struct client *c);

#endif

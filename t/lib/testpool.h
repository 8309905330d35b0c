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
 * A bridge to an echo peer whose pool has the limits that the test wants, the processes of
 * its workers and what its clients do.  What goes wrong fails the test.
 */

/* Both, without pings; more: one more setting, "name=value", or NULL. */
void	testpool_start(struct harness *h, struct harness *echo, unsigned begin, unsigned min,
	    unsigned max, unsigned all, const char *more);

/* Waits until the master has buried all who died. */
void	testpool_expect_no_zombies(const struct harness *h);

/* How many there certainly were at one moment: a single look takes time, and they come and go. */
unsigned testpool_at_once(pid_t master);

/* Whether it is one of them. */
int	testpool_is_in(pid_t pid, const pid_t *pids, unsigned n);

/* Waits until there is one worker besides the n known ones, and returns it. */
pid_t	testpool_newest(const struct harness *h, const pid_t *known, unsigned n);

/* One attempt to get in; the status. */
int	testpool_attempt(const struct harness *h, struct client *c);

/* Tries until there is room: nothing but 503 is taken for an answer. */
void	testpool_open(const struct harness *h, struct client *c);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CHURN_H
#define CHURN_H

#include <sys/types.h>

/*
 * Clients that open and close one session after the other, in processes of their own, while the
 * test does something to the server. Failed sessions are only counted.
 *
 *	struct churn l;
 *
 *	churn_start(&l, 2, port, 0);
 *	... churn_expect_more(&l, 50) ...
 *	churn_end_well(&l);
 */

/* The sessions of one process, or the sum of all processes. */
struct churn_result {
	unsigned long	good, failed;	/* numbers of sessions */
	unsigned long	worst;		/* ms; longest time from connect to the 101 */
	char		first[128];	/* error of the first failed session */
};

struct churn {
	unsigned		 count;
	struct churn_result	*result;	/* `count` results, in shared memory */
	pid_t			 pid[8];
	int			 stop[2];	/* pipe; the processes exit at end of file */
};

/*
 * Starts `count` processes (at most 8), which connect to this port of 127.0.0.1. Each process
 * opens `rate` sessions a second, or if rate is 0 one after the other without a pause.
 */
void	churn_start(struct churn *l, unsigned count, int port, unsigned rate);

/* Returns the number of successful sessions so far. */
unsigned long churn_good(const struct churn *l);

/* Waits until n more sessions have succeeded. */
void	churn_expect_more(const struct churn *l, unsigned long n);

/* Ends the processes and returns the sum of their results. */
struct churn_result churn_end(struct churn *l);

/* Like churn_end(), but fails if any session has failed. */
struct churn_result churn_end_well(struct churn *l);

#endif

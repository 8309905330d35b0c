/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LOOPS_H
#define LOOPS_H

#include <sys/types.h>

/*
 * Clients that come and go, in processes of their own, whatever happens: what goes wrong is
 * counted.
 *
 *	struct loops l;
 *
 *	loops_start(&l, 2, port, 0);
 *	... loops_expect_more(&l, 50) ...
 *	sum = loops_end(&l);
 */

/* What one of them has seen. */
struct loop_result {
	unsigned long	good, failed;
	unsigned long	worst;		/* ms from connect to the 101 */
	char		first[128];	/* what was wrong with the first that failed */
};

struct loops {
	unsigned		 count;
	struct loop_result	*result;	/* one each, in shared memory */
	pid_t			 pid[8];
	int			 stop[2];
};

/*
 * Starts that many, each opening one session after the other on this port: so many a second, or
 * as many as it can (0).
 */
void	loops_start(struct loops *l, unsigned count, int port, unsigned rate);

/* How many sessions they have had so far. */
unsigned long loops_good(const struct loops *l);

/* Waits until they have had n more. */
void	loops_expect_more(const struct loops *l, unsigned long n);

/* Ends them; the sum of what they have seen.  loops_end_well(): and nothing may have failed. */
struct loop_result loops_end(struct loops *l);
struct loop_result loops_end_well(struct loops *l);

#endif

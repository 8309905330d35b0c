/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef MANY_H
#define MANY_H

#include <stdint.h>

#include "load.h"

/*
 * Many connections, of which some at a time are being opened.  A connection is open when it has
 * received the answer to its first message.  There is no time limit except the one of the
 * program.
 */
struct many {
	const struct load *load;
	unsigned	 count;
	struct link	*links;
	uint8_t		*steps;
	double		*open_us;	/* us from connect() to the answer; `opened` values */
	uint64_t	*started;	/* time of connect() of each link, from bench_now() */
	unsigned	 opened, failed;
	const char	*why;		/* the reason of the last failure */
	const void	*message;	/* sent on each connection */
	const void	*answer;	/* the expected answer to message */
	size_t		 message_len, answer_len;
};

/*
 * Prepares count connections.  If command is NULL, each sends a message that is echoed; otherwise
 * it sends command, which the peer answers with TESTDATA_OK.
 */
void	many_make(struct many *m, const struct load *load, unsigned count, const char *command);

/*
 * Opens all connections, at most concurrency at the same time.  If keep is 0, each connection is
 * closed as soon as it has been open.
 */
void	many_open(struct many *m, unsigned concurrency, int keep);

/* Has a message echoed over each open connection.  Exits on failure. */
void	many_check(struct many *m);

/* Closes all open connections, with a closing handshake.  Exits on failure. */
void	many_close(struct many *m);

void	many_free(struct many *m);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef MANY_H
#define MANY_H

#include <stdint.h>

#include "load.h"

/*
 * Many connections that are opened some at a time.  A connection is open when a message has
 * come back over it; what takes longer than the program's time limit ends the program.
 */
struct many {
	const struct load *c;
	unsigned	 count;
	struct link	*links;
	uint8_t		*steps;
	double		*us;		/* that those took that opened, from connecting on */
	uint64_t	*begun;
	unsigned	 opened, failed;
	const char	*why;		/* the last one that failed did */
	const void	*message;	/* what is sent, */
	const void	*answer;	/* and what comes back */
	size_t		 message_len, answer_len;
};

/* command: sent instead of bytes to be echoed, and answered with TAPE_OK; or NULL. */
void	many_make(struct many *m, const struct load *c, unsigned count, const char *command);

/* Opens them all, so many at once; keep: none is closed, else each is as soon as it was open. */
void	many_open(struct many *m, unsigned together, int keep);

/* Has a message echoed over all that are open; ends the program if one does not work. */
void	many_check(struct many *m);

/* Closes all that are open, in order; ends the program if one does not end so. */
void	many_close(struct many *m);

void	many_free(struct many *m);

#endif

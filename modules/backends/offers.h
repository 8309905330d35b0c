/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef OFFERS_H
#define OFFERS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The subprotocols that a client offers, with an index by name: a client may offer some thousand,
 * and a table may have some thousand lines that are compared with them.  These functions do no I/O
 * and allocate no memory.
 */
#define OFFERS_SLOTS	32768	/* a power of two, more than the number of names in a request */

struct offers {
	char *const	*name;
	size_t		 count;
	int		 is_indexed;
	uint16_t	 slot[OFFERS_SLOTS];	/* index of a name + 1; 0: free */
};

/* Sets the names.  They must not change as long as o is used. */
void	offers_set(struct offers *o, char *const *names, size_t count);

/* The same as peer_line_choose(wanted, names, count), in time that depends only on `wanted`. */
size_t	offers_choose(const struct offers *o, const char *wanted);

#endif

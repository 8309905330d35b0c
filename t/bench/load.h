/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LOAD_H
#define LOAD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "link.h"

/* What a load generator was told; each scenario takes what it needs of it. */
struct load {
	int		port;
	int		raw;
	pid_t		relay;		/* whose processor time and memory count; 0: nobody's */
	char		kind;		/* of the messages, see tape.h */
	size_t		size;		/* of a message */
	size_t		chunk;		/* bytes of payload in a write, 0: as is best */
	size_t		answer;		/* (swap) bytes that the peer answers with */
	size_t		part;		/* (swap) of a message in that, 0: all is one */
	uint64_t	bytes;		/* of payload in all */
	unsigned	number;		/* of connections, or rounds */
	unsigned	together;	/* connections at once */
	unsigned	seconds;	/* (idle) of answering pings */
	int		hold;		/* (connections) none is closed before all are open */
};

/*
 * Scenarios.  Each prints its results as words "name=number", and ends the program if
 * anything fails.
 */
void	load_rtt(const struct load *c);
void	load_swap(const struct load *c);
void	load_echo(const struct load *c);
void	load_up(const struct load *c);
void	load_down(const struct load *c);
void	load_slow(const struct load *c);
void	load_connections(const struct load *c);
void	load_idle(const struct load *c);

/* Round trips of size bytes in microseconds, ordered. */
void	load_measure_rtt(const struct load *c, double *out, unsigned n);

/* Puts numbers in order; the one below which a part (0 to 1) of them lies. */
void	load_sort(double *values, unsigned n);
double	load_part(const double *sorted, unsigned n, double part);

/* Prints a result. */
void	load_print(const char *name, double value);

#endif

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

/* The parameters of a scenario, from the command line; each scenario uses some of them. */
struct load {
	int		port;		/* on 127.0.0.1 */
	int		raw;		/* 1: plain TCP, 0: WebSocket */
	pid_t		relay;		/* process to measure (CPU time and memory); 0: none */
	char		kind;		/* TESTDATA_BINARY or TESTDATA_LINES */
	size_t		size;		/* bytes in a message */
	size_t		chunk;		/* bytes of payload in a write; 0: chosen by the scenario */
	size_t		answer_size;	/* (exchange) bytes in an answer of the peer */
	size_t		answer_message;	/* (exchange) bytes in an answer's message; 0: all */
	uint64_t	bytes;		/* bytes of payload to transfer, over all connections */
	unsigned	count;		/* number of connections, or of round trips */
	unsigned	concurrency;	/* number of simultaneous connections */
	unsigned	seconds;	/* (idle) how long pings are answered */
	int		hold;		/* (connections) 1: close none before all are open */
};

/* The scenarios.  Each prints lines "name=number" with load_print(), and exits on failure. */
void	load_rtt(const struct load *l);
void	load_exchange(const struct load *l);
void	load_echo(const struct load *l);
void	load_up(const struct load *l);
void	load_down(const struct load *l);
void	load_slow(const struct load *l);
void	load_connections(const struct load *l);
void	load_idle(const struct load *l);

/* Measures n echoes of l->size bytes, and stores their times in us, in microseconds, ascending. */
void	load_measure_rtt(const struct load *l, double *us, unsigned n);

/* Sorts values in ascending order. */
void	load_sort(double *values, unsigned n);

/* Returns the value at a fraction (0 to 1) of n sorted values; 0 if n is 0. */
double	load_percentile(const double *sorted, unsigned n, double fraction);

/* Prints a result as "name=value". */
void	load_print(const char *name, double value);

#endif

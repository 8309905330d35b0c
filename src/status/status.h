/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef STATUS_H
#define STATUS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "status/scoreboard.h"

/*
 * The status of a server: a copy of its scoreboard at one moment, which websocksyctl filters,
 * sorts and prints.  Only the fields that status_fields.c describes are copied.  A worker can
 * write anything to the scoreboard, so a copied number can have any value; a copied text is
 * always a string of printable ASCII.
 */

/* A connection or, as status.totals, the sums over all connections. */
struct status_row {
	struct scoreboard_slot	copy;		/* traffic[]: of this connection only */
	uint64_t		rate[SCOREBOARD_TRAFFIC];	/* per second, if has_rates is 1 */
	unsigned		slot;
	uint32_t		state;		/* enum scoreboard_state */
};

struct status {
	struct scoreboard_head	head;
	uint64_t		now;		/* clock_now() at the time of the copy */
	int64_t			master;		/* pid; 0: no master runs, -1: unknown */
	uint64_t		loaded;		/* time of the last reload, or of the start */
	uint32_t		state[SCOREBOARD_STATES];	/* workers in each state */
	uint32_t		busy;		/* workers that serve a client */
	uint32_t		old;		/* busy workers of earlier generations */
	int			has_rates;	/* 1: the caller has set rate[] */
	struct status_row	totals;		/* since the start, including ended connections */
	size_t			count;
	struct status_row	*row;		/* one for each connection, ordered by slot */
};

/*
 * Copies a scoreboard.  now is the present clock_now().  Returns 0, or -1 if out of memory.  The
 * caller frees the rows with status_free().
 */
int	status_take(struct status *status, const struct scoreboard *b, uint64_t now);
void	status_free(struct status *status);

/* Copies the connection of one slot.  Returns 0, or -1 if the slot has no connection. */
int	status_take_row(struct status_row *r, const struct scoreboard *b, unsigned slot);

/* Writes the id of a connection, "pid.number", to out, and returns out. */
#define STATUS_ID_SIZE	48
char	*status_id(char out[STATUS_ID_SIZE], const struct status_row *r);

/* Writes the id of the connection that is the number-th one of the worker pid; returns out. */
char	*status_id_of(char out[STATUS_ID_SIZE], uint64_t pid, uint64_t number);

/* Returns the name of a worker's state, which must be less than SCOREBOARD_STATES. */
const char *status_state(uint32_t state);

/* -- filtering and sorting -- */

/* A filter of connections.  A connection matches it if it matches every member that is not NULL. */
struct status_filter {
	const char	*id, *client, *peer;
};

/* Returns whether text has the form of an id of a connection, "pid.number". */
int	status_is_id(const char *text);

/*
 * Returns whether text is valid as the client of a filter: an address, an address with a port, a
 * network, or "unix".
 */
int	status_is_client(const char *text);

/*
 * Returns whether a connection matches a filter.  A network as the client of the filter matches
 * every client whose address is in the network.
 */
int	status_matches(const struct status_row *r, const struct status_filter *f);

/* Removes the rows that do not match the filter. */
void	status_reduce(struct status *status, const struct status_filter *f);

/*
 * Sorts the rows by a key: numbers and ages in descending order, pids and texts in ascending
 * order. If status is NULL, only checks the key.  Returns 0, or -1 if there is no such key.
 */
int	status_sort(struct status *status, const char *key);

/* Returns the valid keys as a list, such as "pid, state, age" (static buffer). */
const char *status_sort_keys(void);

/* -- printing -- */

/*
 * Print for people: the head, which is three lines about the server; the table of connections,
 * with a title line.
 */
void	status_print_head(FILE *out, const struct status *status);
void	status_print_table(FILE *out, const struct status *status);

/*
 * Print for programs: JSON (RFC 8259) on one line; the text format of Prometheus, version 0.0.4.
 * If status is NULL or its master is 0, the output shows that the server does not run.  realtime
 * is the time of day of the copy, in milliseconds since 1970.
 */
void	status_print_json(FILE *out, const struct status *status, uint64_t realtime);
void	status_print_prometheus(FILE *out, const struct status *status, uint64_t realtime);

#endif

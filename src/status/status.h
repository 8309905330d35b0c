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
 * What a scoreboard tells at one moment, copied: nothing changes under who looks at it, texts are
 * strings of printable ASCII, times are ages that are not negative.  All of it is hearsay.
 */

/* A connection. */
struct status_row {
	unsigned		 slot;
	uint64_t		 pid, number;	/* together its id: it is the worker's number-th */
	unsigned		 generation;
	enum scoreboard_state	 state;
	uint64_t		 age, idle;	/* ms */
	uint32_t		 rtt;		/* us; 0: unknown */
	uint64_t		 traffic[SCOREBOARD_TRAFFIC];
	uint64_t		 rate_in, rate_out;	/* bytes a second */
	char			 client[SCOREBOARD_TEXT];
	char			 peer[SCOREBOARD_TEXT];
	char			 path[SCOREBOARD_PATH];
};

#define STATUS_NEVER	UINT64_MAX	/* the age of what has not been */

struct status {
	uint64_t		 started, reloaded, reload_refused;	/* ms ago */
	unsigned		 generation, max_workers;
	int			 ending;
	unsigned		 state[SCOREBOARD_STATES];	/* workers in each */
	unsigned		 busy;		/* those with a client */
	unsigned		 old;		/* of these, those of earlier generations */
	/* Of all connections since the start, those that have ended too. */
	uint64_t		 clients, opened, refused;
	uint64_t		 traffic[SCOREBOARD_TRAFFIC];
	uint64_t		 rate_in, rate_out;
	int			 has_rates;
	size_t			 count;
	struct status_row	*row;		/* by slot at first */
};

/* Looks at all of it; now: clock_now().  0, or -1 without memory. */
int	status_take(struct status *v, const struct scoreboard *b, uint64_t now);
void	status_free(struct status *v);

/* The id of a connection, pid.number. */
#define STATUS_ID_SIZE	48
char	*status_id(char out[STATUS_ID_SIZE], const struct status_row *r);

/* Which connections; NULL: any. */
struct status_filter {
	const char	*id, *client, *peer;
};

/* Whether text can be an id; or a client: an address, perhaps with a port, or a network. */
int	status_is_id(const char *text);
int	status_is_client(const char *text);

int	status_matches(const struct status_row *r, const struct status_filter *f);

/* Leaves only those that match. */
void	status_reduce(struct status *v, const struct status_filter *f);

/* Puts rows in order, the most first; -1 if there is no such key. */
int	status_sort(struct status *v, const char *key);
#define STATUS_KEYS	"age, idle, in, out, rtt, client, peer, path, pid, state"

/* -- what is printed -- */

/* For people: three lines on the server; a line for each connection.  master: its pid, or -1. */
void	status_print_head(FILE *out, const struct status *v, long master);
void	status_print_table(FILE *out, const struct status *v);

/*
 * For programs.  master 0: the server does not run, and v is not looked at; realtime: that of
 * now, in ms.
 */
void	status_print_json(FILE *out, const struct status *v, long master, uint64_t realtime);
void	status_print_prometheus(FILE *out, const struct status *v, long master, uint64_t realtime);

/* The word for a state. */
const char *status_state(enum scoreboard_state state);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SURVEY_H
#define SURVEY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "scoreboard.h"

/*
 * What a scoreboard tells at one moment, copied: nothing changes under who looks at it, texts are
 * strings of printable ASCII, times are ages that are not negative.  All of it is hearsay.
 */

/* A connection. */
struct survey_row {
	unsigned		 slot;
	uint64_t		 pid, number;	/* together its id: it is the worker's number-th */
	unsigned		 generation;
	enum scoreboard_state	 state;
	uint64_t		 age, idle;	/* ms */
	uint32_t		 rtt;		/* us; 0: unknown */
	uint64_t		 passed[SCOREBOARD_COUNTS];
	uint64_t		 rate_in, rate_out;	/* bytes a second */
	char			 client[SCOREBOARD_TEXT];
	char			 peer[SCOREBOARD_TEXT];
	char			 path[SCOREBOARD_PATH];
};

#define SURVEY_NEVER	UINT64_MAX	/* the age of what has not been */

struct survey {
	uint64_t		 started, reloaded, refused;	/* ms ago */
	unsigned		 generation, max_workers;
	int			 ending;
	unsigned		 state[SCOREBOARD_STATES];	/* workers in each */
	unsigned		 busy;		/* those with a client */
	unsigned		 old;		/* of these, those of earlier generations */
	/* Of all connections since the start, those that have ended too. */
	uint64_t		 clients, opened, turned_away;
	uint64_t		 passed[SCOREBOARD_COUNTS];
	uint64_t		 rate_in, rate_out;
	int			 has_rates;
	size_t			 count;
	struct survey_row	*row;		/* by slot at first */
};

/* Looks at all of it; now: clock_now().  0, or -1 without memory. */
int	survey_take(struct survey *v, const struct scoreboard *b, uint64_t now);
void	survey_free(struct survey *v);

/* The id of a connection, pid.number. */
#define SURVEY_ID_SIZE	48
char	*survey_id(char out[SURVEY_ID_SIZE], const struct survey_row *r);

/* Which connections; NULL: any. */
struct survey_filter {
	const char	*id, *client, *peer;
};

/* Whether text can be an id; or a client: an address, perhaps with a port, or a network. */
int	survey_is_id(const char *text);
int	survey_is_client(const char *text);

int	survey_matches(const struct survey_row *r, const struct survey_filter *f);

/* Leaves only those that match. */
void	survey_reduce(struct survey *v, const struct survey_filter *f);

/* Puts rows in order, the most first; -1 if there is no such key. */
int	survey_sort(struct survey *v, const char *key);
#define SURVEY_KEYS	"age, idle, in, out, rtt, client, peer, path, pid, state"

/* -- what is printed -- */

/* For people: three lines on the server; a line for each connection.  master: its pid, or -1. */
void	survey_print_head(FILE *out, const struct survey *v, long master);
void	survey_print_table(FILE *out, const struct survey *v);

/*
 * For programs.  master 0: the server does not run, and v is not looked at; realtime: that of
 * now, in ms.
 */
void	survey_print_json(FILE *out, const struct survey *v, long master, uint64_t realtime);
void	survey_print_prometheus(FILE *out, const struct survey *v, long master, uint64_t realtime);

/* The word for a state. */
const char *survey_state(enum scoreboard_state state);

#endif

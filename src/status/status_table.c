/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "base/human.h"
#include "status/status.h"

#define CELL	SCOREBOARD_PATH		/* the longest text of a row, with its NUL */

enum column {
	ID, STATE, AGE, IDLE, IN, IN_RATE, IN_MESSAGES, OUT, OUT_RATE, OUT_MESSAGES, RTT,
	GENERATION, CLIENT, PEER, PATH, COLUMNS
};

static const struct {
	const char	*title;
	int		 right, rate;	/* flush right; there only if rates are known */
} columns[COLUMNS] = {
	[ID] = { "ID", 0, 0 }, [STATE] = { "STATE", 0, 0 }, [AGE] = { "AGE", 1, 0 },
	[IDLE] = { "IDLE", 1, 0 }, [IN] = { "IN", 1, 0 }, [IN_RATE] = { "IN/S", 1, 1 },
	[IN_MESSAGES] = { "MSGS", 1, 0 }, [OUT] = { "OUT", 1, 0 }, [OUT_RATE] = { "OUT/S", 1, 1 },
	[OUT_MESSAGES] = { "MSGS", 1, 0 }, [RTT] = { "RTT", 1, 0 }, [GENERATION] = { "GEN", 1, 0 },
	[CLIENT] = { "CLIENT", 0, 0 }, [PEER] = { "PEER", 0, 0 }, [PATH] = { "PATH", 0, 0 }
};

/* An empty place would shift what stands behind it for who reads words. */
static const char *
or_dash(const char *text)
{
	return *text != '\0' ? text : "-";
}

static void
fill(char out[CELL], const struct status_row *r, enum column which)
{
	switch (which) {
	case ID:
		(void)status_id(out, r);
		break;
	case STATE:
		(void)snprintf(out, CELL, "%s", status_state(r->state));
		break;
	case AGE:
		(void)human_time(out, r->age);
		break;
	case IDLE:
		(void)human_time(out, r->idle);
		break;
	case IN:
		(void)human_bytes(out, r->traffic[SCOREBOARD_IN_BYTES]);
		break;
	case IN_RATE:
		(void)human_bytes(out, r->rate_in);
		break;
	case IN_MESSAGES:
		(void)human_count(out, r->traffic[SCOREBOARD_IN_MESSAGES]);
		break;
	case OUT:
		(void)human_bytes(out, r->traffic[SCOREBOARD_OUT_BYTES]);
		break;
	case OUT_RATE:
		(void)human_bytes(out, r->rate_out);
		break;
	case OUT_MESSAGES:
		(void)human_count(out, r->traffic[SCOREBOARD_OUT_MESSAGES]);
		break;
	case RTT:
		(void)human_delay(out, r->rtt);
		break;
	case GENERATION:
		(void)snprintf(out, CELL, "%u", r->generation);
		break;
	case CLIENT:
		(void)snprintf(out, CELL, "%s", or_dash(r->client));
		break;
	case PEER:
		(void)snprintf(out, CELL, "%s", or_dash(r->peer));
		break;
	case PATH:
	case COLUMNS:
		(void)snprintf(out, CELL, "%s", or_dash(r->path));
		break;
	}
}

static void
print_cell(FILE *out, unsigned which, int width, const char *text)
{
	if (which == COLUMNS - 1)
		(void)fprintf(out, "%s\n", text);
	else if (columns[which].right)
		(void)fprintf(out, "%*s  ", width, text);
	else
		(void)fprintf(out, "%-*s  ", width, text);
}

void
status_print_table(FILE *out, const struct status *v)
{
	int width[COLUMNS], len;
	char text[CELL];
	unsigned which;
	size_t i;

	if (v->count == 0)
		return;
	for (which = 0; which < COLUMNS; which++) {
		width[which] = (int)strlen(columns[which].title);
		for (i = 0; i < v->count; i++) {
			fill(text, &v->row[i], (enum column)which);
			len = (int)strlen(text);
			width[which] = len > width[which] ? len : width[which];
		}
	}
	for (which = 0; which < COLUMNS; which++)
		if (v->has_rates || !columns[which].rate)
			print_cell(out, which, width[which], columns[which].title);
	for (i = 0; i < v->count; i++) {
		for (which = 0; which < COLUMNS; which++) {
			if (columns[which].rate && !v->has_rates)
				continue;
			fill(text, &v->row[i], (enum column)which);
			print_cell(out, which, width[which], text);
		}
	}
}

static void
print_age(FILE *out, const char *what, uint64_t age)
{
	char text[HUMAN_SIZE];

	if (age != STATUS_NEVER)
		(void)fprintf(out, ", %s %s ago", what, human_time(text, age));
}

static void
print_passed(FILE *out, const struct status *v, const char *name, unsigned bytes, uint64_t rate)
{
	char text[HUMAN_SIZE], more[HUMAN_SIZE];

	(void)fprintf(out, ", %s %s in %s messages", name, human_bytes(text, v->traffic[bytes]),
	    human_count(more, v->traffic[bytes + 1]));
	if (v->has_rates)
		(void)fprintf(out, " (%s/s)", human_bytes(text, rate));
}

void
status_print_head(FILE *out, const struct status *v, long master)
{
	char text[HUMAN_SIZE];

	if (master > 0)
		(void)fprintf(out, "server: pid %ld", master);
	else
		(void)fprintf(out, "server: pid unknown");
	(void)fprintf(out, ", generation %u, started %s ago", v->generation,
	    human_time(text, v->started));
	print_age(out, "reloaded", v->reloaded);
	print_age(out, "a reload refused", v->reload_refused);
	(void)fprintf(out, "%s\n", v->ending ? ", takes no more clients" : "");
	(void)fprintf(out, "pool: %u busy of %u, %u idle, %u starting", v->busy, v->max_workers,
	    v->state[SCOREBOARD_IDLE], v->state[SCOREBOARD_STARTING]);
	if (v->old > 0)
		(void)fprintf(out, ", %u of earlier generations", v->old);
	(void)fprintf(out, "%s\n",
	    v->state[SCOREBOARD_REFUSING] > 0 ? ", clients are refused" : "");
	(void)fprintf(out, "since the start: %llu clients, %llu let in, %llu refused",
	    (unsigned long long)v->clients, (unsigned long long)v->opened,
	    (unsigned long long)v->refused);
	print_passed(out, v, "in", SCOREBOARD_IN_BYTES, v->rate_in);
	print_passed(out, v, "out", SCOREBOARD_OUT_BYTES, v->rate_out);
	(void)fputs("\n", out);
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include "status/status.h"

/*
 * The text format of Prometheus, version 0.0.4.  There is no series for a single connection: each
 * would be a new one for ever, and what clients choose has no place in labels.  So all labels are
 * words of ours.
 */

typedef unsigned long long big;

static void
begin(FILE *out, const char *name, const char *type, const char *help)
{
	(void)fprintf(out, "# HELP websocksy_%s %s\n", name, help);
	(void)fprintf(out, "# TYPE websocksy_%s %s\n", name, type);
}

static void
print(FILE *out, const char *name, const char *type, const char *help, uint64_t value)
{
	begin(out, name, type, help);
	(void)fprintf(out, "websocksy_%s %llu\n", name, (big)value);
}

/* The instant of something that was age milliseconds ago. */
static void
print_instant(FILE *out, const char *name, const char *help, uint64_t realtime, uint64_t age)
{
	uint64_t when = age < realtime ? realtime - age : 0;

	begin(out, name, "gauge", help);
	(void)fprintf(out, "websocksy_%s %llu.%03u\n", name, (big)(when / 1000),
	    (unsigned)(when % 1000));
}

static void
print_both(FILE *out, const char *name, const char *help, uint64_t in, uint64_t outward)
{
	begin(out, name, "counter", help);
	(void)fprintf(out, "websocksy_%s{direction=\"in\"} %llu\n", name, (big)in);
	(void)fprintf(out, "websocksy_%s{direction=\"out\"} %llu\n", name, (big)outward);
}

void
status_print_prometheus(FILE *out, const struct status *v, long master, uint64_t realtime)
{
	unsigned i;

	print(out, "up", "gauge", "Whether the server runs.", master != 0);
	if (master == 0)
		return;
	begin(out, "workers", "gauge", "Workers by what they are doing.");
	for (i = SCOREBOARD_STARTING; i < SCOREBOARD_STATES; i++)
		(void)fprintf(out, "websocksy_workers{state=\"%s\"} %u\n",
		    status_state((enum scoreboard_state)i), v->state[i]);
	print(out, "workers_old", "gauge", "Workers of earlier generations that have a client.",
	    v->old);
	print(out, "workers_max", "gauge", "Workers, and so connections, at most.", v->max_workers);
	print(out, "generation", "gauge", "How often the program was started or reloaded.",
	    v->generation);
	print(out, "ending", "gauge", "Whether the server takes no more clients.",
	    v->ending != 0);
	print_instant(out, "start_time_seconds", "When the server was started, in Unix time.",
	    realtime, v->started);
	print_instant(out, "reload_time_seconds",
	    "When it was last reloaded, or else started, in Unix time.", realtime,
	    v->reloaded != STATUS_NEVER ? v->reloaded : v->started);
	print(out, "clients_total", "counter", "Clients that have come.", v->clients);
	print(out, "connections_total", "counter", "Connections that were let in.", v->opened);
	print(out, "refused_total", "counter",
	    "Clients that were refused, or left before an answer.", v->refused);
	print_both(out, "bytes_total", "Bytes of payload; in: client to peer.",
	    v->traffic[SCOREBOARD_IN_BYTES], v->traffic[SCOREBOARD_OUT_BYTES]);
	print_both(out, "messages_total", "Messages; in: client to peer.",
	    v->traffic[SCOREBOARD_IN_MESSAGES], v->traffic[SCOREBOARD_OUT_MESSAGES]);
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdint.h>
#include <time.h>

#include "status/status.h"

typedef unsigned long long big;

/* What is printable ASCII already, in quotes. */
static void
print_string(FILE *out, const char *name, const char *text)
{
	(void)fprintf(out, ",\"%s\":\"", name);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			(void)fputc('\\', out);
		(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

static void
print_seconds(FILE *out, const char *name, uint64_t ms)
{
	(void)fprintf(out, ",\"%s\":%llu.%03u", name, (big)(ms / 1000), (unsigned)(ms % 1000));
}

/* An instant in UTC (RFC 3339), or null if there was none. */
static void
print_instant(FILE *out, const char *name, uint64_t realtime, uint64_t age)
{
	time_t when = (time_t)((realtime - age) / 1000);
	char text[64];
	struct tm tm;

	if (age == STATUS_NEVER || age > realtime || gmtime_r(&when, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)fprintf(out, ",\"%s\":null", name);
	else
		print_string(out, name, text);
}

static void
print_passed(FILE *out, const uint64_t traffic[SCOREBOARD_TRAFFIC])
{
	(void)fprintf(out, ",\"in_bytes\":%llu,\"in_messages\":%llu,\"out_bytes\":%llu,"
	    "\"out_messages\":%llu", (big)traffic[SCOREBOARD_IN_BYTES],
	    (big)traffic[SCOREBOARD_IN_MESSAGES], (big)traffic[SCOREBOARD_OUT_BYTES],
	    (big)traffic[SCOREBOARD_OUT_MESSAGES]);
}

static void
print_row(FILE *out, const struct status_row *r)
{
	char id[STATUS_ID_SIZE];

	(void)fprintf(out, "{\"id\":\"%s\",\"pid\":%llu,\"generation\":%u,\"state\":\"%s\"",
	    status_id(id, r), (big)r->pid, r->generation, status_state(r->state));
	print_string(out, "client", r->client);
	print_string(out, "peer", r->peer);
	print_string(out, "path", r->path);
	print_seconds(out, "age", r->age);
	print_seconds(out, "idle", r->idle);
	print_passed(out, r->traffic);
	if (r->rtt != 0)
		(void)fprintf(out, ",\"rtt\":%u.%06u}", r->rtt / 1000000, r->rtt % 1000000);
	else
		(void)fputs(",\"rtt\":null}", out);
}

void
status_print_json(FILE *out, const struct status *v, long master, uint64_t realtime)
{
	size_t i;

	if (master == 0) {
		(void)fputs("{\"alive\":false}\n", out);
		return;
	}
	(void)fputs("{\"alive\":true,\"pid\":", out);
	if (master > 0)
		(void)fprintf(out, "%ld", master);
	else
		(void)fputs("null", out);
	(void)fprintf(out, ",\"generation\":%u,\"ending\":%s", v->generation,
	    v->ending ? "true" : "false");
	print_seconds(out, "uptime", v->started);
	print_instant(out, "started", realtime, v->started);
	print_instant(out, "reloaded", realtime, v->reloaded);
	print_instant(out, "reload_refused", realtime, v->reload_refused);
	(void)fprintf(out, ",\"pool\":{\"max\":%u,\"busy\":%u", v->max_workers, v->busy);
	for (i = SCOREBOARD_STARTING; i < SCOREBOARD_STATES; i++)
		(void)fprintf(out, ",\"%s\":%u", status_state((enum scoreboard_state)i),
		    v->state[i]);
	(void)fprintf(out, ",\"old\":%u},\"totals\":{\"clients\":%llu,\"let_in\":%llu,"
	    "\"refused\":%llu", v->old, (big)v->clients, (big)v->opened,
	    (big)v->refused);
	print_passed(out, v->traffic);
	(void)fputs("},\"connections\":[", out);
	for (i = 0; i < v->count; i++) {
		(void)fputs(i > 0 ? "," : "", out);
		print_row(out, &v->row[i]);
	}
	(void)fputs("]}\n", out);
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "base/human.h"
#include "status/status_fields.h"

/* The offset and the size of a member of a struct: two members of struct status_field. */
#define IN(type, member)	offsetof(struct type, member), sizeof(((struct type *)0)->member)

#define SERVER(kind, member)		STATUS_SERVER, kind, IN(status, member)
#define POOL(kind, member)		STATUS_POOL, kind, IN(status, member)
#define TOTALS(kind, member)		STATUS_TOTALS, kind, IN(status_row, member)
#define CONNECTION(kind, member)	STATUS_CONNECTION, kind, IN(status_row, member)

/* The fields are printed in this order. */
const struct status_field status_fields[] = {
	{ SERVER(STATUS_PID, master), .name = "pid", .phrase = " pid %" },
	{ SERVER(STATUS_NUMBER, head.generation), .name = "generation",
	    .phrase = ", generation %", .metric = "generation",
	    .help = "How often the program was started or reloaded." },
	{ SERVER(STATUS_AGE, head.started), .name = "uptime" },
	{ SERVER(STATUS_INSTANT, head.started), .name = "started", .phrase = ", started % ago",
	    .metric = "start_time_seconds", .help = "When the server was started, in Unix time." },
	{ SERVER(STATUS_INSTANT, head.reloaded), .name = "reloaded", .phrase = ", reloaded % ago",
	    .optional = 1 },
	{ SERVER(STATUS_INSTANT, loaded), .metric = "reload_time_seconds",
	    .help = "When the server was last reloaded, or else started, in Unix time." },
	{ SERVER(STATUS_INSTANT, head.reload_refused), .name = "reload_refused",
	    .phrase = ", a reload refused % ago", .optional = 1 },
	{ SERVER(STATUS_FLAG, head.ending), .name = "ending",
	    .phrase = ", accepts no more clients", .optional = 1, .metric = "ending",
	    .help = "Whether the server accepts no more clients." },

	{ POOL(STATUS_NUMBER, busy), .name = "busy", .phrase = " % busy" },
	{ POOL(STATUS_NUMBER, head.max_workers), .name = "max", .phrase = " of %",
	    .metric = "workers_max", .help = "Workers, and so connections, at most." },
	{ POOL(STATUS_NUMBER, state[SCOREBOARD_IDLE]), .name = "idle", .phrase = ", % idle",
	    .metric = "workers", .label = "state=\"idle\"", .help = "Workers by state." },
	{ POOL(STATUS_NUMBER, state[SCOREBOARD_STARTING]), .name = "starting",
	    .phrase = ", % starting", .metric = "workers", .label = "state=\"starting\"" },
	{ POOL(STATUS_NUMBER, state[SCOREBOARD_HANDSHAKE]), .name = "handshake",
	    .metric = "workers", .label = "state=\"handshake\"" },
	{ POOL(STATUS_NUMBER, state[SCOREBOARD_OPEN]), .name = "open",
	    .metric = "workers", .label = "state=\"open\"" },
	{ POOL(STATUS_NUMBER, state[SCOREBOARD_CLOSING]), .name = "closing",
	    .metric = "workers", .label = "state=\"closing\"" },
	{ POOL(STATUS_NUMBER, old), .name = "old", .phrase = ", % of earlier generations",
	    .optional = 1, .metric = "workers_old",
	    .help = "Workers of earlier generations that have a client." },
	{ POOL(STATUS_NUMBER, state[SCOREBOARD_REFUSING]), .name = "refusing",
	    .phrase = ", clients are refused", .optional = 1,
	    .metric = "workers", .label = "state=\"refusing\"" },

	{ TOTALS(STATUS_NUMBER, copy.clients), .name = "clients", .phrase = " % clients",
	    .metric = "clients_total", .help = "Clients whose connections were accepted." },
	{ TOTALS(STATUS_NUMBER, copy.opened), .name = "opened", .phrase = ", % opened",
	    .metric = "opened_total", .help = "Clients whose handshakes were completed." },
	{ TOTALS(STATUS_NUMBER, copy.refused), .name = "refused", .phrase = ", % refused",
	    .metric = "refused_total",
	    .help = "Clients that were refused, or left before an answer." },
	{ TOTALS(STATUS_BYTES, copy.traffic[SCOREBOARD_IN_BYTES]), .name = "in_bytes",
	    .phrase = ", in %", .metric = "bytes_total", .label = "direction=\"in\"",
	    .help = "Bytes of payload; in: client to peer." },
	{ TOTALS(STATUS_COUNT, copy.traffic[SCOREBOARD_IN_MESSAGES]), .name = "in_messages",
	    .phrase = " in % messages", .metric = "messages_total", .label = "direction=\"in\"",
	    .help = "Messages; in: client to peer." },
	{ TOTALS(STATUS_RATE, rate[SCOREBOARD_IN_BYTES]), .phrase = " (%/s)" },
	{ TOTALS(STATUS_BYTES, copy.traffic[SCOREBOARD_OUT_BYTES]), .name = "out_bytes",
	    .phrase = ", out %", .metric = "bytes_total", .label = "direction=\"out\"" },
	{ TOTALS(STATUS_COUNT, copy.traffic[SCOREBOARD_OUT_MESSAGES]), .name = "out_messages",
	    .phrase = " in % messages", .metric = "messages_total", .label = "direction=\"out\"" },
	{ TOTALS(STATUS_RATE, rate[SCOREBOARD_OUT_BYTES]), .phrase = " (%/s)" },

	{ CONNECTION(STATUS_ID, copy.served), .name = "id", .title = "ID" },
	{ CONNECTION(STATUS_PID, copy.pid), .name = "pid", .key = "pid" },
	{ CONNECTION(STATUS_STATE, state), .name = "state", .title = "STATE", .key = "state" },
	{ CONNECTION(STATUS_AGE, copy.accepted_at), .name = "age", .title = "AGE", .key = "age" },
	{ CONNECTION(STATUS_AGE, copy.last_data), .name = "idle", .title = "IDLE", .key = "idle" },
	{ CONNECTION(STATUS_BYTES, copy.traffic[SCOREBOARD_IN_BYTES]), .name = "in_bytes",
	    .title = "IN", .key = "in" },
	{ CONNECTION(STATUS_RATE, rate[SCOREBOARD_IN_BYTES]), .title = "IN/S" },
	{ CONNECTION(STATUS_COUNT, copy.traffic[SCOREBOARD_IN_MESSAGES]), .name = "in_messages",
	    .title = "MSGS" },
	{ CONNECTION(STATUS_BYTES, copy.traffic[SCOREBOARD_OUT_BYTES]), .name = "out_bytes",
	    .title = "OUT", .key = "out" },
	{ CONNECTION(STATUS_RATE, rate[SCOREBOARD_OUT_BYTES]), .title = "OUT/S" },
	{ CONNECTION(STATUS_COUNT, copy.traffic[SCOREBOARD_OUT_MESSAGES]), .name = "out_messages",
	    .title = "MSGS" },
	{ CONNECTION(STATUS_DELAY, copy.rtt), .name = "rtt", .title = "RTT", .key = "rtt" },
	{ CONNECTION(STATUS_NUMBER, copy.generation), .name = "generation", .title = "GEN" },
	{ CONNECTION(STATUS_TEXT, copy.client), .name = "client", .title = "CLIENT",
	    .key = "client" },
	{ CONNECTION(STATUS_TEXT, copy.peer), .name = "peer", .title = "PEER", .key = "peer" },
	{ CONNECTION(STATUS_TEXT, copy.path), .name = "path", .title = "PATH", .key = "path" },

	{ .kind = STATUS_END }
};

_Static_assert(sizeof(status_fields) / sizeof(status_fields[0]) <= STATUS_FIELDS_MAX,
    "STATUS_FIELDS_MAX is too small");

const struct status_field *
status_fields_of(enum status_group group)
{
	const struct status_field *f;

	for (f = status_fields; f->group != group; f++)
		;
	return f;
}

/* Returns a pointer to the value of a field. */
static const void *
find_value(const struct status_field *f, const struct status *status, const struct status_row *r)
{
	const void *base = status;

	if (f->group == STATUS_TOTALS)
		base = &status->totals;
	else if (f->group == STATUS_CONNECTION)
		base = r;
	return (const char *)base + f->offset;
}

uint64_t
status_fields_number(const struct status_field *f, const struct status *status,
    const struct status_row *r)
{
	uint64_t number = 0;
	uint32_t narrow;

	if (f->size == sizeof(narrow)) {
		memcpy(&narrow, find_value(f, status, r), sizeof(narrow));
		number = narrow;
	} else if (f->size == sizeof(number)) {
		memcpy(&number, find_value(f, status, r), sizeof(number));
	}
	if (f->kind == STATUS_INSTANT && number == 0)
		return STATUS_NEVER;
	if (f->kind == STATUS_INSTANT || f->kind == STATUS_AGE)
		return number < status->now ? status->now - number : 0;
	return number;
}

int
status_fields_is_known(enum status_kind kind, uint64_t number)
{
	switch (kind) {
	case STATUS_PID:
		return number > 0 && number <= INT64_MAX;
	case STATUS_DELAY:
		return number != 0;
	case STATUS_INSTANT:
		return number != STATUS_NEVER;
	default:
		return 1;
	}
}

const char *
status_fields_string(const struct status_field *f, const struct status_row *r)
{
	return (const char *)r + f->offset;
}

const char *
status_fields_text(char out[STATUS_TEXT_SIZE], const struct status_field *f,
    const struct status *status, const struct status_row *r)
{
	uint64_t number;

	if (r != NULL && f->kind == STATUS_ID)
		return status_id(out, r);
	/*
	 * Show "-" for an empty text: an empty cell would confuse programs that split the table
	 * at blanks.
	 */
	if (f->kind == STATUS_TEXT)
		return *status_fields_string(f, r) != '\0' ? status_fields_string(f, r) : "-";
	number = status_fields_number(f, status, r);
	if (!status_fields_is_known(f->kind, number))
		return f->kind == STATUS_PID ? "unknown" : "-";
	switch (f->kind) {
	case STATUS_STATE:
		return status_state((uint32_t)number);
	case STATUS_AGE:
	case STATUS_INSTANT:
		return human_time(out, number);
	case STATUS_DELAY:
		return human_delay(out, number);
	case STATUS_BYTES:
	case STATUS_RATE:
		return human_bytes(out, number);
	case STATUS_COUNT:
		return human_count(out, number);
	default:
		(void)snprintf(out, STATUS_TEXT_SIZE, "%llu", (unsigned long long)number);
		return out;
	}
}

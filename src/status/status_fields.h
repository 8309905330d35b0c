/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef STATUS_FIELDS_H
#define STATUS_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "status/status.h"

/*
 * The description of each status field.  status_take() copies the fields of this table, and the
 * printers and status_sort() walk it.  So a new field of a connection is a member of struct
 * scoreboard_slot with a function that writes it, and a row here.
 */

/* The subject of a field: it decides which struct has the value, and which part of JSON. */
enum status_group {
	STATUS_SERVER,		/* struct status; the top level */
	STATUS_POOL,		/* struct status; the object "pool" */
	STATUS_TOTALS,		/* status.totals; the object "totals" */
	STATUS_CONNECTION	/* struct status_row; an element of the array "connections" */
};

/* The unit of a field, which decides how its value is shown. */
enum status_kind {
	STATUS_END,		/* the end of the table */
	STATUS_NUMBER,
	STATUS_PID,		/* unknown if it is not positive */
	STATUS_BYTES,
	STATUS_COUNT,
	STATUS_RATE,		/* bytes a second; shown only if status.has_rates */
	STATUS_DELAY,		/* microseconds; 0: unknown */
	STATUS_AGE,		/* a time of clock_now(); shown as the time since then */
	STATUS_INSTANT,		/* a time of clock_now(); shown as a date to programs; 0: never */
	STATUS_FLAG,
	STATUS_STATE,		/* enum scoreboard_state */
	STATUS_ID,		/* "pid.number" of a connection; the field is the number */
	STATUS_TEXT
};

/* A status field.  It is not shown in the places whose member is NULL. */
struct status_field {
	enum status_group	 group;		/* the fields of a group are adjacent */
	enum status_kind	 kind;
	size_t			 offset, size;	/* of the value in struct status or status_row */
	const char		*name;		/* in JSON */
	const char		*phrase;	/* in the head; '%' stands for the value */
	int			 optional;	/* 1: the phrase is left out if the value is 0 */
	const char		*title;		/* of its column in the table for people */
	const char		*key;		/* of status_sort() */
	const char		*metric;	/* in Prometheus, after "websocksy_" */
	const char		*label;		/* NAME="VALUE", if several fields share a metric */
	const char		*help;		/* of the metric; only its first field has one */
};

extern const struct status_field status_fields[];

#define STATUS_FIELDS_MAX	64	/* at most */

/* Returns the first field of a group; the others follow it. */
const struct status_field *status_fields_of(enum status_group group);

#define STATUS_NEVER	UINT64_MAX	/* the age of an event that has not happened */

/*
 * Returns the value of a field that is not a text.  r is the connection, and is ignored for fields
 * of other groups.  For STATUS_AGE and STATUS_INSTANT the value is the age in milliseconds, or
 * STATUS_NEVER; a time later than status.now has age 0.
 */
uint64_t status_fields_number(const struct status_field *f, const struct status *status,
    const struct status_row *r);

/*
 * Returns whether a value that status_fields_number() has returned is known; it is not if it stands
 * for "unknown" or "never".
 */
int	status_fields_is_known(enum status_kind kind, uint64_t number);

/* Returns the value of a STATUS_TEXT: a string that is part of r. */
const char *status_fields_string(const struct status_field *f, const struct status_row *r);

/* Returns the value as text for people: in out, or a static string, or one that is part of r. */
#define STATUS_TEXT_SIZE	STATUS_ID_SIZE
const char *status_fields_text(char out[STATUS_TEXT_SIZE], const struct status_field *f,
    const struct status *status, const struct status_row *r);

#endif

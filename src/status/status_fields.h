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
 * The description of each status field.  status_take() copies the fields of this table; the
 * printers and status_sort() use its rows.  To add a field of a connection, add a member to
 * struct scoreboard_slot, a function that writes the member, and a row in this table.
 */

/*
 * The subject of a field.  It determines the struct that contains the value, and the part of the
 * JSON output.
 */
enum status_group {
	STATUS_SERVER,		/* in struct status; top level of JSON */
	STATUS_POOL,		/* in struct status; object "pool" of JSON */
	STATUS_TOTALS,		/* in status.totals; object "totals" of JSON */
	STATUS_CONNECTION	/* in struct status_row; element of "connections" */
};

/* The unit of a field.  It determines how the value is shown. */
enum status_kind {
	STATUS_END,		/* the end of the table */
	STATUS_NUMBER,
	STATUS_PID,		/* unknown if it is not positive */
	STATUS_BYTES,
	STATUS_COUNT,
	STATUS_RATE,		/* bytes a second; shown only if status.has_rates */
	STATUS_DELAY,		/* microseconds; 0: unknown */
	STATUS_AGE,		/* time of clock_now(), shown as an age */
	STATUS_INSTANT,		/* time of clock_now(), shown as a date to programs; 0: never */
	STATUS_FLAG,
	STATUS_STATE,		/* enum scoreboard_state */
	STATUS_ID,		/* number in the id "pid.number" of a connection */
	STATUS_TEXT
};

/*
 * The description of a status field.  A field is not shown in an output for which its member
 * below (name, phrase, title, key or metric) is NULL.
 */
struct status_field {
	enum status_group	 group;		/* the fields of a group are adjacent */
	enum status_kind	 kind;
	size_t			 offset, size;	/* of the value, in struct status or status_row */
	const char		*name;		/* in JSON */
	const char		*phrase;	/* in the head for people; '%': the value */
	int			 optional;	/* 1: no phrase is printed if the value is 0 */
	const char		*title;		/* of the column in the table for people */
	const char		*key;		/* of status_sort() */
	const char		*metric;	/* name in Prometheus, after "websocksy_" */
	const char		*label;		/* NAME="VALUE", if fields share a metric */
	const char		*help;		/* of the metric, in its first field only */
};

extern const struct status_field status_fields[];

#define STATUS_FIELDS_MAX	64	/* at most */

/* Returns the first field of a group.  The other fields of the group follow. */
const struct status_field *status_fields_of(enum status_group group);

#define STATUS_NEVER	UINT64_MAX	/* the age of an event that has not happened */

/*
 * Returns the value of a field that is not a text.  r is the connection; it is ignored for
 * fields of other groups.  For STATUS_AGE and STATUS_INSTANT the value is the age in
 * milliseconds, or STATUS_NEVER; the age of a time after status.now is 0.
 */
uint64_t status_fields_number(const struct status_field *f, const struct status *status,
    const struct status_row *r);

/* Returns 0 if a value of status_fields_number() stands for "unknown" or "never", otherwise 1. */
int	status_fields_is_known(enum status_kind kind, uint64_t number);

/* Returns the value of a STATUS_TEXT field: a string that is part of r. */
const char *status_fields_string(const struct status_field *f, const struct status_row *r);

/*
 * Returns the value of a field as text for people: in out, as a static string, or as a part of
 * r.
 */
#define STATUS_TEXT_SIZE	STATUS_ID_SIZE
const char *status_fields_text(char out[STATUS_TEXT_SIZE], const struct status_field *f,
    const struct status *status, const struct status_row *r);

#endif

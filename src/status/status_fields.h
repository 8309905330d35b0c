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

/* What a field is about; where it is copied to; its place in the output. */
enum status_group {
	STATUS_SERVER,		/* struct status; the top level of JSON */
	STATUS_POOL,		/* struct status; the object "pool" */
	STATUS_TOTALS,		/* struct status_row, the totals; the object "totals" */
	STATUS_CONNECTION	/* struct status_row; a column of the table, "connections" */
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
	STATUS_AGE,		/* a time of clock_now(); shown as the time that has passed since */
	STATUS_INSTANT,		/* the same; shown as a date to programs.  0: never */
	STATUS_FLAG,
	STATUS_STATE,		/* enum scoreboard_state */
	STATUS_ID,		/* "pid.number" of a connection; the field is the number */
	STATUS_TEXT
};

/* A member that is NULL or 0: the field is not shown there. */
struct status_field {
	enum status_group	 group;		/* the rows of a group are together */
	enum status_kind	 kind;
	size_t			 offset, size;	/* of the member of struct status or status_row */
	const char		*name;		/* in JSON */
	const char		*phrase;	/* in the head; '%' stands for the value */
	int			 optional;	/* 1: the phrase is left out if the value is 0 */
	const char		*title;		/* of the column of the table */
	const char		*key;		/* for sorting */
	const char		*metric;	/* in Prometheus, after "websocksy_" */
	const char		*label;		/* NAME="VALUE"; several fields share a metric */
	const char		*help;		/* of the metric; in the first of these fields */
};

extern const struct status_field status_fields[];

#define STATUS_FIELDS_MAX	64	/* rows of the table at most */

/* The first field of a group. */
const struct status_field *status_fields_of(enum status_group group);

#define STATUS_NEVER	UINT64_MAX	/* the age of an event that has not happened */

/*
 * The value of a field that is not a text.  r is the connection, and is ignored for fields of other
 * groups.  For STATUS_AGE and STATUS_INSTANT: the age in milliseconds, or STATUS_NEVER; a time
 * later than status.now has age 0.
 */
uint64_t status_fields_number(const struct status_field *f, const struct status *status,
    const struct status_row *r);

/*
 * Returns 0 if number, a value of this kind, says that the value is unknown or the event has not
 * happened; otherwise 1.
 */
int	status_fields_is_known(enum status_kind kind, uint64_t number);

/* The string of a STATUS_TEXT; it is in r. */
const char *status_fields_string(const struct status_field *f, const struct status_row *r);

/* The value as a person reads it; returns out, or a string in r. */
#define STATUS_TEXT_SIZE	STATUS_ID_SIZE
const char *status_fields_text(char out[STATUS_TEXT_SIZE], const struct status_field *f,
    const struct status *status, const struct status_row *r);

#endif

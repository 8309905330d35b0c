/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdint.h>
#include <time.h>

#include "status/status.h"
#include "status/status_fields.h"

/* Prints a string of printable ASCII in quotes. */
static void
print_string(FILE *out, const char *text)
{
	(void)fputc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			(void)fputc('\\', out);
		(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

/* Prints a time of day in UTC (RFC 3339), or null for a time before 1970. */
static void
print_instant(FILE *out, uint64_t realtime, uint64_t age)
{
	time_t when = (time_t)((realtime - age) / 1000);
	char text[64];
	struct tm tm;

	if (age > realtime || gmtime_r(&when, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)fputs("null", out);
	else
		print_string(out, text);
}

static void
print_number(FILE *out, const struct status_field *f, uint64_t number, uint64_t realtime)
{
	unsigned long long n = number;

	if (!status_fields_is_known(f->kind, number))
		(void)fputs("null", out);
	else if (f->kind == STATUS_INSTANT)
		print_instant(out, realtime, number);
	else if (f->kind == STATUS_AGE)
		(void)fprintf(out, "%llu.%03llu", n / 1000, n % 1000);
	else if (f->kind == STATUS_DELAY)
		(void)fprintf(out, "%llu.%06llu", n / 1000000, n % 1000000);
	else if (f->kind == STATUS_FLAG)
		(void)fputs(number != 0 ? "true" : "false", out);
	else if (f->kind == STATUS_STATE)
		print_string(out, status_state((uint32_t)number));
	else
		(void)fprintf(out, "%llu", n);
}

/*
 * Prints the fields of a group as members of an object.  The text `before` precedes the first
 * member.
 */
static void
print_group(FILE *out, enum status_group group, const char *before, const struct status *status,
    const struct status_row *r, uint64_t realtime)
{
	const struct status_field *f = status_fields_of(group);
	char id[STATUS_ID_SIZE];

	for (; f->group == group; f++) {
		if (f->name == NULL)
			continue;
		(void)fprintf(out, "%s\"%s\":", before, f->name);
		before = ",";
		if (r != NULL && f->kind == STATUS_ID)
			print_string(out, status_id(id, r));
		else if (f->kind == STATUS_TEXT)
			print_string(out, status_fields_string(f, r));
		else
			print_number(out, f, status_fields_number(f, status, r), realtime);
	}
}

void
status_print_json(FILE *out, const struct status *status, uint64_t realtime)
{
	size_t i;

	if (status == NULL || status->master == 0) {
		(void)fputs("{\"alive\":false}\n", out);
		return;
	}
	(void)fputs("{\"alive\":true", out);
	print_group(out, STATUS_SERVER, ",", status, NULL, realtime);
	print_group(out, STATUS_POOL, ",\"pool\":{", status, NULL, realtime);
	print_group(out, STATUS_TOTALS, "},\"totals\":{", status, NULL, realtime);
	(void)fputs("},\"connections\":[", out);
	for (i = 0; i < status->count; i++) {
		print_group(out, STATUS_CONNECTION, i > 0 ? ",{" : "{", status, &status->row[i],
		    realtime);
		(void)fputc('}', out);
	}
	(void)fputs("]}\n", out);
}

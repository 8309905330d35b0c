/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "status/status.h"
#include "status/status_fields.h"

/* Prints a phrase in which '%' is replaced by the value. */
static void
print_phrase(FILE *out, const char *phrase, const char *value)
{
	for (; *phrase != '\0'; phrase++)
		if (*phrase == '%')
			(void)fputs(value, out);
		else
			(void)fputc(*phrase, out);
}

/* Returns whether the phrase of a field is printed in the head. */
static int
has_phrase(const struct status_field *f, const struct status *status)
{
	uint64_t number;

	if (f->phrase == NULL || (f->kind == STATUS_RATE && !status->has_rates))
		return 0;
	if (!f->optional)
		return 1;
	number = status_fields_number(f, status, NULL);
	return f->kind == STATUS_INSTANT ? number != STATUS_NEVER : number != 0;
}

static void
print_line(FILE *out, const char *start, enum status_group group, const struct status *status)
{
	const struct status_field *f = status_fields_of(group);
	char text[STATUS_TEXT_SIZE];

	(void)fputs(start, out);
	for (; f->group == group; f++)
		if (has_phrase(f, status))
			print_phrase(out, f->phrase, status_fields_text(text, f, status, NULL));
	(void)fputc('\n', out);
}

void
status_print_head(FILE *out, const struct status *status)
{
	print_line(out, "server:", STATUS_SERVER, status);
	print_line(out, "pool:", STATUS_POOL, status);
	print_line(out, "since the start:", STATUS_TOTALS, status);
}

/* The columns of the table. */
struct columns {
	unsigned			 count;
	const struct status_field	*field[STATUS_FIELDS_MAX];
	int				 width[STATUS_FIELDS_MAX];	/* negative: flush left */
};

/* Returns the width in characters that a column needs for its title and its values. */
static int
measure(const struct status_field *f, const struct status *status)
{
	size_t width = strlen(f->title), len, i;
	char text[STATUS_TEXT_SIZE];

	for (i = 0; i < status->count; i++) {
		len = strlen(status_fields_text(text, f, status, &status->row[i]));
		width = len > width ? len : width;
	}
	return (int)width;
}

static void
choose_columns(struct columns *c, const struct status *status)
{
	const struct status_field *f = status_fields_of(STATUS_CONNECTION);
	int width;

	c->count = 0;
	for (; f->group == STATUS_CONNECTION; f++) {
		if (f->title == NULL || (f->kind == STATUS_RATE && !status->has_rates))
			continue;
		width = measure(f, status);
		if (f->kind == STATUS_ID || f->kind == STATUS_STATE || f->kind == STATUS_TEXT)
			width = -width;
		c->field[c->count] = f;
		c->width[c->count++] = width;
	}
	/* The last column is not padded, since no text follows. */
	c->width[c->count - 1] = 0;
}

/* Prints a line of the table: the connection r, or the titles if r is NULL. */
static void
print_row(FILE *out, const struct columns *c, const struct status *status,
    const struct status_row *r)
{
	const struct status_field *f;
	char text[STATUS_TEXT_SIZE];
	unsigned i;

	for (i = 0; i < c->count; i++) {
		f = c->field[i];
		(void)fprintf(out, "%s%*s", i > 0 ? "  " : "", c->width[i],
		    r != NULL ? status_fields_text(text, f, status, r) : f->title);
	}
	(void)fputc('\n', out);
}

void
status_print_table(FILE *out, const struct status *status)
{
	struct columns columns;
	size_t i;

	if (status->count == 0)
		return;
	choose_columns(&columns, status);
	print_row(out, &columns, status, NULL);
	for (i = 0; i < status->count; i++)
		print_row(out, &columns, status, &status->row[i]);
}

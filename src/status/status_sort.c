/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "status/status.h"
#include "status/status_fields.h"

#define COMPARE(a, b)	(((a) > (b)) - ((a) < (b)))

/* Arguments of compare_rows(), set by status_sort(): qsort() passes only two rows. */
static const struct status *sorted;
static const struct status_field *sort_field, *age_field;

static const struct status_field *
find_key(const char *key)
{
	const struct status_field *f;

	for (f = status_fields; f->kind != STATUS_END; f++)
		if (f->key != NULL && strcmp(f->key, key) == 0)
			return f;
	return NULL;
}

/* Compares two rows by a field: numbers in descending order, pids and texts in ascending order. */
static int
compare_field(const struct status_field *f, const struct status_row *a,
    const struct status_row *b)
{
	uint64_t x, y;

	if (f->kind == STATUS_TEXT)
		return strcmp(status_fields_string(f, a), status_fields_string(f, b));
	x = status_fields_number(f, sorted, a);
	y = status_fields_number(f, sorted, b);
	return f->kind == STATUS_PID ? COMPARE(x, y) : COMPARE(y, x);
}

/*
 * Rows with the same key are ordered by age, then by slot.  Otherwise their order could change
 * from one display to the next.
 */
static int
compare_rows(const void *a, const void *b)
{
	const struct status_row *x = a, *y = b;
	int order = compare_field(sort_field, x, y);

	if (order == 0)
		order = compare_field(age_field, x, y);
	return order != 0 ? order : COMPARE(x->slot, y->slot);
}

int
status_sort(struct status *status, const char *key)
{
	sort_field = find_key(key);
	age_field = find_key("age");
	if (sort_field == NULL)
		return -1;
	sorted = status;
	if (status != NULL && status->count > 0)
		qsort(status->row, status->count, sizeof(*status->row), compare_rows);
	return 0;
}

const char *
status_sort_keys(void)
{
	static char keys[STATUS_FIELDS_MAX * 16];
	const struct status_field *f;
	size_t len = 0;

	for (f = status_fields; f->kind != STATUS_END; f++)
		if (f->key != NULL && len < sizeof(keys))
			len += (size_t)snprintf(keys + len, sizeof(keys) - len, "%s%s",
			    len > 0 ? ", " : "", f->key);
	return keys;
}

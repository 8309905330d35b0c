/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <string.h>

#include "status/status.h"
#include "status/status_fields.h"

/*
 * There are no metrics of single connections: each connection would add a time series that is
 * kept for ever, and texts that clients choose must not become labels.  So all labels are
 * constants.
 */

static void
print_number(FILE *out, enum status_kind kind, uint64_t number, uint64_t realtime)
{
	unsigned long long n = number;

	if (kind == STATUS_INSTANT) {
		n = number < realtime ? realtime - number : 0;
		(void)fprintf(out, " %llu.%03llu\n", n / 1000, n % 1000);
	} else {
		(void)fprintf(out, " %llu\n", n);
	}
}

/* Prints the help and the type of a metric.  A metric whose name ends in _total is a counter. */
static void
print_title(FILE *out, const char *metric, const char *help)
{
	const char *end = strrchr(metric, '_');

	(void)fprintf(out, "# HELP websocksy_%s %s\n", metric, help);
	(void)fprintf(out, "# TYPE websocksy_%s %s\n", metric,
	    end != NULL && strcmp(end, "_total") == 0 ? "counter" : "gauge");
}

/* Prints a metric with all its fields, which must be adjacent in this format. */
static void
print_metric(FILE *out, const struct status_field *first, const struct status *status,
    uint64_t realtime)
{
	const struct status_field *f;

	print_title(out, first->metric, first->help);
	for (f = first; f->kind != STATUS_END; f++) {
		if (f->metric == NULL || strcmp(f->metric, first->metric) != 0)
			continue;
		(void)fprintf(out, "websocksy_%s", f->metric);
		if (f->label != NULL)
			(void)fprintf(out, "{%s}", f->label);
		print_number(out, f->kind, status_fields_number(f, status, NULL), realtime);
	}
}

void
status_print_prometheus(FILE *out, const struct status *status, uint64_t realtime)
{
	const struct status_field *f;
	int runs = status != NULL && status->master != 0;

	print_title(out, "up", "Whether the server runs.");
	(void)fprintf(out, "websocksy_up %d\n", runs);
	for (f = status_fields; runs && f->kind != STATUS_END; f++)
		if (f->help != NULL)
			print_metric(out, f, status, realtime);
}

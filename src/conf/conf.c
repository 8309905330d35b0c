/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/scan.h"
#include "conf/conf.h"
#include "conf/conf_table.h"

#define WORKER_FILES	32	/* descriptors that a worker needs, with a reserve for modules */

/* Exits if memory is NULL: without memory for its configuration the program cannot start. */
static void *
check_memory(void *memory)
{
	if (memory == NULL) {
		log_errorx("out of memory while reading the configuration");
		exit(EXIT_FAILURE);
	}
	return memory;
}

static char **
text_at(const struct conf *c, const struct conf_setting *s)
{
	return (char **)((char *)(uintptr_t)c + s->offset);
}

static uint64_t *
number_at(const struct conf *c, const struct conf_setting *s)
{
	return (uint64_t *)(void *)((char *)(uintptr_t)c + s->offset);
}

static void
free_options(struct conf *c)
{
	struct conf_option *o;

	while ((o = c->options) != NULL) {
		c->options = o->next;
		free(o->name);
		free(o->value);
		free(o->place);
		free(o);
	}
}

void
conf_init(struct conf *c)
{
	size_t i;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < conf_table_size; i++)
		(void)conf_set(c, conf_table[i].name, conf_table[i].initial, "default");
}

void
conf_free(struct conf *c)
{
	size_t i;

	free_options(c);
	for (i = 0; i < conf_table_size; i++) {
		if (conf_table[i].type == TEXT) {
			free(*text_at(c, &conf_table[i]));
			*text_at(c, &conf_table[i]) = NULL;
		}
	}
}

/* Returns the name of the setting that is most similar to name; NULL if no name is similar. */
static const char *
nearest(const char *name)
{
	const char *best = NULL;
	unsigned distance, least = 4;
	size_t i;

	for (i = 0; i < conf_table_size; i++) {
		distance = scan_distance(name, conf_table[i].name);
		if (distance < least && distance < strlen(conf_table[i].name)) {
			least = distance;
			best = conf_table[i].name;
		}
	}
	return best;
}

static const struct conf_setting *
find_setting(const char *name)
{
	size_t i;

	for (i = 0; i < conf_table_size; i++)
		if (strcmp(conf_table[i].name, name) == 0)
			return &conf_table[i];
	return NULL;
}

/*
 * Writes a duration as text: in seconds if ms is a whole number of seconds, otherwise in
 * milliseconds.  Returns out.
 */
static char *
format_duration(char *out, size_t size, uint64_t ms)
{
	if (ms % 1000 != 0)
		(void)snprintf(out, size, "%llums", (unsigned long long)ms);
	else
		(void)snprintf(out, size, "%llus", (unsigned long long)(ms / 1000));
	return out;
}

static void
report_invalid(const struct conf_setting *s, const char *value, const char *place, const char *why)
{
	char min[32], max[32];

	switch (s->type) {
	case DURATION:
		log_errorx("%s: %s: '%s' is not a time such as 30, 30s, 500ms, 5m or 1h "
		    "from %s to %s", place, s->name, value,
		    format_duration(min, sizeof(min), s->min),
		    format_duration(max, sizeof(max), s->max));
		break;
	case NUMBER:
	case SIZE:
		log_errorx("%s: %s: '%s' is not a number from %llu to %llu%s", place, s->name,
		    value, (unsigned long long)s->min, (unsigned long long)s->max,
		    s->type == SIZE ? " (k, m, g may follow it)" : "");
		break;
	case TEXT:
	case CHOICE:
		log_errorx("%s: %s: '%s' is invalid: %s", place, s->name, value, why);
		break;
	}
}

/*
 * Returns whether a TEXT value is valid.  A value that a configuration file cannot contain is
 * refused on the command line, too.
 */
static int
check_text(const struct conf_setting *s, const char *value, const char **why)
{
	size_t len = strlen(value), i;

	*why = len == 0 ? "it is empty" : "it is too long";
	if (len < s->min || len > s->max)
		return 0;
	*why = "it contains control characters";
	for (i = 0; i < len; i++)
		if ((unsigned char)value[i] < ' ' || value[i] == 0x7f)
			return 0;
	*why = "it begins or ends with a blank";
	if (len > 0 && (value[0] == ' ' || value[len - 1] == ' '))
		return 0;
	return s->check == NULL || s->check(value, why);
}

static int
store_text(struct conf *c, const struct conf_setting *s, const char *value, const char **why)
{
	if (!check_text(s, value, why))
		return -1;
	free(*text_at(c, s));
	*text_at(c, s) = check_memory(strdup(value));
	return 0;
}

static int
store_choice(struct conf *c, const struct conf_setting *s, const char *value, const char **why)
{
	size_t i;

	*why = s->help;
	for (i = 0; s->choices[i] != NULL; i++) {
		if (strcmp(s->choices[i], value) == 0) {
			*number_at(c, s) = i;
			return 0;
		}
	}
	return -1;
}

int
conf_set(struct conf *c, const char *name, const char *value, const char *place)
{
	const struct conf_setting *s = find_setting(name);
	const char *near, *why = "";
	int result = -1;

	if (s == NULL) {
		near = nearest(name);
		log_errorx("%s: there is no setting '%s'%s%s%s", place, name,
		    near != NULL ? "; is '" : "", near != NULL ? near : "",
		    near != NULL ? "' meant?" : "");
		return -1;
	}
	switch (s->type) {
	case TEXT:
		result = store_text(c, s, value, &why);
		break;
	case NUMBER:
		result = scan_number(value, s->min, s->max, number_at(c, s));
		break;
	case SIZE:
		result = scan_size(value, s->min, s->max, number_at(c, s));
		break;
	case DURATION:
		result = scan_duration(value, s->min, s->max, number_at(c, s));
		break;
	case CHOICE:
		result = store_choice(c, s, value, &why);
		break;
	}
	if (result == -1)
		report_invalid(s, value, place, why);
	else if (s->offset == offsetof(struct conf, backend))
		/* The options added so far were for the previous backend. */
		free_options(c);
	return result;
}

int
conf_add_option(struct conf *c, const char *name, const char *value, const char *place)
{
	struct conf_option **end, *o;

	if (*name == '\0') {
		log_errorx("%s: an option for the backend has no name", place);
		return -1;
	}
	o = check_memory(calloc(1, sizeof(*o)));
	o->name = check_memory(strdup(name));
	o->value = check_memory(strdup(value));
	o->place = check_memory(strdup(place));
	for (end = &c->options; *end != NULL; end = &(*end)->next)
		;
	*end = o;
	return 0;
}

typedef int setter(struct conf *c, const char *name, const char *value, const char *place);

static int
set_pair(struct conf *c, const char *pair, const char *place, setter *set)
{
	char *name = check_memory(strdup(pair)), *value = strchr(name, '=');
	int result;

	if (value == NULL) {
		log_errorx("%s: '%s' is not name=value", place, pair);
		result = -1;
	} else {
		*value++ = '\0';
		result = set(c, name, value, place);
	}
	free(name);
	return result;
}

int
conf_set_pair(struct conf *c, const char *pair, const char *place)
{
	return set_pair(c, pair, place, conf_set);
}

int
conf_add_option_pair(struct conf *c, const char *pair, const char *place)
{
	return set_pair(c, pair, place, conf_add_option);
}

int
conf_check(const struct conf *c)
{
	int faults = 0;

	if (c->min_spare > c->max_spare) {
		log_errorx("min-spare (%llu) is greater than max-spare (%llu)",
		    (unsigned long long)c->min_spare, (unsigned long long)c->max_spare);
		faults++;
	}
	if (c->start_workers > c->max_workers) {
		log_errorx("start-workers (%llu) is greater than max-workers (%llu)",
		    (unsigned long long)c->start_workers, (unsigned long long)c->max_workers);
		faults++;
	}
	if (c->worker_files > 0 && c->worker_files < WORKER_FILES) {
		log_errorx("worker-files (%llu): a worker needs at least %d descriptors",
		    (unsigned long long)c->worker_files, WORKER_FILES);
		faults++;
	}
	return faults > 0 ? -1 : 0;
}

int
conf_setting(const struct conf *c, unsigned i, const char **name, const char **help,
    char *out, size_t size)
{
	const struct conf_setting *s = &conf_table[i];

	if (i >= conf_table_size)
		return 0;
	*name = s->name;
	*help = s->help;
	switch (s->type) {
	case TEXT:
		(void)snprintf(out, size, "%s", *text_at(c, s));
		break;
	case DURATION:
		(void)format_duration(out, size, *number_at(c, s));
		break;
	case NUMBER:
	case SIZE:
		(void)snprintf(out, size, "%llu", (unsigned long long)*number_at(c, s));
		break;
	case CHOICE:
		(void)snprintf(out, size, "%s", s->choices[*number_at(c, s)]);
		break;
	}
	return 1;
}

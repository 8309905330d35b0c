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
#include "conf/conf_names.h"
#include "conf/conf_table.h"
#include "conf/conf_value.h"

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
	c->place = check_memory(calloc(conf_table_size, sizeof(*c->place)));
	for (i = 0; i < conf_table_size; i++) {
		(void)conf_set(c, conf_table[i].name, conf_table[i].initial, "default");
		free(c->place[i]);
		c->place[i] = NULL;
	}
}

void
conf_free(struct conf *c)
{
	size_t i;

	free_options(c);
	for (i = 0; i < conf_table_size; i++) {
		free(c->place[i]);
		if (conf_table[i].type == TEXT) {
			free(*text_at(c, &conf_table[i]));
			*text_at(c, &conf_table[i]) = NULL;
		}
	}
	free(c->file);
	free(c->place);
	free(c->dropped);
	c->file = NULL;
	c->place = NULL;
	c->dropped = NULL;
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

const char *
conf_place(const struct conf *c, const char *name)
{
	const struct conf_setting *s = find_setting(name);

	return s == NULL || c->place[s - conf_table] == NULL ? "default" : c->place[s - conf_table];
}

void
conf_lose(struct conf *c, enum conf_knowledge known)
{
	if (known > c->known)
		c->known = known;
}

static int
store_text(struct conf *c, const struct conf_setting *s, const char *value, const char **why)
{
	if (!conf_value_is_text(s, value, why))
		return -1;
	free(*text_at(c, s));
	*text_at(c, s) = check_memory(strdup(value));
	return 0;
}

static int
store_value(struct conf *c, const struct conf_setting *s, const char *value, const char **why)
{
	switch (s->type) {
	case NUMBER:
		return scan_number(value, s->min, s->max, number_at(c, s));
	case SIZE:
		return scan_size(value, s->min, s->max, number_at(c, s));
	case DURATION:
		return scan_duration(value, s->min, s->max, number_at(c, s));
	case CHOICE:
		return conf_value_choice(s, value, number_at(c, s));
	case TEXT:
		break;
	}
	return store_text(c, s, value, why);
}

/* Returns 1 if two places are lines of one file. */
static int
is_same_file(const char *a, const char *b)
{
	const char *end = strrchr(a, ':');

	return end != NULL && strncmp(a, b, (size_t)(end - a) + 1) == 0 &&
	    strchr(b + (end - a) + 1, ':') == NULL;
}

/*
 * Drops the options that were added before the backend was set: they were for another backend.
 * Returns 0; or -1 after a message, and keeps the options, if they are in the same file, where
 * nobody writes options in order to drop them.
 */
static int
drop_options(struct conf *c, const char *place)
{
	const struct conf_option *o = c->options;
	size_t size;

	if (o == NULL)
		return 0;
	if (is_same_file(place, o->place)) {
		log_errorx("%s: backend comes after an option of the backend (%s: %s): put it "
		    "before [backend]", place, o->place, o->name);
		return -1;
	}
	free(c->dropped);
	size = strlen(place) + strlen(o->place) + strlen(o->name) + 96;
	c->dropped = check_memory(malloc(size));
	(void)snprintf(c->dropped, size, "%s: setting the backend has dropped the options given "
	    "before it, such as %s (%s)", place, o->name, o->place);
	free_options(c);
	return 0;
}

/* Notes what a setting that cannot be set means for the check of the backend. */
static void
note_fault(struct conf *c, const struct conf_setting *s)
{
	if (s == NULL)
		conf_lose(c, CONF_INCOMPLETE);
	else if (s->offset == offsetof(struct conf, backend) ||
	    s->offset == offsetof(struct conf, module_directory))
		conf_lose(c, CONF_NO_BACKEND);
}

int
conf_set(struct conf *c, const char *name, const char *value, const char *place)
{
	const struct conf_setting *s = find_setting(name);
	const char *why = "";
	char **at;

	if (s == NULL) {
		conf_names_report_setting(name, c->backend, place);
		note_fault(c, s);
		return -1;
	}
	if (store_value(c, s, value, &why) == -1) {
		conf_value_report(s, value, place, why);
		note_fault(c, s);
		return -1;
	}
	at = &c->place[s - conf_table];
	free(*at);
	*at = check_memory(strdup(place));
	if (s->offset == offsetof(struct conf, backend))
		return drop_options(c, place);
	return 0;
}

int
conf_add_option(struct conf *c, const char *name, const char *value, const char *place)
{
	struct conf_option **end, *o;

	if (*name == '\0') {
		log_errorx("%s: an option for the backend has no name", place);
		conf_lose(c, CONF_INCOMPLETE);
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

/* Returns 1 if a list with colons has this element. */
static int
has_element(const char *list, const char *element)
{
	size_t len;

	for (; *list != '\0'; list += len + (list[len] == ':')) {
		len = strcspn(list, ":");
		if (strlen(element) == len && strncmp(list, element, len) == 0)
			return 1;
	}
	return 0;
}

int
conf_add_directory(struct conf *c, const char *directory, const char *place)
{
	size_t size = strlen(c->module_directory) + strlen(directory) + 2;
	char *list;
	int result;

	if (has_element(c->module_directory, directory))
		return 0;
	if (*directory == '\0')
		return conf_set(c, "module-directory", "", place);
	list = check_memory(malloc(size));
	(void)snprintf(list, size, "%s:%s", c->module_directory, directory);
	result = conf_set(c, "module-directory", list, place);
	free(list);
	return result;
}

typedef int setter(struct conf *c, const char *name, const char *value, const char *place);

/*
 * Removes the blanks around the = of a pair, if there is one before it: the pair was written as in
 * a file.  Otherwise a blank may be the value, as in framing-config=' '.  Returns the value.
 */
static char *
trim_pair(char *name, char *value)
{
	size_t len = strlen(name), end = len;

	while (end > 0 && (name[end - 1] == ' ' || name[end - 1] == '\t'))
		name[--end] = '\0';
	return end < len ? value + strspn(value, " \t") : value;
}

static int
set_pair(struct conf *c, const char *pair, const char *place, setter *set)
{
	char *name = check_memory(strdup(pair)), *value = strchr(name, '=');
	int result;

	if (value == NULL) {
		log_errorx("%s: '%s' is not name=value", place, pair);
		conf_lose(c, CONF_INCOMPLETE);
		result = -1;
	} else {
		*value++ = '\0';
		value = trim_pair(name, value);
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

/*
 * Returns the place of a rule that two settings break: that of the first or, if it has its default,
 * that of the other.
 */
static const char *
place_of_two(const struct conf *c, const char *one, const char *other)
{
	const char *place = conf_place(c, one);

	return strcmp(place, "default") != 0 ? place : conf_place(c, other);
}

int
conf_check(const struct conf *c)
{
	int faults = 0;

	if (c->min_spare > c->max_spare) {
		log_errorx("%s: min-spare (%llu) is greater than max-spare (%llu)",
		    place_of_two(c, "min-spare", "max-spare"),
		    (unsigned long long)c->min_spare, (unsigned long long)c->max_spare);
		faults++;
	}
	if (c->start_workers > c->max_workers) {
		log_errorx("%s: start-workers (%llu) is greater than max-workers (%llu)",
		    place_of_two(c, "start-workers", "max-workers"),
		    (unsigned long long)c->start_workers, (unsigned long long)c->max_workers);
		faults++;
	}
	if (c->worker_files > 0 && c->worker_files < WORKER_FILES) {
		log_errorx("%s: worker-files (%llu): a worker needs at least %d descriptors",
		    conf_place(c, "worker-files"), (unsigned long long)c->worker_files,
		    WORKER_FILES);
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
		(void)conf_value_format_time(out, size, *number_at(c, s));
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

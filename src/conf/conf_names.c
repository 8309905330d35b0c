/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/scan.h"
#include "conf/conf_names.h"
#include "conf/conf_table.h"

#define NAME_SIZE	64	/* bytes of a name that is compared, with the NUL */
#define CHANGES		2	/* changes of letters up to which a name is similar */
#define NOT_SIMILAR	99	/* result of scan_distance() for names that differ too much */

const struct conf_names_option conf_names_options[] = {
	{ "internal", "host", "the peer: tcp://host:port, udp://host:port, unix://file" },
	{ "internal", "port", "port of the peer; takes precedence over one in host" },
	{ "internal", "framing", "how messages are cut; NAME/text, NAME/binary: their type" },
	{ "internal", "framing-config", "configuration of the framing" },
	{ "internal", "protocol", "subprotocols to choose from, with commas; *: the first one" },
	{ "exec", "command", "the helper program" },
	{ "exec", "timeout", "time in which the helper must answer" },
	{ "exec", "helpers", "the most helpers that run at a time" },
	{ "exec", "keep", "yes: the helper runs on after its answer; no: it does not" },
	{ "exec", "send", "values of the request that the helper gets" },
	{ "file", "path", "directory of the files" },
	{ "file", "expression", "how the name of a file is made from the request" },
	{ "file", "slash", "what a slash in a value of the request becomes" },
	{ "map", "file", "map of paths to peers: a file or a directory" },
	{ "map", "tokens", "map of tokens to peers: a file or a directory" }
};

const size_t conf_names_count = sizeof(conf_names_options) / sizeof(conf_names_options[0]);

static int
is_from_command_line(const char *place)
{
	return *place == '-';
}

int
conf_names_is_setting(const char *name)
{
	size_t i;

	for (i = 0; i < conf_table_size; i++)
		if (strcmp(conf_table[i].name, name) == 0)
			return 1;
	return 0;
}

/* Copies a name in lower case, with - for each _.  Returns -1 if it does not fit. */
static int
normalise(char out[NAME_SIZE], const char *name)
{
	size_t i;

	for (i = 0; name[i] != '\0'; i++) {
		if (i + 1 == NAME_SIZE)
			return -1;
		out[i] = name[i] == '_' ? '-' :
		    name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] - 'A' + 'a') : name[i];
	}
	out[i] = '\0';
	return 0;
}

/* Keeps `candidate` in *best if it is more similar to name than *best, whose distance is *least. */
static void
compare(const char *name, const char *candidate, const char **best, unsigned *least)
{
	char one[NAME_SIZE], other[NAME_SIZE];
	unsigned distance;

	if (normalise(one, name) == -1 || normalise(other, candidate) == -1)
		return;
	distance = scan_distance(one, other);
	/* A short name must share at least half of its letters. */
	if (distance <= CHANGES && distance < *least && 2 * distance <= strlen(candidate)) {
		*least = distance;
		*best = candidate;
	}
}

/* Finds the setting that is most similar to name.  Returns its distance, or NOT_SIMILAR. */
static unsigned
find_setting(const char *name, const char **best)
{
	unsigned least = NOT_SIMILAR;
	size_t i;

	for (i = 0; i < conf_table_size; i++)
		compare(name, conf_table[i].name, best, &least);
	return least;
}

static unsigned
find_listed(const char *name, const char *const *list, const char **best)
{
	unsigned least = NOT_SIMILAR;

	for (; *list != NULL; list++)
		compare(name, *list, best, &least);
	return least;
}

const char *
conf_names_similar(const char *name, const char *const *list)
{
	const char *best = NULL;

	(void)find_listed(name, list, &best);
	return best;
}

/*
 * Returns the shipped backend that has an option of this name, the configured one if several have
 * it; NULL if none has.
 */
static const char *
backend_with(const char *name, const char *backend)
{
	const char *found = NULL;
	size_t i;

	for (i = 0; i < conf_names_count; i++)
		if (strcmp(conf_names_options[i].name, name) == 0 &&
		    (found == NULL || strcmp(conf_names_options[i].backend, backend) == 0))
			found = conf_names_options[i].backend;
	return found;
}

/* Finds the option of the configured or of the built-in backend that is most similar to name. */
static unsigned
find_option(const char *name, const char *backend, const char **best)
{
	unsigned least = NOT_SIMILAR;
	size_t i;

	for (i = 0; i < conf_names_count; i++)
		if (strcmp(conf_names_options[i].backend, backend) == 0 ||
		    strcmp(conf_names_options[i].backend, "internal") == 0)
			compare(name, conf_names_options[i].name, best, &least);
	return least;
}

void
conf_names_report_setting(const char *name, const char *backend, const char *place)
{
	const char *owner = backend_with(name, backend), *setting = NULL, *option = NULL;
	int typed = is_from_command_line(place);
	unsigned setting_distance, option_distance;

	if (owner != NULL && (strcmp(owner, "internal") == 0 || strcmp(owner, backend) == 0)) {
		log_errorx("%s: %s is an option of the backend: %s%s%s", place, name,
		    typed ? "give it as -c " : "it belongs in [backend]", typed ? name : "",
		    typed ? "=VALUE" : "");
		return;
	}
	if (owner != NULL) {
		log_errorx("%s: there is no setting '%s'; the backend %s has such an option, which "
		    "belongs in [backend] (on the command line, after -c)", place, name, owner);
		return;
	}
	setting_distance = find_setting(name, &setting);
	option_distance = find_option(name, backend, &option);
	if (setting != NULL && setting_distance <= option_distance)
		log_errorx("%s: there is no setting '%s'; is '%s' meant?", place, name, setting);
	else if (option != NULL)
		log_errorx("%s: there is no setting '%s'; is '%s' meant, an option of the backend, "
		    "which belongs in [backend] (on the command line, after -c)?", place, name,
		    option);
	else
		log_errorx("%s: there is no setting '%s' (websocksy -h lists them; options of the "
		    "backend belong in [backend] or after -c)", place, name);
}

void
conf_names_join(char *out, size_t size, const char *const *names, const char *last)
{
	size_t len = 0, i;
	int n;

	*out = '\0';
	for (i = 0; names[i] != NULL; i++) {
		n = i > 0 && names[i + 1] == NULL ?
		    snprintf(out + len, size - len, " %s %s", last, names[i]) :
		    snprintf(out + len, size - len, "%s%s", i == 0 ? "" : ", ", names[i]);
		if (n < 0 || (size_t)n >= size - len) {
			out[len] = '\0';
			return;
		}
		len += (size_t)n;
	}
}

void
conf_names_report_option(const char *name, const char *backend, const char *const *options,
    const char *place)
{
	const char *owner = backend_with(name, ""), *option = NULL, *setting = NULL;
	unsigned option_distance, setting_distance;
	char all[512];

	if (conf_names_is_setting(name)) {
		conf_names_report_section(name, place);
		return;
	}
	option_distance = find_listed(name, options, &option);
	setting_distance = find_setting(name, &setting);
	conf_names_join(all, sizeof(all), options, "and");
	if (owner != NULL)
		log_errorx("%s: %s: the options are %s, not '%s', which is an option of the "
		    "backend %s (set backend = %s in [core], or -b)", place, backend, all, name,
		    owner, owner);
	else if (option != NULL && option_distance <= setting_distance)
		log_errorx("%s: %s: the options are %s, not '%s'; is '%s' meant?", place, backend,
		    all, name, option);
	else if (setting != NULL)
		log_errorx("%s: %s: the options are %s, not '%s'; is '%s' meant, a setting, which "
		    "belongs in [core] (on the command line, after -o)?", place, backend, all,
		    name, setting);
	else
		log_errorx("%s: %s: the options are %s, not '%s'", place, backend, all, name);
}

void
conf_names_report_section(const char *name, const char *place)
{
	if (!conf_names_is_setting(name))
		return;
	if (is_from_command_line(place))
		log_errorx("%s: %s is a setting: give it as -o %s=VALUE", place, name, name);
	else
		log_errorx("%s: %s is a setting: it belongs in [core]", place, name);
}

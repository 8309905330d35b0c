/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CONF_NAMES_H
#define CONF_NAMES_H

#include <stddef.h>

/*
 * The names that a configuration may contain: settings, which belong in [core], and options of
 * backends, which belong in [backend].  For an unknown name these functions log where the name
 * belongs or, if it belongs nowhere, which name is similar.
 */

/* The options of the backends that come with websocksy.  The built-in backend is the first. */
struct conf_names_option {
	const char	*backend, *name, *help;
};

extern const struct conf_names_option conf_names_options[];
extern const size_t conf_names_count;

/* Returns 1 if there is a setting of this name. */
int	conf_names_is_setting(const char *name);

/*
 * Logs that there is no setting `name`.  place is the place of the name, as for conf_set(); backend
 * is the name of the configured backend.
 */
void	conf_names_report_setting(const char *name, const char *backend, const char *place);

/*
 * Logs that the backend has no option `name`.  backend is how the message names the backend, such
 * as "backend map"; options are its options, with NULL after the last.
 */
void	conf_names_report_option(const char *name, const char *backend,
    const char *const *options, const char *place);

/*
 * Logs that a name is not an option but a setting, if that is so; for a backend that has refused
 * the option, but whose options are not known.
 */
void	conf_names_report_section(const char *name, const char *place);

/*
 * Returns the name in a list (with NULL after the last) that is most similar to name, if it takes
 * at most two changes of letters to get from one to the other; NULL if there is none.  Upper and
 * lower case, and - and _, are the same.
 */
const char *conf_names_similar(const char *name, const char *const *list);

/*
 * Writes a list of names (with NULL after the last) to out as "a, b and c", if last is "and".  Names
 * for which there is no room are left out.
 */
void	conf_names_join(char *out, size_t size, const char *const *names, const char *last);

#endif

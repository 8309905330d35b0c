/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include "conf/conf_table.h"

/* The values of settings as text: whether a value is valid, and what is wrong with it. */

/*
 * Returns 1 if a TEXT value is valid; otherwise 0, with a sentence in *why.  A value that a
 * configuration file cannot contain is refused from the command line, too.
 */
int	conf_value_is_text(const struct conf_setting *s, const char *value, const char **why);

/*
 * Sets *out to the index of a CHOICE; upper and lower case are the same.  Returns 0, or -1 if the
 * value is not one of the words.
 */
int	conf_value_choice(const struct conf_setting *s, const char *value, uint64_t *out);

/*
 * Returns a sentence if the value looks like a value of another kind of configuration file: in
 * quotes, or with a comment or a semicolon after it.  Returns NULL if it does not.
 */
const char *conf_value_habit(const char *value);

/*
 * Logs that a value is invalid, with the valid values.  why is the sentence about a TEXT; place is
 * as for conf_set().
 */
void	conf_value_report(const struct conf_setting *s, const char *value, const char *place,
    const char *why);

/*
 * Writes a duration to out: in seconds if ms is a whole number of seconds, otherwise in
 * milliseconds.  Returns out.
 */
char	*conf_value_format_time(char *out, size_t size, uint64_t ms);

#endif

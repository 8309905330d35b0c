/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CONF_H
#define CONF_H

#include <stddef.h>

#include "conf/conf_values.h"

/*
 * The configuration.  The settings are described in one table (conf_table.h), which the file
 * reader, -o, -T and the tests use.  Each error is logged with its place and how to mend it,
 * and the rest is still read, so that all errors of a file are reported at once.
 *
 * Functions return 0, or -1 after a message, unless said otherwise.  Strings are copied; if
 * there is no memory for that, the program exits.
 */

/* Sets all settings to their defaults; conf_free() releases what they hold. */
void	conf_init(struct conf *c);
void	conf_free(struct conf *c);

/*
 * Sets one setting from its text.  place is where it was written, for messages: "file:12" or
 * "-o".  Setting the backend drops the options added so far: they were for another backend.
 */
int	conf_set(struct conf *c, const char *name, const char *value, const char *place);

/* Adds an option for the backend. */
int	conf_add_option(struct conf *c, const char *name, const char *value, const char *place);

/* The same two functions with name and value in one text, "name=value". */
int	conf_set_pair(struct conf *c, const char *pair, const char *place);
int	conf_add_option_pair(struct conf *c, const char *pair, const char *place);

/* Reads a configuration file.  Returns -1 after messages for everything that is wrong in it. */
int	conf_read(struct conf *c, const char *path);

/* Checks the rules that concern several settings, such as min-spare being at most max-spare. */
int	conf_check(const struct conf *c);

/*
 * Sets *name and *help to those of setting number i, and out to its current value as it would
 * be written in a file.  Returns 1; 0 after the last setting.
 */
int	conf_setting(const struct conf *c, unsigned i, const char **name, const char **help,
    char *out, size_t size);

#endif

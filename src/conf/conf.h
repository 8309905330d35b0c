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
 * reader, -o, -T and the tests use.  Each error is logged with its place and with advice on how to
 * mend it. After an error the rest of the file is still read, so that all its errors are reported
 * at once.
 *
 * Unless a comment states otherwise, a function returns 0, or -1 after a message.  Strings are
 * copied; if there is no memory for a copy, the program exits.
 */

/* conf_init() sets all settings to their defaults; conf_free() frees their values. */
void	conf_init(struct conf *c);
void	conf_free(struct conf *c);

/*
 * Sets one setting from its text.  place is the place of the text, such as "file:12" or "-o", for
 * messages.  Setting the backend removes the options added so far: they were for the previous
 * backend.  If these options are in the same file, that is an error instead, and they stay.
 */
int	conf_set(struct conf *c, const char *name, const char *value, const char *place);

/* Adds an option for the backend; place is as for conf_set(). */
int	conf_add_option(struct conf *c, const char *name, const char *value, const char *place);

/* Like conf_set() and conf_add_option(), with name and value in one text: "name=value". */
int	conf_set_pair(struct conf *c, const char *pair, const char *place);
int	conf_add_option_pair(struct conf *c, const char *pair, const char *place);

/*
 * Adds a directory after those of the setting module-directory, unless it is among them; place is
 * as for conf_set().
 */
int	conf_add_directory(struct conf *c, const char *directory, const char *place);

/* Returns the place where a setting was set last; "default" if it has its default value. */
const char *conf_place(const struct conf *c, const char *name);

/*
 * Notes what is not known because of a fault: some options of the backend (CONF_INCOMPLETE), the
 * backend itself (CONF_NO_BACKEND), or everything (CONF_NOTHING).
 */
void	conf_lose(struct conf *c, enum conf_knowledge known);

/* Reads a configuration file.  Returns 0; -1 after one message for each error in the file. */
int	conf_read(struct conf *c, const char *path);

/* Checks the rules for several settings together, such as that min-spare is at most max-spare. */
int	conf_check(const struct conf *c);

/*
 * Sets *name and *help to those of setting number i, and writes the current value to out in the
 * form of a configuration file.  Returns 1; 0 if i is after the last setting.
 */
int	conf_setting(const struct conf *c, unsigned i, const char **name, const char **help,
    char *out, size_t size);

#endif

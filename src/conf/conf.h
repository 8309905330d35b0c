/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CONF_H
#define CONF_H

#include <stddef.h>

#include "conf/conf_values.h"

/*
 * The configuration: one table of settings, from which the file reader, -o,
 * -T and the tests all work.  Whatever is wrong is logged with its place and a
 * remedy, and counted; nothing stops at the first error.
 * Convention of this layer: 0, or -1 after a message.
 */

/* All settings at their defaults. */
void	conf_init(struct conf *c);
void	conf_free(struct conf *c);

/* Sets one by name; place says in messages where it was written, such as "file:12" or "-o". */
int	conf_set(struct conf *c, const char *name, const char *value, const char *place);

/* Keeps an option for the backend that is chosen at this moment. */
int	conf_add_option(struct conf *c, const char *name, const char *value, const char *place);

/* "name=value" for either of them. */
int	conf_set_pair(struct conf *c, const char *pair, const char *place);
int	conf_add_option_pair(struct conf *c, const char *pair, const char *place);

/* Reads a file; -1 if anything in it is wrong, all of which has been logged. */
int	conf_read(struct conf *c, const char *path);

/* Checks what single settings cannot show, such as min-spare above max-spare. */
int	conf_check(const struct conf *c);

/*
 * Walks the table: the name, one-line help, and current value as it would stand
 * in a file (in out) of setting number i; 0 behind the last.
 */
int	conf_setting(const struct conf *c, unsigned i, const char **name, const char **help,
    char *out, size_t size);

#endif

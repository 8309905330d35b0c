/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CONF_TABLE_H
#define CONF_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* The table of settings: the only place where one is written. */
enum conf_type {
	TEXT,
	NUMBER,
	SIZE,		/* bytes */
	DURATION,	/* milliseconds */
	CHOICE		/* an index into choices */
};

struct conf_setting {
	const char		*name;
	enum conf_type		 type;
	size_t			 offset;	/* in struct conf: a char * or uint64_t */
	uint64_t		 min, max;	/* of a text: its length */
	const char		*initial;
	const char		*help;
	int			(*check)(const char *text, const char **why);	/* or NULL */
	const char *const	*choices;	/* NULL behind the last */
};

extern const struct conf_setting conf_table[];
extern const size_t conf_table_size;

#endif

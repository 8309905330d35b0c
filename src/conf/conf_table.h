/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef CONF_TABLE_H
#define CONF_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* The table of settings.  A new setting is one row here and one member of struct conf. */
enum conf_type {
	TEXT,
	NUMBER,
	SIZE,		/* bytes */
	DURATION,	/* milliseconds */
	CHOICE		/* index into choices */
};

struct conf_setting {
	const char		*name;
	enum conf_type		 type;
	size_t			 offset;	/* in struct conf, of a char * or uint64_t */
	uint64_t		 min, max;	/* of the value; TEXT: of its length, bytes */
	const char		*initial;	/* the default value, as text */
	const char		*help;		/* one line for -h and the manual */

	/*
	 * Returns whether a TEXT is valid; if it is not, sets *why to a sentence.  NULL: any TEXT
	 * is valid.
	 */
	int			(*check)(const char *text, const char **why);

	const char *const	*choices;	/* names of a CHOICE, with NULL after the last */
};

extern const struct conf_setting conf_table[];
extern const size_t conf_table_size;

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PATH_TEMPLATE_H
#define PATH_TEMPLATE_H

#include <stddef.h>

/*
 * File names with variables.  The values of the variables come from the client:
 *
 *	%endpoint% %host% %protocol% %address% %cookie:NAME% %header:NAME% %query:NAME%
 *
 * These functions do no I/O and allocate no memory.
 */

/*
 * The lookup function: returns the value of a variable, or NULL if it has none.  kind is the
 * first word of the variable, such as "cookie"; name is NAME, or "" for a kind without a name.
 */
typedef const char *path_template_value(void *arg, const char *kind, const char *name);

/* What a slash in a value becomes. */
enum path_template_slash {
	PATH_TEMPLATE_UNDERSCORE,	/* _ */
	PATH_TEMPLATE_REFUSE,		/* the expansion fails */
	PATH_TEMPLATE_DIRECTORY		/* a slash: the value names directories */
};

/*
 * Writes text to out and replaces each variable by its value.  A value cannot lead out of the
 * directory that the text outside the variables names: variables in it are not expanded, it may
 * not contain control bytes, and no path component with a value may be empty, "." or "..".  Nor
 * may a component have a name that leftover.h describes, unless the text outside the variables
 * gives it this beginning or end.  Returns 0, or -1 if a value violates this rule, a variable has
 * no value or no % at its end, or the result does not fit in size bytes with its NUL.
 */
int	path_template_expand(char *out, size_t size, const char *text,
	    enum path_template_slash slash, path_template_value *value, void *arg);

/* Returns 1 if the text has a variable of this kind, otherwise 0. */
int	path_template_uses(const char *text, const char *kind);

/* Returns a warning, as a sentence, if the text probably contains a mistake; otherwise NULL. */
const char *path_template_doubt(const char *text);

#endif

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

/*
 * Writes text to out and replaces each variable by its value.  A value cannot lead out of the
 * directory that the text outside the variables names: each slash in it becomes _, variables in
 * it are not expanded, it may not contain control bytes, and no path component with a value may
 * be empty, "." or "..".  Returns 0, or -1 if a value violates this rule, a variable has no
 * value or no % at its end, or the result does not fit in size bytes with its NUL.
 */
int	path_template_expand(char *out, size_t size, const char *text, path_template_value *value,
	    void *arg);

/* Returns 1 if the text has a variable of this kind, otherwise 0. */
int	path_template_uses(const char *text, const char *kind);

/* Returns a warning, as a sentence, if the text probably contains a mistake; otherwise NULL. */
const char *path_template_doubt(const char *text);

#endif

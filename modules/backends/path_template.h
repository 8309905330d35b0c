/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PATH_TEMPLATE_H
#define PATH_TEMPLATE_H

#include <stddef.h>

/*
 * File names with variables that a client fills in:
 *
 *	%endpoint% %host% %protocol% %address% %cookie:NAME% %header:NAME% %query:NAME%
 *
 * No I/O, no memory taken.
 */

/* The value of a variable: of its kind, such as "cookie", and NAME ("" without); NULL: none. */
typedef const char *path_template_value(void *arg, const char *kind, const char *name);

/*
 * Writes text with its variables filled in to out.  Whatever the values are, the result names
 * nothing but what the text outside the variables allows: a slash in a value becomes _, a value
 * is not looked through for variables, and none may make a component of the path that is empty,
 * . or .., or bring in a control byte.  Returns 0, or -1 if that happens, a variable has no value
 * or no end, or the result does not fit in size bytes with its NUL.
 */
int	path_template_expand(char *out, size_t size, const char *text, path_template_value *value, void *arg);

/* Whether the text has a variable of this kind. */
int	path_template_uses(const char *text, const char *kind);

/* What looks wrong in a text: a sentence, or NULL. */
const char *path_template_doubt(const char *text);

#endif

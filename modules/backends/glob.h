/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef GLOB_H
#define GLOB_H

#include <stddef.h>

/*
 * Patterns as in the case statement of the shell: * matches any text, including slashes, ? any
 * byte, [a-z] a byte of a set, [!a-z] a byte that is not in the set, and \ makes the next byte
 * literal.  Bytes are matched, not characters.  fnmatch() is not used, because its time may grow
 * with a power of the text's length, and the text comes from the client.  A match here takes at
 * most pattern length times text length steps.
 */

/* Returns 1 if the pattern matches the whole text, else 0. */
int	glob_match(const char *pattern, const char *text);

/* Returns 0 if the pattern is well formed, -1 if a [ has no ] or nothing follows a \. */
int	glob_check(const char *pattern);

/* Returns the number of literal bytes before the first special character of a pattern. */
size_t	glob_literal(const char *pattern);

#endif

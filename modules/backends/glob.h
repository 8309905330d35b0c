/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef GLOB_H
#define GLOB_H

#include <stddef.h>

/*
 * Patterns as in the shell's case: * is any text, slashes too, ? any byte, [a-z] one of a set,
 * [!a-z] one that is not in it, and \ takes the next byte as it stands.  Bytes, not characters.
 *
 * Written here and not left to fnmatch(), whose time may grow with a power of the text's length:
 * the text is the client's.  This needs at most length of pattern times length of text.
 */

/* Whether the text, of which the whole counts, fits. */
int	glob_match(const char *pattern, const char *text);

/* Whether a pattern is well formed: 0, or -1 if [ has no ], or \ nothing behind it. */
int	glob_check(const char *pattern);

/* How many bytes at a pattern's beginning stand for themselves. */
size_t	glob_literal(const char *pattern);

#endif

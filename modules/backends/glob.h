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

/*
 * Moves each ? that follows a * to the front of this *, and removes all but one of several *: the
 * pattern matches the same texts, and no part between two * is empty or begins with ?.  The
 * pattern must be well formed.
 */
void	glob_simplify(char *pattern);

/*
 * A part of a pattern, up to the next * or the end, matches texts of one length.  Returns this
 * length; *end is set to the end of the part.
 */
size_t	glob_part(const char *part, const char **end);

/*
 * Returns 1 if a part that ends at `end` matches the beginning of a text, else 0.  The text must
 * have as many bytes as the part matches.
 */
int	glob_part_match(const char *part, const char *end, const char *text);

/*
 * Finds the longest literal text in a part that ends at `end`.  Returns its length, 0 if there is
 * none; *word is its beginning, and *before the number of bytes that the part matches before it.
 */
size_t	glob_part_word(const char *part, const char *end, const char **word, size_t *before);

#endif

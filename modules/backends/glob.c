/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "glob.h"

/*
 * Returns the ] at the end of the set that begins at pattern, or NULL.  A ] right after [ or [!
 * is a member of the set.
 */
static const char *
set_end(const char *pattern)
{
	pattern += pattern[1] == '!' ? 2 : 1;
	return *pattern == '\0' ? NULL : strchr(pattern + 1, ']');
}

static int
set_has(const char *pattern, const char *end, unsigned char c)
{
	int negated = pattern[1] == '!', found = 0;
	unsigned char low, high;

	pattern += negated ? 2 : 1;
	while (pattern < end) {
		low = high = (unsigned char)*pattern;
		if (pattern + 2 < end && pattern[1] == '-') {
			high = (unsigned char)pattern[2];
			pattern += 2;
		}
		pattern++;
		found |= c >= low && c <= high;
	}
	return found != negated;
}

/*
 * Returns 1 if byte c matches the first element of the pattern.  *next is set to the next
 * element.
 */
static int
match_one(const char *pattern, const char **next, unsigned char c)
{
	const char *end;

	*next = pattern + 1;
	switch (*pattern) {
	case '\0':
		return 0;
	case '?':
		return 1;
	case '\\':
		*next = pattern + 2;
		return (unsigned char)pattern[1] == c;
	case '[':
		end = set_end(pattern);
		if (end == NULL)
			return c == '[';
		*next = end + 1;
		return set_has(pattern, end, c);
	default:
		return (unsigned char)*pattern == c;
	}
}

int
glob_match(const char *pattern, const char *text)
{
	const char *star = NULL, *again = NULL, *next;

	while (*text != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			again = text;
		} else if (match_one(pattern, &next, (unsigned char)*text)) {
			pattern = next;
			text++;
		} else if (star != NULL) {
			/*
			 * Let the last * match one byte more; other choices for an earlier *
			 * need not be tried.
			 */
			pattern = star;
			text = ++again;
		} else {
			return 0;
		}
	}
	pattern += strspn(pattern, "*");
	return *pattern == '\0';
}

int
glob_check(const char *pattern)
{
	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '\\') {
			if (*++pattern == '\0')
				return -1;
		} else if (*pattern == '[') {
			pattern = set_end(pattern);
			if (pattern == NULL)
				return -1;
		}
	}
	return 0;
}

size_t
glob_literal(const char *pattern)
{
	return strcspn(pattern, "*?[\\");
}

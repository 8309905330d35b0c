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

/* Returns the end of the element of a well-formed pattern that begins at `pattern`. */
static const char *
element_end(const char *pattern)
{
	return *pattern == '\\' ? pattern + 2 : *pattern == '[' ? set_end(pattern) + 1 :
	    pattern + 1;
}

void
glob_simplify(char *pattern)
{
	char *to = pattern;
	const char *from = pattern, *end;
	size_t stars;

	while (*from != '\0') {
		if (*from == '*' || *from == '?') {
			for (stars = 0; *from == '*' || *from == '?'; from++) {
				stars += *from == '*';
				if (*from == '?')
					*to++ = '?';
			}
			if (stars > 0)
				*to++ = '*';
			continue;
		}
		for (end = element_end(from); from < end; )
			*to++ = *from++;
	}
	*to = '\0';
}

size_t
glob_part(const char *part, const char **end)
{
	size_t len = 0;

	for (; *part != '\0' && *part != '*'; len++)
		part = element_end(part);
	*end = part;
	return len;
}

int
glob_part_match(const char *part, const char *end, const char *text)
{
	while (part < end)
		if (!match_one(part, &part, (unsigned char)*text++))
			return 0;
	return 1;
}

size_t
glob_part_word(const char *part, const char *end, const char **word, size_t *before)
{
	const char *here;
	size_t at = 0, len, longest = 0;

	while (part < end) {
		here = part;
		len = 0;
		if (*part == '\\') {
			here++;
			len = 1;
		} else {
			while (here + len < end && strchr("?[\\", here[len]) == NULL)
				len++;
		}
		if (len > longest) {
			longest = len;
			*word = here;
			*before = at;
		}
		if (len == 0 || *part == '\\')
			part = element_end(part);
		else
			part += len;
		at += len == 0 ? 1 : len;
	}
	return longest;
}

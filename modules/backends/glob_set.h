/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef GLOB_SET_H
#define GLOB_SET_H

#include <stddef.h>
#include <stdint.h>

#include "automaton.h"

/*
 * Many patterns (glob.h), of which those that match one text are found together.  The text comes
 * from a client, so the work has a limit that no text can exceed:
 *
 *   - Only patterns whose literal beginning, up to the first special character, is the beginning
 *     of the text are looked at.  They are found by a binary search.
 *   - What precedes the first * and what follows the last * is compared once.
 *   - One pass over the text finds the parts between two * of all patterns.
 *
 * The work is therefore at most proportional to the length of the text, plus the length of the
 * patterns with such a beginning; not to the product of these lengths.  Only a part between two *
 * that has a ? or a [ in it is compared wherever its longest literal text occurs, or everywhere if
 * it has none; but once for all patterns that have this part.
 */

/* A pattern.  A part is what precedes the first *, follows the last *, or is between two. */
struct glob_pattern {
	const char	*text, *first_end;	/* the first part */
	const char	*last, *last_end;	/* the last part; NULL: there is no * */
	size_t		 literal;	/* length of the literal beginning */
	uint32_t	 first_len, last_len;	/* bytes that these parts match */
	uint32_t	 step, steps;	/* the parts between, in glob_set.step */
	/* The state of a search: */
	uint32_t	 found;		/* parts that were found */
	uint32_t	 from;		/* where in the text the next part may begin */
	uint32_t	 waiting;	/* next pattern + 1 that waits for the same part, or 0 */
};

/* A part between two * in a pattern. */
struct glob_set_step {
	const char	*text, *end;
	uint32_t	 part;		/* in glob_set.part */
};

/* A part, which may occur in many patterns. */
struct glob_set_part {
	const char	*text, *end;
	uint32_t	 len;		/* bytes that the part matches */
	uint32_t	 word_end;	/* bytes that it matches up to the end of its word */
	int		 is_literal;	/* 1: it consists of its word */
	uint32_t	 next;		/* next part + 1 with the same word, or 0 */
	/* The patterns that wait for it; valid only in the search of this number: */
	uint32_t	 search;
	uint32_t	 pattern;	/* the first pattern + 1, or 0 */
};

/* The patterns with the same literal beginning. */
struct glob_set_group {
	const char	*literal;
	size_t		 len;
	size_t		 shorter;	/* the group whose beginning is the longest one that this
					   beginning begins with, + 1; or 0 */
	size_t		 first, count;	/* patterns, in glob_set.sorted */
};

/* A set of patterns.  All zero: empty. */
struct glob_set {
	struct glob_pattern *pattern;
	size_t		 count, room;
	uint32_t	*matched;	/* the last search in which each pattern matched */
	struct glob_set_step *step;
	size_t		 steps, step_room;
	struct glob_set_part *part;
	size_t		 parts;
	struct glob_set_group *group;
	size_t		 groups;
	uint32_t	*sorted;	/* the patterns by literal beginning */
	struct automaton words;		/* the longest literal texts of the parts */
	uint32_t	*first_part;	/* the first part + 1 of each word, by its node */
	uint32_t	 bare;		/* the first part + 1 without a word, or 0 */
	uint32_t	 search;	/* number of the latest search */
	size_t		 waiting;	/* patterns that wait for a part in this search */
	size_t		 work;		/* steps of all searches: comparisons of a byte or a
					   pattern, and bytes of the automaton's text */
};

/*
 * Adds a pattern, which must be well formed, which is simplified in place, and which must last as
 * long as the set.  Returns its index, or -1 as size_t if there is no memory.
 */
size_t	glob_set_add(struct glob_set *s, char *pattern);

/*
 * Must be called after the last glob_set_add() and before glob_set_search().  Returns 0, or -1 if
 * there is no memory.
 */
int	glob_set_finish(struct glob_set *s);

/* Finds the patterns that match a text.  Allocates no memory. */
void	glob_set_search(struct glob_set *s, const char *text);

/* Returns 1 if pattern i matches the text of the last search, else 0. */
int	glob_set_matched(const struct glob_set *s, size_t i);

/* Frees the memory of the set and makes it empty.  The patterns belong to the caller. */
void	glob_set_free(struct glob_set *s);

#endif

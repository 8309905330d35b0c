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
 * patterns with such a beginning; not to the product of these lengths.  There are two exceptions.
 * A part between two * with a ? or a [ in it is compared wherever its longest literal text occurs.
 * A pattern with such a part that has no literal byte, as in *[0-9]*, is matched by itself
 * (glob_match()), if the comparison of its beginning and its end has not ruled it out.
 */

/* A pattern.  A part is what precedes the first *, follows the last *, or is between two. */
struct glob_pattern {
	const char	*text, *first_end;	/* the first part */
	const char	*last, *last_end;	/* the last part; NULL: there is no * */
	size_t		 literal;	/* length of the literal beginning */
	uint32_t	 first_len, last_len;	/* bytes that these parts match */
	uint32_t	 part, parts;	/* the parts between, in glob_set.part */
	int		 alone;		/* 1: must be matched by itself */
	/* The state of a search: */
	uint32_t	 found;		/* parts that were found */
	uint32_t	 from;		/* where in the text the next part may begin */
	uint32_t	 waiting;	/* next pattern + 1 that waits for the same word, or 0 */
};

struct glob_set_part {
	const char	*text, *end;
	uint32_t	 len;		/* bytes that the part matches */
	uint32_t	 word;		/* its longest literal text, in the automaton */
	uint32_t	 word_end;	/* bytes that the part matches up to the end of this text */
};

/* The patterns with the same literal beginning. */
struct glob_set_group {
	const char	*literal;
	size_t		 len;
	size_t		 shorter;	/* the group whose beginning is the longest one that this
					   beginning begins with, + 1; or 0 */
	size_t		 first, count;	/* patterns, in glob_set.sorted */
};

/* The patterns that wait for a word.  They are valid only in the search of this number. */
struct glob_set_queue {
	uint32_t	 search;
	uint32_t	 pattern;	/* the first pattern + 1, or 0 */
};

/* A set of patterns.  All zero: empty. */
struct glob_set {
	struct glob_pattern *pattern;
	size_t		 count, room;
	uint32_t	*matched;	/* the last search in which each pattern matched */
	struct glob_set_part *part;
	size_t		 parts, part_room;
	struct glob_set_group *group;
	size_t		 groups;
	uint32_t	*sorted;	/* the patterns by literal beginning */
	struct automaton words;
	struct glob_set_queue *queue;	/* one for each node of the automaton */
	uint32_t	 search;	/* number of the latest search */
	size_t		 waiting;	/* patterns that wait for a word in this search */
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

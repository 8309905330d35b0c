/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef AUTOMATON_H
#define AUTOMATON_H

#include <stddef.h>
#include <stdint.h>

/*
 * Finds all words of a set in a text, in one pass (Aho and Corasick, 1975).  The nodes of the
 * automaton are the prefixes of the words; node 0 is the empty one.  The node of a word is its
 * number.  After each byte of the text the automaton is in the node of the longest prefix that
 * ends there.  These functions do no I/O.
 */
struct automaton_node {
	uint32_t	 parent;	/* this prefix without its last byte */
	uint32_t	 shorter;	/* the longest proper suffix of it that is a node */
	uint32_t	 word;		/* the longest proper suffix of it that is a word, or 0 */
	unsigned char	 byte;		/* its last byte */
	unsigned char	 is_word;
};

/* An automaton.  All zero: no words. */
struct automaton {
	struct automaton_node *node;
	size_t		 count, room;
	uint32_t	*edge;		/* a hash table of nodes, by parent and byte; 0: free */
	size_t		 edges;		/* its size, a power of two, at least twice count */
};

/* Adds a word of at least one byte.  Returns its node, or 0 if there is no memory. */
uint32_t automaton_add(struct automaton *a, const char *word, size_t len);

/*
 * Must be called after the last automaton_add() and before automaton_step().  Returns 0, or -1 if
 * there is no memory.
 */
int	automaton_finish(struct automaton *a);

/* Returns the node after one more byte. */
uint32_t automaton_step(const struct automaton *a, uint32_t node, char byte);

/*
 * Returns the longest word that ends at a node, or 0 if there is none.  The next shorter one is
 * automaton.node[word].word.
 */
uint32_t automaton_word(const struct automaton *a, uint32_t node);

void	automaton_free(struct automaton *a);

#endif

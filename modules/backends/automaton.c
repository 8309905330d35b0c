/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "automaton.h"

#define EDGES_FIRST	64
#define NODES_MAX	((size_t)UINT32_MAX / 2)

/* Returns the place in the hash table where the edge from parent by byte is, or can be put. */
static size_t
edge_place(const struct automaton *a, uint32_t parent, unsigned char byte)
{
	uint64_t hash = ((uint64_t)parent << 8 | byte) * 0x9e3779b97f4a7c15u;
	size_t at = (size_t)(hash >> 32) & (a->edges - 1);
	uint32_t node;

	while ((node = a->edge[at]) != 0 &&
	    (a->node[node].parent != parent || a->node[node].byte != byte))
		at = (at + 1) & (a->edges - 1);
	return at;
}

/* Makes sure that one more edge finds room.  Returns 0, or -1 if there is no memory. */
static int
grow_edges(struct automaton *a)
{
	uint32_t *old = a->edge;
	size_t i;

	if ((a->count + 1) * 2 <= a->edges)
		return 0;
	a->edge = calloc(a->edges == 0 ? EDGES_FIRST : a->edges * 2, sizeof(*a->edge));
	if (a->edge == NULL) {
		a->edge = old;
		return -1;
	}
	a->edges = a->edges == 0 ? EDGES_FIRST : a->edges * 2;
	for (i = 1; i < a->count; i++)
		a->edge[edge_place(a, a->node[i].parent, a->node[i].byte)] = (uint32_t)i;
	free(old);
	return 0;
}

/* Adds a node without an edge to it.  Returns 0, or -1 if there is no memory. */
static int
add_node(struct automaton *a, uint32_t parent, unsigned char byte)
{
	struct automaton_node *node;

	if (a->count >= NODES_MAX)
		return -1;
	node = array_grow(a->node, a->count, &a->room, sizeof(*node));
	if (node == NULL)
		return -1;
	a->node = node;
	node += a->count++;
	memset(node, 0, sizeof(*node));
	node->parent = parent;
	node->byte = byte;
	return 0;
}

uint32_t
automaton_add(struct automaton *a, const char *word, size_t len)
{
	uint32_t node = 0;
	size_t i, at;

	if (a->count == 0 && add_node(a, 0, 0) == -1)
		return 0;
	for (i = 0; i < len; i++) {
		if (grow_edges(a) == -1)
			return 0;
		at = edge_place(a, node, (unsigned char)word[i]);
		if (a->edge[at] == 0) {
			if (add_node(a, node, (unsigned char)word[i]) == -1)
				return 0;
			a->edge[at] = (uint32_t)(a->count - 1);
		}
		node = a->edge[at];
	}
	a->node[node].is_word = 1;
	return node;
}

/* Sets shorter and word of a node.  Those of all shorter prefixes must be set. */
static void
link_node(struct automaton *a, uint32_t node)
{
	struct automaton_node *n = &a->node[node];

	n->shorter = n->parent == 0 ? 0 :
	    automaton_step(a, a->node[n->parent].shorter, (char)n->byte);
	n->word = automaton_word(a, n->shorter);
}

int
automaton_finish(struct automaton *a)
{
	uint32_t *depth = calloc(a->count + 1, sizeof(*depth));
	uint32_t *first = calloc(a->count + 2, sizeof(*first));
	uint32_t *order = calloc(a->count + 1, sizeof(*order));
	size_t i;
	int result = -1;

	if (depth != NULL && first != NULL && order != NULL) {
		/*
		 * Sort the nodes by depth, by counting: first[d] is where those of depth d
		 * begin.  A parent precedes its children in the array.
		 */
		for (i = 1; i < a->count; i++) {
			depth[i] = depth[a->node[i].parent] + 1;
			first[depth[i] + 1]++;
		}
		for (i = 1; i <= a->count; i++)
			first[i] += first[i - 1];
		for (i = 1; i < a->count; i++)
			order[first[depth[i]]++] = (uint32_t)i;
		for (i = 0; i + 1 < a->count; i++)
			link_node(a, order[i]);
		result = 0;
	}
	free(depth);
	free(first);
	free(order);
	return result;
}

uint32_t
automaton_step(const struct automaton *a, uint32_t node, char byte)
{
	uint32_t next;

	if (a->count == 0)
		return 0;
	while ((next = a->edge[edge_place(a, node, (unsigned char)byte)]) == 0 && node != 0)
		node = a->node[node].shorter;
	return next;
}

uint32_t
automaton_word(const struct automaton *a, uint32_t node)
{
	return node == 0 || a->node[node].is_word ? node : a->node[node].word;
}

void
automaton_free(struct automaton *a)
{
	free(a->node);
	free(a->edge);
	memset(a, 0, sizeof(*a));
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "glob.h"
#include "glob_set.h"

#define PATTERNS_MAX	((size_t)UINT32_MAX / 2)

/* Adds the parts of p after its first *.  Returns 0, or -1 if there is no memory. */
static int
add_steps(struct glob_set *s, struct glob_pattern *p)
{
	const char *at = p->first_end;
	struct glob_set_step *step;

	while (*at == '*') {
		p->last = at + 1;
		p->last_len = (uint32_t)glob_part(at + 1, &p->last_end);
		if (*p->last_end == '\0')
			return 0;
		step = array_grow(s->step, s->steps, &s->step_room, sizeof(*step));
		if (step == NULL || s->steps >= PATTERNS_MAX)
			return -1;
		s->step = step;
		step += s->steps++;
		step->text = at + 1;
		step->end = at = p->last_end;
		p->steps++;
	}
	return 0;
}

size_t
glob_set_add(struct glob_set *s, char *pattern)
{
	struct glob_pattern *p;

	p = array_grow(s->pattern, s->count, &s->room, sizeof(*p));
	if (p == NULL || s->count >= PATTERNS_MAX || strlen(pattern) >= UINT32_MAX)
		return (size_t)-1;
	s->pattern = p;
	p += s->count;
	memset(p, 0, sizeof(*p));
	glob_simplify(pattern);
	p->text = pattern;
	p->literal = glob_literal(pattern);
	p->first_len = (uint32_t)glob_part(pattern, &p->first_end);
	p->step = (uint32_t)s->steps;
	if (add_steps(s, p) == -1)
		return (size_t)-1;
	return s->count++;
}

/* A key for qsort(): a text, and what it belongs to. */
struct key {
	const char	*text;
	size_t		 len;
	uint32_t	 index;
};

/* Orders two texts as strcmp() would. */
static int
compare_texts(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int c = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return c != 0 ? c : a_len < b_len ? -1 : a_len > b_len;
}

static int
compare_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int c = compare_texts(x->text, x->len, y->text, y->len);

	return c != 0 ? c : x->index < y->index ? -1 : x->index > y->index;
}

/* Returns how many bytes at the beginning of a group's literal and of the text are the same. */
static size_t
common_length(const struct glob_set_group *g, const char *text)
{
	size_t i;

	for (i = 0; i < g->len && text[i] == g->literal[i]; i++)
		continue;
	return i;
}

/* Returns 1 if the text of len bytes begins with the literal of g. */
static int
begins_with(const char *text, size_t len, const struct glob_set_group *g)
{
	return g->len <= len && common_length(g, text) == g->len;
}

/* Adds a pattern to the last group, or to a new one if its beginning is another. */
static void
group_pattern(struct glob_set *s, const struct key *key, size_t place)
{
	struct glob_set_group *g = &s->group[s->groups];
	size_t shorter = s->groups;

	s->sorted[place] = key->index;
	if (s->groups > 0 && compare_texts(g[-1].literal, g[-1].len, key->text, key->len) == 0) {
		g[-1].count++;
		return;
	}
	while (shorter > 0 && !begins_with(key->text, key->len, &s->group[shorter - 1]))
		shorter = s->group[shorter - 1].shorter;
	g->literal = key->text;
	g->len = key->len;
	g->shorter = shorter;
	g->first = place;
	g->count = 1;
	s->groups++;
}

/* Sorts the patterns by their literal beginning.  Returns 0, or -1 if there is no memory. */
static int
make_groups(struct glob_set *s)
{
	struct key *keys = calloc(s->count + 1, sizeof(*keys));
	size_t i;

	s->sorted = calloc(s->count + 1, sizeof(*s->sorted));
	s->group = calloc(s->count + 1, sizeof(*s->group));
	if (keys == NULL || s->sorted == NULL || s->group == NULL) {
		free(keys);
		return -1;
	}
	for (i = 0; i < s->count; i++) {
		keys[i].text = s->pattern[i].text;
		keys[i].len = s->pattern[i].literal;
		keys[i].index = (uint32_t)i;
	}
	qsort(keys, s->count, sizeof(*keys), compare_keys);
	for (i = 0; i < s->count; i++)
		group_pattern(s, &keys[i], i);
	free(keys);
	return 0;
}

/*
 * Adds a part with this text.  *node becomes the node of its word, or 0 if it has none.  Returns 0,
 * or -1 if there is no memory.
 */
static int
add_part(struct glob_set *s, const struct key *key, uint32_t *node)
{
	struct glob_set_part *part = &s->part[s->parts];
	const char *word;
	size_t len, before = 0;

	part->text = key->text;
	part->len = (uint32_t)glob_part(key->text, &part->end);
	len = glob_part_word(part->text, part->end, &word, &before);
	part->word_end = len == 0 ? part->len : (uint32_t)(before + len);
	part->is_literal = len == key->len;
	*node = len == 0 ? 0 : automaton_add(&s->words, word, len);
	s->parts++;
	return len > 0 && *node == 0 ? -1 : 0;
}

/*
 * Makes the parts from the steps, each once, and the list of the parts of each word.  keys has one
 * element for each step, and nodes too.  Returns 0, or -1 if there is no memory.
 */
static int
make_parts(struct glob_set *s, struct key *keys, uint32_t *nodes)
{
	uint32_t *first;
	size_t i;

	for (i = 0; i < s->steps; i++) {
		keys[i].text = s->step[i].text;
		keys[i].len = (size_t)(s->step[i].end - s->step[i].text);
		keys[i].index = (uint32_t)i;
	}
	qsort(keys, s->steps, sizeof(*keys), compare_keys);
	for (i = 0; i < s->steps; i++) {
		if ((i == 0 || compare_texts(keys[i - 1].text, keys[i - 1].len, keys[i].text,
		    keys[i].len) != 0) && add_part(s, &keys[i], &nodes[s->parts]) == -1)
			return -1;
		s->step[keys[i].index].part = (uint32_t)(s->parts - 1);
	}
	s->first_part = calloc(s->words.count + 1, sizeof(*s->first_part));
	if (s->first_part == NULL)
		return -1;
	for (i = 0; i < s->parts; i++) {
		first = nodes[i] == 0 ? &s->bare : &s->first_part[nodes[i]];
		s->part[i].next = *first;
		*first = (uint32_t)(i + 1);
	}
	return automaton_finish(&s->words);
}

int
glob_set_finish(struct glob_set *s)
{
	struct key *keys = calloc(s->steps + 1, sizeof(*keys));
	uint32_t *nodes = calloc(s->steps + 1, sizeof(*nodes));
	int result = -1;

	s->matched = calloc(s->count + 1, sizeof(*s->matched));
	s->part = calloc(s->steps + 1, sizeof(*s->part));
	if (keys != NULL && nodes != NULL && s->matched != NULL && s->part != NULL &&
	    make_parts(s, keys, nodes) == 0)
		result = make_groups(s);
	free(keys);
	free(nodes);
	return result;
}

/* Lets a pattern wait for its next part, or notes that it has matched. */
static void
await_part(struct glob_set *s, uint32_t i)
{
	struct glob_pattern *p = &s->pattern[i];
	struct glob_set_part *part;

	if (p->found == p->steps) {
		s->matched[i] = s->search;
		return;
	}
	part = &s->part[s->step[p->step + p->found].part];
	p->waiting = part->search == s->search ? part->pattern : 0;
	part->search = s->search;
	part->pattern = i + 1;
	s->waiting++;
}

/* Compares the beginning and the end of a pattern with the text. */
static void
begin_pattern(struct glob_set *s, uint32_t i, const char *text, size_t len)
{
	struct glob_pattern *p = &s->pattern[i];

	s->work += 1 + p->first_len - p->literal + p->last_len;
	if (len < (size_t)p->first_len + p->last_len || (p->last == NULL && len != p->first_len))
		return;
	if (!glob_part_match(p->text + p->literal, p->first_end, text + p->literal))
		return;
	if (p->last != NULL && !glob_part_match(p->last, p->last_end, text + len - p->last_len))
		return;
	p->found = 0;
	p->from = p->first_len;
	await_part(s, i);
}

/*
 * The word of a part ends after `end` bytes of the text of len bytes.  If the whole part is here,
 * each pattern that waits for it goes on to its next part, unless the part would overlap the one
 * before it.  A pattern whose part would overlap its last one cannot match any more.
 */
static void
find_part(struct glob_set *s, struct glob_set_part *part, const char *text, size_t len, size_t end)
{
	size_t at = end - part->word_end;
	struct glob_pattern *p;
	uint32_t i, next;

	s->work++;
	if (part->search != s->search || part->pattern == 0 || end < part->word_end ||
	    at + part->len > len)
		return;
	s->work += part->len;
	if (!part->is_literal && !glob_part_match(part->text, part->end, text + at))
		return;
	i = part->pattern;
	part->pattern = 0;
	for (; i != 0; i = next) {
		p = &s->pattern[i - 1];
		next = p->waiting;
		s->waiting--;
		s->work++;
		if (at + part->len + p->last_len > len)
			continue;
		if (at >= p->from) {
			p->found++;
			p->from = (uint32_t)at + part->len;
		}
		await_part(s, i - 1);
	}
}

/* Calls find_part() for a list of parts, of which the first one is part - 1. */
static void
find_parts(struct glob_set *s, uint32_t part, const char *text, size_t len, size_t end)
{
	for (; part != 0; part = s->part[part - 1].next)
		find_part(s, &s->part[part - 1], text, len, end);
}

/* Returns the last group that does not sort after the text, + 1; or 0. */
static size_t
last_group(struct glob_set *s, const char *text, size_t len)
{
	size_t low = 0, high = s->groups, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		s->work++;
		if (compare_texts(s->group[middle].literal, s->group[middle].len, text, len) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Compares the patterns whose literal beginning the text has. */
static void
begin_patterns(struct glob_set *s, const char *text, size_t len)
{
	const struct glob_set_group *g;
	size_t i, at = last_group(s, text, len), common = 0;

	/*
	 * Each beginning that the text has is that of the last group before it, or one that this
	 * beginning begins with.
	 */
	if (at != 0)
		common = common_length(&s->group[at - 1], text);
	for (s->work += common; at != 0; at = g->shorter) {
		g = &s->group[at - 1];
		s->work++;
		for (i = 0; i < g->count && g->len <= common; i++)
			begin_pattern(s, s->sorted[g->first + i], text, len);
	}
}

/* Begins a search: no pattern has matched or waits. */
static void
begin_search(struct glob_set *s)
{
	size_t i;

	s->waiting = 0;
	if (++s->search != 0)
		return;
	/* The numbers begin again: forget those of earlier searches. */
	for (i = 0; i < s->count; i++)
		s->matched[i] = 0;
	for (i = 0; i < s->parts; i++)
		s->part[i].search = 0;
	s->search = 1;
}

void
glob_set_search(struct glob_set *s, const char *text)
{
	size_t i, len = strlen(text);
	uint32_t node = 0, word;

	begin_search(s);
	if (len >= UINT32_MAX)
		return;
	begin_patterns(s, text, len);
	for (i = 0; i < len && s->waiting > 0; i++) {
		s->work++;
		node = automaton_step(&s->words, node, text[i]);
		for (word = automaton_word(&s->words, node); word != 0;
		    word = s->words.node[word].word) {
			s->work++;
			find_parts(s, s->first_part[word], text, len, i + 1);
		}
		find_parts(s, s->bare, text, len, i + 1);
	}
}

int
glob_set_matched(const struct glob_set *s, size_t i)
{
	return s->search != 0 && s->matched[i] == s->search;
}

void
glob_set_free(struct glob_set *s)
{
	free(s->pattern);
	free(s->matched);
	free(s->step);
	free(s->part);
	free(s->group);
	free(s->sorted);
	free(s->first_part);
	automaton_free(&s->words);
	memset(s, 0, sizeof(*s));
}

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

/*
 * Adds the part of p that begins at text.  Returns its end, or NULL if there is no memory.  If
 * the part has no literal byte, p is marked.
 */
static const char *
add_part(struct glob_set *s, struct glob_pattern *p, const char *text)
{
	struct glob_set_part *part;
	const char *word;
	size_t len, before;

	part = array_grow(s->part, s->parts, &s->part_room, sizeof(*part));
	if (part == NULL || s->parts >= PATTERNS_MAX)
		return NULL;
	s->part = part;
	part += s->parts;
	part->text = text;
	part->len = (uint32_t)glob_part(text, &part->end);
	len = glob_part_word(text, part->end, &word, &before);
	if (len == 0) {
		p->alone = 1;
		return part->end;
	}
	part->word_end = (uint32_t)(before + len);
	part->word = automaton_add(&s->words, word, len);
	if (part->word == 0)
		return NULL;
	s->parts++;
	p->parts++;
	return part->end;
}

/* Adds the parts of p after its first *.  Returns 0, or -1 if there is no memory. */
static int
add_parts(struct glob_set *s, struct glob_pattern *p)
{
	const char *at = p->first_end;
	size_t len;

	while (*at == '*') {
		len = glob_part(at + 1, &p->last_end);
		p->last = at + 1;
		p->last_len = (uint32_t)len;
		if (*p->last_end == '\0')
			return 0;
		at = add_part(s, p, at + 1);
		if (at == NULL)
			return -1;
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
	p->part = (uint32_t)s->parts;
	if (add_parts(s, p) == -1)
		return (size_t)-1;
	return s->count++;
}

/* A key for qsort(): a pattern by its literal beginning. */
struct key {
	const char	*literal;
	size_t		 len;
	uint32_t	 pattern;
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
	int c = compare_texts(x->literal, x->len, y->literal, y->len);

	return c != 0 ? c : x->pattern < y->pattern ? -1 : x->pattern > y->pattern;
}

/* Returns 1 if the text of len bytes begins with the literal of g. */
static int
begins_with(const char *text, size_t len, const struct glob_set_group *g)
{
	return g->len <= len && memcmp(text, g->literal, g->len) == 0;
}

/* Adds a pattern to the last group, or to a new one if its beginning is another. */
static void
group_pattern(struct glob_set *s, const struct key *key, size_t place)
{
	struct glob_set_group *g = &s->group[s->groups];
	size_t shorter = s->groups;

	s->sorted[place] = key->pattern;
	if (s->groups > 0 && compare_texts(g[-1].literal, g[-1].len, key->literal, key->len) == 0) {
		g[-1].count++;
		return;
	}
	while (shorter > 0 && !begins_with(key->literal, key->len, &s->group[shorter - 1]))
		shorter = s->group[shorter - 1].shorter;
	g->literal = key->literal;
	g->len = key->len;
	g->shorter = shorter;
	g->first = place;
	g->count = 1;
	s->groups++;
}

int
glob_set_finish(struct glob_set *s)
{
	struct key *keys = calloc(s->count + 1, sizeof(*keys));
	size_t i;

	s->matched = calloc(s->count + 1, sizeof(*s->matched));
	s->sorted = calloc(s->count + 1, sizeof(*s->sorted));
	s->group = calloc(s->count + 1, sizeof(*s->group));
	s->queue = calloc(s->words.count + 1, sizeof(*s->queue));
	if (keys == NULL || s->matched == NULL || s->sorted == NULL || s->group == NULL ||
	    s->queue == NULL || automaton_finish(&s->words) == -1) {
		free(keys);
		return -1;
	}
	for (i = 0; i < s->count; i++) {
		keys[i].literal = s->pattern[i].text;
		keys[i].len = s->pattern[i].literal;
		keys[i].pattern = (uint32_t)i;
	}
	qsort(keys, s->count, sizeof(*keys), compare_keys);
	for (i = 0; i < s->count; i++)
		group_pattern(s, &keys[i], i);
	free(keys);
	return 0;
}

/* Lets a pattern wait for its next part, or notes that it has matched. */
static void
await_part(struct glob_set *s, uint32_t i)
{
	struct glob_pattern *p = &s->pattern[i];
	struct glob_set_queue *q;

	if (p->found == p->parts) {
		s->matched[i] = s->search;
		return;
	}
	q = &s->queue[s->part[p->part + p->found].word];
	p->waiting = q->search == s->search ? q->pattern : 0;
	q->search = s->search;
	q->pattern = i + 1;
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
	if (p->alone) {
		s->work += len;
		if (glob_match(p->text, text))
			s->matched[i] = s->search;
		return;
	}
	p->found = 0;
	p->from = p->first_len;
	await_part(s, i);
}

/*
 * A word ends after `end` bytes of the text of len bytes.  Each pattern that waits for it goes on
 * to its next part if the whole part is here and does not overlap the part before it.  A pattern
 * whose part would overlap the last one cannot match any more.
 */
static void
find_parts(struct glob_set *s, uint32_t word, const char *text, size_t len, size_t end)
{
	struct glob_set_queue *q = &s->queue[word];
	const struct glob_set_part *part;
	struct glob_pattern *p;
	uint32_t i, next;
	size_t at;

	if (q->search != s->search)
		return;
	i = q->pattern;
	q->pattern = 0;
	for (; i != 0; i = next) {
		p = &s->pattern[i - 1];
		part = &s->part[p->part + p->found];
		next = p->waiting;
		s->waiting--;
		s->work += 1 + part->len;
		if (end >= (size_t)p->from + part->word_end) {
			at = end - part->word_end;
			if (at + part->len + p->last_len > len)
				continue;
			if (glob_part_match(part->text, part->end, text + at)) {
				p->found++;
				p->from = (uint32_t)at + part->len;
			}
		}
		await_part(s, i - 1);
	}
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

/* Returns how many bytes at the beginning of a group's literal and of the text are the same. */
static size_t
common_length(const struct glob_set_group *g, const char *text)
{
	size_t i;

	for (i = 0; i < g->len && text[i] == g->literal[i]; i++)
		continue;
	return i;
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
	for (i = 0; i < s->words.count; i++)
		s->queue[i].search = 0;
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
			find_parts(s, word, text, len, i + 1);
		}
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
	free(s->part);
	free(s->group);
	free(s->sorted);
	free(s->queue);
	automaton_free(&s->words);
	memset(s, 0, sizeof(*s));
}

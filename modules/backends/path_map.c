/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#define _XOPEN_SOURCE	700

#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "glob.h"
#include "offers.h"
#include "path_map.h"

/* A key for qsort(): the path of an entry, and the order of its line. */
struct key {
	const char	*path;
	size_t		 order;
};

static int
compare_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int c = strcmp(x->path, y->path);

	return c != 0 ? c : x->order < y->order ? -1 : x->order > y->order;
}

static void
make_lower(char *text)
{
	for (; *text != '\0'; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
}

/*
 * Parses a line into an entry.  The strings of the entry point into the line, which is modified.
 * Returns 0, or -1 with a sentence in *why.
 */
static int
read_path_line(struct path_map_entry *e, char *line, path_map_check *check, const char **why)
{
	static char any[] = "*";
	char *rest = line;

	e->pattern = peer_line_word(&rest);
	if (*e->pattern != '/' && *e->pattern != '*') {
		*why = "the path's pattern does not begin with / or *";
		return -1;
	}
	e->host_index = 0;
	e->host = NULL;
	rest += strspn(rest, " \t");
	if (strncmp(rest, "host=", 5) == 0) {
		e->host = peer_line_word(&rest) + 5;
		make_lower(e->host);
	}
	if (glob_check(e->pattern) == -1 || (e->host != NULL && glob_check(e->host) == -1)) {
		*why = "a pattern has [ without ], or ends with \\";
		return -1;
	}
	e->exact = e->pattern[glob_literal(e->pattern)] == '\0';
	if (peer_line_split(rest, &e->line, why) == -1)
		return -1;
	if (e->line.protocol == NULL)
		e->line.protocol = any;
	if (peer_line_check_protocol(e->line.protocol, why) == -1)
		return -1;
	return check(&e->line, why);
}

unsigned
path_map_add(struct path_map *t, char *text, size_t len, const char *file,
    path_map_check *check, path_map_fault *fault)
{
	struct path_map_entry *e;
	const char *why = "";
	unsigned number = 0, faults = 0;
	char *at = text, *line;

	while ((line = peer_line_next(&at, text + len)) != NULL) {
		number++;
		if (peer_line_is_empty(line))
			continue;
		e = array_grow(t->entry, t->count, &t->room, sizeof(*e));
		if (e == NULL) {
			fault(file, number, "out of memory");
			return faults + 1;
		}
		t->entry = e;
		e += t->count;
		if (strchr(line, '\n') != NULL)
			why = "there is a NUL byte in the line";
		else if (read_path_line(e, line, check, &why) == 0) {
			e->order = t->count++;
			e->file = file;
			e->number = number;
			continue;
		}
		fault(file, number, why);
		faults++;
	}
	return faults;
}

/* Adds the patterns of all entries to the sets.  Returns 0, or -1 if there is no memory. */
static int
add_patterns(struct path_map *t)
{
	struct path_map_entry *e;
	size_t i;

	for (i = 0; i < t->count; i++) {
		e = &t->entry[i];
		if (!e->exact && glob_set_add(&t->paths, e->pattern) == (size_t)-1)
			return -1;
		if (e->host == NULL)
			continue;
		e->host_index = glob_set_add(&t->hosts, e->host);
		if (e->host_index == (size_t)-1)
			return -1;
	}
	return glob_set_finish(&t->paths) == -1 || glob_set_finish(&t->hosts) == -1 ? -1 : 0;
}

int
path_map_finish(struct path_map *t)
{
	struct key *keys = malloc((t->count + 1) * sizeof(*keys));
	size_t i;

	t->exact = malloc((t->count + 1) * sizeof(*t->exact));
	t->other = malloc((t->count + 1) * sizeof(*t->other));
	if (keys == NULL || t->exact == NULL || t->other == NULL || add_patterns(t) == -1) {
		free(keys);
		return -1;
	}
	for (i = 0; i < t->count; i++) {
		if (!t->entry[i].exact) {
			t->other[t->others++] = i;
			continue;
		}
		keys[t->exacts].path = t->entry[i].pattern;
		keys[t->exacts++].order = i;
	}
	qsort(keys, t->exacts, sizeof(*keys), compare_keys);
	for (i = 0; i < t->exacts; i++)
		t->exact[i] = keys[i].order;
	free(keys);
	return 0;
}

/*
 * Returns the index in t->exact of the first entry whose path is equal to path or sorts after
 * it.
 */
static size_t
first_exact(const struct path_map *t, const char *path)
{
	size_t low = 0, high = t->exacts, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(t->entry[t->exact[middle]].pattern, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The subprotocols of the client of the present search. */
static struct offers offers;

/* A search for the entry that serves a client, and its result so far. */
struct search {
	struct path_map	*map;
	const char	*host;
	int		 hosts_done;	/* 1: map->hosts has been searched */
	int		 offers_done;	/* 1: the subprotocols are in `offers` */
	char *const	*offered;
	size_t		 count;
	const struct path_map_entry *found;
	size_t		 chosen;
	int		 unserved;	/* 1: an entry was ruled out by its subprotocols only */
};

static int
host_matches(struct search *s, const struct path_map_entry *e)
{
	if (s->host == NULL)
		return 0;
	if (!s->hosts_done)
		glob_set_search(&s->map->hosts, s->host);
	s->hosts_done = 1;
	return glob_set_matched(&s->map->hosts, e->host_index);
}

/*
 * Checks the host and the subprotocols of an entry whose path matches.  If they match too,
 * stores the entry as the result and returns 1; otherwise returns 0.
 */
static int
take_entry(struct search *s, const struct path_map_entry *e)
{
	size_t chosen;

	if (e->host != NULL && !host_matches(s, e))
		return 0;
	if (!s->offers_done)
		offers_set(&offers, s->offered, s->count);
	s->offers_done = 1;
	chosen = offers_choose(&offers, e->line.protocol);
	if (chosen == PEER_LINE_NO) {
		s->unserved = 1;
		return 0;
	}
	s->found = e;
	s->chosen = chosen;
	return 1;
}

const struct path_map_entry *
path_map_find(struct path_map *t, const char *path, const char *host, char *const *offered,
    size_t count, size_t *chosen)
{
	struct search s = { t, host, 0, 0, offered, count, NULL, 0, 0 };
	const struct path_map_entry *e;
	size_t i;

	/*
	 * First try the exact entries with this path, in order.  Then try the others, but only
	 * those that precede the entry found: the first line in the file takes precedence.
	 */
	for (i = first_exact(t, path); i < t->exacts; i++) {
		e = &t->entry[t->exact[i]];
		if (strcmp(e->pattern, path) != 0 || take_entry(&s, e))
			break;
	}
	if (t->others > 0)
		glob_set_search(&t->paths, path);
	for (i = 0; i < t->others; i++) {
		if (s.found != NULL && s.found->order < t->other[i])
			break;
		if (glob_set_matched(&t->paths, i) && take_entry(&s, &t->entry[t->other[i]]))
			break;
	}
	*chosen = s.found != NULL ? s.chosen : s.unserved ? PEER_LINE_NO : 0;
	return s.found;
}

void
path_map_free(struct path_map *t)
{
	free(t->entry);
	free(t->exact);
	free(t->other);
	glob_set_free(&t->paths);
	glob_set_free(&t->hosts);
	memset(t, 0, sizeof(*t));
}

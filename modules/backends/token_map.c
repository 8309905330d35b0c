/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#define _XOPEN_SOURCE	700

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "peer_line.h"
#include "token_map.h"

static char *
concatenate(const char *a, const char *b, const char *c, const char *d)
{
	size_t size = strlen(a) + strlen(b) + strlen(c) + strlen(d) + 1;
	char *text = malloc(size);

	if (text != NULL)
		(void)snprintf(text, size, "%s%s%s%s", a, b, c, d);
	return text;
}

/*
 * Returns the peer address for the target of a token, from malloc(); NULL if there is no memory.
 * target is modified.
 */
static char *
peer_address(char *target)
{
	static const char unix_socket[] = "unix_socket:";
	char *port;

	if (strstr(target, "://") != NULL)
		return strdup(target);
	if (strncmp(target, unix_socket, sizeof(unix_socket) - 1) == 0)
		return concatenate("unix://", target + sizeof(unix_socket) - 1, "", "");
	port = strrchr(target, ':');
	/*
	 * An IPv6 address has no brackets in these files: the last colon separates it from the
	 * port.
	 */
	if (port == NULL || *target == '[' || strchr(target, ':') == port)
		return concatenate("tcp://", target, "", "");
	*port++ = '\0';
	return concatenate("tcp://[", target, "]:", port);
}

/*
 * Splits a line into token and target, in place.  The token ends at the first colon that a blank
 * follows.  Returns the target, or NULL if the line is malformed.
 */
static char *
cut_token(char *line)
{
	char *colon = line, *target;
	size_t len;

	do {
		colon = strchr(colon, ':');
		if (colon == NULL)
			return NULL;
		colon++;
	} while (*colon != ' ' && *colon != '\t');
	if (colon - 1 == line)
		return NULL;
	colon[-1] = '\0';
	target = colon + strspn(colon, " \t");
	for (len = strlen(target); len > 0 && strchr(" \t", target[len - 1]) != NULL; )
		target[--len] = '\0';
	return *target == '\0' || strpbrk(target, " \t") != NULL ? NULL : target;
}

static int
read_token_line(struct token_map_entry *e, char *line, token_map_check *check, const char **why)
{
	char *target;

	*why = "there is a NUL byte in the line";
	if (strchr(line, '\n') != NULL)
		return -1;
	line += strspn(line, " \t");
	*why = "the line does not have the form token: host:port";
	target = cut_token(line);
	if (target == NULL)
		return -1;
	e->token = line;
	*why = "out of memory";
	e->peer = peer_address(target);
	if (e->peer == NULL)
		return -1;
	if (check(e->peer, why) == 0)
		return 0;
	free(e->peer);
	return -1;
}

unsigned
token_map_add(struct token_map *t, char *text, size_t len, const char *file, token_map_check *check,
    token_map_fault *fault)
{
	struct token_map_entry *entry;
	const char *why = "";
	unsigned number = 0, faults = 0;
	char *at = text, *line;

	while ((line = peer_line_next(&at, text + len)) != NULL) {
		number++;
		if (peer_line_is_empty(line))
			continue;
		entry = array_grow(t->entry, t->count, &t->room, sizeof(*entry));
		if (entry == NULL) {
			fault(file, number, "out of memory");
			return faults + 1;
		}
		t->entry = entry;
		if (read_token_line(&t->entry[t->count], line, check, &why) == 0) {
			t->entry[t->count].order = t->count;
			t->count++;
			continue;
		}
		fault(file, number, why);
		faults++;
	}
	return faults;
}

/*
 * Orders entries for qsort(): by token; entries with the same token by line, the last line
 * first.
 */
static int
compare_entries(const void *a, const void *b)
{
	const struct token_map_entry *x = a, *y = b;
	int c = strcmp(x->token, y->token);

	return c != 0 ? c : x->order > y->order ? -1 : x->order < y->order;
}

void
token_map_finish(struct token_map *t)
{
	if (t->count > 0)
		qsort(t->entry, t->count, sizeof(*t->entry), compare_entries);
}

char *
token_map_find(const struct token_map *t, const char *token)
{
	size_t low = 0, high = t->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(t->entry[middle].token, token) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == t->count || strcmp(t->entry[low].token, token) != 0)
		return NULL;
	return t->entry[low].peer;
}

void
token_map_free(struct token_map *t)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		free(t->entry[i].peer);
	free(t->entry);
	memset(t, 0, sizeof(*t));
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#define _XOPEN_SOURCE	700

#include <string.h>

#include "base/utf8.h"
#include "peer_line.h"

static int
is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static int
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

char *
peer_line_next(char **at, char *end)
{
	char *line = *at, *stop, *nul;

	if (line == NULL || line >= end)
		return NULL;
	stop = memchr(line, '\n', (size_t)(end - line));
	*at = stop == NULL ? end : stop + 1;
	if (stop == NULL)
		stop = end;
	/* Not only in the first line: files may have been put together from several. */
	if (utf8_mark(line, (size_t)(stop - line)) > 0)
		line += utf8_mark(line, (size_t)(stop - line));
	while (stop > line && stop[-1] != '\0' && is_control(stop[-1]))
		stop--;
	while ((nul = memchr(line, '\0', (size_t)(stop - line))) != NULL)
		*nul = '\n';
	*stop = '\0';
	return line;
}

int
peer_line_is_empty(const char *line)
{
	line += strspn(line, " \t");
	return *line == '\0' || *line == '#';
}

char *
peer_line_word(char **at)
{
	char *word = *at + strspn(*at, " \t"), *end;

	if (*word == '\0') {
		*at = word;
		return NULL;
	}
	end = word + strcspn(word, " \t");
	*at = end;
	if (is_blank(*end)) {
		*end = '\0';
		*at = end + 1;
	}
	return word;
}

int
peer_line_split(char *line, struct peer_line *e, const char **why)
{
	memset(e, 0, sizeof(*e));
	if (strchr(line, '\n') != NULL) {
		*why = "there is a NUL byte in the line";
		return -1;
	}
	e->peer = peer_line_word(&line);
	if (e->peer == NULL) {
		*why = "the line has no peer";
		return -1;
	}
	e->protocol = peer_line_word(&line);
	e->framing = peer_line_word(&line);
	if (e->framing != NULL && *line != '\0')
		e->config = line;
	return 0;
}

int
peer_line_check_protocol(const char *wanted, const char **why)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789!#$%&'*+-.^_`|~,";

	if (wanted[strspn(wanted, ",")] != '\0' && wanted[strspn(wanted, letters)] == '\0')
		return 0;
	*why = "a subprotocol is a name of letters, digits and !#$%&'*+-.^_`|~; commas separate "
	    "several, * means any, and - means none";
	return -1;
}

/* Returns 1 if a comma-separated list contains a name, otherwise 0. */
static int
list_has(const char *list, const char *name)
{
	size_t len;

	for (; *list != '\0'; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		if (len == strlen(name) && memcmp(list, name, len) == 0)
			return 1;
	}
	return 0;
}

size_t
peer_line_choose(const char *wanted, char *const *offered, size_t count)
{
	size_t i;

	if (count == 0 || strcmp(wanted, "-") == 0)
		return count;
	if (strcmp(wanted, "*") == 0)
		return 0;
	for (i = 0; i < count; i++)
		if (list_has(wanted, offered[i]))
			return i;
	return list_has(wanted, "*") ? 0 : PEER_LINE_NO;
}

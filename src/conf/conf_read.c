/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/utf8.h"
#include "conf/conf.h"
#include "conf/conf_names.h"

/* A function that handles the lines of one section, such as conf_set(). */
typedef int setter(struct conf *c, const char *name, const char *value, const char *place);

/* Removes the blanks at both ends of text, in place.  Returns the start of the trimmed text. */
static char *
trim_line(char *text)
{
	static const char blank[] = " \t\r\n\v\f";
	size_t len;

	text += strspn(text, blank);
	for (len = strlen(text); len > 0 && strchr(blank, text[len - 1]) != NULL; len--)
		text[len - 1] = '\0';
	return text;
}

/* Ignores a line of an unknown section, which was reported once, at its first line. */
static int
ignore_line(struct conf *c, const char *name, const char *value, const char *place)
{
	(void)c;
	(void)name;
	(void)value;
	(void)place;
	return 0;
}

/* Handles one line of a file; *set is the function for the current section. */
static int
parse_line(struct conf *c, char *line, const char *place, setter **set)
{
	static const char *const sections[] = { "[core]", "[backend]", NULL };
	const char *similar;
	char *value;

	line = trim_line(line);
	if (*line == '\0' || *line == '#' || *line == ';')
		return 0;
	if (strncmp(line, "[core]", 6) == 0) {
		*set = conf_set;
		return 0;
	}
	if (strncmp(line, "[backend]", 9) == 0) {
		*set = conf_add_option;
		return 0;
	}
	if (*line == '[') {
		similar = conf_names_similar(line, sections);
		log_errorx("%s: there is no section '%s' (only [core] and [backend])%s%s%s", place,
		    line, similar != NULL ? "; is '" : "", similar != NULL ? similar : "",
		    similar != NULL ? "' meant?" : "");
		*set = ignore_line;
		conf_lose(c, CONF_INCOMPLETE);
		return -1;
	}
	value = strchr(line, '=');
	if (value == NULL) {
		log_errorx("%s: '%s' is not name = value (a comment begins with #)", place, line);
		conf_lose(c, CONF_INCOMPLETE);
		return -1;
	}
	*value++ = '\0';
	return (*set)(c, trim_line(line), trim_line(value), place);
}

/*
 * Handles line `number` of a file, which is text of len bytes.  Returns the number of faults, or -1
 * if the file is in another encoding, so that none of it can be read.
 */
static int
read_line(struct conf *c, char *text, size_t len, const char *path, unsigned long number,
    setter **set)
{
	int mark = utf8_mark(text, len);
	char place[512];

	(void)snprintf(place, sizeof(place), "%s:%lu", path, number);
	if (mark == -1 && number == 1) {
		log_errorx("%s: %s", place, UTF8_MARK_WHY);
		conf_lose(c, CONF_NOTHING);
		return -1;
	}
	if (strlen(text) != len) {
		log_errorx("%s: the line contains a NUL byte", place);
		conf_lose(c, CONF_INCOMPLETE);
		return 1;
	}
	return parse_line(c, text + (mark > 0 ? mark : 0), place, set) == -1;
}

int
conf_read(struct conf *c, const char *path)
{
	setter *set = conf_set;
	FILE *file = fopen(path, "r");
	unsigned long number = 0;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int found, faults = 0;

	free(c->file);
	c->file = strdup(path);
	if (file == NULL || c->file == NULL || fstat(fileno(file), &c->file_status) == -1) {
		log_error("cannot read the configuration file %s", path);
		conf_lose(c, CONF_NOTHING);
		if (file != NULL)
			(void)fclose(file);
		return -1;
	}
	while (errno = 0, (len = getline(&line, &size, file)) != -1) {
		found = read_line(c, line, (size_t)len, path, ++number, &set);
		faults += found != 0;
		if (found == -1)
			break;
	}
	if (ferror(file)) {
		log_error("cannot read the configuration file %s", path);
		conf_lose(c, CONF_NOTHING);
		faults++;
	}
	free(line);
	(void)fclose(file);
	return faults > 0 ? -1 : 0;
}

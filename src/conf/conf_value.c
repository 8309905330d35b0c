/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "conf/conf_names.h"
#include "conf/conf_value.h"

const char *
conf_value_habit(const char *value)
{
	size_t len = strlen(value);
	const char *p;

	if (len >= 2 && (*value == '"' || *value == '\'') && value[len - 1] == *value)
		return "a value is not put in quotes";
	for (p = value; *p != '\0'; p++)
		if ((*p == ' ' || *p == '\t') &&
		    (p[1] == '#' || (p[1] == ';' && (p[2] == ' ' || p[2] == '\0'))))
			return "a comment is a line of its own, which begins with #";
	if (len >= 2 && value[len - 1] == ';')
		return "a value does not end with a semicolon";
	return NULL;
}

int
conf_value_is_text(const struct conf_setting *s, const char *value, const char **why)
{
	size_t len = strlen(value), i;

	/* First, since a comment also makes a value too long. */
	*why = conf_value_habit(value);
	if (*why != NULL)
		return 0;
	*why = len == 0 ? "it is empty" : "it is too long";
	if (len < s->min || len > s->max)
		return 0;
	*why = "it contains control characters";
	for (i = 0; i < len; i++)
		if ((unsigned char)value[i] < ' ' || value[i] == 0x7f)
			return 0;
	*why = "it begins or ends with a blank";
	if (len > 0 && (value[0] == ' ' || value[len - 1] == ' '))
		return 0;
	return s->check == NULL || s->check(value, why);
}

int
conf_value_choice(const struct conf_setting *s, const char *value, uint64_t *out)
{
	size_t i;

	for (i = 0; s->choices[i] != NULL; i++) {
		if (strcasecmp(s->choices[i], value) == 0) {
			*out = i;
			return 0;
		}
	}
	return -1;
}

char *
conf_value_format_time(char *out, size_t size, uint64_t ms)
{
	if (ms % 1000 != 0)
		(void)snprintf(out, size, "%llums", (unsigned long long)ms);
	else
		(void)snprintf(out, size, "%llus", (unsigned long long)(ms / 1000));
	return out;
}

void
conf_value_report(const struct conf_setting *s, const char *value, const char *place,
    const char *why)
{
	const char *habit = conf_value_habit(value), *colon;
	char min[32], max[32], words[256];

	/* For a word such as off or unlimited: the help says what 0 means. */
	if (habit == NULL && strpbrk(value, "0123456789") == NULL && s->min == 0)
		habit = s->help;
	colon = habit != NULL ? ": " : "";
	if (habit == NULL)
		habit = "";
	switch (s->type) {
	case DURATION:
		log_errorx("%s: %s: '%s' is not a time such as 30, 30s, 500ms, 5m or 1h "
		    "(no blank, no other unit than ms, s, m, h, d) from %s to %s%s%s", place,
		    s->name, value, conf_value_format_time(min, sizeof(min), s->min),
		    conf_value_format_time(max, sizeof(max), s->max), colon, habit);
		break;
	case NUMBER:
	case SIZE:
		log_errorx("%s: %s: '%s' is not a number from %llu to %llu%s%s%s", place, s->name,
		    value, (unsigned long long)s->min, (unsigned long long)s->max,
		    s->type == SIZE ? " (k, m, g may follow it, as in 64k)" : "", colon, habit);
		break;
	case CHOICE:
		conf_names_join(words, sizeof(words), s->choices, "or");
		log_errorx("%s: %s: '%s' is invalid: it must be %s%s%s", place, s->name, value,
		    words, colon, habit);
		break;
	case TEXT:
		log_errorx("%s: %s: '%s' is invalid: %s", place, s->name, value, why);
		break;
	}
}

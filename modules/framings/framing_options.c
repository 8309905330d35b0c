/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "framing_options.h"

int
framing_options_number(const char *text, size_t len, uint64_t max, uint64_t *out)
{
	unsigned long long value;
	char *end;

	/* strtoull() would accept blanks and a sign before the number. */
	if (len == 0 || *text < '0' || *text > '9')
		return -1;
	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno != 0 || end != text + len || value > max)
		return -1;
	*out = value;
	return 0;
}

/* Returns 1 if the len characters at text are equal to word, otherwise 0. */
static int
is_word(const char *word, const char *text, size_t len)
{
	return strlen(word) == len && memcmp(word, text, len) == 0;
}

static int
read_word(const char *const *words, const char *text, size_t len, uint64_t *out)
{
	size_t i;

	for (i = 0; words[i] != NULL; i++) {
		if (is_word(words[i], text, len)) {
			*out = i;
			return 0;
		}
	}
	return -1;
}

/*
 * Parses the value of an option, len characters at text; text is NULL if the option has no
 * value.
 */
static int
read_value(const struct framing_option *o, const char *text, size_t len, uint64_t *out)
{
	if (o->kind == FRAMING_OPTION_FLAG) {
		*out = 1;
		return text == NULL ? 0 : -1;
	}
	if (text == NULL)
		return -1;
	if (o->kind == FRAMING_OPTION_NUMBER)
		return framing_options_number(text, len, o->max, out);
	return read_word(o->words, text, len, out);
}

int
framing_options_read(const struct framing_option *table, size_t count, const char *unknown,
    const char *config, uint64_t *values, const char **why)
{
	const char *value;
	size_t i, len, name;

	while (config != NULL && *config != '\0') {
		len = strcspn(config, ",");
		name = strcspn(config, ",=");
		value = name < len ? config + name + 1 : NULL;
		for (i = 0; i < count && !is_word(table[i].name, config, name); i++)
			;
		/* A comma must be followed by another option. */
		if (i == count || (config[len] == ',' && config[len + 1] == '\0')) {
			*why = unknown;
			return -1;
		}
		if (read_value(&table[i], value, value == NULL ? 0 : len - name - 1,
		    &values[i]) == -1) {
			*why = table[i].why;
			return -1;
		}
		config += config[len] == ',' ? len + 1 : len;
	}
	return 0;
}

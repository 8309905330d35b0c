/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Compares websocksy.conf(5) with the table of settings: the page must have each setting, in the
 * same order, with its type, range and default, and with a word for its reload that the page
 * explains.
 */

#include "config.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scan.h"
#include "conf/conf_table.h"

#define LINES	2000

static char *line[LINES + 1];	/* lines of the page; NULL after the last */
static unsigned count, at;

static void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void
complain(const char *format, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	ck_abort_msg("websocksy.conf.5:%u: '%s': %s", at + 1, line[at], text);
}

static void
read_page(void)
{
	const char *top = getenv("top_srcdir");
	char path[4096], text[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/man/websocksy.conf.5", top != NULL ? top : ".");
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "%s cannot be read", path);
	for (count = 0; fgets(text, sizeof(text), f) != NULL; count++) {
		ck_assert_uint_lt(count, LINES);
		text[strcspn(text, "\n")] = '\0';
		line[count] = strdup(text);
	}
	line[count] = NULL;
	at = 0;
	fclose(f);
}

static void
free_page(void)
{
	while (count > 0)
		free(line[--count]);
}

/* The next line of the page must be equal to text. Moves to the following line. */
static void
expect(const char *text)
{
	ck_assert_msg(line[at] != NULL, "the page ends before '%s'", text);
	if (strcmp(line[at], text) != 0)
		complain("should be '%s'", text);
	at++;
}

/*
 * The next line of the page must begin and end with these texts. Returns the text between them,
 * valid until the next call, and moves to the following line.
 */
static const char *
between(const char *begin, const char *end)
{
	static char text[512];
	size_t all, before = strlen(begin), after = strlen(end);

	ck_assert_msg(line[at] != NULL, "the page ends before '%s'", begin);
	all = strlen(line[at]);
	if (all <= before + after || strncmp(line[at], begin, before) != 0 ||
	    strcmp(line[at] + all - after, end) != 0)
		complain("should be '%s ... %s'", begin, end);
	snprintf(text, sizeof(text), "%.*s", (int)(all - before - after), line[at] + before);
	at++;
	return text;
}

/*
 * Moves to the line after the next one that is equal to text. Returns 0 if the rest of the
 * section has no such line.
 */
static int
skip_to(const char *text)
{
	for (; line[at] != NULL && strncmp(line[at], ".Sh ", 4) != 0; at++)
		if (strcmp(line[at], text) == 0) {
			at++;
			return 1;
		}
	return 0;
}

/* Returns the number that text means for a setting of this type. */
static uint64_t
value_of(enum conf_type type, const char *text)
{
	uint64_t value = 0;
	int result;

	if (type == DURATION)
		result = scan_duration(text, 0, UINT64_MAX, &value);
	else if (type == SIZE)
		result = scan_size(text, 0, UINT64_MAX, &value);
	else
		result = scan_number(text, 0, UINT64_MAX, &value);
	ck_assert_msg(result == 0, "websocksy.conf.5:%u: '%s' is no value", at, text);
	return value;
}

static void
expect_value(const struct conf_setting *s, uint64_t wanted, const char *end)
{
	uint64_t value = value_of(s->type, between(".Cm ", end));

	if (value != wanted) {
		at--;
		complain("%s: should be %llu", s->name, (unsigned long long)wanted);
	}
}

static void
expect_range(const struct conf_setting *s)
{
	char all[256] = ".Cm ";
	unsigned i;

	switch (s->type) {
	case TEXT:
		expect("of");
		expect_value(s, s->min, "");
		expect("to");
		expect_value(s, s->max, "");
		expect("bytes;");
		break;
	case CHOICE:
		for (i = 0; s->choices[i] != NULL; i++) {
			strcat(all, s->choices[i]);
			strcat(all, s->choices[i + 1] != NULL ? " , " : " ;");
		}
		expect("of");
		expect(all);
		break;
	case NUMBER:
	case SIZE:
	case DURATION:
		expect("from");
		expect_value(s, s->min, "");
		expect("to");
		expect_value(s, s->max, " ;");
		break;
	}
}

static void
expect_default(const struct conf_setting *s)
{
	const char *text;

	expect("default:");
	if (s->initial[0] == '\0') {
		expect(".Em empty ;");
	} else if (s->type == TEXT || s->type == CHOICE) {
		text = between(".Cm ", " ;");
		/* The page shows the module directory of a default installation. */
		ck_assert_str_eq(text, strcmp(s->name, "module-directory") == 0 ?
		    "/usr/local/lib/websocksy" : s->initial);
	} else {
		expect_value(s, value_of(s->type, s->initial), " ;");
	}
}

/* The word that says what a reload does must be one that the page has explained. */
static void
expect_reload(unsigned words)
{
	char explained[300];
	unsigned i;

	expect("reload:");
	snprintf(explained, sizeof(explained), ".It Sy %s", between(".Sy ", " ."));
	for (i = 0; i < words && strcmp(line[i], explained) != 0; i++)
		;
	ck_assert_msg(i < words, "websocksy.conf.5:%u: '%s' is not explained", at, explained + 7);
	expect(".Pp");
	if (line[at] == NULL || strncmp(line[at], ".It", 3) == 0)
		complain("there should be a text");
}

START_TEST(manual_has_the_table)
{
	static const char *const types[] = { ".Sy text", ".Sy number", ".Sy size", ".Sy time",
	    ".Sy choice" };
	char name[128];
	unsigned begin;
	size_t i;

	read_page();
	while (line[at] != NULL && strcmp(line[at], ".Sh SETTINGS") != 0)
		at++;
	ck_assert_ptr_nonnull(line[at++]);
	ck_assert(skip_to("The settings are:"));
	begin = at;
	expect(".Bl -tag -width Ds");
	for (i = 0; i < conf_table_size; i++) {
		snprintf(name, sizeof(name), ".It Cm %s", conf_table[i].name);
		ck_assert_msg(skip_to(name), "%s is not there, or not in its place",
		    conf_table[i].name);
		expect(types[conf_table[i].type]);
		expect_range(&conf_table[i]);
		expect_default(&conf_table[i]);
		expect_reload(begin);
	}
	free_page();
}
END_TEST

/* Every item of the page that is described like a setting must be a setting of the table. */
START_TEST(manual_has_no_others)
{
	size_t found = 0, i;

	read_page();
	for (at = 0; line[at] != NULL; at++) {
		if (strncmp(line[at], ".It Cm ", 7) != 0 || line[at + 1] == NULL ||
		    strncmp(line[at + 1], ".Sy ", 4) != 0)
			continue;
		for (i = 0; i < conf_table_size &&
		    strcmp(line[at] + 7, conf_table[i].name) != 0; i++)
			;
		if (i == conf_table_size)
			complain("there is no such setting");
		found++;
	}
	ck_assert_uint_eq(found, conf_table_size);
	free_page();
}
END_TEST

static Suite *
check_suite(void)
{
	Suite *s = suite_create("manual");
	TCase *tc = tcase_create("settings");

	tcase_add_test(tc, manual_has_the_table);
	tcase_add_test(tc, manual_has_no_others);
	suite_add_tcase(s, tc);
	return s;
}

#include "lib/check_main.h"

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "posix/title.h"

#if defined(TITLE_IN_ARGUMENTS)

/*
 * The system shows the memory of the arguments, or if their last byte is no NUL any more, what is
 * there up to the first NUL, be it behind them, where the environment is.
 *
 * Memory that a worker writes to is its own from then on, a page at a time: a title keeps to
 * the page in which it begins, if there is any room to speak of.
 */
#define TITLE_SIZE	256	/* of a title, with its NUL */
#define PAGE		4096
#define PAGE_ROOM	64

#if !HAVE_DECL_ENVIRON
extern char **environ;
#endif

static char *area;		/* NULL: there is none */
static size_t area_size;
static size_t arguments_size;	/* of these, the ones that were arguments */

/* Copies take the place of the strings of a list that begin before end; -1 without memory. */
static int
save(char **list, const char *begin, const char *end)
{
	char *copy;

	for (; *list != NULL && *list >= begin && *list < end; list++) {
		copy = strdup(*list);
		if (copy == NULL)
			return -1;
		*list = copy;
	}
	return 0;
}

void
title_init(int argc, char **argv)
{
	char *begin, *end, *arguments_end, **e;
	size_t in_page;
	int i;

	if (argc < 1)
		return;
	begin = end = argv[0];
	for (i = 0; i < argc && argv[i] == end; i++)
		end += strlen(end) + 1;
	if (i < argc)
		return;
	arguments_end = end;
	for (e = environ; e != NULL && *e == end && end - begin < TITLE_SIZE; e++)
		end += strlen(end) + 1;
	if (save(argv, begin, end) == -1 || (environ != NULL && save(environ, begin, end) == -1))
		return;
	area = begin;
	arguments_size = (size_t)(arguments_end - begin);
	area_size = end - begin < TITLE_SIZE ? (size_t)(end - begin) : TITLE_SIZE;
	in_page = PAGE - (uintptr_t)begin % PAGE;
	if (in_page >= PAGE_ROOM && in_page < area_size)
		area_size = in_page;
}

/* Written where it is shown: what it would take of the stack would be memory of the worker's. */
void
title_set(const char *format, ...)
{
	static const char name[] = "websocksy: ";
	size_t at = sizeof(name) - 1;
	va_list ap;

	if (area == NULL || area_size <= at)
		return;
	memcpy(area, name, at);
	va_start(ap, format);
	(void)vsnprintf(area + at, area_size - at, format, ap);
	va_end(ap);
	for (; area[at] != '\0'; at++)
		if (area[at] < ' ' || area[at] > '~')
			area[at] = '?';
	if (at + 1 < arguments_size && area[arguments_size - 1] == '\0')
		area[arguments_size - 1] = '.';
}

#else

void
title_init(int argc, char **argv)
{
	(void)argc;
	(void)argv;
}

/* Where the library can do it, it puts the program's name before the text itself. */
void
title_set(const char *format, ...)
{
#if defined(HAVE_SETPROCTITLE)
	char text[256];
	va_list ap;
	size_t i;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	for (i = 0; text[i] != '\0'; i++)
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '?';
	setproctitle("%s", text);
#else
	(void)format;
#endif
}

#endif

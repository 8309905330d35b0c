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
 * As the title of a process, Linux shows the memory of its arguments.  If the last byte of that
 * memory is not NUL, Linux shows the text up to the first NUL instead, even if this NUL is after
 * the arguments, in the environment.
 *
 * A write to a page makes a copy of the page for the worker.  So a title stays within the page in
 * which it begins, if at least PAGE_ROOM bytes are left in this page.
 */
#define TITLE_SIZE	256	/* bytes of a title, with its NUL */
#define PAGE		4096
#define PAGE_ROOM	64

#if !HAVE_DECL_ENVIRON
extern char **environ;
#endif

static char *area;		/* memory for the title; NULL: titles are not set */
static size_t area_size;
static size_t arguments_size;	/* bytes at the start of area that were arguments */

/*
 * Replaces the first strings of a list, as long as they are in [begin, end), with copies.  Returns
 * 0, or -1 if out of memory.
 */
static int
copy_strings(char **list, const char *begin, const char *end)
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
	if (copy_strings(argv, begin, end) == -1 ||
	    (environ != NULL && copy_strings(environ, begin, end) == -1))
		return;
	area = begin;
	arguments_size = (size_t)(arguments_end - begin);
	area_size = end - begin < TITLE_SIZE ? (size_t)(end - begin) : TITLE_SIZE;
	in_page = PAGE - (uintptr_t)begin % PAGE;
	if (in_page >= PAGE_ROOM && in_page < area_size)
		area_size = in_page;
}

/* Formats the text in place: a buffer on the stack would use more memory of the worker. */
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

/* setproctitle() puts the name of the program before the text. */
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

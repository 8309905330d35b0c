/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/line_end.h"

static const struct {
	const char	*word;
	const char	*spelling[12];
} spellings[] = {
	{ "lf", { "lf", "\\n", "\n", "\\x0a", "0x0a", "0a", "nl", "linefeed", "line feed",
	    "newline", "unix", NULL } },
	{ "crlf", { "crlf", "cr+lf", "cr lf", "cr,lf", "cr-lf", "\\r\\n", "\r\n", "\\x0d\\x0a",
	    "0d0a", "dos", "windows", NULL } },
	{ "cr", { "cr", "\\r", "\r", "\\x0d", "0x0d", "0d", "mac", "carriage return", NULL } },
	{ "lfcr", { "lfcr", "lf+cr", "lf cr", "lf,cr", "lf-cr", "\\n\\r", "\n\r", NULL } }
};

const char *
line_end_meant(const char *text)
{
	const char *const *spelling;
	size_t i, len;

	text += strspn(text, " \t");
	for (len = strlen(text); len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'); len--)
		;
	for (i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		for (spelling = spellings[i].spelling; *spelling != NULL; spelling++)
			if (strlen(*spelling) == len && strncasecmp(text, *spelling, len) == 0)
				return spellings[i].word;
	return NULL;
}

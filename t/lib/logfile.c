/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "logfile.h"


char *
logfile_text(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t size = 0, n = 0;

	if (f == NULL)
		expect_fail("%s: %s", path, strerror(errno));
	do {
		text = realloc(text, (size += 65536) + 1);
		ck_assert_ptr_nonnull(text);
		n += fread(text + n, 1, size - n, f);
	} while (n == size);
	fclose(f);
	text[n] = '\0';
	ck_assert_uint_eq(strlen(text), n);
	return text;
}

unsigned
logfile_count(const char *text, const char *words)
{
	const char *at;
	unsigned n = 0;

	for (at = text; (at = strstr(at, words)) != NULL; at += strcspn(at, "\n"))
		n++;
	return n;
}

char *
logfile_expect(const char *path, const char *words, unsigned n)
{
	uint64_t deadline = expect_deadline(EXPECT_MS);
	char *text;

	while (logfile_count(text = logfile_text(path), words) < n) {
		if (!expect_again(deadline))
			expect_fail("%u of %u lines with '%s' in %s: %.3000s",
			    logfile_count(text, words), n, words, path, text);
		free(text);
	}
	return text;
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Fuzz target of param.h. A value that is found fits the buffer, is a string, and is found again
 * with any larger buffer; encoded bytes are decoded. Input: the size of the buffer, a name with a
 * NUL after it, a text.
 */

#include "config.h"

#include "fuzz.h"
#include "proto/param.h"
#include "proto/target.h"

#define ROOM	300

typedef ssize_t (*find)(const char *, const char *, char *, size_t);

static void
check(find function, const char *text, const char *name, size_t room)
{
	char *small = malloc(room > 0 ? room : 1), large[ROOM];
	ssize_t n, all;

	FUZZ_CHECK(small != NULL);
	n = function(text, name, small, room);
	all = function(text, name, large, sizeof(large));
	FUZZ_CHECK(n >= -1 && all >= -1);
	if (n >= 0) {
		FUZZ_CHECK((size_t)n < room && strlen(small) == (size_t)n);
		FUZZ_CHECK(all == n && strcmp(small, large) == 0);
	} else if (all >= 0) {
		FUZZ_CHECK((size_t)all >= room);
	}
	free(small);
}

/* Makes a query with this value, of which every byte is escaped, after other parameters. */
static void
check_decoding(const char *value)
{
	size_t len = strlen(value), i;
	char *text = malloc(len * 3 + 20), *out = malloc(len + 1), *p;

	FUZZ_CHECK(text != NULL && out != NULL);
	p = text + sprintf(text, "/?a=x&b&c=");
	for (i = 0; i < len; i++)
		p += sprintf(p, i % 2 ? "%%%02x" : "%%%02X", (unsigned)(unsigned char)value[i]);
	strcpy(p, "&c=y");
	FUZZ_CHECK(param_query(text, "c", out, len + 1) == (ssize_t)len);
	FUZZ_CHECK(strcmp(out, value) == 0);
	free(text);
	free(out);
}

/* Shows a text as a target: the result fits, and a hidden part or a query is not in it. */
static void
check_shown(const char *text, const char *value, size_t room)
{
	size_t len = strlen(text), size = len * 4 + 8;
	char *out = malloc(size), *small = malloc(room + 1);
	uint64_t hidden = target_find(text, len, value);

	FUZZ_CHECK(out != NULL && small != NULL);
	(void)target_show(out, size, text, len, hidden, 1);
	FUZZ_CHECK(hidden == 0 || strstr(out, "...") != NULL || *text == '?' ||
	    target_count(text, len) == 0);
	(void)target_show(out, size, text, len, 0, 0);
	FUZZ_CHECK(strchr(out, '?') == NULL || strchr(out, '?')[1] == '\0' ||
	    strcmp(strchr(out, '?'), "?...") == 0);
	(void)target_show(small, room + 1, text, len, 0, 0);
	FUZZ_CHECK(strncmp(small, out, strlen(small)) == 0 && strlen(small) <= room);
	FUZZ_CHECK(target_path_length(out) <= strlen(out));
	FUZZ_CHECK(target_matches(text, value, strlen(value)) <= len);
	free(out);
	free(small);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul;
	char *name, *text;

	if (size < 2 || (nul = memchr(data + 1, 0, size - 1)) == NULL)
		return 0;
	name = fuzz_string(data + 1, (size_t)(nul - data - 1));
	text = fuzz_string(nul + 1, (size_t)(data + size - nul - 1));
	check(param_query, text, name, data[0]);
	check(param_cookie, text, name, data[0]);
	check_decoding(text);
	check_shown(text, name, data[0]);
	free(name);
	free(text);
	return 0;
}

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
	free(name);
	free(text);
	return 0;
}

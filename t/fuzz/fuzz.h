/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* What the fuzz targets share: the entry point, a check that aborts, and cutting an input. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Prints the broken rule and aborts. assert() would be removed by NDEBUG. */
#define FUZZ_CHECK(rule) \
	do { \
		if (!(rule)) { \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #rule); \
			abort(); \
		} \
	} while (0)

/*
 * Returns a copy in a block of exactly that size, so that a sanitizer sees any byte read beside
 * it.
 */
static inline void *
fuzz_copy(const void *data, size_t len)
{
	void *copy;

	copy = malloc(len > 0 ? len : 1);
	FUZZ_CHECK(copy != NULL);
	if (len > 0)
		memcpy(copy, data, len);
	return copy;
}

/* Returns a copy as a string; NUL bytes become blanks. */
static inline char *
fuzz_string(const uint8_t *data, size_t len)
{
	char *text;
	size_t i;

	text = malloc(len + 1);
	FUZZ_CHECK(text != NULL);
	for (i = 0; i < len; i++)
		text[i] = (char)(data[i] != 0 ? data[i] : ' ');
	text[len] = '\0';
	return text;
}

/*
 * How an input is cut: its first FUZZ_CUTS bytes are the lengths of pieces, used in turn again
 * and again; 0 stands for all remaining bytes.
 */
#define FUZZ_CUTS	4

struct fuzz_cuts {
	uint8_t		length[FUZZ_CUTS];
	unsigned	next;
};

/* Takes the lengths off the input. Returns 0 if the input is too short for them. */
static inline int
fuzz_cuts_take(struct fuzz_cuts *c, const uint8_t **data, size_t *size)
{
	if (*size < FUZZ_CUTS)
		return 0;
	memcpy(c->length, *data, FUZZ_CUTS);
	c->next = 0;
	*data += FUZZ_CUTS;
	*size -= FUZZ_CUTS;
	return 1;
}

/* Returns the length of the next piece, if this number of bytes is left. */
static inline size_t
fuzz_cut(struct fuzz_cuts *c, size_t left)
{
	size_t len;

	len = c->length[c->next++ % FUZZ_CUTS];
	return len == 0 || len > left ? left : len;
}

#endif

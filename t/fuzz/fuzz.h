/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* What the fuzz targets share: the entry point, a check that aborts, and cuts. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program with the broken rule; assert() would go with NDEBUG. */
#define FUZZ_CHECK(rule) \
	do { \
		if (!(rule)) { \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #rule); \
			abort(); \
		} \
	} while (0)

/* A copy of exactly that size, so that the sanitizer sees any byte read beside it. */
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

/* The same as a string: with a NUL, which none of the bytes is. */
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
 * How an input is cut: the first FUZZ_CUTS bytes of the input are the lengths of pieces,
 * over and over; 0 is all that is left.
 */
#define FUZZ_CUTS	4

struct fuzz_cuts {
	uint8_t		length[FUZZ_CUTS];
	unsigned	next;
};

static inline void
fuzz_cuts_init(struct fuzz_cuts *c, const uint8_t *data)
{
	memcpy(c->length, data, FUZZ_CUTS);
	c->next = 0;
}

/* The length of the next piece of left bytes. */
static inline size_t
fuzz_cut(struct fuzz_cuts *c, size_t left)
{
	size_t len;

	len = c->length[c->next++ % FUZZ_CUTS];
	return len == 0 || len > left ? left : len;
}

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Shared by the fuzz targets: the entry point, a check that aborts, and the splitting of an
 * input.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Aborts after printing a rule that does not hold. Unlike assert(), it is not disabled by NDEBUG.
 */
#define FUZZ_CHECK(rule) \
	do { \
		if (!(rule)) { \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #rule); \
			abort(); \
		} \
	} while (0)

/*
 * Returns a copy of data in a block of exactly len bytes, so that sanitizers report each access
 * beside it.
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

/* Returns a copy of data as a string, in which NUL bytes are replaced by blanks. */
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
 * The lengths of the pieces into which an input is split: the first FUZZ_CUTS bytes of the input,
 * used cyclically. A length of 0 stands for all remaining bytes.
 */
#define FUZZ_CUTS	4

struct fuzz_cuts {
	uint8_t		length[FUZZ_CUTS];
	unsigned	next;
};

/*
 * Removes the lengths of the pieces from the start of the input. Returns 0 if the input is too
 * short.
 */
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

/* Returns the length of the next piece of an input of which len bytes are left. */
static inline size_t
fuzz_cut(struct fuzz_cuts *c, size_t left)
{
	size_t len;

	len = c->length[c->next++ % FUZZ_CUTS];
	return len == 0 || len > left ? left : len;
}

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SCAN_H
#define SCAN_H

#include <stddef.h>
#include <stdint.h>

/*
 * Strict readers of values in a text, such as the values of settings: the whole text must be the
 * value, without blanks around it.  A reader returns 0; or -1, and *out is unchanged.
 */

/* Reads a decimal number from min to max. */
int	scan_number(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/* Reads a size in bytes: a number, or a number with the suffix k, m or g (1024, 1024^2, 1024^3). */
int	scan_size(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/*
 * Reads a duration: a decimal number, which may have a fraction (0.5), and a unit: ms, s, m, h or
 * d.  Without a unit the number is in seconds.  *out is in milliseconds; the duration must be a
 * whole number of milliseconds.
 */
int	scan_duration(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/*
 * Returns 0 if text can be the name of a service, as in /etc/services, otherwise -1.  Such a name
 * begins with a letter or a digit, and has at least one letter.
 */
int	scan_service(const char *text);

/* Returns the value of the hexadecimal digit c, or -1 if c is none. */
int	scan_hex(int c);

/*
 * Returns the edit distance of two words, used to suggest the correct name for a misspelt one: the
 * number of bytes to insert, delete or replace.  Returns 99 if the distance is above 3 or a word is
 * longer than 63 bytes.
 */
unsigned scan_distance(const char *a, const char *b);

/* Sets *why to text, a sentence that explains why a value is invalid.  Returns -1. */
static inline int
scan_fault(const char **why, const char *text)
{
	*why = text;
	return -1;
}

#endif

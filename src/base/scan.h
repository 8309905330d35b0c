/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SCAN_H
#define SCAN_H

#include <stddef.h>
#include <stdint.h>

/*
 * Strict readers of values in text, such as those of settings: the whole text must be the value,
 * without blanks around it.  A reader returns 0, or -1, and *out is then unchanged.
 */

/* Reads a decimal number from min to max. */
int	scan_number(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/* Reads a size in bytes: a number, or a number followed by k, m or g (1024, 1024^2, 1024^3). */
int	scan_size(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/*
 * Reads a duration: a decimal number, which may have a fraction (0.5), and a unit: ms, s, m, h or
 * d; without a unit it is in seconds.  *out is in milliseconds, of which it must be a whole number.
 */
int	scan_duration(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/*
 * Checks that text can be the name of a service, as in /etc/services: it begins with a letter or a
 * digit, and has at least one letter.
 */
int	scan_service(const char *text);

/* Returns the value of a hexadecimal digit, or -1. */
int	scan_hex(int c);

/*
 * Returns the edit distance of two words, to suggest the name that was meant: the number of bytes
 * to insert, delete or replace.  99 if it is above 3 or a word is longer than 63 bytes.
 */
unsigned scan_distance(const char *a, const char *b);

/* Sets *why to text, a sentence that says what is wrong with a value.  Returns -1. */
int	scan_fault(const char **why, const char *text);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SCAN_H
#define SCAN_H

#include <stddef.h>
#include <stdint.h>

/*
 * Strict readers of configuration values: the whole text must be the value,
 * with no blanks around it.  All return 0, or -1 and leave *out alone.
 */

/* A decimal number between min and max. */
int	scan_number(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/* A size in bytes: a number, perhaps followed by k, m or g (1024, 1024^2, 1024^3). */
int	scan_size(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/*
 * A time in milliseconds: a decimal number (a fraction is allowed: 0.5)
 * followed by ms, s, m, h or d; none means seconds.
 */
int	scan_duration(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/* A service's name as in /etc/services: it begins with a letter or digit and has a letter. */
int	scan_service(const char *text);

/* A hexadecimal digit's value, or -1. */
int	scan_hex(int c);

/*
 * Edit distance of two words, for suggestions; 99 if it is above 3 or a word
 * is longer than 63 bytes.
 */
unsigned scan_distance(const char *a, const char *b);

#endif

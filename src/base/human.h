/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef HUMAN_H
#define HUMAN_H

#include <stdint.h>

/* Numbers for people: short, with two or three significant digits.  Each function returns out. */
#define HUMAN_SIZE	12

/* Writes a duration in milliseconds: 0.3s, 12s, 3m05s, 1h02m, 4d07h, 4000d. */
char	*human_time(char out[HUMAN_SIZE], uint64_t ms);

/*
 * Writes a delay in microseconds: 7us, 0.41ms, 12ms, 1.2s; "-" for 0, which means "not measured".
 */
char	*human_delay(char out[HUMAN_SIZE], uint64_t us);

/* Writes a number of bytes: 999, 1.2K, 34M, 5.6G; each unit is 1024 times the previous unit. */
char	*human_bytes(char out[HUMAN_SIZE], uint64_t n);

/* Writes a count: 99999, 123k, 4.5m; each unit is 1000 times the previous unit. */
char	*human_count(char out[HUMAN_SIZE], uint64_t n);

#endif

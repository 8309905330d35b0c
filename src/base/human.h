/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef HUMAN_H
#define HUMAN_H

#include <stdint.h>

/*
 * Figures as a person reads them: short, with two or three digits that matter.  Each returns out,
 * a string.
 */
#define HUMAN_SIZE	12

/* Milliseconds: 0.3s, 12s, 3m05s, 1h02m, 4d07h, 4000d. */
char	*human_time(char out[HUMAN_SIZE], uint64_t ms);

/* The time that something takes, from microseconds: 7us, 0.41ms, 12ms, 1.2s; 0: "-". */
char	*human_delay(char out[HUMAN_SIZE], uint64_t us);

/* Bytes: 999, 1.2K, 34M, 5.6G, each 1024 of the one before. */
char	*human_bytes(char out[HUMAN_SIZE], uint64_t n);

/* Things that are counted: 99999, 123k, 4.5m, 1000 each. */
char	*human_count(char out[HUMAN_SIZE], uint64_t n);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef STANDSTILL_H
#define STANDSTILL_H

#include <stdint.h>
#include <sys/types.h>

/*
 * How long the machine had no time for anybody.  Virtual machines stand still for seconds, and
 * what a program then seems to have taken is not its own.  A process of the test program's sleeps
 * for a moment again and again, and notes when it slept too long.
 */

/* Begins to watch, once, until this process ends; without memory or processes nothing is noted. */
void	standstill_watch(void);

/* The process that does it; not above 0 where there is none. */
pid_t	standstill_watcher(void);

/* Milliseconds of it since the time start of expect_now(). */
uint64_t standstill_since(uint64_t start);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef STANDSTILL_H
#define STANDSTILL_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Measures for how long the machine ran no process. A virtual machine can stand still for
 * seconds, and a test must not count that time against the program. A child of the test program,
 * the watcher, sleeps for 20 ms again and again, and records each sleep that took at least 50 ms
 * longer.
 */

/*
 * Starts the watcher if it is not running; the watcher exits after this process. If the watcher
 * cannot be started, standstill_since() returns 0.
 */
void	standstill_watch(void);

/* Returns the pid of the watcher; 0 or -1 if there is none. */
pid_t	standstill_watcher(void);

/* Returns how long the machine stood still since start, in ms; start is a time of expect_now(). */
uint64_t standstill_since(uint64_t start);

#endif

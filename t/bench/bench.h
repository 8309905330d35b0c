/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>

/* What the load generator and its peer share. */

/* Says what is wrong, and ends the program with status 1. */
void	bench_die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Nanoseconds of the monotonic clock. */
uint64_t bench_now(void);

/* Zeroed memory; ends the program if there is none. */
void	*bench_memory(size_t n, size_t size);

/* A decimal number; ends the program if text is none. */
uint64_t bench_number(const char *text);

/* Lets this process have n descriptors if the system allows it. */
void	bench_descriptors(unsigned n);

/* Flags of a connection: no delay, and whether its calls wait. */
void	bench_nodelay(int fd);
void	bench_blocking(int fd, int on);

/* Listens on a free port of 127.0.0.1, and prints it. */
int	bench_listen(void);

/* Writes all of it to a descriptor that waits; 0, or -1 with errno. */
int	bench_write(int fd, const void *data, size_t len);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>

/* Functions that the load generator, its peer and the relay prefork share. */

/* Prints "bench: ", the formatted text and a newline to standard error, and exits with status 1. */
void	bench_die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Returns the time of the monotonic clock in nanoseconds. */
uint64_t bench_now(void);

/* Returns n * size bytes of zeroed memory, to be freed with free().  Exits if out of memory. */
void	*bench_alloc(size_t n, size_t size);

/* Returns the value of a decimal number.  Exits if text is not one. */
uint64_t bench_parse_number(const char *text);

/*
 * Raises the limit of open descriptors to n, or to the highest value that the system allows.  It
 * is not an error if that is less than n.
 */
void	bench_raise_nofile(unsigned n);

/* Sets TCP_NODELAY, so that small writes are sent immediately. */
void	bench_nodelay(int fd);

/* Makes a descriptor blocking (on = 1) or non-blocking (0). */
void	bench_blocking(int fd, int on);

/* Listens on a free port of 127.0.0.1, prints the port, and returns the socket. */
int	bench_listen(void);

/* Writes all len bytes to a blocking descriptor.  Returns 0, or -1 with errno. */
int	bench_write(int fd, const void *data, size_t len);

#endif

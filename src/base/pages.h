/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PAGES_H
#define PAGES_H

#include <stddef.h>

/*
 * Zeroed memory mapped from the system, for buffers.  A page costs nothing until it is touched, and
 * pages_put() returns the memory to the system at once, unlike free().
 */

/* Maps private memory.  Returns a pointer to at least size bytes, or NULL with errno. */
void	*pages_get(size_t size);

/*
 * Maps memory that is shared with all processes forked later: the file fd from its start, or new
 * zeroed memory if fd is -1.  Returns NULL with errno on failure.
 */
void	*pages_get_shared(size_t size, int fd);

/* Maps the file fd like pages_get_shared(), but read-only. */
void	*pages_get_readonly(size_t size, int fd);

/* Unmaps memory; size is the size with which it was mapped.  Does nothing if memory is NULL. */
void	 pages_put(void *memory, size_t size);

#endif

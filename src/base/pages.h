/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PAGES_H
#define PAGES_H

#include <stddef.h>

/*
 * Memory mapped from the system, zeroed, for buffers: a page costs nothing until it is touched, and
 * pages_put() returns the memory to the system at once, which free() may not do.
 */

/* Maps private memory.  Returns at least size bytes, or NULL with errno. */
void	*pages_get(size_t size);

/*
 * Maps memory that is shared with all processes forked later: the file fd from its beginning, or
 * if fd is -1 new zeroed memory.  Returns NULL with errno on failure.
 */
void	*pages_get_shared(size_t size, int fd);

/* Maps the file fd like pages_get_shared(), but read-only. */
void	*pages_get_readonly(size_t size, int fd);

/* Unmaps memory; size is the value that was passed when it was mapped.  NULL is allowed. */
void	 pages_put(void *memory, size_t size);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef PAGES_H
#define PAGES_H

#include <stddef.h>

/*
 * Zeroed memory straight from the system, for buffers: pages cost nothing until
 * they are touched, and giving them back really gives them back.
 */

/* At least size bytes, or NULL with errno. */
void	*pages_get(size_t size);

/* The same, shared with all processes that are forked later.  fd: a file to map, or -1. */
void	*pages_get_shared(size_t size, int fd);

/* The same, but a file's, to be read only. */
void	*pages_get_readonly(size_t size, int fd);

/* Gives size bytes (the value that was asked for) back; NULL is allowed. */
void	 pages_put(void *memory, size_t size);

#endif

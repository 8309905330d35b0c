/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef ARRAY_H
#define ARRAY_H

#include <stddef.h>

/*
 * Makes sure that an array can hold one more element of `size` bytes.  The array comes from
 * malloc() or is NULL; it has count elements and memory for *room elements, which is doubled
 * when all of it is used.  Returns the array, which may have moved, or NULL if there is no
 * memory; array and *room are then unchanged.
 */
void	*array_grow(void *array, size_t count, size_t *room, size_t size);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef ARRAY_H
#define ARRAY_H

#include <stddef.h>

/*
 * Makes room for one more element of `size` bytes in an array from malloc() (or NULL) that has
 * count elements and room for *room; the room doubles when it is used up.  Returns the array,
 * which may have moved, or NULL if there is no memory: array and *room are unchanged then.
 */
void	*array_grow(void *array, size_t count, size_t *room, size_t size);

#endif

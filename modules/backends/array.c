/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stdint.h>
#include <stdlib.h>

#include "array.h"

#define ROOM_FIRST	16

void *
array_grow(void *array, size_t count, size_t *room, size_t size)
{
	size_t more = *room == 0 ? ROOM_FIRST : *room * 2;
	void *grown;

	if (count < *room)
		return array;
	if (more > SIZE_MAX / 2 / size)
		return NULL;
	grown = realloc(array, more * size);
	if (grown != NULL)
		*room = more;
	return grown;
}

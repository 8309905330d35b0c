/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/pages.h"

/*
 * Calls mmap().  MAP_ANONYMOUS is not in POSIX.1-2008; where it is missing, a mapping of /dev/zero
 * has the same effect.
 */
static void *
map(size_t size, int access, int flags, int fd)
{
	void *memory;
	int zero = -1;	/* /dev/zero */

	if (fd == -1) {
#if defined(MAP_ANONYMOUS)
		flags |= MAP_ANONYMOUS;
#else
		zero = fd = open("/dev/zero", O_RDWR | O_CLOEXEC);
		if (fd == -1)
			return NULL;
#endif
	}
	memory = mmap(NULL, size, access, flags, fd, 0);
	if (zero != -1)
		close(zero);
	return memory == MAP_FAILED ? NULL : memory;
}

void *
pages_get(size_t size)
{
	return map(size, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
}

void *
pages_get_shared(size_t size, int fd)
{
	return map(size, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
}

void *
pages_get_readonly(size_t size, int fd)
{
	return map(size, PROT_READ, MAP_SHARED, fd);
}

void
pages_put(void *memory, size_t size)
{
	if (memory != NULL)
		(void)munmap(memory, size);
}

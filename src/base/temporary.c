/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/temporary.h"

#define NAME	"websocksy.XXXXXX"

/* In a container, often only the first of these can be written to. */
static const char *const directories[] = { "/dev/shm", "/tmp", "/var/tmp" };

/* Makes a file in memory.  Returns its descriptor, or -1 with errno. */
static int
make_in_memory(void)
{
#if defined(HAVE_MEMFD_CREATE) && defined(MFD_CLOEXEC)
	int fd;

#if !defined(MFD_NOEXEC_SEAL)
#define MFD_NOEXEC_SEAL	0x0008U
#endif
	/* A system may demand this flag (vm.memfd_noexec), which kernels before 6.3 refuse. */
	fd = memfd_create("websocksy", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
	if (fd == -1 && errno == EINVAL)
		fd = memfd_create("websocksy", MFD_CLOEXEC);
	if (fd != -1 && fchmod(fd, S_IRUSR | S_IWUSR) == -1)
		io_close(&fd);
	return fd;
#else
	errno = ENOSYS;
	return -1;
#endif
}

/*
 * Makes a file in this directory, which may be NULL: no directory.  Returns its descriptor, or -1
 * with errno.
 */
static int
make_in(const char *directory)
{
	char path[1024];
	int fd, len;

	if (directory == NULL || *directory != '/') {
		errno = ENOENT;
		return -1;
	}
	len = snprintf(path, sizeof(path), "%s/" NAME, directory);
	if (len < 0 || len >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkstemp(path);
	if (fd == -1)
		return -1;
	(void)unlink(path);
	if (io_set_cloexec(fd) == -1)
		io_close(&fd);
	return fd;
}

/* Makes a file in the place with this number.  Returns its descriptor, or -1 with errno. */
static int
make_at(unsigned place)
{
	switch (place) {
	case 0:
		return make_in_memory();
	case 1:
		return make_in(getenv("TMPDIR"));
	default:
		return make_in(directories[place - 2]);
	}
}

int
temporary_make(int (*fill)(int fd, void *arg), void *arg)
{
	const unsigned places = 2 + sizeof(directories) / sizeof(directories[0]);
	unsigned place;
	int fd, error = ENOENT;

	for (place = 0; place < places; place++) {
		fd = make_at(place);
		if (fd != -1 && (fill == NULL || fill(fd, arg) == 0))
			return fd;
		/* The reason why a directory is useless; not that the system lacks a place. */
		if (errno != ENOENT && errno != ENOSYS)
			error = errno;
		io_close(&fd);
	}
	errno = error;
	return -1;
}

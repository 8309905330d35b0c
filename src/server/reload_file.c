/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/scan.h"
#include "base/temporary.h"
#include "server/reload_file.h"

#define VARIABLE	"WEBSOCKSY_STATE"

struct text {
	const char	*bytes;
	size_t		 len;
};

/* For temporary_make(): writes the text, and goes back to its start. */
static int
fill(int fd, void *arg)
{
	const struct text *t = arg;
	size_t done = 0;
	ssize_t n;

	while (done < t->len) {
		n = io_write(fd, t->bytes + done, t->len - done);
		if (n <= 0) {
			errno = n == 0 ? ENOSPC : errno;
			return -1;
		}
		done += (size_t)n;
	}
	return lseek(fd, 0, SEEK_SET) == -1 ? -1 : 0;
}

int
reload_file_make(const char *text, size_t len)
{
	struct text t = { text, len };
	int fd = temporary_make(fill, &t), flags = fd == -1 ? -1 : fcntl(fd, F_GETFD);
	char number[16];

	(void)snprintf(number, sizeof(number), "%d", fd);
	if (flags != -1 && fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC) != -1 &&
	    setenv(VARIABLE, number, 1) == 0)
		return fd;
	log_error("cannot reload: no file to hand the state over (" TEMPORARY_REMEDY ")");
	io_close(&fd);
	return -1;
}

void
reload_file_drop(int fd)
{
	(void)unsetenv(VARIABLE);
	io_close(&fd);
}

/*
 * Returns whether only a master with our rights can have made the file: it is ours, has no name by
 * which it could be opened, and no rights for others.
 */
static int
is_ours(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    st.st_nlink == 0 && (st.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

int
reload_file_open(FILE **f)
{
	const char *variable = getenv(VARIABLE);
	uint64_t fd;

	*f = NULL;
	if (variable == NULL)
		return 0;
	if (scan_number(variable, 3, 1000000, &fd) == 0 && is_ours((int)fd))
		*f = fdopen((int)fd, "r");
	(void)unsetenv(VARIABLE);
	if (*f != NULL)
		return 1;
	log_errorx("the environment variable " VARIABLE " is for reloads alone, and does not name "
	    "a file that a reload has made: unset it");
	return -1;
}

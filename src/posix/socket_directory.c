/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/io.h"
#include "base/sha1.h"
#include "posix/address.h"
#include "posix/socket_directory.h"

#define NAME_BYTES	9	/* random bytes of a name: 12 digits of base64 */
#define NAME_SIZE	24	/* process in hexadecimal, a dot, 12 digits, NUL */
#define TRIES		4	/* names that are tried, if there is a file of that name */

/*
 * The directory of the master, one of a previous program with workers that still use it, and one
 * for a single socket.
 */
static struct private_directory ours = { .lock = -1 }, previous = { .lock = -1 },
    single = { .lock = -1 };

static size_t root_length;	/* bytes of ours.path that workers do not see */

/* Names are hashes of this and of a number that is never used twice. */
static struct {
	uint8_t		secret[sizeof(struct timespec) + 16];
	int		known;
	uint64_t	names;
} seed;

/* Fills the secret, from the system's random numbers if it has any. */
static void
make_secret(void)
{
	struct timespec now;
	uintptr_t place;
	int fd;

	if (seed.known)
		return;
	fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	if (fd == -1 || io_read(fd, seed.secret, sizeof(seed.secret)) != sizeof(seed.secret)) {
		/*
		 * Below another root directory there may be no such file.  The time in ns and the
		 * place of the stack are hard to guess, too.
		 */
		(void)clock_gettime(CLOCK_REALTIME, &now);
		place = (uintptr_t)&now;
		memcpy(seed.secret, &now, sizeof(now));
		memcpy(seed.secret + sizeof(now), &place, sizeof(place));
	}
	seed.known = 1;
	io_close(&fd);
}

int
socket_directory_open(const char *root, const char *directory, uid_t uid, gid_t gid,
    const struct private_directory *before)
{
	char parent[PRIVATE_DIRECTORY_SIZE];

	(void)snprintf(parent, sizeof(parent), "%s%s", root, directory);
	root_length = strlen(root);
	make_secret();
	if (before != NULL && private_directory_is(before, parent, uid)) {
		ours = *before;
		return 0;
	}
	if (before != NULL)
		previous = *before;
	else
		private_directory_sweep(parent, uid);
	return private_directory_make(&ours, parent, uid, gid);
}

const struct private_directory *
socket_directory_get(void)
{
	return &ours;
}

void
socket_directory_leave(void)
{
	io_close(&ours.lock);
	io_close(&previous.lock);
}

/* Writes a new name for a socket of this process. */
static void
make_name(char name[NAME_SIZE])
{
	char digits[BASE64_SIZE(NAME_BYTES)];
	uint8_t hash[SHA1_SIZE];
	pid_t pid = getpid();
	struct sha1 s;
	char *c;

	seed.names++;
	sha1_init(&s);
	sha1_update(&s, seed.secret, sizeof(seed.secret));
	sha1_update(&s, &pid, sizeof(pid));
	sha1_update(&s, &seed.names, sizeof(seed.names));
	sha1_final(&s, hash);
	base64_encode(digits, hash, NAME_BYTES);
	for (c = digits; *c != '\0'; c++)
		*c = *c == '/' ? '_' : *c;
	(void)snprintf(name, NAME_SIZE, "%lx.%s", (unsigned long)pid & 0xffffffff, digits);
}

/* Binds the socket to a new name in a directory.  Returns 0, or -1 with errno. */
static int
bind_in(int fd, const char *directory, char path[TRANSPORT_PATH_SIZE])
{
	int result = -1, error;
	struct sockaddr_un un;
	char name[NAME_SIZE];
	unsigned tries;
	mode_t mask;

	errno = EADDRINUSE;
	for (tries = 0; result == -1 && errno == EADDRINUSE && tries < TRIES; tries++) {
		make_name(name);
		if (snprintf(path, TRANSPORT_PATH_SIZE, "%s/%s", directory, name) >=
		    TRANSPORT_PATH_SIZE || address_unix(&un, path) == -1) {
			errno = ENAMETOOLONG;
			break;
		}
		/*
		 * The peer may run as any user, so all users get write access.  This is safe: a
		 * connected socket receives datagrams only from its peer.
		 */
		mask = umask(0);
		result = bind(fd, (struct sockaddr *)&un, sizeof(un));
		error = errno;
		(void)umask(mask);
		errno = error;
	}
	if (result == -1)
		path[0] = '\0';
	return result;
}

int
socket_directory_bind(int fd, const char *directory, char path[TRANSPORT_PATH_SIZE])
{
	static int swept;
	int error;

	make_secret();
	if (ours.path[0] != '\0') {
		if (bind_in(fd, ours.path + root_length, path) == 0)
			return 0;
		/* Programs that clean up /tmp remove directories that seem to be unused. */
		if (errno != ENOENT)
			return -1;
	} else if (!swept) {
		private_directory_sweep(directory, geteuid());
	}
	swept = 1;
	if (single.lock == -1 &&
	    private_directory_make(&single, directory, geteuid(), getegid()) == -1)
		return -1;
	if (bind_in(fd, single.path, path) == 0)
		return 0;
	error = errno;
	private_directory_remove(&single);
	errno = error;
	return -1;
}

void
socket_directory_unbind(char path[TRANSPORT_PATH_SIZE])
{
	if (path[0] == '\0')
		return;
	if (single.lock != -1)
		private_directory_remove(&single);
	else
		(void)unlink(path);
	path[0] = '\0';
}

void
socket_directory_reap(pid_t pid)
{
	char begin[NAME_SIZE];

	(void)snprintf(begin, sizeof(begin), "%lx.", (unsigned long)pid & 0xffffffff);
	private_directory_clear(&ours, begin);
	private_directory_clear(&previous, begin);
}

void
socket_directory_close(void)
{
	private_directory_remove(&ours);
	private_directory_remove(&previous);
	ours.path[0] = '\0';
}

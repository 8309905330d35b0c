/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/scan.h"
#include "posix/address.h"
#include "posix/lifecycle.h"
#include "posix/resolve.h"
#include "posix/signals.h"

#define KEEP	5000	/* ms; how long a process reuses the last answer */

/* The answer that the child process writes to the pipe. */
struct answer {
	int		error;		/* result of getaddrinfo() */
	struct resolved	found;
};

static struct {
	struct peer	peer;
	struct resolved	found;
	uint64_t	until;	/* deadline after which the answer is not reused */
} cache;		/* the last answer, and the peer for which it was */

static void
look_up(const struct peer *p, int flags, struct answer *a)
{
	struct addrinfo hints, *list, *ai;

	memset(a, 0, sizeof(*a));
	memset(&hints, 0, sizeof(hints));
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = peer_is_datagram(p) ? SOCK_DGRAM : SOCK_STREAM;
	hints.ai_flags = flags;
	a->error = getaddrinfo(p->host, p->port, &hints, &list);
	if (a->error != 0)
		return;
	for (ai = list; ai != NULL && a->found.count < RESOLVE_MAX; ai = ai->ai_next) {
		if (ai->ai_addrlen > sizeof(struct sockaddr_storage))
			continue;
		a->found.at[a->found.count].size = ai->ai_addrlen;
		memcpy(&a->found.at[a->found.count].address, ai->ai_addr, ai->ai_addrlen);
		a->found.count++;
	}
	freeaddrinfo(list);
}

/*
 * Runs in the child process.  Closes all other descriptors, so that a child that is stuck in a
 * look-up does not keep the worker's connections open after the worker has exited.
 */
static void
run_child(const struct peer *p, int out)
{
	struct answer a;
	const uint8_t *bytes = (const uint8_t *)&a;
	size_t done;
	ssize_t n;

	signals_default();
	if (out != 3 && dup2(out, 3) == -1)
		_exit(1);
	io_close_from(4);
	look_up(p, 0, &a);
	for (done = 0; done < sizeof(a); done += (size_t)n) {
		n = write(3, bytes + done, sizeof(a) - done);
		if (n <= 0)
			_exit(1);
	}
	_exit(0);
}

/*
 * Reads the whole answer of the child process.  Returns 0; -1 at the deadline, if the server stops,
 * or if the child exits without an answer.
 */
static int
receive_answer(int fd, struct answer *a, uint64_t deadline)
{
	uint8_t *bytes = (uint8_t *)a;
	size_t done = 0;
	ssize_t n;

	while (done < sizeof(*a)) {
		if (!lifecycle_wait_readable(fd, deadline))
			return -1;
		n = io_read(fd, bytes + done, sizeof(*a) - done);
		if (n == IO_EOF || n == IO_ERROR)
			return -1;
		if (n > 0)
			done += (size_t)n;
	}
	return 0;
}

/* Looks up the host name of a peer in a child process. */
static enum resolve_result
ask_child(const struct peer *p, struct answer *a, uint64_t deadline, const char **why)
{
	int fd[2], flags, result;
	pid_t pid;

	*why = "the process that looks up its name failed";
	if (io_pipe(fd) == -1)
		return RESOLVE_FAILED;
	/*
	 * The child may block when it writes to the pipe; this process must not block when it
	 * reads.
	 */
	flags = fcntl(fd[1], F_GETFL);
	if (flags == -1 || fcntl(fd[1], F_SETFL, flags & ~O_NONBLOCK) == -1)
		pid = -1;
	else
		pid = fork();
	if (pid == 0)
		run_child(p, fd[1]);
	io_close(&fd[1]);
	if (pid == -1) {
		io_close(&fd[0]);
		return RESOLVE_FAILED;
	}
	result = receive_answer(fd[0], a, deadline);
	io_close(&fd[0]);
	if (result == -1)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
	if (result == 0)
		return RESOLVE_OK;
	return clock_now() >= deadline || lifecycle_state() == LIFECYCLE_STOP ? RESOLVE_LATE :
	    RESOLVE_FAILED;
}

/*
 * Reads a numeric address in the usual notation, the form of most peer addresses.  getaddrinfo()
 * would use more memory and stack than an idle connection needs.  Returns 1; 0 for any other text,
 * which may still be an address for getaddrinfo(), such as one with a zone.
 */
static int
read_numeric(const struct peer *p, struct resolved *r)
{
	uint64_t port;

	if (scan_number(p->port, 0, 65535, &port) == -1)
		return 0;
	r->at[0].size = address_parse(&r->at[0].address, p->host, (unsigned)port);
	r->count = r->at[0].size > 0;
	return (int)r->count;
}

enum resolve_result
resolve(const struct peer *p, struct resolved *out, uint64_t deadline, const char **why)
{
	enum resolve_result result;
	struct answer a;

	if (read_numeric(p, out))
		return RESOLVE_OK;
	if (clock_now() < cache.until && memcmp(&cache.peer, p, sizeof(*p)) == 0) {
		*out = cache.found;
		return RESOLVE_OK;
	}
	look_up(p, AI_NUMERICHOST, &a);
	if (a.error == EAI_NONAME) {
		result = ask_child(p, &a, deadline, why);
		if (result != RESOLVE_OK)
			return result;
	}
	if (a.error != 0 || a.found.count == 0) {
		*why = a.error != 0 && a.error != EAI_SYSTEM ? gai_strerror(a.error) :
		    "its name could not be looked up";
		return RESOLVE_FAILED;
	}
	cache.peer = *p;
	cache.found = a.found;
	cache.until = clock_now() + KEEP;
	*out = a.found;
	return RESOLVE_OK;
}

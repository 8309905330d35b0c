/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "posix/sockopt.h"

static void
set(int fd, int level, int option)
{
	int on = 1, saved = errno;

	(void)setsockopt(fd, level, option, &on, sizeof(on));
	errno = saved;
}

void
sockopt_listener(int fd)
{
	set(fd, SOL_SOCKET, SO_OOBINLINE);
	set(fd, IPPROTO_TCP, TCP_NODELAY);
}

/* Returns whether an accepted connection has inherited the options. */
static int
has_inherited(int fd)
{
	socklen_t size = sizeof(int);
	int saved = errno, on = 0, result;

	/* Both options were set at the same time, so one of them shows both. */
	result = getsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, &size) == 0 && on != 0;
	errno = saved;
	return result;
}

void
sockopt_accepted(int fd, int family, int own)
{
	/* 1: a connection of an own listener has inherited the options, so all others do, too. */
	static int inherits;

	/* A Unix socket has no TCP_NODELAY, and on Linux it inherits nothing. */
	if (family == AF_UNIX) {
		set(fd, SOL_SOCKET, SO_OOBINLINE);
		return;
	}
	if (own && inherits)
		return;
	if (has_inherited(fd)) {
		if (own)
			inherits = 1;
		return;
	}
	set(fd, SOL_SOCKET, SO_OOBINLINE);
	set(fd, IPPROTO_TCP, TCP_NODELAY);
}

void
sockopt_before_connect(int fd)
{
	set(fd, SOL_SOCKET, SO_OOBINLINE);
}

void
sockopt_connected(int fd)
{
	set(fd, IPPROTO_TCP, TCP_NODELAY);
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "posix/address.h"
#include "posix/connect.h"
#include "posix/lifecycle.h"
#include "posix/resolve.h"
#include "posix/socket_directory.h"
#include "posix/unix_target.h"
#include "posix/sockopt.h"
#include "proto/allow.h"

#define RETRY	20	/* ms between two attempts, while the backlog of the Unix socket is full */

static int
connect_fail(struct connected *c, int status, const char *why)
{
	io_close(&c->fd);
	c->status = status;
	(void)snprintf(c->why, sizeof(c->why), "%s", why);
	return -1;
}

/*
 * Fails with a sentence for an error number.  Most sentences do not name the error: the client must
 * not learn much about the internal network.
 */
static int
fail_errno(struct connected *c, int error)
{
	switch (error) {
	case ECONNREFUSED:
		return connect_fail(c, 502, "the peer refused the connection");
	case ETIMEDOUT:
		return connect_fail(c, 504, "the peer did not answer in time");
	case ENOENT:
		return connect_fail(c, 502, "the peer's socket does not exist");
	case EACCES:
	case EPERM:
		return connect_fail(c, 502, "no permission to connect to the peer");
	case EHOSTUNREACH:
	case ENETUNREACH:
#if defined(EHOSTDOWN)
	case EHOSTDOWN:
#endif
		return connect_fail(c, 502, "the peer cannot be reached");
	case EPROTOTYPE:
		return connect_fail(c, 502,
		    "the peer's socket is of another kind (unix or unix-dgram)");
	default:
		return connect_fail(c, 502, strerror(error));
	}
}

static int
new_socket(struct connected *c, int family, int type)
{
	c->fd = io_socket(family, type);
	if (c->fd == -1)
		return fail_errno(c, errno);
	return c->fd < FD_SETSIZE ? 0 : fail_errno(c, EMFILE);
}

/* Waits until a connect() that continues in the background succeeds or fails. */
static int
finish_connect(struct connected *c, uint64_t deadline)
{
	socklen_t size = sizeof(int);
	int error = 0;

	if (!lifecycle_wait_writable(c->fd, deadline))
		return fail_errno(c, ETIMEDOUT);
	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1)
		error = errno;
	return error == 0 ? 0 : fail_errno(c, error);
}

static int
fail_allowed(struct connected *c)
{
	return connect_fail(c, 403,
	    "this peer is not among those that are allowed (setting: allow-peers)");
}

/*
 * Returns 1 if an allow list allows the address a.  The list is compared with the address to
 * connect to, not with the name that was looked up.
 */
static int
is_allowed(const char *list, const struct resolve_address *a, peer_transport transport)
{
	uint8_t bytes[16];
	uint16_t port;

	return address_bytes(&a->address, bytes, &port) == 0 &&
	    allow_inet(list, transport, bytes, port);
}

static int
connect_address(struct connected *c, const struct resolve_address *a, int type, uint64_t deadline)
{
	if (new_socket(c, a->address.ss_family, type) == -1)
		return -1;
	if (type == SOCK_STREAM)
		sockopt_before_connect(c->fd);
	if (connect(c->fd, (const struct sockaddr *)&a->address, a->size) == 0)
		return 0;
	/* An interrupted connect() continues in the background, like one that would block. */
	if (errno == EINPROGRESS || errno == EINTR)
		return finish_connect(c, deadline);
	return fail_errno(c, errno);
}

/* Removes the addresses that the allow list does not allow. */
static void
keep_allowed(struct resolved *r, const char *list, peer_transport transport)
{
	unsigned i, count = 0;

	for (i = 0; i < r->count; i++)
		if (is_allowed(list, &r->at[i], transport))
			r->at[count++] = r->at[i];
	r->count = count;
}

static int
connect_inet(struct connected *c, const struct peer *p, const char *allowed, uint64_t deadline)
{
	int type = peer_is_datagram(p) ? SOCK_DGRAM : SOCK_STREAM;
	const char *why = "";
	uint64_t now, share;
	unsigned i;

	switch (resolve(p, &c->found, deadline, &why)) {
	case RESOLVE_OK:
		break;
	case RESOLVE_LATE:
		return connect_fail(c, 504, "the peer's name could not be looked up in time");
	case RESOLVE_FAILED:
		(void)connect_fail(c, 502, "");
		(void)snprintf(c->why, sizeof(c->why), "the peer was not found: %.200s", why);
		return -1;
	}
	(void)fail_allowed(c);
	keep_allowed(&c->found, allowed, p->transport);
	for (i = 0; i < c->found.count; i++) {
		/*
		 * Each address gets a share of the time, so that an address without an answer does
		 * not use it all.
		 */
		now = clock_now();
		share = now + (deadline > now ? (deadline - now) / (c->found.count - i) : 0);
		if (connect_address(c, &c->found.at[i], type, share) == 0) {
			c->at = i;
			if (type == SOCK_STREAM)
				sockopt_connected(c->fd);
			return 0;
		}
		if (lifecycle_state() == LIFECYCLE_STOP)
			break;
	}
	return -1;
}

/* Binds our own socket to a path, so that a unix-dgram peer has an address for its answers. */
static int
bind_own(struct connected *c, const char *directory)
{
	int error;

	if (socket_directory_bind(c->fd, directory, c->path) == 0)
		return 0;
	error = errno;
	(void)connect_fail(c, 502, "");
	(void)snprintf(c->why, sizeof(c->why),
	    "no socket could be made in socket-directory: %.100s",
	    error == ENAMETOOLONG ? "its path is too long" : strerror(error));
	return -1;
}

/* Discards datagrams that arrived before the socket was connected: the peer did not send them. */
static void
discard_early(const struct connected *c)
{
	char byte;
	int cut;

	while (io_receive(c->fd, &byte, sizeof(byte), &cut) >= 0)
		;
}

/*
 * Finds the socket of the peer, which must be one that allow-peers allows.  Returns 0, and the
 * caller must release the target; or -1.
 */
static int
find_target(struct connected *c, struct unix_target *t, const struct peer *p, const char *allowed)
{
	switch (unix_target_find(t, p->host, p->transport, allowed)) {
	case UNIX_TARGET_OK:
		return 0;
	case UNIX_TARGET_ERROR:
		return fail_errno(c, errno);
	case UNIX_TARGET_LONG:
		return connect_fail(c, 502, "the path of the peer's socket is too long");
	case UNIX_TARGET_FORBIDDEN:
		return fail_allowed(c);
	case UNIX_TARGET_UNSAFE:
		break;
	}
	return connect_fail(c, 403,
	    "other users can change the path of this peer (setting: allow-peers)");
}

/*
 * Connects to the socket of the target, and waits while its backlog is full, until the deadline.
 */
static int
connect_target(struct connected *c, const struct unix_target *t, uint64_t deadline)
{
	const struct sockaddr *address = (const struct sockaddr *)&t->address;

	while (connect(c->fd, address, sizeof(t->address)) == -1) {
		if (errno == EINPROGRESS)
			return finish_connect(c, deadline);
		if (errno != EAGAIN && errno != EINTR)
			return fail_errno(c, errno);
		/* No event reports space in the backlog: wait for RETRY and try again. */
		if (clock_now() >= deadline || lifecycle_state() == LIFECYCLE_STOP)
			return fail_errno(c, ETIMEDOUT);
		(void)lifecycle_wait(-1, NULL, NULL, clock_now() + RETRY);
	}
	return 0;
}

static int
connect_unix(struct connected *c, const struct peer *p, const struct conf *conf,
    uint64_t deadline)
{
	int datagram = peer_is_datagram(p), result;
	struct unix_target t;

	if (find_target(c, &t, p, conf->allow_peers) == -1)
		return -1;
	result = new_socket(c, AF_UNIX, datagram ? SOCK_DGRAM : SOCK_STREAM);
	if (result == 0 && datagram)
		result = bind_own(c, conf->socket_directory);
	if (result == 0 && !datagram)
		sockopt_before_connect(c->fd);
	if (result == 0)
		result = connect_target(c, &t, deadline);
	unix_target_release(&t);
	if (result == 0 && datagram)
		discard_early(c);
	return result;
}

int
connect_peer(struct connected *c, const struct peer *p, const struct conf *conf, uint64_t deadline)
{
	int result;

	memset(c, 0, sizeof(*c));
	c->fd = -1;
	c->peer = p;
	c->conf = conf;
	if (transport_of(p->transport)->place == TRANSPORT_PATH)
		result = connect_unix(c, p, conf, deadline);
	else
		result = connect_inet(c, p, conf->allow_peers, deadline);
	if (result == -1)
		connect_clean(c);
	return result;
}

/* Connects to another address of a UDP peer, or again to the only one. */
static int
connect_next(struct connected *c)
{
	int before = c->fd;
	unsigned i;

	c->fd = -1;
	for (i = 0; i < c->found.count; i++) {
		c->at = (c->at + 1) % c->found.count;
		if (connect_address(c, &c->found.at[c->at], SOCK_DGRAM, CLOCK_NEVER) == 0) {
			io_close(&before);
			return 0;
		}
	}
	c->fd = before;
	return -1;
}

/* Connects our own socket to the socket that is now at the path of a Unix datagram peer. */
static int
connect_path_again(struct connected *c)
{
	int fd = c->fd, result;
	struct unix_target t;

	/* A failure would close c->fd. */
	c->fd = -1;
	result = find_target(c, &t, c->peer, c->conf->allow_peers);
	c->fd = fd;
	if (result == 0) {
		result = connect(fd, (struct sockaddr *)&t.address, sizeof(t.address));
		unix_target_release(&t);
	}
	c->is_detached = result == -1;
	if (c->is_detached)
		return -1;
	discard_early(c);
	return 0;
}

int
connect_again(struct connected *c)
{
	return connect_addresses(c) == 0 ? connect_path_again(c) : connect_next(c);
}

unsigned
connect_addresses(const struct connected *c)
{
	return c->found.count;
}

void
connect_clean(struct connected *c)
{
	socket_directory_unbind(c->path);
}

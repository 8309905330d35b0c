/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "posix/address.h"
#include "posix/listen_mend.h"

/* An event that is not in POSIX: the socket receives nothing any more. */
#if defined(POLLRDHUP)
#define NO_INPUT	POLLRDHUP
#else
#define NO_INPUT	0
#endif

/*
 * Returns whether a listener is dead.  A TCP socket stops listening on shutdown().  A Unix socket
 * is still shown as listening: poll() reports that its input has ended.
 */
static int
is_dead(const struct listener *one)
{
	socklen_t size = sizeof(int);
	int listening = 0;
	struct pollfd p;

	if (getsockopt(one->fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == -1 || !listening)
		return 1;
	p.fd = one->fd;
	p.events = POLLIN | NO_INPUT;
	p.revents = 0;
	if (poll(&p, 1, 0) < 1)
		return 0;
	return (p.revents & (POLLHUP | POLLERR | POLLNVAL | NO_INPUT)) != 0 ||
	    (NO_INPUT == 0 && one->path[0] != '\0' && !listen_unix_answers(one->path));
}

unsigned
listen_mend_count(const struct listeners *l)
{
	unsigned i, n = 0;

	for (i = 0; i < l->count; i++)
		n += is_dead(&l->at[i]) != 0;
	return n;
}

/*
 * Returns whether the socket listens again, on the same port, after a call of listen().  If the
 * system had chosen its port, the port was lost with shutdown(), and listen() takes another one.
 */
static int
listens_again(const struct listener *one, const struct conf *conf)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	memset(&address, 0, sizeof(address));
	return listen(one->fd, (int)conf->backlog) == 0 && !is_dead(one) &&
	    (one->port == 0 ||
	    (getsockname(one->fd, (struct sockaddr *)&address, &size) == 0 &&
	    address_port(&address) == one->port));
}

/* Replaces the socket by a new one with the same address.  Returns 0, or -1 with errno. */
static int
bind_inet(struct listener *one, const struct conf *conf)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address), flag = sizeof(int);
	int only = 0, fd;

	memset(&address, 0, sizeof(address));
	if (getsockname(one->fd, (struct sockaddr *)&address, &size) == -1 ||
	    (address.ss_family == AF_INET6 &&
	    getsockopt(one->fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &flag) == -1))
		return -1;
	if (one->port != 0)
		address_set_port(&address, one->port);
	fd = listen_socket(&address, size, !only, (int)conf->backlog);
	if (fd == -1)
		return -1;
	io_close(&one->fd);
	one->fd = fd;
	return 0;
}

/*
 * Replaces a Unix socket by a new one at the same path.  One that a service manager has made keeps
 * its permissions, and its owner if this process is root.  Returns 0, or -1 after a message.
 */
static int
bind_unix(struct listener *one, const struct conf *conf)
{
	struct conf copy = *conf;
	char mode[16], none[] = "";
	struct stat st;
	int old = one->fd, keep;

	keep = one->given && lstat(one->path, &st) == 0 && S_ISSOCK(st.st_mode);
	if (keep) {
		(void)snprintf(mode, sizeof(mode), "0%o", (unsigned)(st.st_mode & 0777));
		copy.listen_mode = mode;
		copy.listen_owner = copy.listen_group = none;
	}
	if (listen_unix(one, &copy) == -1) {
		one->fd = old;
		return -1;
	}
	if (keep && geteuid() == 0 && lchown(one->path, st.st_uid, st.st_gid) == -1)
		log_warn("cannot give %s to its previous owner", one->path);
	io_close(&old);
	return 0;
}

static int
bind_again(struct listener *one, const struct conf *conf)
{
	return one->path[0] != '\0' ? bind_unix(one, conf) : bind_inet(one, conf);
}

/* Mends one dead listener.  Returns 0, or -1 after a message. */
static int
mend(struct listener *one, const struct conf *conf)
{
	const char *what = NULL;
	/* The service manager has the same socket, which it passes to the next server. */
	int again = one->given && listens_again(one, conf);

	if (!again && bind_again(one, conf) == 0)
		what = "was bound again";
	else if (again || listens_again(one, conf))
		what = "listens again";
	if (what != NULL)
		log_warnx("%s: the listener had been shut down, perhaps by a worker; it %s",
		    one->text, what);
	else if (one->given)
		log_errorx("%s: the listener that was passed to this server has been shut down, "
		    "and cannot be bound again: restart its socket unit or super-server", one->text);
	else
		log_errorx("%s: the listener has been shut down, and cannot be bound again: free "
		    "the address, then reload", one->text);
	return what != NULL ? 0 : -1;
}

void
listen_mend(struct listeners *l, const struct conf *conf)
{
	unsigned i = 0;

	while (i < l->count) {
		if (!is_dead(&l->at[i]) || mend(&l->at[i], conf) == 0) {
			i++;
			continue;
		}
		io_close(&l->at[i].fd);
		l->count--;
		memmove(&l->at[i], &l->at[i + 1], (l->count - i) * sizeof(l->at[0]));
	}
	if (l->count == 0)
		log_errorx("no listener is left: no client can connect");
}

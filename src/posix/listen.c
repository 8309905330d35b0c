/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/scan.h"
#include "posix/address.h"
#include "posix/listen.h"
#include "posix/sockopt.h"

int
listen_socket(struct sockaddr_storage *address, socklen_t size, int both, int backlog)
{
	int on = 1, v6only = !both;
	int fd = io_socket(address->ss_family, SOCK_STREAM);

	if (fd == -1)
		return -1;
	if (fd >= FD_SETSIZE) {
		io_close(&fd);
		errno = EMFILE;
		return -1;
	}
	sockopt_listener(fd);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    (address->ss_family != AF_INET6 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only)) == 0) &&
	    bind(fd, (struct sockaddr *)address, size) == 0 && listen(fd, backlog) == 0 &&
	    getsockname(fd, (struct sockaddr *)address, &size) == 0)
		return fd;
	io_close(&fd);
	return -1;
}

/* Returns 1 for an error number that means that the machine does not have the address. */
static int
is_absent(int error)
{
	return error == EAFNOSUPPORT || error == EADDRNOTAVAIL || error == EPROTONOSUPPORT;
}

/* Returns the open listener in old whose configured address is `asked`, or NULL. */
static struct listener *
find_old(struct listeners *old, const char *asked)
{
	unsigned i;

	for (i = 0; old != NULL && i < old->count; i++)
		if (old->at[i].fd != -1 && strcmp(old->at[i].asked, asked) == 0)
			return &old->at[i];
	return NULL;
}

/* Sets the text and the port of a listener from the address to which its socket is bound. */
static int
set_bound(struct listener *one)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	struct sockaddr_un un;

	memset(&address, 0, sizeof(address));
	if (getsockname(one->fd, (struct sockaddr *)&address, &size) == -1)
		return -1;
	(void)address_format(one->text, &address);
	if (address.ss_family == AF_INET || address.ss_family == AF_INET6)
		one->port = address_port(&address);
	memcpy(&un, &address, sizeof(un));
	if (address.ss_family == AF_UNIX && un.sun_path[0] == '/') {
		(void)snprintf(one->asked, sizeof(one->asked), ENDPOINT_UNIX "%.*s",
		    (int)sizeof(un.sun_path), un.sun_path);
		listen_name_unix(one);
	}
	return 0;
}

/* Values that are the same for all addresses of an endpoint. */
struct opening {
	struct listeners	*l, *old;
	const struct endpoint	*endpoint;
	int			 backlog;
};

/*
 * Opens a listener for each address in the list.  Returns 0; -1 after a message; -2 with errno if
 * the machine has none of the addresses.
 */
static int
open_all(const struct opening *w, const struct addrinfo *list, int both)
{
	struct sockaddr_storage address;
	const struct addrinfo *ai;
	struct listener *one, *before;
	unsigned port = 0, found = 0;
	int absent = 0;

	for (ai = list; ai != NULL; ai = ai->ai_next) {
		if (ai->ai_family != AF_INET && ai->ai_family != AF_INET6)
			continue;
		if (w->l->count == LISTEN_MAX) {
			log_errorx("cannot listen on more than %d addresses", LISTEN_MAX);
			return -1;
		}
		memset(&address, 0, sizeof(address));
		memcpy(&address, ai->ai_addr, ai->ai_addrlen);
		one = &w->l->at[w->l->count];
		memset(one, 0, sizeof(*one));
		(void)address_format(one->asked, &address);
		one->proxy = w->endpoint->proxy;
		/*
		 * Port 0: the free port that the first address got is used for all further
		 * addresses, too.
		 */
		if (port != 0)
			address_set_port(&address, port);
		before = find_old(w->old, one->asked);
		if (before != NULL) {
			one->fd = before->fd;
			before->fd = -1;
		} else {
			one->fd = listen_socket(&address, ai->ai_addrlen, both, w->backlog);
		}
		if (one->fd == -1 && is_absent(errno)) {
			absent = errno;
			continue;
		}
		if (one->fd == -1 || set_bound(one) == -1) {
			log_error("cannot listen on %s", address_format(one->text, &address));
			io_close(&one->fd);
			return -1;
		}
		port = one->port;
		w->l->count++;
		found++;
	}
	errno = absent != 0 ? absent : EADDRNOTAVAIL;
	return found > 0 ? 0 : -2;
}

/* Opens a listener for each address of a host.  Returns the same as open_all(). */
static int
open_host(const struct opening *w, const char *host, const char *port, int both)
{
	struct addrinfo hints, *list;
	int error, result;

	memset(&hints, 0, sizeof(hints));
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_PASSIVE;
	error = getaddrinfo(host, port, &hints, &list);
	if (error != 0) {
		log_errorx("cannot listen on host %s port %s: %s", host, port,
		    error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
		return -1;
	}
	result = open_all(w, list, both);
	freeaddrinfo(list);
	return result;
}

static int
is_any(const char *host)
{
	return strcmp(host, "::") == 0 || strcmp(host, "*") == 0;
}

/* Returns 1 if the setting listen has 0.0.0.0 with this port; port 0 is a new one each time. */
static int
has_any_ipv4(const struct conf *conf, const char *port)
{
	const char *list = conf->listen, *why, *its;
	struct endpoint e;

	while (endpoint_next(&list, &e, &why) == 1) {
		its = e.port[0] != '\0' ? e.port : conf->port;
		if (strcmp(e.host, "0.0.0.0") == 0 && strcmp(its, port) == 0 &&
		    strcmp(port, "0") != 0)
			return 1;
	}
	return 0;
}

static int
open_inet(const struct opening *w, const struct conf *conf)
{
	const char *host = w->endpoint->host;
	const char *port = w->endpoint->port[0] != '\0' ? w->endpoint->port : conf->port;
	int any = is_any(host), both = any && !has_any_ipv4(conf, port), result;

	result = open_host(w, any ? "::" : host, port, both);
	if (result == -2 && any && !both)
		return 0;
	if (result == -2 && any)
		result = open_host(w, "0.0.0.0", port, 0);
	if (result == -2)
		log_error("cannot listen on host %s port %s", host, port);
	return result == 0 ? 0 : -1;
}

static int
open_unix(const struct opening *w, const struct conf *conf)
{
	struct listener *one = &w->l->at[w->l->count], *before;

	if (w->l->count == LISTEN_MAX) {
		log_errorx("cannot listen on more than %d addresses", LISTEN_MAX);
		return -1;
	}
	memset(one, 0, sizeof(*one));
	(void)snprintf(one->asked, sizeof(one->asked), "unix://%s", w->endpoint->path);
	listen_name_unix(one);
	one->proxy = w->endpoint->proxy;
	before = find_old(w->old, one->asked);
	if (before != NULL) {
		one->fd = before->fd;
		one->dev = before->dev;
		one->ino = before->ino;
		before->fd = -1;
	} else if (listen_unix(one, conf) == -1) {
		return -1;
	}
	w->l->count++;
	return 0;
}

/* Moves the listeners that are still in old to l: after a failure no listener is closed. */
static void
keep_rest(struct listeners *l, struct listeners *old)
{
	unsigned i;

	for (i = 0; i < old->count && l->count < LISTEN_MAX; i++) {
		if (old->at[i].fd == -1)
			continue;
		log_warnx("continues to listen on %s", old->at[i].text);
		l->at[l->count++] = old->at[i];
		old->at[i].fd = -1;
	}
}

int
listen_open(struct listeners *l, const struct conf *conf, struct listeners *old)
{
	const char *list = conf->listen, *why = "";
	struct endpoint e;
	struct opening w = { l, old, &e, (int)conf->backlog };
	int result = 0, more, failed = 0;

	l->count = 0;
	while (result == 0 && (more = endpoint_next(&list, &e, &why)) != 0) {
		if (more == -1) {
			log_errorx("cannot listen on %s: %s", conf->listen, why);
			result = -1;
		} else if (e.path[0] != '\0') {
			result = open_unix(&w, conf);
		} else {
			result = open_inet(&w, conf);
		}
		/* During a reload, an address that cannot be opened must not stop the server. */
		if (result == -1 && more == 1 && old != NULL) {
			result = 0;
			failed = 1;
		}
	}
	if (failed)
		keep_rest(l, old);
	if (result != 0) {
		listen_remove(l);
		listen_close(l);
	}
	return result;
}

/* Checks that a host has an address.  Returns 0, or -1 after a message. */
static int
check_host(const struct conf *conf, const struct endpoint *e)
{
	const char *port = e->port[0] != '\0' ? e->port : conf->port;
	struct addrinfo hints, *list = NULL;
	int error;

	if (is_any(e->host))
		return 0;
	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_PASSIVE;
	error = getaddrinfo(e->host, port, &hints, &list);
	if (error == 0 && list != NULL)
		freeaddrinfo(list);
	if (error == 0)
		return 0;
	/* A name server that does not answer now may answer at the start. */
	if (error == EAI_AGAIN || error == EAI_SYSTEM) {
		log_warnx("%s: listen: host %s cannot be looked up now: %s",
		    conf_place(conf, "listen"), e->host, gai_strerror(error));
		return 0;
	}
	log_errorx("%s: listen: host %s port %s: %s", conf_place(conf, "listen"), e->host, port,
	    gai_strerror(error));
	return -1;
}

int
listen_check(const struct conf *conf)
{
	const char *list = conf->listen, *why = "";
	struct endpoint e;
	int faults = 0;

	while (endpoint_next(&list, &e, &why) == 1)
		faults += (e.path[0] != '\0' ? listen_unix_check(e.path, conf) :
		    check_host(conf, &e)) == -1;
	return faults > 0 ? -1 : 0;
}

unsigned
listen_inherited(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	uint64_t number;

	if (pid == NULL || fds == NULL || scan_number(pid, 1, UINT32_MAX, &number) == -1 ||
	    number != (uint64_t)getpid() || scan_number(fds, 1, LISTEN_MAX, &number) == -1)
		return 0;
	return (unsigned)number;
}

int
listen_take_back(struct listeners *l, int fd)
{
	struct listener *one;

	if (l->count == LISTEN_MAX) {
		log_errorx("more than %d inherited listeners", LISTEN_MAX);
		return -1;
	}
	one = &l->at[l->count];
	memset(one, 0, sizeof(*one));
	one->fd = fd;
	one->given = 1;
	if (io_set_cloexec(fd) == -1 || io_set_nonblocking(fd) == -1 ||
	    set_bound(one) == -1) {
		log_error("cannot use inherited descriptor %d", fd);
		return -1;
	}
	memcpy(one->asked, one->text, sizeof(one->asked));
	sockopt_listener(fd);
	l->count++;
	return 0;
}

int
listen_adopt(struct listeners *l, int fd)
{
	socklen_t size = sizeof(int);
	int listening = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == -1 || !listening) {
		log_errorx("inherited descriptor %d is not a listening socket", fd);
		return -1;
	}
	return listen_take_back(l, fd);
}

int
listen_inherit(struct listeners *l, unsigned count)
{
	unsigned i;

	l->count = 0;
	for (i = 0; i < count; i++)
		if (listen_adopt(l, STDERR_FILENO + 1 + (int)i) == -1)
			return -1;
	/* The LISTEN_ variables must not be inherited by programs that this process executes. */
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	return 0;
}

void
listen_close(struct listeners *l)
{
	while (l->count > 0)
		io_close(&l->at[--l->count].fd);
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LISTEN_H
#define LISTEN_H

#include <sys/socket.h>
#include <sys/types.h>

#include "conf/conf.h"
#include "posix/address.h"
#include "proto/endpoint.h"

/* The listening sockets.  They are made non-blocking and close-on-exec once, before any fork. */
#define LISTEN_MAX		64

struct listener {
	int		fd;
	char		text[ADDRESS_TEXT_SIZE];	/* bound address:port, or unix:///path */
	char		asked[ADDRESS_TEXT_SIZE];	/* configured address; the port may be 0 */
	char		path[TRANSPORT_PATH_SIZE];	/* of a Unix socket; "": none */
	dev_t		dev;		/* of the file at path if we have made it; 0: we have not */
	ino_t		ino;
	unsigned	port;		/* the bound port; 0 for a Unix socket */
	int		given;		/* 1: inherited from systemd or inetd */
	int		proxy;		/* 1: connections begin with a PROXY protocol header */
};

struct listeners {
	unsigned	count;
	struct listener	at[LISTEN_MAX];
};

/*
 * Opens the listeners of the setting listen: one for each address of a host, all on the same port
 * (0: a free port).  The address "::" also accepts IPv4 clients, unless the list has 0.0.0.0 with
 * the same port; on a system without IPv6 it means 0.0.0.0.  Returns 0, or -1 after a message.
 *
 * During a reload, old is not NULL and contains the previous listeners.  A listener in old whose
 * address is still configured is moved to l; its fd in old is set to -1.  If an address cannot be
 * opened, it is left out after a message, and all listeners that are still in old are moved to l,
 * too.
 */
int	listen_open(struct listeners *l, const struct conf *conf, struct listeners *old);

/*
 * Returns the number of sockets that systemd, or a program with the same protocol
 * (sd_listen_fds(3)), has passed to this process as descriptors from 3 up; 0 if there are none.
 */
unsigned listen_inherited(void);

/* Makes listeners of the first count inherited sockets.  Returns 0, or -1 after a message. */
int	listen_inherit(struct listeners *l, unsigned count);

/* Adds a listener for the listening socket fd.  Returns 0, or -1 after a message. */
int	listen_adopt(struct listeners *l, int fd);

/* Like listen_adopt(), for a socket that may have been shut down since (listen_mend.h). */
int	listen_take_back(struct listeners *l, int fd);

/*
 * Opens a socket that listens on one address.  If both is 1, an IPv6 socket also accepts IPv4
 * clients. Sets *address to the address to which the socket was bound.  Returns the descriptor, or
 * -1 with errno.
 */
int	listen_socket(struct sockaddr_storage *address, socklen_t size, int both, int backlog);

/* Returns 1 if a process listens at the path of a Unix socket, or if that is unknown. */
int	listen_unix_answers(const char *path);

/* Sets one->text and one->path if one->asked is a unix:/// address; otherwise does nothing. */
void	listen_name_unix(struct listener *one);

/* Makes a listening Unix socket at one->path.  Returns 0, or -1 after a message. */
int	listen_unix(struct listener *one, const struct conf *conf);

/*
 * Checks whether the addresses of the setting listen can be opened, without opening them: hosts
 * must have an address, and the owner and the group of Unix sockets must exist.  A directory that
 * is missing causes a warning.  Returns 0, or -1 after a message for each fault.
 */
int	listen_check(const struct conf *conf);

/* The same for one Unix socket. */
int	listen_unix_check(const char *path, const struct conf *conf);

/* Removes the files of our Unix sockets, except files that another server has replaced. */
void	listen_remove(const struct listeners *l);

/* Closes all listeners. */
void	listen_close(struct listeners *l);

#endif

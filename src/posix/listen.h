/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LISTEN_H
#define LISTEN_H

#include <sys/types.h>

#include "conf/conf.h"
#include "posix/address.h"
#include "proto/endpoint.h"

/* The listening sockets: non-blocking and close-on-exec, which is set once, before any fork. */
#define LISTEN_MAX		64

struct listener {
	int		fd;
	char		text[ADDRESS_TEXT_SIZE];	/* address:port as bound, or unix:///path */
	char		asked[ADDRESS_TEXT_SIZE];	/* as configured: the port may be 0 */
	char		path[TRANSPORT_PATH_SIZE];	/* of a Unix socket that we made; or "" */
	dev_t		dev;		/* of the file at that path, to know it again */
	ino_t		ino;
	unsigned	port;		/* as bound; 0 for a Unix socket */
	int		given;		/* 1: inherited from systemd or inetd, not made by us */
	int		proxy;		/* 1: connections begin with a PROXY protocol header */
};

struct listeners {
	unsigned	count;
	struct listener	at[LISTEN_MAX];
};

/*
 * Opens the listeners of the setting listen: one for each address of a host, all on the same port
 * (0: a free one).  "::" also accepts IPv4 clients; on a system without IPv6 it is 0.0.0.0.
 * Returns 0, or -1 after a message.
 *
 * During a reload old is not NULL and has the listeners so far.  Those for the same address are
 * moved to l, and their fd in old is set to -1.  A listener that cannot be opened is then left out,
 * after a message, and all that remain in old are moved to l, too.
 */
int	listen_open(struct listeners *l, const struct conf *conf, struct listeners *old);

/*
 * Returns how many sockets systemd, or a program with the same protocol (sd_listen_fds(3)), has
 * passed to this process, as descriptors from 3 up; 0 if none.
 */
unsigned listen_inherited(void);

/* Uses these count sockets as the listeners.  Returns 0, or -1 after a message. */
int	listen_inherit(struct listeners *l, unsigned count);

/* Adds the listening socket fd to the listeners.  Returns 0, or -1 after a message. */
int	listen_adopt(struct listeners *l, int fd);

/* Sets text and path from one->asked, if that is unix:///path; otherwise changes nothing. */
void	listen_name_unix(struct listener *one);

/* Makes a Unix socket at one->path that listens.  Returns 0, or -1 after a message. */
int	listen_unix(struct listener *one, const struct conf *conf);

/* Removes the files of Unix sockets, unless another server has replaced them by its own. */
void	listen_remove(const struct listeners *l);

/* Closes all listeners. */
void	listen_close(struct listeners *l);

#endif

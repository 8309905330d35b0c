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

/*
 * The listening sockets: non-blocking and close-on-exec, set once before any fork.
 */
#define LISTEN_MAX		64

struct listener {
	int		fd;
	char		text[ADDRESS_TEXT_SIZE];	/* address:port as bound, or unix:///path */
	char		asked[ADDRESS_TEXT_SIZE];	/* the same as it stands in the configuration */
	char		path[TRANSPORT_PATH_SIZE];	/* of a Unix socket that we have made, */
	dev_t		dev;		/* and which file that is */
	ino_t		ino;
	unsigned	port;
	int		given;		/* by systemd or inetd, not made by us */
	int		proxy;		/* clients begin with the PROXY protocol */
};

struct listeners {
	unsigned	count;
	struct listener	at[LISTEN_MAX];
};

/*
 * Listens where the configuration says: on every address that a host has, all on the same port
 * ("0": a free one).  "::" takes IPv4 clients too, and becomes 0.0.0.0 where there is no
 * IPv6.  0, or -1 after a message.
 *
 * old, if not NULL, has the sockets of a server that goes on: those with the same address are
 * taken over and set to -1 there; if anything cannot be opened it is left out, after a
 * message, and what is left of old is kept, too.
 */
int	listen_open(struct listeners *l, const struct conf *conf, struct listeners *old);

/* How many sockets systemd, or who does as it does, has left in this process for us, from 3 up. */
unsigned listen_inherited(void);

/* Takes these, instead of making some; 0, or -1 after a message. */
int	listen_inherit(struct listeners *l, unsigned count);

/* Takes one socket that listens; 0, or -1 after a message. */
int	listen_adopt(struct listeners *l, int fd);

/* Sets the path of a Unix socket that one->asked names. */
void	listen_name_unix(struct listener *one);

/* Makes the Unix socket of which one->path is the name; 0, or -1 after a message. */
int	listen_unix(struct listener *one, const struct conf *conf);

/* Removes the names of Unix sockets, where they are still ours.  And closes the sockets. */
void	listen_remove(const struct listeners *l);
void	listen_close(struct listeners *l);

#endif

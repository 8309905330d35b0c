/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef SOCKOPT_H
#define SOCKOPT_H

/*
 * The options of stream sockets, the same for clients and peers:
 *
 * SO_OOBINLINE: urgent data (MSG_OOB) is read in its place among the other bytes.  Without it, the
 * urgent byte is missing from the bytes that read() returns.
 *
 * TCP_NODELAY: each write is sent at once.
 *
 * An option that cannot be set is left out: it does not exist for sockets of this kind.  No
 * function here changes errno.
 */

/*
 * Sets the options of a listener, from which accepted TCP connections inherit them.  Call it before
 * listen(): a connection that is already in the queue does not inherit a later change.
 */
void	sockopt_listener(int fd);

/*
 * Sets the options of an accepted connection of this address family, unless it is known to have
 * inherited them.  own: 1 if the options of its listener were set before listen() was called; 0 if
 * this is unknown.  Costs no system call for a TCP connection of an own listener on a system where
 * the options are inherited.
 */
void	sockopt_accepted(int fd, int family, int own);

/* Set the options of a socket for a peer, before (after) connect(). */
void	sockopt_before_connect(int fd);
void	sockopt_connected(int fd);

#endif

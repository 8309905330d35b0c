/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef NOTIFY_H
#define NOTIFY_H

/*
 * Tells a service manager how we are, in the protocol of sd_notify(3): datagrams to the Unix socket
 * that it has named in the environment variable NOTIFY_SOCKET.  Without that variable
 * all of this does nothing.
 */

/*
 * Takes NOTIFY_SOCKET out of the environment, so that no child speaks in our name, and keeps
 * it.  Warns of an address that cannot be used: one that is neither a path nor, where
 * the system has those, an abstract name ("@name").  Called once at the start, and again after
 * notify_export() if the exec has failed.
 */
void	notify_init(void);

/*
 * Sends lines such as "READY=1" or "STATUS=draining\nSTOPPING=1".  Never waits, and what cannot
 * be sent is lost: nothing here is worth a failure.  errno stays as it is.
 */
void	notify_send(const char *text);

/* Puts NOTIFY_SOCKET back, for the program that we are about to execute anew. */
void	notify_export(void);

#endif

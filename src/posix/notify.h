/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef NOTIFY_H
#define NOTIFY_H

/*
 * State notifications to a service manager in the protocol of sd_notify(3): datagrams to the Unix
 * socket whose address is in the environment variable NOTIFY_SOCKET.  Without that variable the
 * functions do nothing.
 */

/*
 * Stores the address in NOTIFY_SOCKET and removes the variable from the environment, so that no
 * child can send notifications.  Logs a warning if the address cannot be used: it must be a path
 * or, on systems with abstract names, an abstract name ("@name").  The function is called once at
 * startup, and again after notify_export() if the exec has failed.
 */
void	notify_init(void);

/*
 * Sends assignments such as "READY=1" or "STATUS=draining\nSTOPPING=1".  Does not block.  A
 * notification that cannot be sent is lost, which is logged only at level debug.  Does not change
 * errno.
 */
void	notify_send(const char *text);

/* Sets NOTIFY_SOCKET in the environment again, before the program executes itself. */
void	notify_export(void);

#endif

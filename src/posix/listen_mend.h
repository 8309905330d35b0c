/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LISTEN_MEND_H
#define LISTEN_MEND_H

#include "conf/conf_values.h"
#include "posix/listen.h"

/*
 * Listeners that do not listen any more.  All processes that share a listening socket can call
 * shutdown() on it; after that it accepts no client in any of them.
 */

/* Returns the number of listeners in l that do not listen any more. */
unsigned listen_mend_count(const struct listeners *l);

/*
 * Replaces such listeners, and logs each.  A new socket is bound to the same address.  A socket
 * that a service manager has passed listens again, if the system can make it; otherwise it is
 * replaced, too.  If neither is possible, the listener is removed from l.
 */
void	listen_mend(struct listeners *l, const struct conf *conf);

#endif

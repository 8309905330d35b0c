/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LINGER_H
#define LINGER_H

#include <stdint.h>

#include "conf/conf.h"

/*
 * The lingering close.  Closing a socket with unread bytes resets the connection, and the reset
 * can destroy the last bytes that were sent.  So linger() sends the end of file on both sockets,
 * and then reads and discards what arrives until the other sides have ended too, for
 * close-timeout at most and not beyond limit, a value of clock_now().  Either socket may be -1;
 * neither is closed.
 */
void	linger(int client, int peer, const struct conf *conf, uint64_t limit);

#endif

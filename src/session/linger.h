/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef LINGER_H
#define LINGER_H

#include <stdint.h>

#include "conf/conf.h"

/*
 * Performs a lingering close.  Closing a socket with unread bytes resets the connection, and the
 * reset can destroy the last bytes that were sent.  Therefore linger() sends the end of file on
 * both sockets, and then reads and discards all bytes until it reads the end of file from both.
 * peer_shut: 1 if the peer was sent the end of file already.  linger() waits for close-timeout at
 * most, and not beyond limit, a value of clock_now().  Either socket may be -1; neither is closed.
 */
void	linger(int client, int peer, int peer_shut, const struct conf *conf, uint64_t limit);

#endif

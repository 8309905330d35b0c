/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef KEEPALIVE_H
#define KEEPALIVE_H

#include <stdint.h>

/*
 * Detects the other end of a TCP connection that has vanished: a machine without power, or a
 * network that is down.  The kernel sends a probe to an end that has been silent for the time
 * `idle`, and then one after each third of that time.  An end that has acknowledged neither three
 * probes nor data that was sent again three times is gone.  All times are in milliseconds; the
 * kernel knows whole seconds only, so the shortest idle time is one second.
 */
#define KEEPALIVE_PROBES	3

/*
 * Sets the options of a connection.  stall is the time that an end may take no data (setting
 * stall-timeout): the user time-out is not shorter, since on Linux it also ends the connection to
 * an end that answers, but has closed its window.  Returns whether keepalive_left() works for the
 * connection; 0 for a socket that is not TCP.
 */
int	keepalive_start(int fd, uint64_t idle, uint64_t stall);

/*
 * Returns 0 if the other end has vanished; otherwise the time after which to ask again.  Returns
 * CLOCK_NEVER if the system does not report this.  An end that acknowledges probes of its closed
 * window has not vanished, however slow it is.
 */
uint64_t keepalive_left(int fd, uint64_t idle);

/* Returns whether an error of read() or write() means that the other end cannot be reached. */
int	keepalive_is_vanished(int error);

#endif

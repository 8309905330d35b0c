/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef ALLOW_H
#define ALLOW_H

#include <stdint.h>

#include "websocksy.h"

/*
 * The list of peers that may be connected, whichever peer a backend chooses: "any", or targets
 * separated by commas or blanks:
 *
 *	tcp://network:ports, udp://network:ports
 *		network: *, an address, or address/bits; IPv6 in brackets, [fd00::/8]
 *		ports: *, a number, or first-last; without :ports any port
 *	unix://path, unix-dgram://path
 *		path: that of a socket; or of a directory, with a slash at its end, for every
 *		socket below it
 */

#define ALLOW_TARGET_SIZE	256

/* Returns 1 if text is a valid list; if not, 0 with a sentence in *why. */
int	allow_is_list(const char *text, const char **why);

/* Returns 1 if list allows a TCP or UDP address, given as in network.h, and port. */
int	allow_inet(const char *list, peer_transport transport, const uint8_t address[16],
    unsigned port);

/* Returns 1 if list allows the path of a Unix socket, which must be a result of realpath(). */
int	allow_unix(const char *list, peer_transport transport, const char *path);

/*
 * Finds the next target whose path has links or dots.  Such a target allows nothing, because it is
 * compared with results of realpath().  Copies the target, moves *list after it and returns the
 * path that it leads to, which the caller frees.  Returns NULL if there is no such target.
 */
char	*allow_next_link(const char **list, char target[ALLOW_TARGET_SIZE]);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef ALLOW_H
#define ALLOW_H

#include <stdint.h>

#include "websocksy.h"

/*
 * An allow list names the peers to which the server may connect, whatever peer a backend chooses.
 * The list is "any", or targets separated by commas or blanks:
 *
 *	tcp://network:ports, udp://network:ports
 *		network: *, an address, or address/bits; IPv6 in brackets, [fd00::/8]
 *		ports: *, a number, or first-last; any port if :ports is left out
 *	unix://path, unix-dgram://path
 *		path: the path of a socket; or that of a directory, with a final slash, which
 *		allows every socket below the directory
 */

#define ALLOW_TARGET_SIZE	256

/* Returns 1 if text is a valid list; otherwise 0, with a sentence in *why. */
int	allow_is_list(const char *text, const char **why);

/*
 * Returns 1 if the list allows a TCP or UDP address with this port; the 16 bytes are as in
 * network.h.
 */
int	allow_inet(const char *list, peer_transport transport, const uint8_t address[16],
    unsigned port);

/* Returns 1 if the list allows the path of a Unix socket; path must be a result of realpath(). */
int	allow_unix(const char *list, peer_transport transport, const char *path);

/*
 * Finds the next target of a list whose path contains symbolic links or dots.  Such a target allows
 * nothing, because targets are compared with results of realpath().  Copies the text of the target,
 * moves *list after it, and returns the path that realpath() gives for it, which the caller frees.
 * Returns NULL if there is no such target.
 */
char	*allow_next_link(const char **list, char target[ALLOW_TARGET_SIZE]);

#endif

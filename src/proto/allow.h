/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef ALLOW_H
#define ALLOW_H

#include <stdint.h>

#include "websocksy.h"

/*
 * Which peers may be connected, whatever a backend says: "any", or a list of targets
 * separated by commas or blanks:
 *
 *	tcp://network:ports, udp://network:ports
 *		network: *, an address, or address/bits; IPv6 in brackets, [fd00::/8]
 *		ports: *, a number, or from-to; may be left out: any
 *	unix://path, unix-dgram://path
 *		of a socket, or of a directory (with a slash at its end) and all below it
 */

#define ALLOW_TARGET_SIZE	256

/* Whether text can be such a list; if not, *why says what is wrong. */
int	allow_is_list(const char *text, const char **why);

/* Whether list lets a TCP or UDP address through: an IPv6 address, an IPv4 one mapped into it. */
int	allow_inet(const char *list, peer_transport transport, const uint8_t address[16],
    unsigned port);

/* The same for the path of a Unix socket, from which links and dots have been resolved. */
int	allow_unix(const char *list, peer_transport transport, const char *path);

/*
 * The next target that lets nothing through because its path leads elsewhere, through links or
 * dots.  Returns where to, which the caller frees; NULL if there is none.  *list goes on behind
 * it.
 */
char	*allow_next_link(const char **list, char target[ALLOW_TARGET_SIZE]);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef UNIX_TARGET_H
#define UNIX_TARGET_H

#include <sys/socket.h>
#include <sys/un.h>

#include "websocksy.h"

/*
 * The Unix socket of a peer, and whether the setting allow-peers allows it.  What is compared with
 * the list must be what connect() then finds, although others may exchange links and directories
 * at any time:
 *
 * - Linux has descriptors of paths (O_PATH).  The socket's own path is read from /proc/self/fd, and
 *   the same file there is the address to connect to.
 * - Elsewhere, or if the root directory has no /proc, the links in the path are resolved, and the
 *   path is refused if other users can change it (safe_path.h).
 */
struct unix_target {
	struct sockaddr_un	address;	/* to connect to */
	int			fd;		/* the path's descriptor, or -1 */
};

enum unix_target_result {
	UNIX_TARGET_OK,
	UNIX_TARGET_ERROR,	/* with errno */
	UNIX_TARGET_LONG,	/* the path is too long for an address */
	UNIX_TARGET_FORBIDDEN,	/* the list does not allow it */
	UNIX_TARGET_UNSAFE	/* others can change the path; a message has been logged */
};

/*
 * Finds the socket at a path.  If the list is "any", the path is not looked at.  The address is
 * valid until unix_target_release(), which must be called after UNIX_TARGET_OK.
 */
enum unix_target_result unix_target_find(struct unix_target *t, const char *path,
	    peer_transport transport, const char *allowed);

void	unix_target_release(struct unix_target *t);

#endif

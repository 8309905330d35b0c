/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BUSY_H
#define BUSY_H

#include "session/server_context.h"

/*
 * The process that answers new clients with 503 and Retry-After while all workers are busy and
 * max-workers of them live, so that no client waits without an answer.  It serves several clients
 * at once, each only for the moments that the answer takes.  A client is refused only after clients
 * have been queued for about a second.  Returns when a worker is idle again or the server stops.
 * slot: where this process counts the refused clients.
 */
void	busy_run(const struct server_context *context, unsigned slot);

#endif

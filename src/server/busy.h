/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BUSY_H
#define BUSY_H

#include "session/server_context.h"

/*
 * Runs the process that answers new clients with 503 and Retry-After while max-workers workers
 * are busy, so that no client waits without an answer.  The process serves several clients at
 * once, each only until the answer is sent and read.  A client is refused only after clients
 * have been queued for about a second.  Returns when a worker is idle again or the server stops.
 * slot is the slot of this process on the scoreboard, where it counts the refused clients.  Returns
 * 0; -1 if a listener does not listen any more.
 */
int	busy_run(const struct server_context *context, unsigned slot);

#endif

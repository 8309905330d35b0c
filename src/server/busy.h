/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BUSY_H
#define BUSY_H

#include "conf/conf.h"
#include "posix/listen.h"
#include "status/scoreboard.h"

/*
 * What the one worker does that stands by while all others are busy: it
 * answers 503 with Retry-After, so that nobody waits without an answer.  It
 * serves many clients at once, each for moments only, and returns when a worker is idle again
 * or the server stops.
 */
void	busy_run(const struct listeners *l, const struct scoreboard *board, unsigned slot,
    const struct conf *conf);

#endif

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef REFUSE_H
#define REFUSE_H

#include "conf.h"
#include "listen.h"
#include "scoreboard.h"

/*
 * What the one worker does that stands by while all others are busy: it
 * answers 503 with Retry-After, so that nobody waits without an answer.  It
 * serves many clients at once, each for moments only, and returns when a worker is idle again
 * or the server stops.
 */
void	refuse_run(const struct listeners *l, const struct scoreboard *board, unsigned slot,
    const struct conf *conf);

#endif

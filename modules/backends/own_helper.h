/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef OWN_HELPER_H
#define OWN_HELPER_H

#include "coprocess.h"

/*
 * The helper of this process, which is asked where there is no auxiliary process.  It is started
 * for the first question and runs until it is stopped.  A helper that violates the protocol is
 * killed, and another one is started for the next question, after the time of coprocess_pause().
 */

/*
 * Asks the helper a question, a line.  If it does not run, starts it with the shell command.  The
 * answer in out (size bytes) is a string without its newline.  timeout is in milliseconds.
 * Failures are logged.  Waits with core_wait(), so it may be called from query().
 */
enum coprocess_verdict own_helper_ask(const char *command, const char *question, char *out,
	    size_t size, unsigned timeout);

/* Stops the helper, if it runs. */
void	own_helper_stop(void);

#endif

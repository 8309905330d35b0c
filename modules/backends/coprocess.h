/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef COPROCESS_H
#define COPROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A helper program that answers each line with a line.  It is started for the first question and
 * runs until this process ends or the helper breaks that rule: then it is killed, and another one
 * is started for the next question.  If a helper has answered nothing since the previous failure,
 * the next start waits for 1 s, which doubles with each such failure, up to 60 s.
 *
 * Zeroed: not started.
 */
struct coprocess {
	pid_t		 pid;		/* 0: not running */
	int		 in, out;	/* our ends of its standard input and output */
	unsigned long	 answers;	/* since the last failure */
	unsigned	 pause;		/* ms, after the last failure */
	uint64_t	 not_before;	/* earliest next start: ms of the monotonic clock */
};

enum coprocess_verdict {
	COPROCESS_ANSWER,
	COPROCESS_LATE,		/* it did not answer in time */
	COPROCESS_DEAD,		/* it ended, or could not be started */
	COPROCESS_GARBAGE,	/* it wrote more than one line, or too long a line */
	COPROCESS_PAUSE,	/* it failed, and may not be started again yet */
	COPROCESS_STOP		/* the server is being stopped */
};

/*
 * Asks the helper a question, and starts it with the shell command if it does not run.  question
 * ends with a newline; the answer in out (size bytes) is a string without its newline.  timeout
 * in milliseconds.  Failures are logged.  Blocks as core_wait() does, so it may be called from
 * query().
 */
enum coprocess_verdict coprocess_ask(struct coprocess *c, const char *command,
	    const char *question, char *out, size_t size, unsigned timeout);

/*
 * Stops the helper, if it runs: closes its standard input, and kills it if it has not ended soon.
 */
void	coprocess_stop(struct coprocess *c);

/*
 * Returns the pause in ms before the next start, after a failure.  answers: those since the
 * failure before, after which the pause was `last`.
 */
unsigned coprocess_pause(unsigned long answers, unsigned last);

#endif

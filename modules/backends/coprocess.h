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
 * A helper program that answers each line of input with one line.  It is started for the first
 * question and runs until this process exits.  A helper that violates this protocol is killed,
 * and another one is started for the next question.  If a helper has answered nothing since the
 * previous failure, the next start waits for 1 s; this time doubles with each such failure, up
 * to 60 s.
 *
 * All zero: the helper is not started.
 */
struct coprocess {
	pid_t		 pid;		/* of the helper; 0: it does not run */
	int		 in, out;	/* our ends of the helper's standard input and output */
	unsigned long	 answers;	/* number of answers since the last failure */
	unsigned	 pause;		/* ms before the next start, after the last failure */
	uint64_t	 not_before;	/* ms of the monotonic clock: earliest next start */
};

enum coprocess_verdict {
	COPROCESS_ANSWER,
	COPROCESS_LATE,		/* the helper did not answer in time */
	COPROCESS_DEAD,		/* the helper exited, or could not be started */
	COPROCESS_GARBAGE,	/* the helper wrote more than one line, or too long a line */
	COPROCESS_PAUSE,	/* the pause after a failure of the helper is not over */
	COPROCESS_STOP		/* the server is being stopped */
};

/*
 * Asks the helper a question.  If it does not run, starts it with the shell command.  question
 * ends with a newline; the answer in out (size bytes) is a string without its newline.  timeout
 * is in milliseconds.  Failures are logged.  Waits with core_wait(), so it may be called from
 * query().
 */
enum coprocess_verdict coprocess_ask(struct coprocess *c, const char *command,
	    const char *question, char *out, size_t size, unsigned timeout);

/*
 * Stops the helper, if it runs: closes its standard input, and kills it if it has not exited
 * after 500 ms.
 */
void	coprocess_stop(struct coprocess *c);

/*
 * Returns the pause in ms between a failure and the next start.  answers is the number of
 * answers since the previous failure, and `last` the pause after that failure, in ms.
 */
unsigned coprocess_pause(unsigned long answers, unsigned last);

#endif

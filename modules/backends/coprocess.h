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
 * A helper program: it is asked a line and answers a line.  It lives as long as this process,
 * or until it does something other than that; it is then ended and another one started
 * for the next question.  If nothing was answered since the failure before, the next one is started
 * after a pause of 1 s, which doubles each time, up to 60 s.
 */
struct coprocess {
	pid_t		 pid;		/* 0: there is none */
	int		 in, out;	/* of the helper, our ends */
	unsigned long	 answers;	/* since the last failure */
	unsigned	 pause;		/* ms, after the last failure */
	uint64_t	 not_before;	/* no new one before this time */
};

enum coprocess_verdict {
	COPROCESS_ANSWER,
	COPROCESS_LATE,		/* no answer in time */
	COPROCESS_DEAD,		/* it ended, or could not be started */
	COPROCESS_GARBAGE,	/* more than a line, or too long a line */
	COPROCESS_PAUSE,	/* it died, and is not yet to be started again */
	COPROCESS_STOP		/* the server is being stopped */
};

/*
 * Asks the helper, a command line for the shell, and starts it if need be.  question ends with a
 * newline; the answer in out is a string without it, of at most size - 1 bytes.  timeout in
 * milliseconds.  What goes wrong is logged.
 */
enum coprocess_verdict coprocess_ask(struct coprocess *c, const char *command,
    const char *question, char *out, size_t size, unsigned timeout);

/* Closes the helper's standard input and waits for its end; after a while it is killed. */
void	coprocess_stop(struct coprocess *c);

/* The pause in ms after a failure; answers: since the one before, whose pause was last. */
unsigned coprocess_pause(unsigned long answers, unsigned last);

#endif

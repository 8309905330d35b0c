/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef COPROCESS_H
#define COPROCESS_H

#include <stddef.h>
#include <sys/types.h>

/*
 * A helper program that answers each line of input with one line.  No function waits.
 * own_helper.h asks one helper, and helper_pool.h asks several.
 *
 * All zero: the helper is not started.
 */
struct coprocess {
	pid_t		 pid;		/* of the helper; 0: it does not run */
	int		 in, out;	/* our ends of the helper's standard input and output */
	const char	*question;	/* the rest of the question that is being written */
	size_t		 left;		/* bytes of that rest */
	char		*answer;	/* the answer that is being read, of at most size bytes */
	size_t		 size, len;
};

enum coprocess_verdict {
	COPROCESS_BUSY,		/* not finished */
	COPROCESS_ANSWER,
	COPROCESS_LATE,		/* the helper did not answer in time */
	COPROCESS_DEAD,		/* the helper exited, or could not be started */
	COPROCESS_GARBAGE,	/* the helper wrote more than one line, or too long a line */
	COPROCESS_PAUSE,	/* the pause after a failure of the helper is not over */
	COPROCESS_FULL,		/* no helper was free in time */
	COPROCESS_STOP		/* the server is being stopped */
};

#define COPROCESS_GRACE	500	/* ms that a helper has to exit after its input is closed */

/* Starts the helper with a shell command.  Returns 0, or -1 with errno. */
int	coprocess_start(struct coprocess *c, const char *command);

/*
 * coprocess_put() begins a question, a string that ends with a newline; the answer, of at most size
 * bytes, becomes a string without its newline.  Both stay with the caller, who then calls
 * coprocess_step() until the result is not COPROCESS_BUSY: whenever c->in can be written if c->left
 * is not 0, otherwise whenever c->out can be read.  With COPROCESS_GARBAGE, *why is the reason.
 */
void	coprocess_put(struct coprocess *c, const char *question, char *answer, size_t size);
enum coprocess_verdict coprocess_step(struct coprocess *c, const char **why);

/*
 * Looks at a helper that has not been asked: COPROCESS_BUSY if it runs, COPROCESS_DEAD if it has
 * exited, or COPROCESS_GARBAGE if it has written something.
 */
enum coprocess_verdict coprocess_check(const struct coprocess *c);

/*
 * To stop a helper, close its standard input with coprocess_close().  After COPROCESS_GRACE,
 * coprocess_kill() kills the helper and the processes that it has started; with a reason, which is
 * logged, or NULL.  Pass a helper to coprocess_forget() when it was reaped or killed.
 */
void	coprocess_close(struct coprocess *c);
void	coprocess_kill(struct coprocess *c, const char *why);
void	coprocess_forget(struct coprocess *c);

/* Logs the exit of a helper that was not stopped; status is that of waitpid(). */
void	coprocess_log_exit(const struct coprocess *c, int status);

/*
 * Returns the pause in ms between a failure and the next start: 0 if a helper has answered since
 * the previous failure; otherwise one second, which doubles each time up to a minute.  answers is
 * the number of answers since the previous failure, and `last` the pause after that failure.
 */
unsigned coprocess_pause(unsigned long answers, unsigned last);

#endif

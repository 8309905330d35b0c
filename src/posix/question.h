/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef QUESTION_H
#define QUESTION_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Questions of workers to an auxiliary process (auxiliary.h), over one socket pair for all
 * workers.  A question is one datagram; with it the asker passes one end of a new socket pair, to
 * which the answer is sent.  So no worker can read the answer to another one.
 *
 * An intruder in a worker can send anything.  The functions of the process therefore never block,
 * and keep no descriptor of a datagram that is not a question.
 */

#define QUESTION_SIZE	(64 * 1024)	/* bytes of the longest question */

/*
 * Makes the socket pair; both ends are non-blocking and close-on-exec.  fd[0] is for the process
 * and fd[1] for the workers.  Returns 0, or -1 with errno.
 */
int	question_open(int fd[2]);

/*
 * Returns whether the socket pair can no longer be used, given the end of the process: an end has
 * been shut down, or every copy of the workers' end has been closed.
 */
int	question_is_closed(int fd);

/* -- in a worker -- */

/* Results of question_ask(), if the result is not a length. */
#define QUESTION_LATE	(-2)	/* no answer before the deadline */
#define QUESTION_FAILED	(-3)	/* the process has failed repeatedly, or the question is too long */
#define QUESTION_STOP	(-4)	/* this worker must exit (lifecycle.h) */

/*
 * Sends a question and waits for the answer, of which the first size bytes are stored; fd is the
 * workers' end.  If the process exits before it has answered, the question is sent again, to the
 * next process: three times in all.  Returns the length of the answer, or QUESTION_*.
 */
ssize_t	question_ask(int fd, const void *question, size_t length, void *answer, size_t size,
    uint64_t deadline);

/* -- in the auxiliary process -- */

struct question {
	size_t	length;		/* bytes of the question */
	int	answer;		/* the descriptor for the answer, which the caller closes */
	pid_t	asker;		/* the process that has asked; 0: the system does not tell */
};

enum question_result {
	QUESTION_TAKEN,
	QUESTION_NONE,		/* no question is queued, or invalid ones were discarded */
	QUESTION_END		/* no worker is left that could ask */
};

/*
 * Takes the next question from fd, the end of the process, and stores it at data.  A datagram that
 * is empty or longer than size bytes, or that does not carry exactly one connected Unix socket, is
 * discarded with all its descriptors.  Does not wait.
 */
enum question_result question_take(int fd, void *data, size_t size, struct question *q);

/* Returns whether the asker waits for the answer no more: it has closed its end. */
int	question_is_dropped(int answer);

/*
 * Sends the answer, if the socket can take it at once, and closes the descriptor.  At most 8192
 * bytes are certain to be sent.
 */
void	question_answer(int answer, const void *data, size_t length);

#endif

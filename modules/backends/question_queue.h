/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef QUESTION_QUEUE_H
#define QUESTION_QUEUE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The questions that the auxiliary process has taken from the workers and not answered yet.  Of one
 * worker at most one question is with a helper, and at most one waits: a second one replaces the
 * first, so that an intruder in a worker cannot fill the queue.  While the queue is full, further
 * questions wait in the socket.
 */
#define QUESTION_QUEUE_SIZE	128	/* questions, at most */
#define QUESTION_QUEUE_TEXT	65536	/* bytes of a question with its newline, at most */

struct queued_question {
	int		 fd;		/* descriptor for the answer; -1: the place is free */
	int		 given;		/* 1: a helper has got it */
	pid_t		 asker;		/* 0: unknown */
	unsigned long	 number;	/* increases with each question */
	uint64_t	 since;		/* time at which it was taken */
	char		*text;		/* one line with its newline, from malloc() */
};

struct question_queue {
	struct queued_question	at[QUESTION_QUEUE_SIZE];
	unsigned		count;
	unsigned long		number;
};

void	question_queue_init(struct question_queue *q);

/*
 * Takes all questions that are queued in the socket fd, as long as there is room; now is the time.
 * A question that is not exactly one line is discarded.  Returns 0, or -1 if no worker is left that
 * could ask.
 */
int	question_queue_take(struct question_queue *q, int fd, uint64_t now);

/*
 * Returns the oldest question that waits and whose worker has no question with a helper; NULL if
 * there is none.
 */
struct queued_question *question_queue_next(struct question_queue *q);

/* Removes a question.  question_queue_answer() answers it first: a letter, and a text or "". */
void	question_queue_remove(struct question_queue *q, struct queued_question *one);
void	question_queue_answer(struct question_queue *q, struct queued_question *one, char letter,
	    const char *text);

#endif

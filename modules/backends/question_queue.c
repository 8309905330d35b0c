/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#define _XOPEN_SOURCE		700
#define WEBSOCKSY_API_VERSION	2

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <websocksy.h>

#include "question_queue.h"

#define ANSWER_SIZE	8192	/* the longest answer of core_answer() */
#define TAKE_MAX	64	/* questions that are taken in one call, at most */

void
question_queue_init(struct question_queue *q)
{
	size_t i;

	memset(q, 0, sizeof(*q));
	for (i = 0; i < QUESTION_QUEUE_SIZE; i++)
		q->at[i].fd = -1;
}

/*
 * Makes room for a question of this worker: an earlier one that waits is removed, since a worker
 * that asks again has given that one up.
 */
static struct queued_question *
find_place(struct question_queue *q, pid_t asker)
{
	struct queued_question *place = NULL;
	size_t i;

	for (i = 0; i < QUESTION_QUEUE_SIZE; i++) {
		if (asker != 0 && q->at[i].fd != -1 && q->at[i].asker == asker && !q->at[i].given)
			question_queue_remove(q, &q->at[i]);
		if (q->at[i].fd == -1)
			place = &q->at[i];
	}
	return place;
}

/* Returns whether a question is one line; its end could be taken for another question. */
static int
is_line(const char *text, size_t length)
{
	return memchr(text, '\n', length) == text + length - 1 &&
	    memchr(text, '\0', length) == NULL;
}

static void
add(struct question_queue *q, int fd, pid_t asker, const char *text, size_t length, uint64_t now)
{
	struct queued_question *place = find_place(q, asker);
	char *copy = place != NULL && is_line(text, length) ? malloc(length + 1) : NULL;

	if (copy == NULL) {
		(void)close(fd);
		return;
	}
	memcpy(copy, text, length);
	copy[length] = '\0';
	place->fd = fd;
	place->given = 0;
	place->asker = asker;
	place->number = q->number++;
	place->since = now;
	place->text = copy;
	q->count++;
}

int
question_queue_take(struct question_queue *q, int fd, uint64_t now)
{
	static char text[QUESTION_QUEUE_TEXT];
	unsigned taken;
	size_t length;
	pid_t asker;
	int answer;

	for (taken = 0; taken < TAKE_MAX && q->count < QUESTION_QUEUE_SIZE; taken++) {
		answer = core_question(fd, text, sizeof(text), &length, &asker);
		if (answer < 0)
			return answer == WS_QUESTION_END ? -1 : 0;
		add(q, answer, asker, text, length, now);
	}
	return 0;
}

/* Returns whether a helper has a question of this worker. */
static int
is_served(const struct question_queue *q, pid_t asker)
{
	size_t i;

	for (i = 0; asker != 0 && i < QUESTION_QUEUE_SIZE; i++)
		if (q->at[i].fd != -1 && q->at[i].given && q->at[i].asker == asker)
			return 1;
	return 0;
}

struct queued_question *
question_queue_next(struct question_queue *q)
{
	struct queued_question *next = NULL, *one;
	size_t i;

	for (i = 0; q->count > 0 && i < QUESTION_QUEUE_SIZE; i++) {
		one = &q->at[i];
		if (one->fd != -1 && !one->given && (next == NULL || one->number < next->number) &&
		    !is_served(q, one->asker))
			next = one;
	}
	return next;
}

void
question_queue_remove(struct question_queue *q, struct queued_question *one)
{
	if (one->fd != -1)
		(void)close(one->fd);
	free(one->text);
	one->text = NULL;
	one->fd = -1;
	q->count--;
}

void
question_queue_answer(struct question_queue *q, struct queued_question *one, char letter,
    const char *text)
{
	char answer[ANSWER_SIZE];
	size_t length = strlen(text);

	answer[0] = letter;
	if (length < sizeof(answer)) {
		memcpy(answer + 1, text, length);
		core_answer(one->fd, answer, length + 1);
	} else {
		(void)close(one->fd);
	}
	one->fd = -1;
	question_queue_remove(q, one);
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#define _XOPEN_SOURCE		700
#define WEBSOCKSY_API_VERSION	2

#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <websocksy.h>

#include "asking.h"
#include "helper_pool.h"
#include "milliseconds.h"
#include "question_queue.h"

#define START_AFTER	100	/* ms that a question waits before another helper is started */
#define IDLE_TIME	60000	/* ms after which an idle helper is stopped, unless it is the last */
#define REST		2	/* ms without a question after each answer */
#define REAP_STEP	10	/* ms between two looks whether a helper has exited */
#define ZOMBIE_STEP	1000	/* ms between two looks whether a killed process can be reaped */
#define START_PAUSE	1000	/* ms until a helper that could not be started is tried again */

enum helper_state {
	HELPER_NONE,
	HELPER_IDLE,
	HELPER_BUSY,	/* has a question */
	HELPER_ENDING	/* its input is closed; it is killed at its deadline */
};

struct helper {
	struct coprocess	 process;
	enum helper_state	 state;
	uint64_t		 deadline;	/* IDLE: stop it; BUSY, ENDING: kill it */
	uint64_t		 rested;	/* IDLE: earliest time of the next question */
	unsigned long		 failures;	/* pool.failures at its start */
	int			 stopped;	/* ENDING: 1 if it was asked to */
	int			 reaped;	/* 1: the process has exited, with this status */
	int			 status;
	struct queued_question	*question;	/* BUSY */
	char			 answer[ASKING_SIZE];
};

static struct {
	const struct helper_pool_options *options;
	struct helper		 at[HELPER_POOL_MAX];
	struct question_queue	 queue;
	unsigned		 zombies;	/* killed processes that are not reaped yet */
	unsigned long		 answers;	/* number of answers since the last failure */
	unsigned long		 failures;
	unsigned		 pause;		/* ms after the last failure */
	uint64_t		 not_before;	/* earliest next start */
} pool;

static void
answer_question(struct queued_question *q, enum coprocess_verdict verdict, const char *text)
{
	question_queue_answer(&pool.queue, q, asking_letter(verdict), text);
}

static unsigned
count(enum helper_state least, enum helper_state most)
{
	unsigned i, n = 0;

	for (i = 0; i < pool.options->helpers; i++)
		n += pool.at[i].state >= least && pool.at[i].state <= most;
	return n;
}

/* -- failures -- */

/*
 * Counts a failure of a helper: sets the time before which no helper is started.  If several
 * helpers fail together, only the first failure counts.
 */
static void
note_failure(const struct helper *h, uint64_t now)
{
	if (h->failures != pool.failures)
		return;
	pool.failures++;
	pool.pause = coprocess_pause(pool.answers, pool.pause);
	pool.not_before = now + pool.pause;
	pool.answers = 0;
}

/* Ends the question of a helper that has failed, or has answered. */
static void
end_question(struct helper *h, enum coprocess_verdict verdict)
{
	if (h->state == HELPER_BUSY)
		answer_question(h->question, verdict,
		    verdict == COPROCESS_ANSWER ? h->answer : "");
	h->question = NULL;
}

/* Kills a helper.  Its process is reaped later, so that the pool never waits for it. */
static void
kill_helper(struct helper *h, const char *why)
{
	coprocess_kill(&h->process, why);
	coprocess_forget(&h->process);
	h->state = HELPER_NONE;
	pool.zombies += !h->reaped;
}

/*
 * Kills a helper that is late or has violated the protocol.  It gets no time to exit: a late answer
 * could be taken for the answer to another question.  A late helper is replaced at once: otherwise
 * questions that make helpers hang would keep the other questions from being answered.
 */
static void
punish(struct helper *h, enum coprocess_verdict verdict, const char *why, uint64_t now)
{
	end_question(h, verdict);
	if (verdict != COPROCESS_LATE)
		note_failure(h, now);
	kill_helper(h, why);
}

/* Frees the place of a helper whose process was reaped. */
static void
finish_exit(struct helper *h)
{
	if (!h->stopped)
		coprocess_log_exit(&h->process, h->status);
	coprocess_forget(&h->process);
	h->state = HELPER_NONE;
}

/* Lets a helper exit: because its output has ended, or, if stopped is 1, to stop it. */
static void
let_exit(struct helper *h, int stopped, uint64_t now)
{
	end_question(h, COPROCESS_DEAD);
	if (!stopped)
		note_failure(h, now);
	coprocess_close(&h->process);
	h->state = HELPER_ENDING;
	h->stopped = stopped;
	h->deadline = now + COPROCESS_GRACE;
	if (h->reaped)
		finish_exit(h);
}

/* Returns the helper with this process; NULL if it is one that was killed. */
static struct helper *
find_process(pid_t pid)
{
	unsigned i;

	for (i = 0; i < pool.options->helpers; i++)
		if (pool.at[i].state != HELPER_NONE && pool.at[i].process.pid == pid)
			return &pool.at[i];
	return NULL;
}

/* Takes the exit statuses of processes, of helpers and of those that were killed. */
static void
reap(uint64_t now)
{
	struct helper *h;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		h = find_process(pid);
		if (h == NULL) {
			pool.zombies -= pool.zombies > 0;
			continue;
		}
		h->reaped = 1;
		h->status = status;
		/* The answer of a busy one may be in the pipe. */
		if (h->state == HELPER_ENDING)
			finish_exit(h);
		else if (h->state == HELPER_IDLE)
			let_exit(h, 0, now);
	}
}

/* -- helpers -- */

/* Goes on with the question of a helper. */
static void
step(struct helper *h, uint64_t now)
{
	const char *why;

	switch (coprocess_step(&h->process, &why)) {
	case COPROCESS_BUSY:
		break;
	case COPROCESS_ANSWER:
		end_question(h, COPROCESS_ANSWER);
		pool.answers++;
		h->state = HELPER_IDLE;
		h->deadline = now + IDLE_TIME;
		h->rested = now + REST;
		if (h->reaped)
			let_exit(h, 0, now);
		break;
	case COPROCESS_GARBAGE:
		punish(h, COPROCESS_GARBAGE, why, now);
		break;
	default:
		let_exit(h, 0, now);
		break;
	}
}

/* Looks at an idle helper whose output can be read. */
static void
check_idle(struct helper *h, uint64_t now)
{
	switch (coprocess_check(&h->process)) {
	case COPROCESS_BUSY:
		break;
	case COPROCESS_GARBAGE:
		punish(h, COPROCESS_GARBAGE, "it wrote something without a question", now);
		break;
	default:
		let_exit(h, 0, now);
		break;
	}
}

/* Handles a helper whose deadline is over. */
static void
handle_deadline(struct helper *h, uint64_t now)
{
	switch (h->state) {
	case HELPER_BUSY:
		punish(h, COPROCESS_LATE, "it did not answer in time", now);
		break;
	case HELPER_ENDING:
		kill_helper(h, h->stopped ? NULL : "it has closed its output");
		break;
	case HELPER_IDLE:
		if (count(HELPER_IDLE, HELPER_BUSY) > 1)
			let_exit(h, 1, now);
		else
			h->deadline = now + IDLE_TIME;
		break;
	case HELPER_NONE:
		break;
	}
}

/* -- questions -- */

static void
give(struct helper *h, struct queued_question *q, uint64_t now)
{
	q->given = 1;
	h->question = q;
	h->state = HELPER_BUSY;
	h->deadline = now + pool.options->timeout;
	coprocess_put(&h->process, q->text, h->answer, sizeof(h->answer));
	step(h, now);
}

/*
 * Returns a helper for a question: the first idle one, so that the others become superfluous; or a
 * new one.  Returns NULL if the question has to wait, or was answered.
 */
static struct helper *
find_helper(struct queued_question *q, uint64_t now)
{
	struct helper *none = NULL, *h;
	unsigned i, running;

	/*
	 * A line that a helper writes after its answer must not become the answer to another
	 * client: there is a time in which it can arrive, and is looked for.
	 */
	for (h = pool.at; h < pool.at + pool.options->helpers; h++) {
		if (h->state != HELPER_IDLE)
			continue;
		check_idle(h, now);
		if (h->state == HELPER_IDLE && now >= h->rested)
			return h;
	}
	for (i = pool.options->helpers; i-- > 0; )
		if (pool.at[i].state == HELPER_NONE)
			none = &pool.at[i];
	running = count(HELPER_IDLE, HELPER_BUSY);
	if (now < pool.not_before) {
		if (running == 0)
			answer_question(q, COPROCESS_PAUSE, "");
		return NULL;
	}
	if (none == NULL || (running > 0 && now < q->since + START_AFTER))
		return NULL;
	if (coprocess_start(&none->process, pool.options->command) == 0) {
		none->failures = pool.failures;
		none->reaped = 0;
		return none;
	}
	core_log(ws_log_error, "cannot start the helper: %s", strerror(errno));
	if (running > 0)
		pool.not_before = now + START_PAUSE;
	else
		answer_question(q, COPROCESS_DEAD, "");
	return NULL;
}

/* Gives the questions that wait to helpers, the oldest first, and refuses those that are late. */
static void
give_questions(uint64_t now)
{
	struct queued_question *q;
	struct helper *h;
	unsigned i, before;

	do {
		before = pool.queue.count;
		q = question_queue_next(&pool.queue);
		h = q == NULL ? NULL : find_helper(q, now);
		if (h != NULL)
			give(h, q, now);
	} while (h != NULL || pool.queue.count != before);
	for (i = 0; i < QUESTION_QUEUE_SIZE; i++) {
		q = &pool.queue.at[i];
		if (q->fd != -1 && !q->given && now >= q->since + pool.options->timeout)
			answer_question(q, COPROCESS_FULL, "");
	}
}

/* -- waiting -- */

/* The places in the array of descriptors: the socket, the helpers, the waiting questions. */
#define WAIT_SOCKET	0
#define WAIT_HELPER	1
#define WAIT_QUESTION	(WAIT_HELPER + HELPER_POOL_MAX)
#define WAITS		(WAIT_QUESTION + QUESTION_QUEUE_SIZE)

static void
watch(struct pollfd *p, int fd, short events)
{
	p->fd = fd;
	p->events = events;
	p->revents = 0;
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void
watch_all(struct pollfd *w, int fd)
{
	const struct queued_question *q;
	const struct helper *h;
	unsigned i;

	watch(&w[WAIT_SOCKET], pool.queue.count < QUESTION_QUEUE_SIZE ? fd : -1, POLLIN);
	for (i = 0; i < HELPER_POOL_MAX; i++) {
		h = &pool.at[i];
		if (h->state == HELPER_BUSY && h->process.left > 0)
			watch(&w[WAIT_HELPER + i], h->process.in, POLLOUT);
		else if (h->state == HELPER_BUSY || h->state == HELPER_IDLE)
			watch(&w[WAIT_HELPER + i], h->process.out, POLLIN);
		else
			watch(&w[WAIT_HELPER + i], -1, 0);
	}
	for (i = 0; i < QUESTION_QUEUE_SIZE; i++) {
		q = &pool.queue.at[i];
		watch(&w[WAIT_QUESTION + i], q->given ? -1 : q->fd, POLLIN);
	}
}

/* Returns the time at which another helper may be started for a question; it may be over. */
static uint64_t
start_time(void)
{
	const struct queued_question *q = question_queue_next(&pool.queue);
	uint64_t time;

	if (q == NULL || count(HELPER_NONE, HELPER_NONE) == 0)
		return UINT64_MAX;
	time = q->since + START_AFTER;
	return time > pool.not_before ? time : pool.not_before;
}

/* Returns the time at which something has to be done even if no descriptor is ready. */
static uint64_t
next_time(uint64_t now)
{
	const struct queued_question *q = question_queue_next(&pool.queue);
	uint64_t next = start_time();
	int waits = q != NULL;
	unsigned i;

	for (i = 0; i < pool.options->helpers; i++)
		if (pool.at[i].state == HELPER_ENDING)
			next = earlier(next, now + REAP_STEP);
		else if (pool.at[i].state == HELPER_IDLE && waits)
			next = earlier(next, pool.at[i].rested);
		else if (pool.at[i].state != HELPER_NONE)
			next = earlier(next, pool.at[i].deadline);
	for (i = 0; i < QUESTION_QUEUE_SIZE; i++) {
		q = &pool.queue.at[i];
		if (q->fd != -1 && !q->given)
			next = earlier(next, q->since + pool.options->timeout);
	}
	return pool.zombies > 0 ? earlier(next, now + ZOMBIE_STEP) : next;
}

/* Handles everything that has happened.  Returns 0, or -1 if no worker is left. */
static int
handle(const struct pollfd *w, int fd, uint64_t now)
{
	struct helper *h;
	unsigned i;
	int left = 0;

	for (i = 0; i < pool.options->helpers; i++) {
		h = &pool.at[i];
		if (w[WAIT_HELPER + i].revents != 0 && h->state == HELPER_BUSY)
			step(h, now);
		else if (w[WAIT_HELPER + i].revents != 0 && h->state == HELPER_IDLE)
			check_idle(h, now);
		if (h->state != HELPER_NONE && now >= h->deadline)
			handle_deadline(h, now);
	}
	for (i = 0; i < QUESTION_QUEUE_SIZE; i++)
		if (w[WAIT_QUESTION + i].revents != 0 && !pool.queue.at[i].given)
			question_queue_remove(&pool.queue, &pool.queue.at[i]);
	if (w[WAIT_SOCKET].revents != 0)
		left = question_queue_take(&pool.queue, fd, now);
	reap(now);
	give_questions(now);
	return left;
}

/* Stops all helpers: they have COPROCESS_GRACE to exit, and are then killed. */
static void
stop_all(void)
{
	uint64_t deadline = milliseconds_now() + COPROCESS_GRACE;
	unsigned i;

	for (i = 0; i < pool.options->helpers; i++)
		if (pool.at[i].state == HELPER_BUSY)
			kill_helper(&pool.at[i], NULL);
		else if (pool.at[i].state == HELPER_IDLE)
			let_exit(&pool.at[i], 1, milliseconds_now());
	reap(deadline);
	while (count(HELPER_ENDING, HELPER_ENDING) > 0 && milliseconds_now() < deadline) {
		(void)poll(NULL, 0, REAP_STEP);
		reap(deadline);
	}
	for (i = 0; i < pool.options->helpers; i++)
		if (pool.at[i].state == HELPER_ENDING)
			kill_helper(&pool.at[i], NULL);
	reap(deadline);
}

int
helper_pool_run(const struct helper_pool_options *options, int fd)
{
	static struct pollfd w[WAITS];
	uint64_t next;
	int left = 0;

	pool.options = options;
	question_queue_init(&pool.queue);
	while (left == 0) {
		watch_all(w, fd);
		next = next_time(milliseconds_now());
		if (core_poll(w, WAITS,
		    next == UINT64_MAX ? -1 : (int)milliseconds_until(next)) == -1)
			break;
		left = handle(w, fd, milliseconds_now());
	}
	stop_all();
	return 0;
}

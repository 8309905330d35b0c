/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "expect.h"
#include "standstill.h"

#define NAP_MS		20
#define LATE_MS		50	/* ms; a sleep that is longer by at most this is not recorded */
#define NOTES		512	/* number of records that are kept */

struct note {
	uint64_t	end, ms;
};

static struct notes {
	atomic_uint	count;		/* number of all records so far; the last NOTES are kept */
	struct note	note[NOTES];
} *notes;

static pid_t owner, watcher;

/*
 * Returns memory that is shared with the processes of tests, which are forked later; NULL on
 * failure.
 */
static struct notes *
share(void)
{
	FILE *f = tmpfile();
	void *memory = MAP_FAILED;

	if (f != NULL && ftruncate(fileno(f), sizeof(*notes)) == 0)
		memory = mmap(NULL, sizeof(*notes), PROT_READ | PROT_WRITE, MAP_SHARED,
		    fileno(f), 0);
	if (f != NULL)
		fclose(f);
	return memory == MAP_FAILED ? NULL : memory;
}

/*
 * The main function of the watcher. `before` is the time before the fork, so that a delay until
 * the watcher first runs counts.
 */
static _Noreturn void
watch(uint64_t before)
{
	uint64_t now;
	struct note *n;

	/*
	 * Close the output: a program that reads the output of the tests must not wait for the
	 * watcher's exit.
	 */
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	while (getppid() == owner) {
		poll(NULL, 0, NAP_MS);
		now = expect_now();
		if (now - before > NAP_MS + LATE_MS) {
			n = &notes->note[notes->count % NOTES];
			n->end = now;
			n->ms = now - before - NAP_MS;
			atomic_fetch_add(&notes->count, 1);
		}
		before = now;
	}
	_exit(0);
}

/* Called at exit. The forked processes of tests call it too, and must not kill the watcher. */
static void
stop(void)
{
	if (getpid() != owner)
		return;
	kill(watcher, SIGKILL);
	waitpid(watcher, NULL, 0);
}

void
standstill_watch(void)
{
	uint64_t begun;

	if (notes != NULL || (notes = share()) == NULL)
		return;
	owner = getpid();
	begun = expect_now();
	watcher = fork();
	if (watcher == 0)
		watch(begun);
	if (watcher != -1)
		atexit(stop);
}

pid_t
standstill_watcher(void)
{
	return watcher;
}

uint64_t
standstill_since(uint64_t start)
{
	unsigned count = notes == NULL ? 0 : atomic_load(&notes->count), i;
	uint64_t ms = 0;
	const struct note *n;

	for (i = count > NOTES ? count - NOTES : 0; i < count; i++) {
		n = &notes->note[i % NOTES];
		if (n->end > start)
			ms += n->ms < n->end - start ? n->ms : n->end - start;
	}
	return ms;
}

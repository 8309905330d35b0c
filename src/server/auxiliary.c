/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "posix/daemon.h"
#include "posix/lifecycle.h"
#include "posix/question.h"
#include "posix/signals.h"
#include "posix/title.h"
#include "server/auxiliary.h"
#include "server/pool.h"

#define EXIT_TIME	2000	/* ms in which a process should exit after SIGTERM */

struct auxiliary {
	const char	*name;
	int		(*run)(int fd);
	int		 fd[2];		/* socket pair: end of the process, end of the workers */
	pid_t		 pid;		/* 0: does not run */
	uint64_t	 kill_at;	/* 0: has not been asked to exit */
	uint64_t	 forked;	/* time of the last fork */
	uint64_t	 backoff;	/* ms of the last pause after an early exit; 0: none */
	uint64_t	 not_before;	/* earliest time of the next fork */
};

/* A process of an earlier generation. */
struct old_auxiliary {
	struct reload_auxiliary	process;
	uint64_t		kill_at;
};

static struct {
	struct auxiliary_options	 options;
	struct auxiliary		 at[AUXILIARY_MAX];
	unsigned			 count;
	struct old_auxiliary		 old[RELOAD_AUXILIARY];
	unsigned			 olds;
} all;

void
auxiliary_init(const struct auxiliary_options *options, const struct reload *before)
{
	unsigned i;

	memset(&all, 0, sizeof(all));
	all.options = *options;
	for (i = 0; before != NULL && i < before->auxiliaries; i++)
		all.old[all.olds++].process = before->auxiliary[i];
}

/* Makes the socket pair of a job.  Returns 0, or -1 after a message. */
static int
open_pair(struct auxiliary *a)
{
	if (question_open(a->fd) == -1) {
		log_error("cannot make the sockets of the auxiliary process %s", a->name);
		a->fd[0] = a->fd[1] = -1;
		return -1;
	}
	if (a->fd[0] < FD_SETSIZE && a->fd[1] < FD_SETSIZE)
		return 0;
	log_errorx("too many descriptors are open, perhaps those of a module");
	return -1;
}

int
auxiliary_add(const char *name, int (*run)(int fd))
{
	struct auxiliary *a;

	if (all.count == AUXILIARY_MAX)
		return -1;
	a = &all.at[all.count++];
	a->name = name;
	a->run = run;
	return open_pair(a) == -1 ? -1 : a->fd[1];
}

/* -- start -- */

void
auxiliary_in_worker(void)
{
	unsigned i;

	/* Do not set the descriptors to -1: the write would give the worker its own page. */
	for (i = 0; i < all.count; i++)
		(void)close(all.at[i].fd[0]);
}

/* Runs the job in the new process.  Never returns. */
static _Noreturn void
become_auxiliary(const struct auxiliary *a)
{
	const struct auxiliary_options *o = &all.options;
	int i, fd = a->fd[0];

	for (i = 0; i < (int)all.count; i++) {
		if (all.at[i].fd[0] != fd)
			(void)close(all.at[i].fd[0]);
		/* With the workers' end this process would never read end of file. */
		(void)close(all.at[i].fd[1]);
	}
	o->in_process();
	signals_init(SIGNALS_WORKER);
	/* The process has no deadline after a reload: it serves the workers of its generation. */
	lifecycle_init(o->life, o->master, 0, NULL);
	title_set("auxiliary process of %s", a->name);
	if (privileges_limit(0) == -1 || privileges_drop(o->privileges) == -1)
		_exit(EXIT_FAILURE);
	log_set_watched(0);
	daemon_release(log_uses_stderr());
	_exit(a->run(fd));
}

/* Starts the process, after a pause if it has exited early.  Returns the time of the next try. */
static uint64_t
start(struct auxiliary *a, uint64_t now)
{
	static struct log_limit failed;
	unsigned long skipped;

	if (a->pid != 0)
		return CLOCK_NEVER;
	if (now < a->not_before)
		return a->not_before;
	a->pid = fork();
	if (a->pid == 0)
		become_auxiliary(a);
	if (a->pid == -1) {
		if (log_allowed(&failed, now, &skipped))
			log_error("cannot fork an auxiliary process");
		a->pid = 0;
		a->not_before = now + POOL_BACKOFF;
		return a->not_before;
	}
	a->forked = now;
	a->kill_at = 0;
	return CLOCK_NEVER;
}

/*
 * Asks a process to exit, and kills it if it has not exited after EXIT_TIME; *kill_at is 0 at
 * first.  Returns the time of the next call, at the latest.
 */
static uint64_t
end(pid_t pid, uint64_t *kill_at, uint64_t now)
{
	if (*kill_at == 0) {
		*kill_at = now + EXIT_TIME;
		(void)kill(pid, SIGTERM);
	} else if (now >= *kill_at) {
		*kill_at = now + EXIT_TIME;
		log_warnx("an auxiliary process (%ld) did not exit in time and is killed",
		    (long)pid);
		(void)kill(pid, SIGKILL);
	}
	return *kill_at;
}

uint64_t
auxiliary_maintain(int (*is_needed)(unsigned generation))
{
	uint64_t again = CLOCK_NEVER, now = clock_now();
	struct old_auxiliary *old;
	struct auxiliary *a;
	unsigned i;

	for (i = 0; i < all.count; i++) {
		a = &all.at[i];
		again = clock_min(again, a->pid != 0 && a->kill_at != 0 ?
		    end(a->pid, &a->kill_at, now) : start(a, now));
	}
	for (i = 0; i < all.olds; i++) {
		old = &all.old[i];
		if (!is_needed(old->process.generation))
			again = clock_min(again, end(old->process.pid, &old->kill_at, now));
	}
	return again;
}

/* -- exit -- */

static void
log_exit(const struct auxiliary *a, int status)
{
	if (WIFSIGNALED(status))
		log_warnx("the auxiliary process of %s (%ld) was ended by signal %d (%s)", a->name,
		    (long)a->pid, WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		log_warnx("the auxiliary process of %s (%ld) ended with status %d", a->name,
		    (long)a->pid, WEXITSTATUS(status));
}

/*
 * Sets the time at which a process is started again.  One that has run for a while is started at
 * once; otherwise there is a pause, as for workers, which doubles each time.
 */
static void
plan_restart(struct auxiliary *a)
{
	uint64_t now = clock_now();

	if (a->kill_at != 0 || now >= a->forked + POOL_TRIAL)
		a->backoff = 0;
	else
		a->backoff = a->backoff == 0 ? POOL_BACKOFF :
		    clock_min(a->backoff * 2, POOL_BACKOFF_MAX);
	a->not_before = now + a->backoff;
}

/*
 * Makes another socket pair if an intruder in a worker has shut down the present one.  Returns
 * whether it has.
 */
static int
replace_pair(struct auxiliary *a)
{
	struct auxiliary next = *a;

	if (!question_is_closed(a->fd[0]) || open_pair(&next) == -1)
		return 0;
	log_warnx("the sockets of the auxiliary process of %s were shut down and are replaced",
	    a->name);
	/* The workers' end keeps its number, which workers inherit. */
	if (dup2(next.fd[1], a->fd[1]) == -1 || io_set_cloexec(a->fd[1]) == -1) {
		io_close(&next.fd[0]);
		io_close(&next.fd[1]);
		return 0;
	}
	io_close(&next.fd[1]);
	io_close(&a->fd[0]);
	a->fd[0] = next.fd[0];
	return 1;
}

int
auxiliary_exited(pid_t pid, int status, int stopping)
{
	struct auxiliary *a;
	unsigned i;

	for (i = 0; i < all.olds; i++) {
		if (all.old[i].process.pid != pid)
			continue;
		all.old[i] = all.old[--all.olds];
		return 1;
	}
	for (i = 0; i < all.count && all.at[i].pid != pid; i++)
		;
	if (i == all.count)
		return 0;
	a = &all.at[i];
	if (!stopping && a->kill_at == 0)
		log_exit(a, status);
	a->pid = 0;
	plan_restart(a);
	return !stopping && replace_pair(a) ? 2 : 1;
}

/* -- all processes -- */

void
auxiliary_signal(int number)
{
	unsigned i;

	for (i = 0; i < all.count; i++)
		if (all.at[i].pid != 0)
			(void)kill(all.at[i].pid, number);
	for (i = 0; i < all.olds; i++)
		(void)kill(all.old[i].process.pid, number);
}

void
auxiliary_replace(void)
{
	struct auxiliary *a;

	for (a = all.at; a < all.at + all.count; a++)
		if (a->pid != 0 && a->kill_at == 0)
			(void)end(a->pid, &a->kill_at, clock_now());
}

void
auxiliary_stop(void)
{
	unsigned i;

	for (i = 0; i < all.count; i++) {
		io_close(&all.at[i].fd[0]);
		io_close(&all.at[i].fd[1]);
	}
	auxiliary_signal(SIGTERM);
}

unsigned
auxiliary_count(void)
{
	unsigned i, n = all.olds;

	for (i = 0; i < all.count; i++)
		n += all.at[i].pid != 0;
	return n;
}

/*
 * Adds a process to those that are handed over.  If there is no room, the process is asked to exit:
 * sessions are not affected, and questions of such an old generation are rare.
 */
static void
hand_over(struct reload *r, pid_t pid, unsigned generation)
{
	if (pid == 0)
		return;
	if (r->auxiliaries == RELOAD_AUXILIARY) {
		(void)kill(pid, SIGTERM);
		return;
	}
	r->auxiliary[r->auxiliaries].pid = pid;
	r->auxiliary[r->auxiliaries++].generation = generation;
}

void
auxiliary_hand_over(struct reload *r)
{
	unsigned i;

	r->auxiliaries = 0;
	for (i = 0; i < all.count; i++)
		hand_over(r, all.at[i].pid, all.options.generation);
	for (i = 0; i < all.olds; i++)
		hand_over(r, all.old[i].process.pid, all.old[i].process.generation);
}

/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/pages.h"
#include "posix/connect.h"
#include "posix/signals.h"
#include "posix/title.h"
#include "server/pool.h"
#include "server/worker.h"
#include "server/workers.h"
#include "status/scoreboard.h"

#define RESERVE	64	/* slots for new workers while old ones are about to leave */
#define WAKE_READS	64	/* of the wake pipe at once: no worker can keep the master there */
#define REFUSER	0	/* slot of the one that answers 503; workers are in those behind it */

struct child {
	pid_t		pid;		/* 0: the slot is free */
	unsigned	generation;
	uint64_t	forked;		/* when */
	char		retiring;	/* told to leave */
	char		worked;		/* has been seen with a client */
};

static struct {
	struct workers_terms	 terms;
	struct scoreboard	 board;
	struct pool		 pool;
	struct child		*child;
	unsigned		 slots;		/* that may be used, with that of the refuser */
	unsigned		 table;		/* that there are: old workers may be beyond those */
	unsigned		 used;		/* those below may be taken */
	unsigned		 total;
	unsigned		 generation;
	pid_t			 pid;		/* our own */
	int			 wake[2], life[2], lock;
	int			 old_life;	/* write end of the life pipe of the generation before */
	int			 worked;	/* some worker has served a client */
	int			 hopeless;
} c;

/* A reload can give it another name, but not the first. */
static void
move_status_file(const char *before)
{
	static char kept[RELOAD_PATH_SIZE];
	const char *now = c.terms.status_file;

	if (strcmp(before, now != NULL ? now : "") == 0)
		return;
	if (*before == '\0') {
		log_warnx("status-file: a restart is needed to have one");
		c.terms.status_file = NULL;
	} else if (now == NULL && io_is_at(c.board.fd, before)) {
		(void)unlink(before);
	} else if (now != NULL && (!io_is_at(c.board.fd, before) || rename(before, now) == -1)) {
		log_warn("status-file: it stays %s", before);
		(void)snprintf(kept, sizeof(kept), "%s", before);
		c.terms.status_file = kept;
	}
}

/* The table of children; on pages of its own, since workers have no use for it. */
static int
make_table(unsigned slots)
{
	c.table = slots;
	c.child = pages_get(c.table * sizeof(*c.child));
	if (c.child != NULL)
		return 0;
	log_error("no memory for %u workers", c.table);
	return -1;
}

static void
drop_table(void)
{
	pages_put(c.child, c.table * sizeof(*c.child));
	c.child = NULL;
}

/* Takes over the scoreboard and the workers of the master before. */
static int
adopt(const struct reload *before)
{
	struct child *child;
	unsigned i;

	if (scoreboard_adopt(&c.board, before->board, c.slots) == -1 &&
	    scoreboard_adopt(&c.board, before->board, 1) == -1) {
		log_error("cannot use the status file of the program before");
		return -1;
	}
	if (c.slots > c.board.slots) {
		log_warnx("the status file cannot grow: no more than %u workers",
		    c.board.slots - 1);
		c.slots = c.board.slots;
	}
	c.lock = before->lock;
	c.wake[0] = before->wake[0];
	c.wake[1] = before->wake[1];
	c.old_life = before->life;
	c.generation = before->generation + 1;
	if (make_table(c.board.slots) == -1)
		return -1;
	for (i = 0; i < before->children; i++) {
		if (before->child[i].slot >= c.table)
			continue;
		child = &c.child[before->child[i].slot];
		child->pid = before->child[i].pid;
		child->generation = before->child[i].generation;
		child->retiring = child->worked = 1;
		if (before->child[i].slot != REFUSER) {
			c.total++;
			if (before->child[i].slot >= c.used)
				c.used = before->child[i].slot + 1;
		}
	}
	/* Some have worked: if new ones cannot, it must not cost those their clients. */
	c.worked = 1;
	move_status_file(before->board_path);
	return 0;
}

static int
make(void)
{
	c.generation = 1;
	if (make_table(c.slots) == -1)
		return -1;
	if (scoreboard_create(&c.board, c.terms.status_file, c.slots) == -1) {
		if (c.terms.status_file != NULL)
			log_error("cannot make the status file %s (setting: status-file)",
			    c.terms.status_file);
		else
			log_error("no memory for %u workers", c.slots);
		return -1;
	}
	if (io_pipe(c.wake) == -1) {
		log_error("cannot make a pipe");
		return -1;
	}
	return 0;
}

int
workers_start(const struct workers_terms *terms, const struct reload *before)
{
	memset(&c, 0, sizeof(c));
	c.terms = *terms;
	c.pid = getpid();
	c.slots = (unsigned)terms->conf->max_workers + 1 + RESERVE;
	c.wake[0] = c.wake[1] = c.life[0] = c.life[1] = c.lock = c.old_life = -1;
	if ((before != NULL ? adopt(before) : make()) == -1)
		return -1;
	c.board.head->master = c.pid;
	c.board.head->generation = c.generation;
	c.board.head->max_workers = (uint32_t)terms->conf->max_workers;
	c.board.head->used = c.used;
	if (c.lock == -1)
		c.lock = io_temporary();
	if (c.lock == -1) {
		log_error("cannot make the lock file (in $TMPDIR or /tmp)");
		return -1;
	}
	if (io_pipe(c.life) == -1) {
		log_error("cannot make a pipe");
		return -1;
	}
	if (c.life[0] >= FD_SETSIZE || c.wake[0] >= FD_SETSIZE) {
		log_errorx("too many descriptors are open (a module's, perhaps)");
		return -1;
	}
	title_set("master, generation %u", c.generation);
	pool_init(&c.pool);
	return 0;
}

void
workers_retire_old(void)
{
	unsigned slot;

	c.board.head->reloaded = clock_now();
	io_close(&c.old_life);
	/* Who waits for the lock does not see the end of the pipe. */
	for (slot = 0; slot < c.table; slot++)
		if (c.child[slot].pid != 0 && c.child[slot].generation != c.generation)
			(void)kill(c.child[slot].pid, SIGQUIT);
}

/* What the new process does; it does not return. */
static _Noreturn void
become_worker(unsigned slot)
{
	struct worker w;

	/* First of all: a write end of a life pipe that is left would keep it alive. */
	io_close(&c.life[1]);
	io_close(&c.old_life);
	io_close(&c.wake[0]);
	io_close(&c.board.fd);
	io_close(&c.terms.pid_file);
	drop_table();
	/* Not written to, or the worker had a page of its own there. */
	if (*c.terms.check != -1)
		(void)close(*c.terms.check);
	memset(&w, 0, sizeof(w));
	w.conf = c.terms.conf;
	w.backend = c.terms.backend;
	w.privileges = c.terms.privileges;
	w.listeners = c.terms.listeners;
	w.board = &c.board;
	w.slot = slot;
	w.generation = c.generation;
	w.lock = c.lock;
	w.wake = c.wake[1];
	w.life = c.life[0];
	w.master = c.pid;
	w.tell_all = c.terms.tell_all;
	_exit(slot == REFUSER ? worker_run_busy(&w) : worker_run(&w));
}

/* Forks a worker into a free slot; -1 if that fails. */
static int
spawn(unsigned slot)
{
	static struct log_limit failed;
	unsigned long skipped;
	pid_t pid;

	scoreboard_assign(&c.board, slot,
	    slot == REFUSER ? SCOREBOARD_REFUSING : SCOREBOARD_STARTING);
	if (slot >= c.used)
		c.board.head->used = c.used = slot + 1;
	pid = fork();
	switch (pid) {
	case -1:
		if (log_allowed(&failed, clock_now(), &skipped))
			log_error("cannot fork a worker");
		scoreboard_set(&c.board, slot, SCOREBOARD_FREE);
		pool_short(&c.pool, clock_now());
		return -1;
	case 0:
		become_worker(slot);
	default:
		memset(&c.child[slot], 0, sizeof(c.child[slot]));
		c.child[slot].pid = pid;
		c.child[slot].generation = c.generation;
		c.child[slot].forked = clock_now();
		if (slot != REFUSER)
			c.total++;
		return 0;
	}
}

static void
spawn_workers(unsigned n)
{
	unsigned slot;

	for (slot = REFUSER + 1; n > 0 && slot < c.slots; slot++) {
		if (c.child[slot].pid != 0)
			continue;
		if (spawn(slot) == -1)
			return;
		n--;
	}
}

static int
is_idle(unsigned slot)
{
	enum scoreboard_state state = scoreboard_get(&c.board, slot);

	return c.child[slot].pid != 0 && !c.child[slot].retiring &&
	    (state == SCOREBOARD_IDLE || state == SCOREBOARD_STARTING);
}

static int
has_served(unsigned slot)
{
	return scoreboard_served(&c.board.slot[slot]) > 0;
}

/* One that has been told to leave and has no client to wait for. */
static int
is_leaving(unsigned slot)
{
	enum scoreboard_state state = scoreboard_get(&c.board, slot);

	return c.child[slot].pid != 0 && c.child[slot].retiring &&
	    (state == SCOREBOARD_IDLE || state == SCOREBOARD_STARTING);
}

/* Tells idle workers to leave, the last slots first; one that has just taken a client keeps it. */
static void
retire_workers(unsigned n)
{
	unsigned slot;

	for (slot = c.used; n > 0 && slot-- > REFUSER + 1; ) {
		if (!is_idle(slot))
			continue;
		c.child[slot].retiring = 1;
		(void)kill(c.child[slot].pid, SIGQUIT);
		n--;
	}
}

/* A worker that has taken its first client shows that what is forked works. */
static void
look_for_work(unsigned slot)
{
	if (c.child[slot].pid == 0 || c.child[slot].worked || !has_served(slot))
		return;
	c.child[slot].worked = 1;
	c.worked = 1;
	pool_worked(&c.pool);
}

uint64_t
workers_maintain(void)
{
	const struct conf *conf = c.terms.conf;
	struct pool_limits limits;
	struct pool_counts counts;
	struct pool_plan plan;
	unsigned slot;

	limits.start = (unsigned)conf->start_workers;
	limits.min_spare = (unsigned)conf->min_spare;
	limits.max_spare = (unsigned)conf->max_spare;
	limits.max = (unsigned)conf->max_workers;
	/* Before they are counted: who is idle after that wakes us. */
	scoreboard_set_rescans(&c.board, 0);
	memset(&counts, 0, sizeof(counts));
	counts.total = c.total;
	counts.refusing = c.child[REFUSER].pid != 0;
	for (slot = REFUSER + 1; slot < c.used; slot++) {
		counts.idle += is_idle(slot) != 0;
		/* Who is about to leave is no reason not to fork. */
		counts.total -= is_leaving(slot) != 0;
		look_for_work(slot);
	}
	plan = pool_plan(&c.pool, &limits, &counts, clock_now());
	spawn_workers(plan.spawn);
	retire_workers(plan.retire);
	if (plan.refuse && !counts.refusing)
		(void)spawn(REFUSER);
	scoreboard_set_rescans(&c.board, plan.again != CLOCK_NEVER);
	return plan.again;
}

/* Of those who had clients each is told of; when all that is forked dies, the log is not filled. */
static void
log_death(pid_t pid, int status, int served)
{
	static struct log_limit limit;
	unsigned long skipped = 0;
	char more[80] = "";

	if (!served && !log_allowed(&limit, clock_now(), &skipped))
		return;
	if (!served)
		(void)snprintf(more, sizeof(more), " before its first client (and %lu before it)",
		    skipped);
	if (WIFSIGNALED(status))
		log_warnx("worker %ld was ended by signal %d (%s)%s", (long)pid, WTERMSIG(status),
		    strsignal(WTERMSIG(status)), more);
	else
		log_warnx("worker %ld ended with status %d%s", (long)pid, WEXITSTATUS(status), more);
}

/* What the end of a worker means; stopping: whether it was asked to end. */
static void
judge(unsigned slot, pid_t pid, int status, int stopping)
{
	int served = has_served(slot);
	char path[TRANSPORT_PATH_SIZE], place[1100 + TRANSPORT_PATH_SIZE];	/* below a chroot */

	if (WIFEXITED(status) && WEXITSTATUS(status) == WORKER_DONE)
		return;
	connect_path(path, c.terms.conf->socket_directory, pid);
	(void)snprintf(place, sizeof(place), "%s%s", c.terms.conf->root, path);
	(void)unlink(place);
	if (stopping)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == WORKER_SICK) {
		pool_short(&c.pool, clock_now());
		return;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == WORKER_FATAL && !c.worked && !served &&
	    c.child[slot].generation == c.generation) {
		c.hopeless = 1;
		return;
	}
	log_death(pid, status, served);
	/* Before it could show that it works. */
	if (!served && (scoreboard_get(&c.board, slot) == SCOREBOARD_STARTING ||
	    clock_now() < c.child[slot].forked + POOL_TRIAL))
		pool_died_early(&c.pool, clock_now());
}

static int
bury(pid_t pid, int status, int stopping)
{
	unsigned slot;

	for (slot = 0; slot < c.table && c.child[slot].pid != pid; slot++)
		;
	if (slot == c.table)
		return 0;
	judge(slot, pid, status, stopping);
	c.child[slot].pid = 0;
	scoreboard_set(&c.board, slot, SCOREBOARD_FREE);
	scoreboard_clear(&c.board, slot);
	if (slot != REFUSER)
		c.total--;
	while (c.used > 0 && c.child[c.used - 1].pid == 0)
		c.used--;
	c.board.head->used = c.used;
	return 1;
}

pid_t
workers_reap(int stopping, int *status)
{
	pid_t pid;

	/* One SIGCHLD may stand for many. */
	while ((pid = waitpid(-1, status, WNOHANG)) > 0)
		if ((WIFEXITED(*status) || WIFSIGNALED(*status)) && !bury(pid, *status, stopping))
			return pid;
	return 0;
}

void
workers_wait(uint64_t deadline, int extra)
{
	char bytes[64];
	fd_set readable;
	unsigned n;

	FD_ZERO(&readable);
	io_fd_set(c.wake[0], &readable);
	if (extra != -1 && extra < FD_SETSIZE)
		io_fd_set(extra, &readable);
	(void)signals_wait(extra > c.wake[0] ? extra : c.wake[0], &readable, NULL, deadline);
	/*
	 * Whatever woke us: a worker that was killed between its claim to write the byte and
	 * the byte itself would otherwise have silenced all others for good.
	 */
	for (n = 0; n < WAKE_READS &&
	    io_read(c.wake[0], bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes); n++)
		;
	/* Cleared before the states are counted: what comes later writes again. */
	scoreboard_clear_wake(&c.board);
}

void
workers_signal(int number)
{
	unsigned slot;

	for (slot = 0; slot < c.table; slot++)
		if (c.child[slot].pid != 0)
			(void)kill(c.child[slot].pid, number);
}

void
workers_replace(void)
{
	unsigned slot;

	for (slot = 0; slot < c.table; slot++)
		c.child[slot].retiring = 1;
	workers_signal(SIGQUIT);
}

unsigned
workers_count(void)
{
	return c.total + (c.child != NULL && c.child[REFUSER].pid != 0);
}

int
workers_are_ready(void)
{
	unsigned slot, old = 0;

	for (slot = REFUSER + 1; slot < c.used; slot++) {
		if (c.child[slot].pid == 0)
			continue;
		if (c.child[slot].generation != c.generation)
			old += is_leaving(slot) == 0;
		else if (scoreboard_get(&c.board, slot) >= SCOREBOARD_IDLE)
			return 1;
	}
	/* Where sessions of the generations before take all the room nobody can be waited for. */
	return old >= c.terms.conf->max_workers;
}

int
workers_cannot_work(void)
{
	return c.hopeless;
}

unsigned
workers_busy(void)
{
	unsigned slot, busy = 0;

	for (slot = REFUSER + 1; slot < c.used; slot++)
		busy += c.child[slot].pid != 0 && scoreboard_get(&c.board, slot) > SCOREBOARD_IDLE;
	return busy;
}

uint64_t
workers_clients(void)
{
	uint64_t n = 0;
	unsigned slot;

	for (slot = 0; slot < c.slots; slot++)
		n += scoreboard_clients(&c.board.slot[slot]);
	return n;
}

void
workers_note_refused_reload(void)
{
	c.board.head->reload_refused = clock_now();
}

void
workers_drain(void)
{
	c.board.head->ending = 1;
	io_close(&c.life[1]);
	io_close(&c.old_life);
}

int
workers_hand_over(struct reload *r)
{
	unsigned slot;

	r->child = calloc(c.table, sizeof(*r->child));
	if (r->child == NULL)
		return -1;
	r->generation = c.generation;
	r->board = c.board.fd;
	r->life = c.life[1];
	r->wake[0] = c.wake[0];
	r->wake[1] = c.wake[1];
	r->lock = c.lock;
	if (c.terms.status_file != NULL)
		(void)snprintf(r->board_path, sizeof(r->board_path), "%s", c.terms.status_file);
	r->children = 0;
	for (slot = 0; slot < c.table; slot++) {
		if (c.child[slot].pid == 0)
			continue;
		r->child[r->children].pid = c.child[slot].pid;
		r->child[r->children].slot = slot;
		r->child[r->children++].generation = c.child[slot].generation;
	}
	return 0;
}

void
workers_release(void)
{
	/* Whatever bears the name now: only our own is removed. */
	if (c.terms.status_file != NULL && c.board.head != NULL &&
	    io_is_at(c.board.fd, c.terms.status_file))
		(void)unlink(c.terms.status_file);
	io_close(&c.wake[0]);
	io_close(&c.wake[1]);
	io_close(&c.life[0]);
	io_close(&c.life[1]);
	io_close(&c.lock);
	/*
	 * The scoreboard stays open, for its lock says that this process lives: whoever waits for
	 * the end of the server waits for that.
	 */
	drop_table();
}

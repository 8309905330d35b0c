/*
 * Copyright (c) The websocksy authors
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/temporary.h"
#include "module/api.h"
#include "posix/signals.h"
#include "posix/title.h"
#include "server/auxiliary.h"
#include "server/children.h"
#include "server/pool.h"
#include "server/status_file.h"
#include "server/workers.h"
#include "server/workers_state.h"
#include "status/scoreboard.h"

#define RESERVE		64	/* additional slots for new workers until retired ones exit */
#define WAKE_READS	64	/* reads of the wake pipe after one wait, at most */

struct workers_state workers;

/*
 * The descriptors of the workers that are handed over.  That of the status file,
 * workers.board->fd, is handed over too.
 */
static const struct {
	enum reload_fd	 which;
	int		*fd;
} handed_over[] = {
	{ RELOAD_WAKE_READ, &workers.wake[0] },
	{ RELOAD_WAKE_WRITE, &workers.wake[1] },
	{ RELOAD_LIFE, &workers.life[1] },
	{ RELOAD_LOCK, &workers.lock },
};

#define HANDED_OVER	(sizeof(handed_over) / sizeof(handed_over[0]))

/* -- start -- */

/* Takes over the descriptors and the workers of the previous master. */
static void
adopt_workers(const struct reload *before)
{
	const struct reload_child *old;
	unsigned i;

	for (i = 0; i < HANDED_OVER; i++)
		*handed_over[i].fd = before->fd[handed_over[i].which];
	workers.old_life = workers.life[1];
	workers.life[1] = -1;
	workers.generation = before->generation + 1;
	for (i = 0; i < before->children; i++) {
		old = &before->child[i];
		if (old->slot >= workers.children.slots)
			continue;
		children_add(&workers.children, old->slot, old->pid, old->generation);
		workers.children.at[old->slot].retiring = 1;
		workers.children.at[old->slot].worked = 1;
	}
	/*
	 * If no new worker can work, the server must not stop: the old workers still have
	 * sessions.
	 */
	workers.worked = 1;
}

/* Opens the descriptors that were not handed over.  Returns 0, or -1 after a message. */
static int
open_descriptors(void)
{
	if ((workers.wake[0] == -1 && io_pipe(workers.wake) == -1) ||
	    io_pipe(workers.life) == -1) {
		log_error("cannot make a pipe");
		return -1;
	}
	if (workers.lock == -1)
		workers.lock = temporary_make(NULL, NULL);
	if (workers.lock == -1) {
		log_error("cannot make the lock file (" TEMPORARY_REMEDY ")");
		return -1;
	}
	if (workers.life[0] >= FD_SETSIZE || workers.wake[0] >= FD_SETSIZE) {
		log_errorx("too many descriptors are open, perhaps those of a module");
		return -1;
	}
	return 0;
}

/* Closes the descriptors that an auxiliary process does not use.  Called in the new process. */
static void
close_in_auxiliary(void)
{
	io_close(&workers.life[1]);
	io_close(&workers.old_life);
	io_close(&workers.wake[0]);
	io_close(&workers.wake[1]);
	io_close(&workers.lock);
	children_destroy(&workers.children);
	scoreboard_destroy(workers.board);
	listen_close(workers.context->listeners);
	workers.in_worker();
}

/* Prepares the auxiliary process, if a module has asked for one.  Returns 0 or -1. */
static int
add_auxiliary(const struct reload *before)
{
	const struct auxiliary_options options = { workers.context->privileges, workers.generation,
	    workers.master, workers.life[0], close_in_auxiliary };
	int fd;

	auxiliary_init(&options, before);
	if (api_auxiliary() == NULL)
		return 0;
	fd = auxiliary_add(api_auxiliary(), api_run_auxiliary);
	api_set_auxiliary(fd);
	return fd == -1 ? -1 : 0;
}

int
workers_start(const struct workers_options *options, const struct reload *before)
{
	const struct conf *conf = options->context->conf;

	memset(&workers, 0, sizeof(workers));
	workers.context = options->context;
	workers.board = options->context->board;
	workers.report_all = options->report_all;
	workers.in_worker = options->in_worker;
	workers.master = getpid();
	workers.generation = 1;
	workers.slots = (unsigned)conf->max_workers + WORKERS_FIRST + RESERVE;
	workers.wake[0] = workers.wake[1] = workers.life[0] = workers.life[1] = -1;
	workers.lock = workers.old_life = -1;
	if (status_file_open(workers.board, options->status_file, workers.slots, before) == -1 ||
	    children_create(&workers.children, workers.board->slots) == -1)
		return -1;
	if (workers.slots > workers.board->slots)
		workers.slots = workers.board->slots;
	if (before != NULL)
		adopt_workers(before);
	if (open_descriptors() == -1 || add_auxiliary(before) == -1)
		return -1;
	scoreboard_set_master(workers.board, workers.master, workers.generation,
	    (uint32_t)conf->max_workers);
	scoreboard_set_used(workers.board, workers.children.used);
	title_set("master, generation %u", workers.generation);
	pool_init(&workers.pool);
	return 0;
}

/* -- wait and signal -- */

void
workers_wait(uint64_t deadline, int extra)
{
	char bytes[64];
	fd_set readable;
	unsigned n;

	FD_ZERO(&readable);
	io_fd_set(workers.wake[0], &readable);
	if (extra != -1 && extra < FD_SETSIZE)
		io_fd_set(extra, &readable);
	(void)signals_wait(extra > workers.wake[0] ? extra : workers.wake[0], &readable, NULL,
	    deadline);
	/*
	 * Clear the flag after every wait, not only after one that the pipe has ended.  A worker
	 * may be killed after it has claimed the wake and before it has written the byte; no
	 * other worker could then wake the master any more.
	 */
	for (n = 0; n < WAKE_READS &&
	    io_read(workers.wake[0], bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes); n++)
		;
	/*
	 * Clear the flag before the states are counted: a later change of a state wakes the
	 * master again.
	 */
	scoreboard_clear_wake(workers.board);
}

/* -- asking workers to exit -- */

void
workers_signal(int number)
{
	unsigned slot;

	for (slot = 0; slot < workers.children.slots; slot++)
		if (workers.children.at[slot].pid != 0)
			(void)kill(workers.children.at[slot].pid, number);
}

void
workers_reopen_log(void)
{
	workers_signal(SIGUSR1);
	auxiliary_signal(SIGUSR1);
}

void
workers_retire_old(void)
{
	const struct child *child;
	unsigned slot;

	scoreboard_set_reloaded(workers.board);
	io_close(&workers.old_life);
	/*
	 * Signal each worker: a worker that waits for the lock does not notice the end of file
	 * of the pipe.
	 */
	for (slot = 0; slot < workers.children.slots; slot++) {
		child = &workers.children.at[slot];
		if (child->pid != 0 && child->generation != workers.generation)
			(void)kill(child->pid, SIGQUIT);
	}
}

void
workers_replace(void)
{
	unsigned slot;

	for (slot = 0; slot < workers.children.slots; slot++)
		workers.children.at[slot].retiring = 1;
	workers_signal(SIGQUIT);
	auxiliary_replace();
}

void
workers_drain(void)
{
	scoreboard_set_ending(workers.board);
	io_close(&workers.life[1]);
	io_close(&workers.old_life);
}

/* -- reload and exit -- */

void
workers_note_refused_reload(void)
{
	scoreboard_set_reload_refused(workers.board);
}

void
workers_clear_refusal(void)
{
	scoreboard_clear_refusal(workers.board);
}

void
workers_add_refusal(const char *line)
{
	scoreboard_add_refusal(workers.board, line);
}

int
workers_hand_over(struct reload *r)
{
	const char *path = status_file_path();
	const struct child *child;
	unsigned i;

	r->child = calloc(workers.children.slots, sizeof(*r->child));
	if (r->child == NULL)
		return -1;
	r->generation = workers.generation;
	r->fd[RELOAD_BOARD] = workers.board->fd;
	for (i = 0; i < HANDED_OVER; i++)
		r->fd[handed_over[i].which] = *handed_over[i].fd;
	r->board_version = SCOREBOARD_VERSION;
	if (path != NULL)
		(void)snprintf(r->board_path, sizeof(r->board_path), "%s", path);
	r->children = 0;
	for (i = 0; i < workers.children.slots; i++) {
		child = &workers.children.at[i];
		if (child->pid == 0)
			continue;
		r->child[r->children].pid = child->pid;
		r->child[r->children].slot = i;
		r->child[r->children++].generation = child->generation;
	}
	auxiliary_hand_over(r);
	return 0;
}

void
workers_release(void)
{
	/* Nothing to release if startup failed before workers_start(). */
	if (workers.board == NULL)
		return;
	status_file_remove(workers.board);
	io_close(&workers.wake[0]);
	io_close(&workers.wake[1]);
	io_close(&workers.life[0]);
	io_close(&workers.life[1]);
	io_close(&workers.lock);
	children_destroy(&workers.children);
}
